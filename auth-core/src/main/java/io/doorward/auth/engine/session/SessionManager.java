package io.doorward.auth.engine.session;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.Epoch;
import io.doorward.auth.account.RoleModel;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.backend.Degradation;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.TenantId;
import io.doorward.auth.engine.EngineContext;
import io.doorward.auth.engine.cache.Invalidator;
import io.doorward.auth.engine.session.Opening.Opened;
import io.doorward.auth.event.AccessEvent;
import io.doorward.auth.event.AccessEvent.TokenRefusal;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.guard.BackendCalls;
import io.doorward.auth.guard.Background;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.AccessTokens;
import io.doorward.auth.session.AccessTokens.Genuine;
import io.doorward.auth.session.AccessTokens.Named;
import io.doorward.auth.session.AccessTokens.Refused;
import io.doorward.auth.session.AccessTokens.Verification;
import io.doorward.auth.session.AuthenticatedPrincipal;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.session.EndedSession.EndReason;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionCreation;
import io.doorward.auth.session.SessionKind;
import io.doorward.auth.session.SessionLimits;
import io.doorward.auth.session.SessionLimits.WhenFull;
import io.doorward.auth.session.SessionOptions;
import io.doorward.auth.session.SessionPolicy;
import io.doorward.auth.session.TokenStore;
import io.doorward.auth.session.TokenStore.LiveSession;
import io.doorward.auth.session.TokenStore.Revocation;
import java.lang.invoke.MethodHandles;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Opens sessions after logins and issues their tokens, checks sessions on requests, extends their
 * idle time, and ends them.
 *
 * <p>Thread-safe. Security: this class is not exported, because it opens sessions without
 * authenticating the account.
 */
public final class SessionManager {
  private static final MethodHandles.Lookup SELF = MethodHandles.lookup();

  /**
   * Minimum gain of a touch, as a fraction of the idle time, so that an ordinary check writes
   * nothing.
   */
  private static final int TOUCH_PART = 10;

  /**
   * Gain from which a check touches by itself when the background queue is full, as a fraction of
   * the idle time.
   */
  private static final int URGENT_PART = 2;

  private final TokenStore store;
  private final AccessTokens tokens;
  private final RefreshTokens refreshTokens;
  private final SessionTerms terms;
  private final SessionLimits limits;
  private final RoleModel roles;
  private final Invalidator invalidator;
  private final Degradation degradation;
  private final Background background;
  private final BackendCalls calls;
  private final InstantSource clock;
  private final AuthListener listener;

  /**
   * Creates a manager.
   *
   * @param store keeps sessions
   * @param tokens signs and verifies access tokens
   * @param refreshTokens issues the refresh tokens of bearer sessions
   * @param terms how long sessions and tokens live, and what roles mean
   * @param invalidator tells views of the store that sessions were ended
   */
  public SessionManager(
      TokenStore store,
      AccessTokens tokens,
      RefreshTokens refreshTokens,
      Terms terms,
      Invalidator invalidator,
      EngineContext context) {
    this.store = requireNonNull(store, "store");
    this.tokens = requireNonNull(tokens, "tokens");
    this.refreshTokens = requireNonNull(refreshTokens, "refreshTokens");
    this.terms = new SessionTerms(terms.policy(), new SecureRandom());
    this.limits = terms.policy().limits();
    this.roles = terms.roles();
    this.invalidator = requireNonNull(invalidator, "invalidator");
    this.degradation = context.degradation();
    this.background = context.background();
    this.calls = context.calls(Part.TOKEN_STORE);
    this.clock = context.clock();
    this.listener = context.listener();
  }

  /**
   * Opens a session and issues its tokens.
   *
   * @param account whose
   * @param epoch of the credential that was proved
   * @param amr how it was proved
   * @param options what kind of session is wanted
   * @param client labels the device if {@code options} does not
   * @param deadline for the call
   * @return opened, full, or stale if the credential was replaced meanwhile
   * @throws StoreException if the store cannot answer
   */
  public Opening open(
      AccountId account,
      Epoch epoch,
      Set<String> amr,
      SessionOptions options,
      ClientContext client,
      Deadline deadline) {
    Instant now = now();
    return open(
        Session.builder(
                account,
                options.kind(),
                epoch,
                now,
                terms.absoluteEnd(options, now),
                terms.idleTimeout(options))
            .amr(amr)
            .device(options.device().or(client::userAgent))
            .attributes(options.withNetwork(client).attributes())
            .build(),
        limits,
        deadline);
  }

