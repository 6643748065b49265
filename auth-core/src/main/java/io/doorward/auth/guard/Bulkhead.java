package io.doorward.auth.guard;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.guard.WaitingLanes.Waiter;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Limits how many callers use a shared resource at once, and how many wait for it. Further callers
 * are refused at once.
 *
 * <p>Callers wait in two {@linkplain Lane lanes}. Each has places of its own, so that a storm in
 * one cannot fill the other. While callers wait in both, three of four turns go to the preferred
 * lane and one to the common one: neither starves.
 *
 * <p>A {@link Caller} says for which account and network it asks. While others want the same, none
 * of these has more than its share, a quarter of the turns and of the places of a lane, and at
 * least one: the next turn goes to a caller within its share, and a caller within its share that
 * finds its lane full takes the place of the last one beyond its own. Where no other caller wants
 * them, one may have all. Callers alike in this get their turns in the order in which they came.
 *
 * <p>Thread-safe, and fit for virtual threads: nothing is waited for inside a monitor. It runs
 * everything on the caller's thread and owns nothing.
 */
public final class Bulkhead {
  private static final int MAX = 1 << 20;

  /** Where a caller waits. */
  public enum Lane {
    /** For callers that a flood of others must not lock out. */
    PREFERRED,
    /** For all other callers. */
    COMMON
  }

  /**
   * For whom a turn is wanted. Immutable and thread-safe.
   *
   * @param lane where it is waited for
   * @param parties what shares are counted by, an account and a network; empty for callers that are
   *     not told apart, which have no share that could be used up
   */
  public record Caller(Lane lane, Set<Object> parties) {
    /**
     * Copies the parties.
     *
     * @param lane see the type
     * @param parties see the type
     */
    public Caller {
      requireNonNull(lane, "lane");
      parties = Set.copyOf(parties);
    }

    /**
     * Returns a caller of which nothing is known.
     *
     * @param lane where it waits
     * @return a caller without parties
     */
    public static Caller in(Lane lane) {
      return new Caller(lane, Set.of());
    }

    /**
     * Returns the caller of a login.
     *
     * @param loginId the login identifier of the attempt
     * @param client from where
     * @return a caller in the preferred lane if the client's device is known, else in the common
     *     one
     */
    public static Caller of(LoginId loginId, ClientContext client) {
      Set<Object> parties = new HashSet<>(client.network().stream().toList());
      parties.add(loginId);
      return new Caller(client.knownDevice().isPresent() ? Lane.PREFERRED : Lane.COMMON, parties);
    }

    /**
     * Returns the same caller in another lane.
     *
     * @param other where it waits
     * @return a new caller
     */
    public Caller withLane(Lane other) {
      return new Caller(other, parties);
    }
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
  private final Shares turns;
  private final WaitingLanes lanes;
  private int running;

  private Bulkhead(String name, int permits, int queue) {
    this.name = requireNonNull(name, "name");
    this.permits = requireRange(name + ": permits", permits, 1);
    this.queue = requireRange(name + ": queue", queue, 0);
    this.turns = Shares.of(permits);
    this.lanes = new WaitingLanes(queue, turns);
  }

  /**
   * Creates a bulkhead.
   *
   * @param name what is guarded, for messages
   * @param permits how many callers run at once, 1 to 1,048,576
   * @param queue how many more may wait in each lane, 0 to 1,048,576
   * @return a bulkhead without callers
   * @throws IllegalArgumentException if a number is out of range
   */
  public static Bulkhead of(String name, int permits, int queue) {
    return new Bulkhead(name, permits, queue);
  }

  /**
   * Runs what is guarded, once there is room, for a caller of the common lane.
   *
   * @param deadline for entry; the caller gives the work its own deadline
   * @param work what to run, on this thread or not at all
   * @param <T> what it returns
   * @return what the work returned
   * @throws StoreException as in {@link #call(Caller, Deadline, Supplier)}
   */
  public <T> T call(Deadline deadline, Supplier<T> work) {
    return call(Lane.COMMON, deadline, work);
  }

  /**
   * Runs what is guarded, once there is room, for a caller of which only the lane is known.
   *
   * @param lane where to wait
   * @param deadline for entry; the caller gives the work its own deadline
   * @param work what to run, on this thread or not at all
   * @param <T> what it returns
   * @return what the work returned
   * @throws StoreException as in {@link #call(Caller, Deadline, Supplier)}
   */
  public <T> T call(Lane lane, Deadline deadline, Supplier<T> work) {
    return call(Caller.in(lane), deadline, work);
  }

