package io.doorward.auth.guard;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Tries again what a backend could not answer: a few times, after growing waits with jitter, never
 * past the operation's {@link Deadline}, and only while the budget lasts, so that retries do not
 * multiply an outage.
 *
 * <p>Budget: every call that succeeds at once earns a tenth of a retry, up to ten; every retry
 * costs one. In good times each hiccup is retried; in an outage the budget is soon empty and every
 * call is tried once.
 *
 * <p>Thread-safe: one instance serves all calls to one backend, and they share its budget.
 */
public final class Retries {
  private static final Duration LONGEST_WAIT = Duration.ofDays(1);
  private static final int COST = 10;
  private static final int FULL = 10 * COST;

  private final int maxAttempts;
  private final Duration firstWait;
  private final Duration maxWait;
  private final AtomicInteger budget = new AtomicInteger(FULL);

  private Retries(int maxAttempts, Duration firstWait, Duration maxWait) {
    this.maxAttempts = maxAttempts;
    this.firstWait = firstWait;
    this.maxWait = maxWait;
  }

  /**
   * Returns one that never tries again.
   *
   * @return a new instance
   */
  public static Retries none() {
    return of(1, Duration.ofMillis(1), Duration.ofMillis(1));
  }

  /**
   * Returns one of other numbers.
   *
   * @param maxAttempts the first try included; 1 to 10
   * @param firstWait the longest wait before the second try; each further one doubles it. The real
   *     wait is drawn between half of it and all of it
   * @param maxWait what no wait exceeds; at most a day
   * @return a new instance with a full budget
   * @throws IllegalArgumentException if a number is outside its range
   */
  public static Retries of(int maxAttempts, Duration firstWait, Duration maxWait) {
    if (maxAttempts < 1 || maxAttempts > 10) {
      throw new IllegalArgumentException("maxAttempts must be 1 to 10: " + maxAttempts);
    }
    if (firstWait.isNegative() || firstWait.isZero() || maxWait.compareTo(firstWait) < 0) {
      throw new IllegalArgumentException(
          "waits must be positive and growing: " + firstWait + ", " + maxWait);
    }
    if (maxWait.compareTo(LONGEST_WAIT) > 0) {
      throw new IllegalArgumentException(
          "maxWait must be at most " + LONGEST_WAIT + ": " + maxWait);
    }
    return new Retries(maxAttempts, firstWait, maxWait);
  }

  /**
   * Runs what may be repeated even if it happened: a read, or a change under one {@link
   * OperationId}.
   *
   * @param deadline no try and no wait begins after it
   * @param call what to run
   * @param <T> what it returns
   * @return what the last try returned
   * @throws StoreException as the last try threw it; {@link StoreException.Kind#TIMEOUT} without
   *     any try if the deadline has passed
   */
  public <T> T repeatable(Deadline deadline, Supplier<T> call) {
    return run(deadline, call, StoreException::isTransient);
  }

  /**
   * Runs what must not happen twice: tried again only if nothing was sent.
   *
   * @param deadline no try and no wait begins after it
   * @param call what to run
   * @param <T> what it returns
   * @return what the last try returned
   * @throws StoreException as the last try threw it; {@link StoreException.Kind#TIMEOUT} without
   *     any try if the deadline has passed
   */
  public <T> T onlyIfUnsent(Deadline deadline, Supplier<T> call) {
    return run(deadline, call, e -> e.kind() == StoreException.Kind.UNREACHABLE);
  }

  /**
   * Runs what is worth another try after some failures only.
   *
   * @param passing tells whether a failure is one of them
   * @param deadline no try and no wait begins after it
   * @param call what to run
   * @param <T> what it returns
   * @return what the last try returned
   * @throws StoreException as the last try threw it; {@link StoreException.Kind#TIMEOUT} without
   *     any try if the deadline has passed
   */
  public <T> T onlyAfter(Predicate<StoreException> passing, Deadline deadline, Supplier<T> call) {
    return run(deadline, call, passing);
  }

  private <T> T run(Deadline deadline, Supplier<T> call, Predicate<StoreException> isWorthATry) {
    for (int attempt = 1; ; attempt++) {
      deadline.check("call to a backend");
      try {
        T result = call.get();
        if (attempt == 1) {
          budget.updateAndGet(b -> Math.min(FULL, b + 1));
        }
        return result;
      } catch (StoreException e) {
        if (!isWorthATry.test(e) || attempt >= maxAttempts || !pause(attempt, deadline)) {
          throw e;
        }
      }
    }
  }

  /**
   * Waits before the next try; false if there is no time or budget for one, or the thread is
   * interrupted.
   */
  @SuppressForbidden("spreads what would else happen at one moment; nothing secret")
  private boolean pause(int attempt, Deadline deadline) {
    long full = Math.min(maxWait.toNanos(), firstWait.toNanos() << (attempt - 1));
    long nanos = ThreadLocalRandom.current().nextLong(full / 2, full + 1);
    if (deadline.remaining().toNanos() <= nanos || !draw()) {
      return false;
    }
    try {
      Thread.sleep(nanos / 1_000_000, (int) (nanos % 1_000_000));
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private boolean draw() {
    int before = budget.getAndUpdate(b -> b >= COST ? b - COST : b);
    return before >= COST;
  }

  /** Returns the numbers. */
  @Override
  public String toString() {
    return "Retries[maxAttempts=" + maxAttempts + ", waits=" + firstWait + ".." + maxWait + "]";
  }
}
