package io.doorward.auth.throttle;

import java.util.ArrayList;
import java.util.List;

/**
 * The counters of one key: attempts in flight, and failures. Not thread-safe: {@link
 * BoundedCounterTable} holds a lock around every call. Times are nanoseconds since the limiter was
 * made.
 */
abstract sealed class Attempts permits AccountAttempts, SteadyAttempts, WindowedAttempts {
  /** Answers of {@link #reserve} that are not a wait. */
  static final long ADMITTED = 0;

  static final long BUSY = -1;

  private final List<Lease> leases = new ArrayList<>(1);

  /**
   * Takes one attempt, which is in flight for so many nanoseconds at most: {@link #ADMITTED},
   * {@link #BUSY}, or the nanoseconds to wait.
   */
  final long reserve(String id, long now, long lease) {
    expire(now);
    long wait = waitBeforeNext(now);
    if (wait > 0) {
      return wait;
    }
    if (leases.size() >= roomInFlight()) {
      return BUSY;
    }
    leases.add(new Lease(id, now + lease));
    admitted();
    return ADMITTED;
  }

  /**
   * Counts an attempt that is in flight, and a failure also where its lease is over. True if this
   * spent the budget.
   */
  final boolean settle(String id, boolean isOver, AttemptLimiter.Outcome outcome, long now) {
    expire(now);
    boolean known = leases.removeIf(lease -> lease.id.equals(id));
    if (!known && !(isOver && outcome == AttemptLimiter.Outcome.FAILURE)) {
      return false;
    }
    boolean wasSpent = isSpent();
    switch (outcome) {
      case SUCCESS -> succeeded();
      case FAILURE -> failed(now);
      case UNKNOWN -> {}
    }
    return isSpent() && !wasSpent;
  }

  final boolean isInFlight(long now) {
    expire(now);
    return !leases.isEmpty();
  }

  private void expire(long now) {
    leases.removeIf(lease -> lease.end <= now);
    forget(now);
  }

  /** Drops failures that are too old to matter. */
  abstract void forget(long now);

  /** How long no attempt is admitted at all; 0 if one may be. */
  abstract long waitBeforeNext(long now);

  /** How many attempts may be in flight, given the failures so far; at least 1. */
  abstract int roomInFlight();

  /** Called for each admitted attempt, whatever its outcome. */
  void admitted() {}

  /** Returns whether the budget of failures is spent. */
  abstract boolean isSpent();

  /**
   * Ends a row of failures. Does nothing where they are not counted in a row: else one good account
   * buys endless guesses.
   */
  void succeeded() {}

  abstract void failed(long now);

  /** Failures that count, for a name that has to make room. */
  abstract Summary summary();

  /** Begins with what was remembered of a name that had to make room: never fewer failures. */
  abstract void restore(Summary summary);

  /**
   * The failures of a name in a fixed number of bytes.
   *
   * @param failures how many
   * @param lastFailure when the last one was
   */
  record Summary(int failures, long lastFailure) {}

  private record Lease(String id, long end) {}
}
