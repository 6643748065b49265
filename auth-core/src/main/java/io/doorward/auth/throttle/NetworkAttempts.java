package io.doorward.auth.throttle;

import java.util.Arrays;

/**
 * Failures of one network: never more than the budget within any stretch of the window's length.
 */
final class NetworkAttempts extends Attempts {
  private static final int FIRST_ROOM = 4;

  private final int budget;
  private final long window;

  /** When each failure was, oldest first; grows to the budget. */
  private long[] times = new long[0];

  private int failures;

  NetworkAttempts(AttemptBudgets budgets) {
    budget = budgets.networkFailures();
    window = budgets.networkWindow().toNanos();
  }

  @Override
  void forget(long now) {
    int over = 0;
    while (over < failures && now - times[over] >= window) {
      over++;
    }
    drop(over);
  }

  @Override
  long waitBeforeNext(long now) {
    return failures < budget ? 0 : times[failures - budget] + window - now;
  }

  @Override
  int roomInFlight() {
    return budget - failures;
  }

  @Override
  boolean isSpent() {
    return failures >= budget;
  }

  @Override
  void succeeded() {
    // A success returns its own attempt and no other: else one good account buys endless guesses.
  }

  @Override
  void failed(long now) {
    if (failures == budget) {
      drop(1);
    }
    if (failures == times.length) {
      times = Arrays.copyOf(times, Math.min(budget, Math.max(FIRST_ROOM, failures * 2)));
    }
    times[failures++] = now;
  }

  @Override
  Summary summary() {
    return new Summary(failures, failures == 0 ? 0 : times[failures - 1]);
  }

  @Override
  void restore(Summary summary, long now) {
    failures = Math.min(budget, summary.failures());
    times = new long[failures];
    Arrays.fill(times, summary.lastFailure());
    forget(now);
  }

  private void drop(int oldest) {
    if (oldest > 0) {
      failures -= oldest;
      System.arraycopy(times, oldest, times, 0, failures);
    }
  }
}
