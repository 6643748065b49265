package io.doorward.auth.base;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.StoreException.Kind;
import java.util.Optional;
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

  private enum Entry {
    ADMITTED,
    FULL,
    LATE,
    INTERRUPTED
  }

  private final String name;
  private final int permits;
  private final int queue;
  private final Semaphore running;
  private final Semaphore inside;

  private Bulkhead(String name, int permits, int queue) {
    this.name = requireNonNull(name, "name");
    this.permits = requireRange(name + ": permits", permits, 1);
    this.queue = requireRange(name + ": queue", queue, 0);
    this.running = new Semaphore(permits, true);
    this.inside = new Semaphore(permits + queue);
  }

  /**
   * Creates one.
   *
   * @param name what is guarded, for messages
   * @param permits how many callers run at once, 1 to 1,048,576
   * @param queue how many more may wait, 0 to 1,048,576
   * @return a bulkhead with nobody inside
   * @throws IllegalArgumentException if a number is out of range
   */
  public static Bulkhead of(String name, int permits, int queue) {
    return new Bulkhead(name, permits, queue);
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
    return switch (enter(deadline)) {
      case ADMITTED -> run(work);
      case FULL ->
          throw new StoreException(
              Kind.REFUSED, name + ": " + permits + " callers run and " + queue + " wait already");
      case LATE ->
          throw new StoreException(
              Kind.UNREACHABLE, name + ": all places were taken until the deadline");
      case INTERRUPTED ->
          throw new StoreException(Kind.UNREACHABLE, name + ": interrupted while waiting");
    };
  }

  /**
   * Runs what is guarded, if there is room in time; an interrupt ends the wait and stays set.
   *
   * @param deadline for getting in
   * @param work what to run, on this thread or not at all
   * @param <T> what it returns
   * @return what the work returned; empty if it was not run
   */
  public <T> Optional<T> offer(Deadline deadline, Supplier<T> work) {
    return !deadline.isExpired() && enter(deadline) == Entry.ADMITTED
        ? Optional.of(run(work))
        : Optional.empty();
  }

  private <T> T run(Supplier<T> work) {
    try {
      return work.get();
    } finally {
      running.release();
      inside.release();
    }
  }

  /** Takes a place and then a turn, or neither. */
  private Entry enter(Deadline deadline) {
    if (!inside.tryAcquire()) {
      return Entry.FULL;
    }
    Entry entry = awaitTurn(deadline);
    if (entry != Entry.ADMITTED) {
      inside.release();
    }
    return entry;
  }

  private Entry awaitTurn(Deadline deadline) {
    try {
      if (!running.tryAcquire(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS)) {
        return Entry.LATE;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Entry.INTERRUPTED;
    }
    if (deadline.isExpired()) {
      running.release();
      return Entry.LATE;
    }
    return Entry.ADMITTED;
  }

  /**
   * Returns how many callers wait for their turn, for metrics.
   *
   * @return about as many as at this moment
   */
  public int waiting() {
    return running.getQueueLength();
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
        + ", queue="
        + queue
        + ", inside="
        + (permits + queue - inside.availablePermits())
        + "]";
  }
}
