package io.doorward.auth.engine.session;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.TenantId;
import io.doorward.auth.engine.EngineContext;
import io.doorward.auth.engine.session.Opening.Opened;
import io.doorward.auth.engine.session.RefreshTokens.Content;
import io.doorward.auth.engine.session.SessionManager.Closed;
import io.doorward.auth.event.AccessEvent;
import io.doorward.auth.event.AccessEvent.RefreshRefusal;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.guard.BackendCalls;
import io.doorward.auth.session.EndedSession.EndReason;
import io.doorward.auth.session.RefreshResult;
import io.doorward.auth.session.RefreshToken;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionKind;
import io.doorward.auth.session.SessionPolicy;
import io.doorward.auth.session.TokenStore;
import io.doorward.auth.session.TokenStore.Rotation;
import io.doorward.auth.session.TokenStore.RotationResult;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Exchanges refresh tokens, with detection of those that were copied. Thread-safe.
 *
 * <p>The store keeps the generation of a session and the key under which its token was given out.
 * The token itself is computed, under the key of the session and not under this node's own: so all
 * that ask within the grace get the same text, also while keys are being rotated.
 */
public final class Refreshes {
  /** How far the clocks of two servers of a store may differ, as for access tokens. */
  private static final Duration SKEW = Duration.ofSeconds(60);

  private final SessionManager sessions;
  private final TokenStore store;
  private final RefreshTokens tokens;
  private final Duration grace;
  private final BackendCalls calls;
  private final AuthListener listener;

  /**
   * Creates the exchange of a service.
   *
   * @param sessions issues access tokens and ends sessions
   * @param store keeps the generations
   * @param tokens reads and computes refresh tokens
   * @param policy has the grace
   */
  public Refreshes(
      SessionManager sessions,
      TokenStore store,
      RefreshTokens tokens,
      SessionPolicy policy,
      EngineContext context) {
    this.sessions = requireNonNull(sessions, "sessions");
    this.store = requireNonNull(store, "store");
    this.tokens = requireNonNull(tokens, "tokens");
    this.grace = policy.refreshGrace();
    this.calls = context.calls(Part.TOKEN_STORE);
    this.listener = context.listener();
  }

  /**
   * Exchanges a token.
   *
   * @param token as the client brought it
   * @param tenant that the request is addressed to; a token of another one is rejected before any
   *     store is asked
   * @param deadline for the call
   * @return refreshed, rejected or unavailable
   */
  public RefreshResult refresh(RefreshToken token, TenantId tenant, Deadline deadline) {
    Optional<Content> content = tokens.verify(token);
    if (content.isEmpty()) {
      return reject(Optional.empty(), RefreshRefusal.INVALID);
    }
    AccountId account = content.get().account();
    return account.isIn(tenant)
        ? calls.orUnavailable(
            () -> exchange(content.get(), deadline), RefreshResult.Unavailable::new)
        : reject(Optional.of(account), RefreshRefusal.OTHER_TENANT);
  }

  private RefreshResult exchange(Content presented, Deadline deadline) {
    RotationResult result = rotate(presented, deadline);
    if (result instanceof RotationResult.Present present) {
      RefreshResult answer = answer(present);
      if (!present.step().writes()) {
        sessions.extendIdleTime(present.live(), deadline);
      }
      return answer;
    }
    if (result instanceof RotationResult.Reused reused) {
      return endCopied(presented, reused.previous(), deadline);
    }
    return reject(
        Optional.of(presented.account()),
        result instanceof RotationResult.Late ? RefreshRefusal.LATE : RefreshRefusal.NO_SESSION);
  }

  /**
   * A repeat of a rotation whose answer was lost gets the same answer, but only within the grace:
   * after it the repeat itself would be the one that comes too late.
   */
  private RotationResult rotate(Content presented, Deadline deadline) {
    Rotation rotation =
        new Rotation(
            presented.account(),
            presented.session(),
            presented.generation(),
            presented.keyId(),
            tokens.keyId(),
            grace,
            SKEW);
    Supplier<RotationResult> call = () -> store.rotate(rotation, deadline);
    return deadline.remaining().compareTo(grace) <= 0
        ? calls.call(deadline, call)
        : calls.onlyIfUnsent(deadline, call);
  }

  private RefreshResult answer(RotationResult.Present present) {
    Session session = present.live().session();
    if (session.kind() != SessionKind.BEARER) {
      return reject(Optional.of(session.account()), RefreshRefusal.INVALID);
    }
    Opened opened = sessions.issue(session, present.live().user());
    RefreshToken next =
        opened
            .refreshToken()
            .orElseThrow(
                () ->
                    new StoreException(
                        StoreException.Kind.MISCONFIGURED,
                        "key ring: refresh a token: another node gave it out under a key that this"
                            + " node's ring lacks; give all nodes the same ring"));
    if (present.step() == Rotation.Step.CATCH_UP) {
      listener.on(
          new AccessEvent.LostRotationRestored(
              session.account(), session.id(), session.generation()));
    }
    return new RefreshResult.Refreshed(
        opened.principal(), opened.token(), opened.expiresAt(), next);
  }

  /** Ends the session before the answer: where that fails, the next try finds the copy again. */
  private RefreshResult endCopied(Content presented, boolean previous, Deadline deadline) {
    Closed closed =
        sessions.end(presented.account(), presented.session(), EndReason.REUSE, deadline);
    listener.on(
        new AccessEvent.RefreshTokenReused(
            presented.account(), presented.session(), previous, closed.cachePending()));
    return new RefreshResult.Rejected();
  }

  private RefreshResult reject(Optional<AccountId> account, RefreshRefusal reason) {
    listener.on(new AccessEvent.RefreshRejected(account, reason));
    return new RefreshResult.Rejected();
  }

  /**
   * Ends the session of a token, of whichever generation it is.
   *
   * @param token as the client brought it
   * @param deadline for the call
   * @return the ended sessions; none if this service did not issue the token or its session had
   *     ended
   * @throws StoreException if the store cannot answer
   */
  public Closed close(RefreshToken token, Deadline deadline) {
    return tokens
        .verify(token)
        .map(
            content ->
                sessions.close(content.account(), content.session(), EndReason.LOGOUT, deadline))
        .orElseGet(() -> new Closed(0, false));
  }
}
