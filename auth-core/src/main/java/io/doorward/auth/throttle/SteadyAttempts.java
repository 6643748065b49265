package io.doorward.auth.throttle;

import java.time.Duration;

/**
 * Limits the attempts of one login identifier, whatever their outcome: a burst, refilled evenly
 * within the window (the generic cell rate algorithm, ITU-T I.371).
 */
final class SteadyAttempts extends Attempts {
  private final long window;

  /** After how long one attempt is back. */
  private final long each;

  /** When all attempts will be back, if none is made until then. */
  private long full;

  SteadyAttempts(int budget, Duration window) {
    this.window = window.toNanos();
    this.each = this.window / budget;
  }

  @Override
  void forget(long now) {
    full = Math.max(full, now);
  }

  @Override
  long waitBeforeNext(long now) {
    return Math.max(0, full + each - now - window);
  }

  @Override
  int roomInFlight() {
    return Integer.MAX_VALUE;
  }

  @Override
  void admitted() {
    full += each;
  }

  @Override
  boolean isSpent() {
    return false;
  }

  @Override
  void failed(long now) {
    // It was counted when it was admitted.
  }

  @Override
  Summary summary() {
    return new Summary(full == 0 ? 0 : 1, full);
  }

  @Override
  void restore(Summary summary) {
    full = summary.lastFailure();
  }
}
