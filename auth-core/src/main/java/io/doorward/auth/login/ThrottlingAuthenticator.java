package io.doorward.auth.login;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.backend.Degradation;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Background;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.Ticker;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.event.AuthEvent.Step;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.throttle.AttemptLimiter;
import io.doorward.auth.throttle.AttemptLimiter.Decision;
import io.doorward.auth.throttle.AttemptLimiter.Outcome;
import io.doorward.auth.throttle.AttemptLimiter.Reservation;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Lets an attempt through to the wrapped authenticator only if the limiter admits it, and tells the
 * limiter what became of it.
 *
 * <p>An attempt is counted before anything is hashed. While other attempts in flight fill the
 * budget it waits its turn, up to its deadline. A rejection is answered only after its failure is
 * recorded. What could not be decided is not a failure.
 *
 * <p>Thread-safe. When the shared limiter cannot answer, a local one counts for this node: the
 * throttle never opens by itself. What the shared one could not be told in time is told again in
 * the background, so that no place stays taken for a lease.
 */
public final class ThrottlingAuthenticator implements Authenticator {
  private static final Duration MIN_PAUSE = Duration.ofMillis(5);

  /**
   * What the limiter answers is when a lease ends at the latest. Most attempts are settled long
   * before, so it is asked sooner.
   */
  private static final Duration MAX_PAUSE = Duration.ofMillis(100);

  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final Authenticator delegate;
  private final AttemptLimiter shared;
  private final AttemptLimiter local;
  private final Degradation degradation;
  private final Background background;
  private final Ticker ticker;
  private final AuthListener listener;

  /**
   * Wraps an authenticator.
   *
   * @param delegate decides about admitted attempts
   * @param shared counts for all nodes
   * @param local counts for this node while {@code shared} cannot answer; in memory, and counts the
   *     failure of a reservation that it did not make
   * @param degradation whether logins go on while {@code shared} cannot answer
   * @param background tells the shared limiter again
   * @param ticker times the wait
   * @param listener hears of refusals and failures
   */
  public ThrottlingAuthenticator(
      Authenticator delegate,
      AttemptLimiter shared,
      AttemptLimiter local,
      Degradation degradation,
      Background background,
      Ticker ticker,
      AuthListener listener) {
    this.delegate = requireNonNull(delegate, "delegate");
    this.shared = requireNonNull(shared, "shared");
    this.local = requireNonNull(local, "local");
    this.degradation = requireNonNull(degradation, "degradation");
    this.background = requireNonNull(background, "background");
    this.ticker = requireNonNull(ticker, "ticker");
    this.listener = AuthListener.guarded(listener);
  }

  @Override
  public AuthenticationResult authenticate(LoginAttempt attempt, Deadline deadline) {
    long from = ticker.nanos();
    while (true) {
      Admission admission;
      try {
        admission = reserve(attempt, deadline);
      } catch (StoreException e) {
        return new AuthenticationResult.Unavailable(RETRY_AFTER);
      }
      if (admission.decision() instanceof Decision.Refused refused) {
        listener.on(
            new AuthEvent.LoginThrottled(
                attempt.client().network(), refused.budget(), refused.retryAfter()));
        return new AuthenticationResult.Throttled(refused.retryAfter());
      }
      if (admission.decision() instanceof Decision.Admitted admitted) {
        Duration waited = Duration.ofNanos(ticker.nanos() - from);
        return decide(attempt, admission.limiter(), admitted.reservation(), waited, deadline);
      }
      Duration wait = ((Decision.Busy) admission.decision()).retryIn();
      if (!pause(wait, deadline)) {
        listener.on(new AuthEvent.BackEndFailed("attempt limiter", StoreException.Kind.REFUSED));
        return new AuthenticationResult.Unavailable(RETRY_AFTER);
      }
    }
  }

  private AuthenticationResult decide(
      LoginAttempt attempt,
      AttemptLimiter limiter,
      Reservation reservation,
      Duration waited,
      Deadline deadline) {
    Outcome outcome = Outcome.UNKNOWN;
    Optional<AccountId> account = Optional.empty();
    try {
      AuthenticationResult result = delegate.authenticate(attempt, deadline);
      outcome = outcomeOf(result);
      account =
          result instanceof AuthenticationResult.Rejected rejected
              ? rejected.account()
              : Optional.empty();
      return result instanceof AuthenticationResult.Authenticated authenticated
          ? authenticated.with(Step.THROTTLE, waited)
          : result;
    } finally {
      settle(limiter, new Settlement(reservation, outcome, account), deadline);
    }
  }

  private static Outcome outcomeOf(AuthenticationResult result) {
    return result.match(
        authenticated -> Outcome.SUCCESS,
        nextStep -> Outcome.SUCCESS,
        rejected -> Outcome.FAILURE,
        throttled -> Outcome.UNKNOWN,
        unavailable -> Outcome.UNKNOWN);
  }

  private Admission reserve(LoginAttempt attempt, Deadline deadline) {
    try {
      return new Admission(shared, shared.reserve(attempt.loginId(), attempt.client(), deadline));
    } catch (StoreException e) {
      listener.on(new AuthEvent.BackEndFailed("attempt limiter", e.kind()));
      if (!degradation.countingWithoutRedis()) {
        throw e;
      }
      return new Admission(local, local.reserve(attempt.loginId(), attempt.client(), localWait()));
    }
  }

  private void settle(AttemptLimiter limiter, Settlement settlement, Deadline deadline) {
    if (limiter == local) {
      tell(local, settlement, localWait());
    } else if (!tellShared(settlement, deadline)) {
      if (settlement.outcome() == Outcome.FAILURE) {
        // Recorded before it is answered: the local limiter counts what another one admitted.
        tell(local, settlement, localWait());
      }
      background.offer(later -> tellShared(settlement, later));
    }
  }

  private boolean tellShared(Settlement settlement, Deadline deadline) {
    try {
      tell(shared, settlement, deadline);
      return true;
    } catch (StoreException e) {
      listener.on(new AuthEvent.BackEndFailed("attempt limiter", e.kind()));
      return false;
    }
  }

  private void tell(AttemptLimiter limiter, Settlement settlement, Deadline deadline) {
    Reservation reservation = settlement.reservation();
    for (AuthEvent.Budget spent : limiter.settle(reservation, settlement.outcome(), deadline)) {
      listener.on(
          new AuthEvent.BudgetSpent(settlement.account(), spent, reservation.client().network()));
    }
  }

  /** Counting in memory waits for nothing, so it is done even where the operation's time is up. */
  private static Deadline localWait() {
    return Deadline.after(Duration.ofSeconds(1));
  }

  /** Waits before the limiter is asked again; false if the deadline comes first. */
  private static boolean pause(Duration wait, Deadline deadline) {
    long most = Math.min(MAX_PAUSE.toMillis(), Math.max(MIN_PAUSE.toMillis(), wait.toMillis()));
    Duration pause =
        Duration.ofMillis(ThreadLocalRandom.current().nextLong(MIN_PAUSE.toMillis(), most + 1));
    if (deadline.remaining().compareTo(pause) <= 0) {
      return false;
    }
    try {
      Thread.sleep(pause.toMillis());
      // A sleep may last longer than it should.
      return !deadline.isExpired();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** What became of an attempt, and whose account it was, if that is known. */
  private record Settlement(
      Reservation reservation, Outcome outcome, Optional<AccountId> account) {}

  /** An answer and who gave it: only that one can settle it. */
  private record Admission(AttemptLimiter limiter, Decision decision) {}
}
