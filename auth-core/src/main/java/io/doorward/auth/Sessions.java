package io.doorward.auth;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.AuthenticatedPrincipal;
import io.doorward.auth.session.EndedSession;
import io.doorward.auth.session.RefreshToken;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionOptions;
import io.doorward.auth.session.TokenStore;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * The sessions of accounts, at {@link AuthService#sessions}: for a page that lists the caller's
 * sessions, for administrators, and for logins that the application proved itself. Thread-safe.
 * Every method blocks at most until its deadline.
 *
 * <p>Security: nothing here authorises the caller. An account's owner may see and end the sessions
 * of {@link AuthenticatedPrincipal#account} and of no other; an administrator those of anybody.
 *
 * <p>Failure: a method whose backend cannot answer returns {@code Unavailable}.
 */
public interface Sessions {
  /**
   * Lists the live sessions of an account, and those that ended within a day with the reason. A
   * session's {@link Session#device} and {@link Session#network} say where it is used; its {@link
   * Session#lastUsedAt} is coarse, to about a tenth of its idle timeout.
   *
   * @param account whose
   * @param deadline for the whole operation
   * @return listed, empty lists if there is no such account; or unavailable
   */
  SessionListResult list(AccountId account, Deadline deadline);

  /**
   * Tells whether a session is live, and if not, when and why it ended.
   *
   * @param account the account that the session belongs to
   * @param session which one
   * @param deadline for the whole operation
   * @return live, ended, unrecorded or unavailable
   */
  ExplainResult explain(AccountId account, SessionId session, Deadline deadline);

  /**
   * Tells the same of the session that an access token names, also where the token has expired: for
   * a user who asks why they were logged out.
   *
   * <p>Security: this authenticates nobody. The token may have expired, be of another tenant, or
   * have been stolen: show its bearer the reason and nothing else of the session.
   *
   * @param token as it was brought; one that this service did not issue is unrecorded
   * @param deadline for the whole operation
   * @return live, ended, unrecorded or unavailable
   */
  ExplainResult explain(AccessToken token, Deadline deadline);

  /**
   * Opens a session for a login that the application has proved itself, for instance by OpenID
   * Connect, SAML or LDAP. No password is asked for and no attempt is counted; in all else it is a
   * login: the account must be active, the session is of its present epoch, and the limit of
   * sessions holds.
   *
   * @param login whose, how it was proved, and which session is wanted
   * @param deadline for the whole operation
   * @return success; rejected if there is no such account or it may not log in, which {@link
   *     io.doorward.auth.event.AccessEvent.LoginRejected} explains; or unavailable
   */
  LoginResult open(HostLogin login, Deadline deadline);

  /**
   * Ends one session of an account. Does nothing if it has ended, never existed, or belongs to
   * another account; the result does not distinguish these cases.
   *
   * <p>All nodes are told, as for every logout. Ending a session at the {@link TokenStore} directly
   * does not tell them.
   *
   * @param account the account that the session belongs to
   * @param session the id, as {@link TokenStore#list} names it
   * @param deadline for the whole operation
   * @return done, with 1 session if it ended by this call, else with 0; or unavailable
   */
  LogoutResult logout(AccountId account, SessionId session, Deadline deadline);

  /**
   * Ends the session of a refresh token, in whatever tenant it is, also where the token was
   * replaced before. For a client that has no access token at hand. Does nothing if the session has
   * ended or the token was never issued.
   *
   * @param token as the client brought it
   * @param deadline for the whole operation
   * @return done, with 1 session if it ended by this call, else with 0; or unavailable
   */
  LogoutResult logout(RefreshToken token, Deadline deadline);

  /**
   * Ends all sessions of an account but one, for "log out on all other devices". The number may
   * include sessions that a change of the account had ended before, for as long as they would have
   * lasted; this holds for {@link #logoutAll}, too.
   *
   * @param kept the session that stays
   * @param deadline for the whole operation
   * @return done, with the number of sessions that ended; or unavailable
   */
  LogoutResult logoutOthers(Session kept, Deadline deadline);

  /**
   * Ends all sessions of an account.
   *
   * @param account the account to log out everywhere
   * @param deadline for the whole operation
   * @return done, with the number of sessions that ended; or unavailable
   */
  LogoutResult logoutAll(AccountId account, Deadline deadline);

  /**
   * Watches a session for a connection that outlives its request: a WebSocket, or server-sent
   * events. The listener is told once when the session has ended, for whatever reason and on
   * whichever node, within about a second on a node that watches some thousands of sessions.
   *
   * <p>Watching is not use: it restarts no idle time. A connection over which its user acts calls
   * {@link AuthService#check} for what they do, as a request does. Changed roles end no session.
   *
   * <p>While the store does not answer, the watch goes on for {@code patience} and then ends as
   * unverified. When the service is closed, the watch ends without a word.
   *
   * @param session of a principal that has just been checked
   * @param patience how long the connection may live on without an answer of the store; 5 s or more
   * @param listener called at most once, on a background thread that others need: it must not
   *     block. Not called after {@link SessionWatch#close}, unless it is running by then
   * @return the watch; close it when the connection ends
   * @throws IllegalArgumentException if {@code patience} is shorter
   */
  SessionWatch watch(Session session, Duration patience, Consumer<WatchEnd> listener);

  /** A session that is being watched. Thread-safe. */
  interface SessionWatch extends AutoCloseable {
    /** Ends the watch; does nothing if it has ended. */
    @Override
    void close();
  }

  /** Why a watch has ended. Immutable and thread-safe. */
  sealed interface WatchEnd {
    /**
     * The session has ended; close the connection.
     *
     * @param record when and why; empty where there is no record or it could not be read
     */
    record SessionEnded(Optional<EndedSession> record) implements WatchEnd {}

    /**
     * It is not known whether the session is live, because the store has not answered. Close the
     * connection, so that its client comes back and is checked.
     *
     * @param since how long ago it was last known to be live
     */
    record Unverified(Duration since) implements WatchEnd {}

    /**
     * Maps the end, one function a case.
     *
     * @param ended for {@link SessionEnded}
     * @param unverified for {@link Unverified}
     * @param <R> what the functions return
     * @return what the matching function returned
     */
    default <R> R match(Function<SessionEnded, R> ended, Function<Unverified, R> unverified) {
      return this instanceof SessionEnded e ? ended.apply(e) : unverified.apply((Unverified) this);
    }
  }

  /**
   * A login that the application has proved itself. Immutable and thread-safe.
   *
   * @param account whose: for instance the account that {@link Admin#find} has found by an external
   *     identity
   * @param amr how it was proved, 1 to 16 values of 1 to 32 characters of {@code A-Z a-z 0-9 _ - .
   *     :}; those of RFC 8176 where one fits, for instance {@code hwk}
   * @param client labels the session with its device and network
   * @param session which session is wanted. Without a login identifier it gets the oldest of the
   *     account
   */
  record HostLogin(
      AccountId account, Set<String> amr, ClientContext client, SessionOptions session) {
    private static final int MOST_METHODS = 16;
    private static final Pattern METHOD = Pattern.compile("[A-Za-z0-9_.:-]{1,32}");

    /**
     * Checks how the login was proved.
     *
     * @param account see the type
     * @param amr see the type
     * @param client see the type
     * @param session see the type
     * @throws IllegalArgumentException if {@code amr} has another number or form of values
     */
    public HostLogin {
      requireNonNull(account, "account");
      requireNonNull(client, "client");
      requireNonNull(session, "session");
      amr = Set.copyOf(requireNonNull(amr, "amr"));
      if (amr.isEmpty()
          || amr.size() > MOST_METHODS
          || !amr.stream().allMatch(method -> METHOD.matcher(method).matches())) {
        throw new IllegalArgumentException(
            "amr must be 1 to "
                + MOST_METHODS
                + " values of 1 to 32 characters of A-Z a-z 0-9 _ - . :");
      }
    }
  }

  /** The sessions of an account. Immutable and thread-safe. */
  sealed interface SessionListResult {
    /**
     * The store has answered. A session that ends meanwhile may be in both lists.
     *
     * @param live the live sessions, the newest first
     * @param ended those that ended within a day, the latest end first, at most 1,000; always empty
     *     where sessions are kept in Redis only
     */
    record Listed(List<Session> live, List<EndedSession> ended) implements SessionListResult {
      /**
       * Copies the lists.
       *
       * @param live see the type
       * @param ended see the type
       */
      public Listed {
        live = List.copyOf(live);
        ended = List.copyOf(ended);
      }
    }

    /**
     * A backend could not answer.
     *
     * @param retryAfter when it is worth trying again
     */
    record Unavailable(Duration retryAfter) implements SessionListResult {}

    /**
     * Maps the result, one function a case.
     *
     * @param listed for {@link Listed}
     * @param unavailable for {@link Unavailable}
     * @param <R> what the functions return
     * @return what the matching function returned
     */
    default <R> R match(
        Function<Listed, R> listed, Function<SessionListResult.Unavailable, R> unavailable) {
      return this instanceof Listed l
          ? listed.apply(l)
          : unavailable.apply((SessionListResult.Unavailable) this);
    }
  }

  /** What is known about one session. Immutable and thread-safe. */
  sealed interface ExplainResult {
    /**
     * It is live.
     *
     * @param session as the store has it
     */
    record Live(Session session) implements ExplainResult {}

    /**
     * It is over.
     *
     * @param record when and why it ended
     */
    record Ended(EndedSession record) implements ExplainResult {}

    /**
     * It is not live, and there is no record of its end: it expired some time ago, ended more than
     * a day ago, or never was; or the store keeps no records.
     */
    record Unrecorded() implements ExplainResult {}

    /**
     * A backend could not answer.
     *
     * @param retryAfter when it is worth trying again
     */
    record Unavailable(Duration retryAfter) implements ExplainResult {}

    /**
     * Maps the result, one function a case.
     *
     * @param live for {@link Live}
     * @param ended for {@link Ended}
     * @param unrecorded for {@link Unrecorded}
     * @param unavailable for {@link Unavailable}
     * @param <R> what the functions return
     * @return what the matching function returned
     */
    default <R> R match(
        Function<Live, R> live,
        Function<Ended, R> ended,
        Function<Unrecorded, R> unrecorded,
        Function<ExplainResult.Unavailable, R> unavailable) {
      if (this instanceof Live l) {
        return live.apply(l);
      }
      if (this instanceof Ended e) {
        return ended.apply(e);
      }
      if (this instanceof Unrecorded u) {
        return unrecorded.apply(u);
      }
      return unavailable.apply((ExplainResult.Unavailable) this);
    }
  }

  /** The result of a logout. Immutable and thread-safe. */
  sealed interface LogoutResult {
    /**
     * The sessions have ended, on every node unless {@code cachePending}.
     *
     * @param sessions how many sessions ended by this call; 0 if they had ended before
     * @param cachePending true if sessions are kept in a database and the view that answers in
     *     front of it could not be told. A node that still reaches the view may accept what it
     *     holds of the account until the relay has told it
     */
    record Done(int sessions, boolean cachePending) implements LogoutResult {}

    /**
     * A backend could not answer; the session may still be live, so the cookie must be kept. Answer
     * 503.
     *
     * @param retryAfter when it is worth trying again
     */
    record Unavailable(Duration retryAfter) implements LogoutResult {}

    /**
     * Maps the result, one function a case.
     *
     * @param done for {@link Done}
     * @param unavailable for {@link Unavailable}
     * @param <R> what the functions return
     * @return what the matching function returned
     */
    default <R> R match(Function<Done, R> done, Function<LogoutResult.Unavailable, R> unavailable) {
      if (this instanceof Done d) {
        return done.apply(d);
      }
      return unavailable.apply((LogoutResult.Unavailable) this);
    }
  }
}
