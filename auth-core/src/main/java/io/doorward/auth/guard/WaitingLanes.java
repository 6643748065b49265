package io.doorward.auth.guard;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.guard.Bulkhead.Caller;
import io.doorward.auth.guard.Bulkhead.Lane;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import org.jspecify.annotations.Nullable;

/**
 * The callers that wait for a turn of a {@link Bulkhead}, in two lanes. Decides which caller is
 * next, and which has to leave a full lane. Not thread-safe: the bulkhead uses it under its lock.
 */
final class WaitingLanes {
  /** So many turns in a row go to the preferred lane while callers wait in the common one. */
  private static final int PREFERRED_IN_A_ROW = 3;

  private final int queue;
  private final Shares turns;
  private final Map<Lane, Queue<Waiter>> lanes = new EnumMap<>(Lane.class);
  private final Map<Lane, Shares> places = new EnumMap<>(Lane.class);
  private int preferredInARow;

  /**
   * Creates empty lanes.
   *
   * @param queue how many places each has
   * @param turns the turns that callers have at this moment
   */
  WaitingLanes(int queue, Shares turns) {
    this.queue = queue;
    this.turns = turns;
    for (Lane lane : Lane.values()) {
      lanes.put(lane, new ArrayDeque<>());
      places.put(lane, Shares.of(queue));
    }
  }

  void add(Waiter waiter) {
    waitersOf(waiter.caller.lane()).add(waiter);
    placesOf(waiter.caller.lane()).add(waiter.caller.parties());
  }

  void remove(Waiter waiter) {
    if (waitersOf(waiter.caller.lane()).remove(waiter)) {
      placesOf(waiter.caller.lane()).remove(waiter.caller.parties());
    }
  }

  /** Returns how many callers wait, in both lanes. */
  int size() {
    return lanes.values().stream().mapToInt(Queue::size).sum();
  }

  /**
   * Returns whether there is a place for the caller. In a full lane, it takes the place of the last
   * one whose account or network has more places than the caller's; that one is removed and woken.
   */
  boolean makeRoom(Caller caller) {
    if (waitersOf(caller.lane()).size() < queue) {
      return true;
    }
    Shares taken = placesOf(caller.lane());
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
    remove(last);
    last.turn.signal();
    return true;
  }

  /** Returns the waiter whose turn is next; it stays in its lane. */
  @Nullable Waiter next() {
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

  private Shares placesOf(Lane lane) {
    return requireNonNull(places.get(lane), "each lane counts its places");
  }

  private Queue<Waiter> waitersOf(Lane lane) {
    return requireNonNull(lanes.get(requireNonNull(lane, "lane")), "each lane has its queue");
  }

  /** One caller that waits. */
  static final class Waiter {
    final Caller caller;
    final Condition turn;
    boolean hasTurn;
    boolean hadToLeave;

    Waiter(Caller caller, Condition turn) {
      this.caller = caller;
      this.turn = turn;
    }
  }
}