  /**
   * Opens a session in place of one that a change of its credential has ended: of the same kind,
   * device and attributes, with the same lifetimes, which begin anew. An API key has no successor.
   * A full account refuses none of these: its oldest session ends.
   *
   * @param ended the session that is over
   * @param epoch of the credential that replaces the ended one's
   * @param amr how the person has just proved who they are
   * @param deadline for the call
   * @return the session with its tokens; empty if the credential was replaced again meanwhile, or
   *     the session was an API key
   * @throws StoreException if the store cannot answer
   */
  public Optional<Opened> reopen(Session ended, Epoch epoch, Set<String> amr, Deadline deadline) {
    if (ended.kind() == SessionKind.API_KEY) {
      return Optional.empty();
    }
    Instant now = now();
    Optional<Opened> opened =
        open(
                Session.builder(
                        ended.account(),
                        ended.kind(),
                        epoch,
                        now,
                        now.plus(Duration.between(ended.createdAt(), ended.absoluteEnd())),
                        ended.idleTimeout())
                    .amr(amr)
                    .device(ended.device())
                    .attributes(ended.attributes())
                    .build(),
                limits.withWhenFull(WhenFull.END_OLDEST),
                deadline)
            .session();
    opened.ifPresent(
        it ->
            listener.on(
                new AccessEvent.SessionReplaced(
                    ended.account(), ended.id(), it.principal().session().id())));
    return opened;
  }

  private Opening open(Session wanted, SessionLimits limits, Deadline deadline) {
    Session session = wanted.kind() == SessionKind.BEARER ? refreshable(wanted) : wanted;
    SessionCreation creation;
    try {
      creation = calls.onlyIfUnsent(deadline, () -> store.create(session, limits, deadline));
    } catch (StoreException e) {
      if (e.kind() == StoreException.Kind.TIMEOUT) {
        withdraw(session);
      }
      throw e;
    }
    if (creation instanceof SessionCreation.Created created) {
      tellOfOldest(session, told(created.ended(), deadline));
      return issue(session, created.user());
    }
    return creation instanceof SessionCreation.Full full
        ? new Opening.Full(full.most(), full.deviceKind())
        : new Opening.Stale();
  }

  /** A session that may be stored, and whose token was never given out, would keep its place. */
  private void withdraw(Session session) {
    boolean unused = background.offer(later -> endUnheard(session, later));
  }

  private void endUnheard(Session session, Deadline deadline) {
    Optional<Closed> unused =
        calls.tried(() -> end(session.account(), session.id(), EndReason.OTHER, deadline));
  }

  private Session refreshable(Session session) {
    return session.toBuilder()
        .rotation(0, session.createdAt(), Optional.of(refreshTokens.keyId()))
        .build();
  }

  /** Issues the tokens of a live session: a new access token, and the present refresh token. */
  Opened issue(Session session, UserRecord user) {
    Instant end = terms.tokenEnd(session, now());
    return new Opened(
        principal(session, user),
        tokens.issue(session, end, SELF),
        end,
        refreshTokens.issue(session));
  }

  private void tellOfOldest(Session opened, Closed ended) {
    if (ended.sessions() > 0) {
      listener.on(
          new AccessEvent.OldestSessionsEnded(
              opened.account(), ended.sessions(), ended.cachePending()));
    }
  }

