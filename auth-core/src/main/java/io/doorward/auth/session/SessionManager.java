package io.doorward.auth.session;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.Retries;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.event.AuthEvent.TokenRefusal;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.session.AccessTokens.Genuine;
import io.doorward.auth.session.AccessTokens.Refused;
import io.doorward.auth.session.AccessTokens.Verification;
import io.doorward.auth.session.TokenStore.LiveSession;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * The life of a session: opened after a login with a token that names it, looked up on every
 * request, kept awake while it is used, ended on request.
 *
 * <p>Thread-safe.
 */
public final class SessionManager {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  /**
   * A session is touched when this part of its idle time has passed: an ordinary check writes
   * nothing.
   */
  private static final int TOUCH_PART = 10;

  private final TokenStore store;
  private final AccessTokens tokens;
  private final SessionPolicy policy;
  private final Executor background;
  private final Duration backgroundDeadline;
  private final Retries retries;
  private final InstantSource clock;
  private final AuthListener listener;

  /**
   * Creates a manager.
   *
   * @param store keeps sessions
   * @param tokens signs and verifies
   * @param policy how long sessions and tokens live
   * @param background touches sessions; may refuse
   * @param backgroundDeadline how long one touch may take
   * @param retries for calls to the store
   * @param clock stamps new sessions
   * @param listener hears why a token was refused
   */
  public SessionManager(
      TokenStore store,
      AccessTokens tokens,
      SessionPolicy policy,
      Executor background,
      Duration backgroundDeadline,
      Retries retries,
      InstantSource clock,
      AuthListener listener) {
    this.store = requireNonNull(store, "store");
    this.tokens = requireNonNull(tokens, "tokens");
    this.policy = requireNonNull(policy, "policy");
    this.background = requireNonNull(background, "background");
    this.backgroundDeadline = requireNonNull(backgroundDeadline, "backgroundDeadline");
    this.retries = requireNonNull(retries, "retries");
    this.clock = requireNonNull(clock, "clock");
    this.listener = AuthListener.guarded(listener);
  }

  /**
   * Opens a session and signs its token.
   *
   * @param account whose
   * @param credentialVersion the number of the credential version that was proved
   * @param amr how it was proved
   * @param options what kind of session is wanted
   * @param client labels the device if {@code options} does not
   * @param deadline for the call
   * @return the session with its token; empty if the credential was replaced meanwhile
   * @throws StoreException if the store cannot answer
   */
  public Optional<Opened> open(
      AccountId account,
      long credentialVersion,
      Set<String> amr,
      SessionOptions options,
      ClientContext client,
      Deadline deadline) {
    // Whole seconds, as a token can say them, so that token and session end together.
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    Duration absolute =
        options.remembered() ? policy.rememberedLifetime() : policy.absoluteLifetime();
    Duration idle = options.remembered() ? policy.rememberedLifetime() : policy.idleTimeout();
    Session session =
        new Session(
            SessionId.random(),
            account,
            options.kind(),
            credentialVersion,
            0,
            now,
            now,
            now.plus(absolute),
            idle,
            amr,
            options.device().or(client::userAgent),
            options.attributes());
    Optional<UserRecord> user =
        retries.onlyIfUnsent(deadline, () -> store.create(session, deadline));
    return user.map(
        record -> {
          Instant end = tokenEnd(session);
          AuthenticatedPrincipal principal =
              new AuthenticatedPrincipal(account, record.roles(), session);
          return new Opened(principal, tokens.issue(session, end), end);
        });
  }

  private Instant tokenEnd(Session session) {
    if (session.kind() == SessionKind.COOKIE) {
      return session.absoluteEnd();
    }
    Instant end = session.createdAt().plus(policy.bearerTokenLifetime());
    return end.isBefore(session.absoluteEnd()) ? end : session.absoluteEnd();
  }

  /**
   * Answers who a request is from.
   *
   * @param token as the request brought it
   * @param deadline for the call
   * @return who it is, or why not
   */
  public CheckResult check(AccessToken token, Deadline deadline) {
    Verification verified = tokens.verify(token);
    if (verified instanceof Refused refused) {
      return reject(refused.reason());
    }
    Genuine genuine = (Genuine) verified;
    Optional<LiveSession> live;
    try {
      live =
          retries.repeatable(
              deadline, () -> store.find(genuine.account(), genuine.session(), deadline));
    } catch (StoreException e) {
      listener.on(new AuthEvent.BackEndFailed("token store", e.kind()));
      return new CheckResult.Unavailable(RETRY_AFTER);
    }
    if (live.isEmpty()) {
      return reject(TokenRefusal.NO_SESSION);
    }
    keepAwake(live.get(), deadline);
    Session session = live.get().session();
    return new CheckResult.Active(
        new AuthenticatedPrincipal(session.account(), live.get().user().roles(), session));
  }

  private CheckResult reject(TokenRefusal reason) {
    listener.on(new AuthEvent.TokenRejected(reason));
    return new CheckResult.Rejected();
  }

  private void keepAwake(LiveSession live, Deadline deadline) {
    Session session = live.session();
    Duration idle = session.idleTimeout();
    if (live.idleLeft().compareTo(idle.minus(idle.dividedBy(TOUCH_PART))) >= 0) {
      return;
    }
    try {
      background.execute(() -> touch(session, Deadline.after(backgroundDeadline)));
    } catch (RejectedExecutionException e) {
      // The queue is full. Half of the idle time is left for the next request to try; after that it
      // counts.
      if (live.idleLeft().compareTo(idle.dividedBy(2)) < 0) {
        touch(session, deadline);
      }
    }
  }

  private void touch(Session session, Deadline deadline) {
    try {
      store.touch(session, deadline);
    } catch (StoreException e) {
      listener.on(new AuthEvent.BackEndFailed("token store", e.kind()));
    }
  }

  /**
   * Ends the session that a token names.
   *
   * @param token as the request brought it
   * @param deadline for the call
   * @return how many sessions ended: 0 if the token is not good or its session was over
   * @throws StoreException if the store cannot answer
   */
  public int close(AccessToken token, Deadline deadline) {
    if (!(tokens.verify(token) instanceof Genuine genuine)) {
      return 0;
    }
    boolean ended =
        retries.repeatable(
            deadline, () -> store.revoke(genuine.account(), genuine.session(), deadline));
    if (ended) {
      listener.on(new AuthEvent.SessionsRevoked(genuine.account(), 1));
    }
    return ended ? 1 : 0;
  }

  /**
   * Ends all sessions of an account.
   *
   * @param account whose
   * @param deadline for the call
   * @return how many sessions ended
   * @throws StoreException if the store cannot answer
   */
  public int closeAll(AccountId account, Deadline deadline) {
    int ended = retries.repeatable(deadline, () -> store.revokeAll(account, deadline));
    listener.on(new AuthEvent.SessionsRevoked(account, ended));
    return ended;
  }

  /**
   * A new session and what its holder gets.
   *
   * @param principal who, with the session
   * @param token opens it
   * @param expiresAt when the token is no longer good
   */
  public record Opened(AuthenticatedPrincipal principal, AccessToken token, Instant expiresAt) {}
}
