package io.doorward.auth.throttle;

/**
 * Failures in a row of one login identifier, of one network at it, or of one device known to it:
 * from the budget on, each doubles the wait.
 */
final class AccountAttempts extends Attempts {
  private final int budget;
  private final long firstWait;
  private final long maxWait;
  private int failures;
  private long lastFailure;

  AccountAttempts(AttemptBudgets budgets) {
    budget = budgets.accountFailures();
    firstWait = budgets.firstWait().toNanos();
    maxWait = budgets.maxWait().toNanos();
  }

  int failures() {
    return failures;
  }

  @Override
  void forget(long now) {
    if (now - lastFailure >= maxWait) {
      failures = 0;
    }
  }

  @Override
  long waitBeforeNext(long now) {
    return failures < budget ? 0 : Math.max(0, lastFailure + waitAfter(failures) - now);
  }

  @Override
  int roomInFlight() {
    return Math.max(1, budget - failures);
  }

  @Override
  boolean isSpent() {
    return failures >= budget;
  }

  @Override
  void succeeded() {
    failures = 0;
  }

  @Override
  void failed(long now) {
    failures = Math.min(failures + 1, Integer.MAX_VALUE - 1);
    lastFailure = Math.max(lastFailure, now);
  }

  @Override
  Summary summary() {
    return new Summary(failures, lastFailure);
  }

  @Override
  void restore(Summary summary) {
    failures = summary.failures();
    lastFailure = summary.lastFailure();
  }

  private long waitAfter(int count) {
    int doublings = count - budget;
    // A shift by more would leave the 63 bits.
    if (doublings >= Long.numberOfLeadingZeros(firstWait) - 1) {
      return maxWait;
    }
    return Math.min(maxWait, firstWait << doublings);
  }
}
