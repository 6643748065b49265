package io.doorward.auth.base;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.StoreException.Kind;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Lets only so many callers at once use a back end that others need as well, and only so many wait
 * for their turn, in the order in which they came. What does not fit is told so at once.
 *
 * <p>Thread-safe. It runs everything on the caller's thread and owns nothing.
 */
public final class Bulkhead {
  private static final int MAX = 1 << 20;

  private final String name;
  private final int permits;
  private final int waiting;
  private final Semaphore running;
  private final Semaphore inside;

  private Bulkhead(String name, int permits, int waiting) {
    this.name = requireNonNull(name, "name");
    this.permits = requireRange("permits", permits, 1);
    this.waiting = requireRange("waiting", waiting, 0);
    this.running = new Semaphore(permits, true);
    this.inside = new Semaphore(permits + waiting);
  }

  /**
   * Creates one.
   *
   * @param name what is guarded, for messages
   * @param permits how many callers run at once, 1 to 1,048,576
   * @param waiting how many more may wait, 0 to 1,048,576
   * @return a bulkhead with nobody inside
   * @throws IllegalArgumentException if a number is out of range
   */
  public static Bulkhead of(String name, int permits, int waiting) {
    return new Bulkhead(name, permits, waiting);
  }

  /**
   * Runs what is guarded, once there is room.
   *
   * @param deadline for getting in; the work is given its own by whoever wrote it
   * @param work what to run, on this thread or not at all
   * @param <T> what it returns
   * @return what the work returned
   * @throws StoreException {@link Kind#REFUSED} if as many callers wait as may; {@link
   *     Kind#UNREACHABLE} if the turn did not come before the deadline, or the thread was
   *     interrupted while it waited; whatever the work throws
   */
  public <T> T call(Deadline deadline, Supplier<T> work) {
    deadline.check(name);
    if (!inside.tryAcquire()) {
      throw new StoreException(
          Kind.REFUSED, name + ": " + permits + " callers run and " + waiting + " wait already");
    }
    try {
      awaitTurn(deadline);
      try {
        return work.get();
      } finally {
        running.release();
      }
    } finally {
      inside.release();
    }
  }

  private void awaitTurn(Deadline deadline) {
    try {
      if (running.tryAcquire(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException(Kind.UNREACHABLE, name + ": interrupted while waiting", e);
    }
    throw new StoreException(Kind.UNREACHABLE, name + ": all places were taken until the deadline");
  }

  private static int requireRange(String what, int value, int min) {
    if (value < min || value > MAX) {
      throw new IllegalArgumentException(what + " must be " + min + " to " + MAX + ": " + value);
    }
    return value;
  }

  /** Returns the bounds and how many callers are inside. */
  @Override
  public String toString() {
    return "Bulkhead["
        + name
        + ", permits="
        + permits
        + ", waiting="
        + waiting
        + ", inside="
        + (permits + waiting - inside.availablePermits())
        + "]";
  }
}
