package io.doorward.auth.guard;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

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

  /** The share of one account, and of one network: one part of so many. */
  private static final int SHARES = 4;

  /** So many turns in a row go to the preferred lane while callers wait in the common one. */
  private static final int PREFERRED_IN_A_ROW = 3;

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
  private final Map<Lane, Queue<Waiter>> lanes = new EnumMap<>(Lane.class);
  private final Tally turns;
  private final Map<Lane, Tally> places = new EnumMap<>(Lane.class);
  private int running;
  private int preferredInARow;

  private Bulkhead(String name, int permits, int queue) {
    this.name = requireNonNull(name, "name");
    this.permits = requireRange(name + ": permits", permits, 1);
    this.queue = requireRange(name + ": queue", queue, 0);
    this.turns = Tally.withShareOf(permits);
    for (Lane lane : Lane.values()) {
      lanes.put(lane, new ArrayDeque<>());
      places.put(lane, Tally.withShareOf(queue));
    }
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
      if (waitersOf(caller.lane()).size() >= queue && !makeRoom(caller)) {
        return Entry.FULL;
      }
      Waiter mine = new Waiter(caller, lock.newCondition());
      line(mine);
      return awaitTurn(mine, deadline);
    } finally {
      lock.unlock();
    }
  }

  /** Takes the place of the last one whose account or network has more places than this one's. */
  private boolean makeRoom(Caller caller) {
    Tally taken = placesOf(caller.lane());
    int mine = taken.usedUp(caller.parties());
    if (taken.partiesBeyond() <= mine) {
      return false;
    }
    Waiter last = null;
    for (Waiter waiter : waitersOf(caller.lane())) {
      if (taken.beyond(waiter.caller.parties()) > mine) {
        last = waiter;
      }
    }
    if (last == null) {
      return false;
    }
    last.hadToLeave = true;
    unline(last);
    last.turn.signal();
    return true;
  }

  private void line(Waiter waiter) {
    waitersOf(waiter.caller.lane()).add(waiter);
    placesOf(waiter.caller.lane()).add(waiter.caller.parties());
  }

  private void unline(Waiter waiter) {
    if (waitersOf(waiter.caller.lane()).remove(waiter)) {
      placesOf(waiter.caller.lane()).remove(waiter.caller.parties());
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
      unline(mine);
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
    Waiter next = next();
    if (next != null) {
      unline(next);
      begin(next.caller);
      next.hasTurn = true;
      next.turn.signal();
    }
  }

  private @Nullable Waiter next() {
    Waiter preferred = firstOf(Lane.PREFERRED);
    Waiter common = firstOf(Lane.COMMON);
    if (preferred == null || common == null) {
      preferredInARow = 0;
      return preferred == null ? common : preferred;
    }
    int difference = usedUp(preferred) - usedUp(common);
    if (difference > 0 || (difference == 0 && preferredInARow >= PREFERRED_IN_A_ROW)) {
      preferredInARow = 0;
      return common;
    }
    preferredInARow++;
    return preferred;
  }

  /**
   * Returns the waiter whose account and network have used up the fewest shares; of equal ones, the
   * first.
   */
  private @Nullable Waiter firstOf(Lane lane) {
    Waiter first = null;
    for (Waiter waiter : waitersOf(lane)) {
      if (first == null || usedUp(waiter) < usedUp(first)) {
        first = waiter;
      }
      if (usedUp(first) == 0) {
        return first;
      }
    }
    return first;
  }

  private int usedUp(Waiter waiter) {
    return turns.usedUp(waiter.caller.parties());
  }

  private Tally placesOf(Lane lane) {
    return requireNonNull(places.get(lane), "each lane counts its places");
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
    private final Caller caller;
    private final Condition turn;
    private boolean hasTurn;
    private boolean hadToLeave;

    Waiter(Caller caller, Condition turn) {
      this.caller = caller;
      this.turn = turn;
    }
  }

  /** How many each account and network has of something; touched only under the lock. */
  private static final class Tally {
    private final int share;
    private final Map<Object, Integer> counts = new HashMap<>();
    private int partiesBeyond;

    private Tally(int share) {
      this.share = share;
    }

    static Tally withShareOf(int whole) {
      return new Tally(Math.max(1, whole / SHARES));
    }

    void add(Set<Object> parties) {
      for (Object party : parties) {
        if (counts.merge(party, 1, Integer::sum) == share + 1) {
          partiesBeyond++;
        }
      }
    }

    void remove(Set<Object> parties) {
      for (Object party : parties) {
        int before = counts.getOrDefault(party, 0);
        if (before == share + 1) {
          partiesBeyond--;
        }
        if (before <= 1) {
          counts.remove(party);
        } else {
          counts.put(party, before - 1);
        }
      }
    }

    /** How many have more than their share. */
    int partiesBeyond() {
      return partiesBeyond;
    }

    /** How many of the parties have no more left of their share. */
    int usedUp(Set<Object> parties) {
      return countOf(parties, share);
    }

    /** How many of the parties have more than their share. */
    int beyond(Set<Object> parties) {
      return countOf(parties, share + 1);
    }

    private int countOf(Set<Object> parties, int atLeast) {
      int found = 0;
      for (Object party : parties) {
        if (counts.getOrDefault(party, 0) >= atLeast) {
          found++;
        }
      }
      return found;
    }
  }
}
