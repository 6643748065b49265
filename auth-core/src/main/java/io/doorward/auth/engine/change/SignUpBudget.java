package io.doorward.auth.engine.change;

import io.doorward.auth.AuthService.SignUp;
import io.doorward.auth.Budgets;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.Ticker;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.throttle.AttemptBudgets;
import io.doorward.auth.throttle.AttemptLimiter;
import io.doorward.auth.throttle.AttemptLimiter.Decision;
import io.doorward.auth.throttle.AttemptLimiter.Outcome;
import io.doorward.auth.throttle.AttemptLimiter.Reservation;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Limits the sign-ups that this node hashes within a window, per network and in total. Thread-safe.
 *
 * <p>Counts with an {@link AttemptLimiter}, to which all sign-ups are attempts of one login
 * identifier: the budget of that identifier is the node's. A sign-up that was hashed counts as a
 * failure of its network, whatever its result, because a taken identifier costs as much as a free
 * one.
 */
public final class SignUpBudget {
  private static final LoginId ALL = LoginId.of("sign-ups");
  private static final Duration SHORT_WAIT = Duration.ofSeconds(1);
  private static final Duration LEASE = Duration.ofSeconds(30);

  private final AttemptLimiter limiter;

  public SignUpBudget(Budgets budgets, int maxNetworks, Ticker ticker) {
    Duration window = budgets.attempts().networkWindow();
    limiter =
        AttemptLimiter.local(
            new AttemptBudgets(
                Integer.MAX_VALUE,
                window,
                window,
                budgets.signUpsOfNode(),
                budgets.signUpsOfNetwork(),
                window,
                LEASE),
            maxNetworks,
            ticker);
  }

  /** Hashes if the budgets allow that. */
  Hashing hash(SignUp request, Deadline deadline, Supplier<Optional<PasswordHash>> hasher) {
    // Counting in memory never waits; the next step reports an expired deadline.
    Deadline place = Deadline.after(deadline.remaining().plus(SHORT_WAIT));
    Decision decision = limiter.reserve(ALL, request.client().withoutKnownDevice(), place);
    if (!(decision instanceof Decision.Admitted admitted)) {
      return new OverBudget(
          decision instanceof Decision.Refused refused ? refused.retryAfter() : SHORT_WAIT);
    }
    return new Tried(counted(admitted.reservation(), hasher));
  }

  private Optional<PasswordHash> counted(
      Reservation reservation, Supplier<Optional<PasswordHash>> hasher) {
    Outcome outcome = Outcome.UNKNOWN;
    try {
      Optional<PasswordHash> hash = hasher.get();
      outcome = hash.isPresent() ? Outcome.FAILURE : Outcome.UNKNOWN;
      return hash;
    } finally {
      limiter.settle(reservation, outcome, Deadline.after(SHORT_WAIT));
    }
  }

  /** The result of a request for a hash. */
  sealed interface Hashing {}

  /** The hash; none if hashing was busy. */
  record Tried(Optional<PasswordHash> hash) implements Hashing {}

  /** Nothing was hashed; a sign-up may be tried again after the wait. */
  record OverBudget(Duration retryAfter) implements Hashing {}
}
