package io.doorward.auth.engine.login;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.backend.Degradation;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.Ticker;
import io.doorward.auth.engine.EngineContext;
import io.doorward.auth.event.AccessEvent;
import io.doorward.auth.event.AccessEvent.Step;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.guard.BackendCalls;
import io.doorward.auth.guard.Background;
import io.doorward.auth.guard.Bulkhead;
import io.doorward.auth.guard.Bulkhead.Caller;
import io.doorward.auth.guard.SuppressForbidden;
import io.doorward.auth.login.Authenticator;
import io.doorward.auth.login.Authenticator.AuthenticationResult;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.throttle.AttemptLimiter;
import io.doorward.auth.throttle.AttemptLimiter.Decision;
import io.doorward.auth.throttle.AttemptLimiter.Outcome;
import io.doorward.auth.throttle.AttemptLimiter.Reservation;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Passes an attempt to a {@link PasswordCheck} only if the limiter admits it, and reports the
 * outcome to the limiter.
 *
 * <p>An attempt is counted before anything is hashed. While other attempts in flight take up the
 * budget, it waits until its deadline and blocks its thread. The number of waiting attempts on a
 * node is limited, and one account or network may have a quarter of the places; further attempts
 * are throttled at once. A rejection is answered only after its failure is recorded. An undecided
 * attempt is not a failure.
 *
 * <p>Each attempt takes a place in two limiters: the local one of this node, then the one that all
 * nodes share. A failure is recorded in the shared one; where that is not possible in time, the
 * local one keeps it, and the shared one is told again in the background. So a failure counts even
 * if the shared limiter never confirms it. While the shared limiter cannot answer, the local one
 * counts alone: an outage never disables the throttle.
 *
 * <p>An attempt of a device that proves to be unknown returns its place uncounted and is admitted
 * as one of an unknown device before anything is hashed.
 *
 * <p>A place is kept past the deadline of its attempt. An attempt whose lease is over before its
 * outcome is recorded is unavailable, whatever the password was: others may have been compared in
 * its place. Its failure counts all the same.
 *
 * <p>Thread-safe.
 */
public final class ThrottlingAuthenticator implements Authenticator {
  private static final Duration MIN_PAUSE = Duration.ofMillis(5);

  /**
   * What the limiter answers is when a lease ends at the latest. Most attempts are settled long
   * before, so it is asked sooner.
   */
  private static final Duration MAX_PAUSE = Duration.ofMillis(100);

  /** No budget is spent: none is named. */
  private static final NotYet TOO_MANY_WAIT =
      new NotYet(new Decision.Refused(BackendCalls.retryAfter(), Optional.empty()));

  private final PasswordCheck check;
  private final AttemptLimiter shared;
  private final AttemptLimiter local;
  private final Bulkhead waiting;
  private final Degradation degradation;
  private final Background background;
  private final Ticker ticker;
  private final AuthListener listener;
  private final BackendCalls calls;

  /**
   * Creates one.
   *
   * @param check decides about admitted attempts
   * @param shared counts for all nodes; the same object as {@code local} where each node counts by
   *     itself
   * @param local counts for this node, in memory; keeps the failures that {@code shared} was not
   *     told of
   * @param waiting bounds how many attempts wait their turn at once; never queues
   */
  public ThrottlingAuthenticator(
      PasswordCheck check,
      AttemptLimiter shared,
      AttemptLimiter local,
      Bulkhead waiting,
      EngineContext context) {
    this.check = requireNonNull(check, "check");
    this.shared = requireNonNull(shared, "shared");
    this.local = requireNonNull(local, "local");
    this.waiting = requireNonNull(waiting, "waiting");
    this.degradation = context.degradation();
    this.background = context.background();
    this.ticker = context.ticker();
    this.listener = context.listener();
    this.calls = context.calls(Part.ATTEMPT_LIMITER);
  }

  @Override
  public AuthenticationResult authenticate(LoginAttempt attempt, Deadline deadline) {
    return admitAndDecide(attempt, deadline)
        .or(() -> admitAndDecide(asStranger(attempt), deadline))
        .orElseThrow(() -> new IllegalStateException("a stranger's attempt was not decided"));
  }

  private static LoginAttempt asStranger(LoginAttempt attempt) {
    return attempt.withClient(attempt.client().withoutKnownDevice());
  }

  /** Empty if the device is not known after all. */
  private Optional<AuthenticationResult> admitAndDecide(LoginAttempt attempt, Deadline deadline) {
    long from = ticker.nanos();
    Admission admission;
    try {
      admission = admitInTurn(attempt, deadline);
    } catch (StoreException e) {
      // Reported by then.
      return Optional.of(new AuthenticationResult.Unavailable(BackendCalls.retryAfter()));
    }
    if (admission instanceof Places places) {
      Duration waited = Duration.ofNanos(ticker.nanos() - from);
      return decide(attempt, places, waited, deadline);
    }
    if (((NotYet) admission).decision() instanceof Decision.Refused refused) {
      listener.on(
          new AccessEvent.LoginThrottled(
              attempt.client().network(), refused.budget(), refused.retryAfter()));
      return Optional.of(new AuthenticationResult.Throttled(refused.retryAfter()));
    }
    return Optional.of(unavailable(StoreException.Kind.REFUSED));
  }

  /** Places, a refusal, or busy until the deadline. */
  private Admission admitInTurn(LoginAttempt attempt, Deadline deadline) {
    Admission admission = admit(attempt, deadline);
    if (!admission.isBusy()) {
      return admission;
    }
    Caller caller = Caller.of(attempt.loginId(), attempt.client());
    return waiting
        .offerNow(caller, () -> awaitTurn(attempt, admission, deadline))
        .orElse(TOO_MANY_WAIT);
  }

