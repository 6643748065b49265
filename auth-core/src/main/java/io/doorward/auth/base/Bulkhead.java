package io.doorward.auth.base;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.StoreException.Kind;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets only so many callers at once use something that others need as well, and only so many wait
 * for their turn. What does not fit is told so at once.
 *
 * <p>Callers wait in two {@linkplain Lane lanes}. Each has places of its own, so that a storm in
 * one cannot fill the other, and within a lane callers get their turns in the order in which they
 * came. While callers wait in both, three of four turns go to the preferred lane and one to the
 * common one: neither starves.
 *
 * <p>Thread-safe, and fit for virtual threads: nothing is waited for inside a monitor. It runs
 * everything on the caller's thread and owns nothing.
 */
public final class Bulkhead {
  private static final int MAX = 1 << 20;

  /** So many turns in a row go to the preferred lane while somebody waits in the common one. */
  private static final int PREFERRED_IN_A_ROW = 3;

  /** Where a caller waits. */
  public enum Lane {
    /** For callers whom a storm of others must not keep out. */
    PREFERRED,
    /** For everybody else. */
    COMMON
  }

  private enum Entry {
    ADMITTED,
    FULL,
    LATE,
    INTERRUPTED
  }

  private final String name;
  private final int permits;
  private final int queue;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Lane, Queue<Waiter>> lanes = new EnumMap<>(Lane.class);
  private int running;
  private int preferredInARow;

  private Bulkhead(String name, int permits, int queue) {
    this.name = requireNonNull(name, "name");
    this.permits = requireRange(name + ": permits", permits, 1);
    this.queue = requireRange(name + ": queue", queue, 0);
    for (Lane lane : Lane.values()) {
      lanes.put(lane, new ArrayDeque<>());
    }
  }

  /**
   * Creates one.
   *
   * @param name what is guarded, for messages
   * @param permits how many callers run at once, 1 to 1,048,576
   * @param queue how many more may wait in each lane, 0 to 1,048,576
   * @return a bulkhead with nobody inside
   * @throws IllegalArgumentException if a number is out of range
   */
  public static Bulkhead of(String name, int permits, int queue) {
    return new Bulkhead(name, permits, queue);
  }

  /**
   * Runs what is guarded, once there is room, for a caller of the common lane.
   *
   * @param deadline for getting in; the work is given its own by whoever wrote it
   * @param work what to run, on this thread or not at all
   * @param <T> what it returns
   * @return what the work returned
   * @throws StoreException as in {@link #call(Lane, Deadline, Supplier)}
   */
  public <T> T call(Deadline deadline, Supplier<T> work) {
    return call(Lane.COMMON, deadline, work);
  }

  /**
   * Runs what is guarded, once there is room.
   *
   * @param lane where to wait
   * @param deadline for getting in; the work is given its own by whoever wrote it
   * @param work what to run, on this thread or not at all
   * @param <T> what it returns
   * @return what the work returned
   * @throws StoreException {@link Kind#OVERLOADED} if as many callers wait in the lane as may, or
   *     the turn did not come before the deadline; {@link Kind#TIMEOUT} if that had passed already;
   *     {@link Kind#UNREACHABLE} if the thread was interrupted while it waited; whatever the work
   *     throws
   */
  public <T> T call(Lane lane, Deadline deadline, Supplier<T> work) {
    deadline.check(name);
    return switch (enter(lane, deadline)) {
      case ADMITTED -> run(work);
      case FULL ->
          throw new StoreException(
              Kind.OVERLOADED,
              name + ": " + permits + " callers run and " + queue + " wait already");
      case LATE ->
          throw new StoreException(
              Kind.OVERLOADED, name + ": all places were taken until the deadline");
      case INTERRUPTED ->
          throw new StoreException(Kind.UNREACHABLE, name + ": interrupted while waiting");
    };
  }

  /**
   * Runs what is guarded, if there is room in time, for a caller of the common lane.
   *
   * @param deadline for getting in
   * @param work what to run, on this thread or not at all
   * @param <T> what it returns
   * @return what the work returned; empty if it was not run
   */
  public <T> Optional<T> offer(Deadline deadline, Supplier<T> work) {
    return offer(Lane.COMMON, deadline, work);
  }

