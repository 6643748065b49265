package io.doorward.auth.guard;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Counts how many turns, or places of a lane, each account and network has, and compares the counts
 * with their share. Not thread-safe: a {@link Bulkhead} uses it under its lock.
 */
final class Shares {
  /** The share of one account, and of one network: one part of so many. */
  private static final int PARTS = 4;

  private final int share;
  private final Map<Object, Integer> counts = new HashMap<>();
  private int partiesBeyond;

  private Shares(int share) {
    this.share = share;
  }

  /** Creates the count for a whole, of which a share is a quarter, and at least one. */
  static Shares of(int whole) {
    return new Shares(Math.max(1, whole / PARTS));
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

  /** Returns how many accounts and networks have more than their share. */
  int partiesBeyond() {
    return partiesBeyond;
  }

  /** Returns how many of the parties have nothing left of their share. */
  int usedUp(Set<Object> parties) {
    return countOf(parties, share);
  }

  /** Returns how many of the parties have more than their share. */
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