  /**
   * Runs what is guarded, once there is room.
   *
   * @param caller for whom
   * @param deadline for entry; the caller gives the work its own deadline
   * @param work what to run, on this thread or not at all
   * @param <T> what it returns
   * @return what the work returned
   * @throws StoreException {@link Kind#OVERLOADED} if as many callers wait in the lane as may, if a
   *     caller within its share took the place of this one, or if the turn did not come before the
   *     deadline; {@link Kind#TIMEOUT} if that had passed already; {@link Kind#UNREACHABLE} if the
   *     thread was interrupted while it waited; whatever the work throws
   */
  public <T> T call(Caller caller, Deadline deadline, Supplier<T> work) {
    deadline.check(name);
    return switch (enter(caller, deadline)) {
      case ADMITTED -> run(caller, work);
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
    return offer(Caller.in(Lane.COMMON), deadline, work);
  }

  /**
   * Runs what is guarded, if there is room in time; an interrupt ends the wait and stays set.
   *
   * @param caller for whom
   * @param deadline for getting in
   * @param work what to run, on this thread or not at all
   * @param <T> what it returns
   * @return what the work returned; empty if it was not run
   */
  public <T> Optional<T> offer(Caller caller, Deadline deadline, Supplier<T> work) {
    return !deadline.isExpired() && enter(caller, deadline) == Entry.ADMITTED
        ? Optional.of(run(caller, work))
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
    return offerNow(Caller.in(Lane.COMMON), work);
  }

  /**
   * Runs what is guarded, if there is room at this moment and the caller's account and network have
   * not used up their share, even if no other caller wants it. Waits for nothing and takes no place
   * from callers that wait.
   *
   * @param caller for whom
   * @param work what to run, on this thread or not at all
   * @param <T> what it returns
   * @return what the work returned; empty if it was not run
   */
  public <T> Optional<T> offerNow(Caller caller, Supplier<T> work) {
    lock.lock();
    try {
      if (running == permits || turns.usedUp(caller.parties()) > 0) {
        return Optional.empty();
      }
      begin(caller);
    } finally {
      lock.unlock();
    }
    return Optional.of(run(caller, work));
  }

  private <T> T run(Caller caller, Supplier<T> work) {
    try {
      return work.get();
    } finally {
      leave(caller);
    }
  }

  private void begin(Caller caller) {
    running++;
    turns.add(caller.parties());
  }

  /** Takes a turn, now or after waiting in the lane, or nothing. */
  private Entry enter(Caller caller, Deadline deadline) {
    lock.lock();
    try {
      if (running < permits) {
        // Turns are handed on, so while one is free no caller waits.
        begin(caller);
        return Entry.ADMITTED;
      }
      if (!lanes.makeRoom(caller)) {
        return Entry.FULL;
      }
      Waiter mine = new Waiter(caller, lock.newCondition());
      lanes.add(mine);
      return awaitTurn(mine, deadline);
    } finally {
      lock.unlock();
    }
  }

  /** Waits, which gives the lock up meanwhile. */
  private Entry awaitTurn(Waiter mine, Deadline deadline) {
    boolean interrupted = false;
    try {
      long left = deadline.remaining().toNanos();
      while (!mine.hasTurn && !mine.hadToLeave && left > 0) {
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
      handOn(mine.caller);
    } else {
      lanes.remove(mine);
    }
    if (interrupted) {
      return Entry.INTERRUPTED;
    }
    return mine.hadToLeave ? Entry.FULL : Entry.LATE;
  }

  private void leave(Caller caller) {
    lock.lock();
    try {
      handOn(caller);
    } finally {
      lock.unlock();
    }
  }

  /** Gives a turn that is over to the next caller that waits, if there is one. */
  private void handOn(Caller last) {
    running--;
    turns.remove(last.parties());
    Waiter next = lanes.next();
    if (next != null) {
      lanes.remove(next);
      begin(next.caller);
      next.hasTurn = true;
      next.turn.signal();
    }
  }

  /**
   * Returns how many callers wait for their turn, for metrics.
   *
   * @return how many at this moment, in both lanes
   */
  public int waiting() {
    lock.lock();
    try {
      return lanes.size();
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
}