  private Admission awaitTurn(LoginAttempt attempt, Admission first, Deadline deadline) {
    Admission admission = first;
    while (admission instanceof NotYet notYet
        && notYet.decision() instanceof Decision.Busy busy
        && pause(busy.retryIn(), deadline)) {
      admission = admit(attempt, deadline);
    }
    return admission;
  }

  private Optional<AuthenticationResult> decide(
      LoginAttempt attempt, Places places, Duration waited, Deadline deadline) {
    Outcome outcome = Outcome.UNKNOWN;
    Optional<AccountId> account = Optional.empty();
    Optional<AuthenticationResult> result;
    try {
      result = check.check(attempt, deadline);
      outcome = result.map(ThrottlingAuthenticator::outcomeOf).orElse(Outcome.UNKNOWN);
      account = result.flatMap(ThrottlingAuthenticator::rejectedAccount);
    } finally {
      settle(places, outcome, account, deadline);
    }
    if (outcome != Outcome.UNKNOWN && places.areOver()) {
      return Optional.of(unavailable(StoreException.Kind.TIMEOUT));
    }
    return result.map(decided -> timed(decided, waited));
  }

  private static AuthenticationResult timed(AuthenticationResult result, Duration waited) {
    return result instanceof AuthenticationResult.Authenticated authenticated
        ? authenticated.with(Step.THROTTLE, waited)
        : result;
  }

  private static Optional<AccountId> rejectedAccount(AuthenticationResult result) {
    return result instanceof AuthenticationResult.Rejected rejected
        ? rejected.account()
        : Optional.empty();
  }

  private AuthenticationResult unavailable(StoreException.Kind kind) {
    return new AuthenticationResult.Unavailable(calls.failed(kind));
  }

  private static Outcome outcomeOf(AuthenticationResult result) {
    return result.match(
        authenticated -> Outcome.SUCCESS,
        nextStep -> Outcome.SUCCESS,
        rejected -> Outcome.FAILURE,
        throttled -> Outcome.UNKNOWN,
        unavailable -> Outcome.UNKNOWN);
  }

  /** Takes a place on this node, then one among all nodes. */
  private Admission admit(LoginAttempt attempt, Deadline deadline) {
    Decision here = local.reserve(attempt.loginId(), attempt.client(), inMemory(deadline));
    if (!(here instanceof Decision.Admitted own)) {
      return new NotYet(here);
    }
    Places alone = new Places(own.reservation(), Optional.empty());
    if (shared == local) {
      return alone;
    }
    Admission admission = null;
    try {
      Decision everywhere = shared.reserve(attempt.loginId(), attempt.client(), deadline);
      admission =
          everywhere instanceof Decision.Admitted admitted
              ? new Places(own.reservation(), Optional.of(admitted.reservation()))
              : new NotYet(everywhere);
    } catch (StoreException e) {
      calls.failed(e.kind());
      if (!degradation.countingWithoutRedis()) {
        throw e;
      }
      admission = alone;
    } finally {
      if (!(admission instanceof Places)) {
        tell(local, new Settlement(own.reservation()), inMemory(deadline));
      }
    }
    return admission;
  }

  private void settle(
      Places places, Outcome outcome, Optional<AccountId> account, Deadline deadline) {
    boolean isRecorded = false;
    if (places.everywhere().isPresent()) {
      Settlement settlement = new Settlement(places.everywhere().get(), outcome, account);
      isRecorded = tellShared(settlement, deadline);
      if (!isRecorded) {
        background.offer(later -> tellShared(settlement, later));
      }
    }
    // A failure that counts on all nodes need not count here too: a success on another node, which
    // forgives it, is not heard of here.
    boolean countsElsewhere = isRecorded && outcome == Outcome.FAILURE;
    tell(
        local,
        new Settlement(places.here(), countsElsewhere ? Outcome.UNKNOWN : outcome, account),
        inMemory(deadline));
  }

  private boolean tellShared(Settlement settlement, Deadline deadline) {
    return calls.attempt(() -> tell(shared, settlement, deadline));
  }

  private void tell(AttemptLimiter limiter, Settlement settlement, Deadline deadline) {
    Reservation reservation = settlement.reservation();
    for (AccessEvent.Budget spent : limiter.settle(reservation, settlement.outcome(), deadline)) {
      listener.on(
          new AccessEvent.BudgetSpent(settlement.account(), spent, reservation.client().network()));
    }
  }

  /** Counting in memory waits for nothing, so it is done even where the operation's time is up. */
  private static Deadline inMemory(Deadline deadline) {
    return Deadline.after(deadline.remaining().plusSeconds(1));
  }

  /** Waits before the limiter is asked again; false if the deadline comes first. */
  @SuppressForbidden("spreads what would else happen at one moment; nothing secret")
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

  /** The result of a reservation. */
  private sealed interface Admission {
    /**
     * Returns true if attempts in flight take up the budget, so that a place may become free soon.
     */
    default boolean isBusy() {
      return false;
    }
  }

  /** At least one limiter has none now. */
  private record NotYet(Decision decision) implements Admission {
    @Override
    public boolean isBusy() {
      return decision instanceof Decision.Busy;
    }
  }

  /** The places of one attempt: on this node, and among all nodes if they could be asked. */
  private record Places(Reservation here, Optional<Reservation> everywhere) implements Admission {
    boolean areOver() {
      return here.lease().isExpired()
          || everywhere.filter(place -> place.lease().isExpired()).isPresent();
    }
  }

  /** The outcome of an attempt, and its account, if known. */
  private record Settlement(Reservation reservation, Outcome outcome, Optional<AccountId> account) {
    /** Creates the settlement of an attempt that was not made. */
    Settlement(Reservation reservation) {
      this(reservation, Outcome.UNKNOWN, Optional.empty());
    }
  }
}