  /** Whole seconds, as a token can say them, so that token and session end together. */
  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.SECONDS);
  }

  /**
   * Authenticates a request.
   *
   * @param token as the request brought it
   * @param tenant that the request is addressed to; a token of another one is rejected before any
   *     store is asked
   * @param deadline for the call
   * @return active, rejected, unverified or unavailable
   */
  public CheckResult check(AccessToken token, TenantId tenant, Deadline deadline) {
    Verification verified = tokens.verify(token);
    if (verified instanceof Refused refused) {
      return reject(Optional.empty(), refused.reason());
    }
    Genuine genuine = (Genuine) verified;
    if (!genuine.account().isIn(tenant)) {
      return reject(Optional.of(genuine.account()), TokenRefusal.OTHER_TENANT);
    }
    return calls.orElse(() -> check(genuine, deadline), failure -> whileUnknown(genuine, failure));
  }

  private CheckResult check(Genuine genuine, Deadline deadline) {
    Optional<LiveSession> live =
        calls.call(deadline, () -> store.find(genuine.account(), genuine.session(), deadline));
    if (live.isEmpty()) {
      return reject(Optional.of(genuine.account()), TokenRefusal.NO_SESSION);
    }
    Session session = live.get().session();
    if (session.kind() == SessionKind.API_KEY) {
      return reject(Optional.of(genuine.account()), TokenRefusal.INVALID);
    }
    extendIdleTime(live.get(), deadline);
    return new CheckResult.Active(principal(session, live.get().user()));
  }

  private AuthenticatedPrincipal principal(Session session, UserRecord user) {
    return new AuthenticatedPrincipal(session.account(), user.roles(), session, roles);
  }

  /**
   * Answers a check whose store failed: never rejected. Never unverified if a server could have
   * answered and only this node is overloaded, or did answer and only this version cannot read it.
   */
  private CheckResult whileUnknown(Genuine genuine, StoreException.Kind failure) {
    Instant now = clock.instant();
    return isOutage(failure)
            && degradation
                .unverified()
                .filter(young -> now.isBefore(genuine.issuedAt().plus(young)))
                .isPresent()
        ? new CheckResult.Unverified(genuine.account(), genuine.session())
        : new CheckResult.Unavailable(BackendCalls.retryAfter());
  }

  private static boolean isOutage(StoreException.Kind failure) {
    return failure != StoreException.Kind.OVERLOADED && failure != StoreException.Kind.NEWER_FORMAT;
  }

  private CheckResult reject(Optional<AccountId> account, TokenRefusal reason) {
    listener.on(new AccessEvent.TokenRejected(account, reason));
    return new CheckResult.Rejected();
  }

  /** Touches a session if that extends it; near its absolute end nothing does. */
  void extendIdleTime(LiveSession live, Deadline deadline) {
    Session session = live.session();
    Duration idle = session.idleTimeout();
    Duration toTheEnd = Duration.between(clock.instant(), session.absoluteEnd());
    Duration won = (toTheEnd.compareTo(idle) < 0 ? toTheEnd : idle).minus(live.idleLeft());
    if (won.toMillis() < idle.toMillis() / TOUCH_PART) {
      return;
    }
    boolean taken = background.offer(later -> touch(session, later));
    if (!taken && won.toMillis() > idle.toMillis() / URGENT_PART) {
      touch(session, deadline);
    }
  }

  private void touch(Session session, Deadline deadline) {
    calls.attempt(() -> store.touch(session, deadline));
  }

  /**
   * Ends the session that a token names, also where this node's clock calls the token expired:
   * another node may still accept it.
   *
   * @param token as the request brought it
   * @param deadline for the call
   * @return the ended sessions; none if this service did not issue the token or its session had
   *     ended
   * @throws StoreException if the store cannot answer
   */
  public Closed close(AccessToken token, Deadline deadline) {
    Optional<Named> named = tokens.named(token);
    return named.isEmpty()
        ? new Closed(0, false)
        : close(named.get().account(), named.get().session(), EndReason.LOGOUT, deadline);
  }

  /** Returns the session that a token of this service names, also one that has expired. */
  public Optional<Named> named(AccessToken token) {
    return tokens.named(token);
  }

  /**
   * Ends one session of an account, on every node.
   *
   * @param account the account whose session it is
   * @param session which one
   * @param deadline for the call
   * @return the ended sessions; none if the account has no such session
   * @throws StoreException if the store cannot answer
   */
  public Closed close(AccountId account, SessionId session, Deadline deadline) {
    requireNonNull(account, "account");
    requireNonNull(session, "session");
    return close(account, session, EndReason.KICKED_OUT, deadline);
  }

  Closed close(AccountId account, SessionId session, EndReason reason, Deadline deadline) {
    Closed closed = end(account, session, reason, deadline);
    if (closed.sessions() > 0) {
      listener.on(new AccessEvent.LoggedOut(account, session, closed.cachePending()));
    }
    return closed;
  }

  /** Ends one session, as {@link #close} does, for another reason and without an event. */
  Closed end(AccountId account, SessionId session, EndReason reason, Deadline deadline) {
    return told(
        calls.call(deadline, () -> store.revoke(account, session, reason, deadline)), deadline);
  }

  /**
   * Ends all sessions of an account.
   *
   * @param account whose
   * @param deadline for the call
   * @return the ended sessions
   * @throws StoreException if the store cannot answer
   */
  public Closed closeAll(AccountId account, Deadline deadline) {
    return closeMany(
        account, () -> store.revokeAll(account, EndReason.LOGOUT_ALL, deadline), deadline);
  }

  /**
   * Ends all sessions of an account but one.
   *
   * @param kept which one
   * @param deadline for the call
   * @return the ended sessions
   * @throws StoreException if the store cannot answer
   */
  public Closed closeOthers(Session kept, Deadline deadline) {
    return closeMany(
        kept.account(), () -> store.revokeOthers(kept, EndReason.LOGOUT_ALL, deadline), deadline);
  }

  private Closed closeMany(AccountId account, Supplier<Revocation> revoke, Deadline deadline) {
    Closed closed = told(calls.call(deadline, revoke), deadline);
    listener.on(new AccessEvent.SessionsRevoked(account, closed.sessions(), closed.cachePending()));
    return closed;
  }

  /** Delivers the invalidations. The sessions have ended, so a failure only leaves them pending. */
  private Closed told(Revocation revocation, Deadline deadline) {
    boolean delivered = invalidator.deliver(revocation.pending(), deadline);
    return new Closed(revocation.ended(), !delivered);
  }

  /**
   * What holds for all sessions.
   *
   * @param policy how long sessions and tokens live
   * @param roles what roles mean
   */
  public record Terms(SessionPolicy policy, RoleModel roles) {
    public Terms {
      requireNonNull(policy, "policy");
      requireNonNull(roles, "roles");
    }
  }

  /**
   * Sessions that were ended.
   *
   * @param sessions how many live ones ended by this call
   * @param cachePending true if a view of the store could not be told yet
   */
  public record Closed(int sessions, boolean cachePending) {}
}
