package io.doorward.auth.throttle;

import java.time.Duration;
import java.util.Arrays;

/**
 * Failures of one network, or of all devices known to one login identifier: never more than the
 * budget within any stretch of the window's length.
 */
final class WindowedAttempts extends Attempts {
  private static final int FIRST_ROOM = 4;

  private final int budget;
  private final long window;

  /** When each failure was, oldest first; grows to the budget. */
  private long[] times = new long[0];

  private int failures;

  WindowedAttempts(int budget, Duration window) {
    this.budget = budget;
    this.window = window.toNanos();
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
    return failures < budget ? 0 : times[0] + window - now;
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
  void restore(Summary summary) {
    failures = Math.min(budget, summary.failures());
    times = new long[failures];
    Arrays.fill(times, summary.lastFailure());
  }

  private void drop(int oldest) {
    failures -= oldest;
    System.arraycopy(times, oldest, times, 0, failures);
  }
}
