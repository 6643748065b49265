package io.doorward.auth;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.session.RefreshToken;
import io.doorward.auth.session.TokenStore;
import java.time.Duration;
import java.util.function.Function;

/**
 * The sessions of accounts, at {@link AuthService#sessions}: for a page that lists the caller's
 * sessions, and for administrators. Thread-safe. Every method blocks at most until its deadline.
 *
 * <p>Failure: a method whose backend cannot answer returns {@code Unavailable}.
 */
public interface Sessions {
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
   * Ends all sessions of an account.
   *
   * @param account the account to log out everywhere
   * @param deadline for the whole operation
   * @return done, with the number of sessions that ended; or unavailable
   */
  LogoutResult logoutAll(AccountId account, Deadline deadline);

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
    default <R> R match(Function<Done, R> done, Function<Unavailable, R> unavailable) {
      if (this instanceof Done d) {
        return done.apply(d);
      }
      return unavailable.apply((Unavailable) this);
    }
  }
}