  /**
   * Runs what is guarded, if there is room in time; an interrupt ends the wait and stays set.
   *
   * @param lane where to wait
   * @param deadline for getting in
   * @param work what to run, on this thread or not at all
   * @param <T> what it returns
   * @return what the work returned; empty if it was not run
   */
  public <T> Optional<T> offer(Lane lane, Deadline deadline, Supplier<T> work) {
    return !deadline.isExpired() && enter(lane, deadline) == Entry.ADMITTED
        ? Optional.of(run(work))
        : Optional.empty();
  }

  /**
   * Runs what is guarded, if there is room at this moment. Waits for nothing and takes no place
   * from those who do.
   *
   * @param work what to run, on this thread or not at all
   * @param <T> what it returns
   * @return what the work returned; empty if it was not run
   */
  public <T> Optional<T> offerNow(Supplier<T> work) {
    lock.lock();
    try {
      if (running == permits) {
        return Optional.empty();
      }
      running++;
    } finally {
      lock.unlock();
    }
    return Optional.of(run(work));
  }

  private <T> T run(Supplier<T> work) {
    try {
      return work.get();
    } finally {
      leave();
    }
  }

  /** Takes a turn, now or after waiting in the lane, or nothing. */
  private Entry enter(Lane lane, Deadline deadline) {
    lock.lock();
    try {
      if (running < permits) {
        // Turns are handed on, so while one is free nobody waits.
        running++;
        return Entry.ADMITTED;
      }
      Queue<Waiter> waiters = waitersOf(lane);
      if (waiters.size() >= queue) {
        return Entry.FULL;
      }
      Waiter mine = new Waiter(lock.newCondition());
      waiters.add(mine);
      return awaitTurn(mine, waiters, deadline);
    } finally {
      lock.unlock();
    }
  }

  /** Waits, which gives the lock up meanwhile. */
  private Entry awaitTurn(Waiter mine, Queue<Waiter> waiters, Deadline deadline) {
    boolean interrupted = false;
    try {
      long left = deadline.remaining().toNanos();
      while (!mine.hasTurn && left > 0) {
        left = Math.min(mine.turn.awaitNanos(left), deadline.remaining().toNanos());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      interrupted = true;
    }
    if (mine.hasTurn && !interrupted && !deadline.isExpired()) {
      return Entry.ADMITTED;
    }
    if (mine.hasTurn) {
      handOn();
    } else {
      waiters.remove(mine);
    }
    return interrupted ? Entry.INTERRUPTED : Entry.LATE;
  }

  private void leave() {
    lock.lock();
    try {
      handOn();
    } finally {
      lock.unlock();
    }
  }

  /** Gives a turn that is over to the next who waits, if anybody does. */
  private void handOn() {
    Waiter next = next();
    if (next == null) {
      running--;
    } else {
      next.hasTurn = true;
      next.turn.signal();
    }
  }

  private @Nullable Waiter next() {
    Queue<Waiter> preferred = waitersOf(Lane.PREFERRED);
    Queue<Waiter> common = waitersOf(Lane.COMMON);
    if (common.isEmpty()) {
      preferredInARow = 0;
      return preferred.poll();
    }
    if (preferred.isEmpty() || preferredInARow >= PREFERRED_IN_A_ROW) {
      preferredInARow = 0;
      return common.poll();
    }
    preferredInARow++;
    return preferred.poll();
  }

  private Queue<Waiter> waitersOf(Lane lane) {
    return requireNonNull(lanes.get(requireNonNull(lane, "lane")), "each lane has its queue");
  }

  /**
   * Returns how many callers wait for their turn, for metrics.
   *
   * @return how many at this moment, in both lanes
   */
  public int waiting() {
    lock.lock();
    try {
      return lanes.values().stream().mapToInt(Queue::size).sum();
    } finally {
      lock.unlock();
    }
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
    lock.lock();
    try {
      return "Bulkhead["
          + name
          + ", permits="
          + permits
          + ", queue="
          + queue
          + ", inside="
          + (running + waiting())
          + "]";
    } finally {
      lock.unlock();
    }
  }

  /** One caller who waits; touched only under the lock. */
  private static final class Waiter {
    private final Condition turn;
    private boolean hasTurn;

    Waiter(Condition turn) {
      this.turn = turn;
    }
  }
}
