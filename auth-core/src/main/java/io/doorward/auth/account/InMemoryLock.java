package io.doorward.auth.account;

import io.doorward.auth.base.Deadline;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The one lock of the stores in memory, held only while memory is touched, never while an
 * invalidation is delivered. Thread-safe.
 */
final class InMemoryLock {
  private final ReentrantLock lock = new ReentrantLock();

  /**
   * Runs a step of a store under the lock, if there is time left.
   *
   * @throws io.doorward.auth.base.StoreException if the deadline has expired
   */
  <T extends @Nullable Object> T call(String step, Deadline deadline, Supplier<T> body) {
    deadline.check("accounts in memory, " + step);
    return call(body);
  }

  /** Runs what must happen whatever the time is. */
  <T extends @Nullable Object> T call(Supplier<T> body) {
    lock.lock();
    try {
      return body.get();
    } finally {
      lock.unlock();
    }
  }

  /** As {@link #call(Supplier)}, without a result. */
  void run(Runnable body) {
    lock.lock();
    try {
      body.run();
    } finally {
      lock.unlock();
    }
  }

  static void requirePositive(int max) {
    if (max <= 0) {
      throw new IllegalArgumentException("max must be positive: " + max);
    }
  }
}
