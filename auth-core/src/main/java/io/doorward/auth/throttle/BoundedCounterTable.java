package io.doorward.auth.throttle;

import io.doorward.auth.throttle.Attempts.Summary;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Counts attempts under a bounded number of keys. Thread-safe: split into stripes, each with a lock
 * that is held for a few instructions.
 *
 * <p>Security: an attacker can fill the table with invented keys, but must not evict the failures
 * of a key under attack. An evicted key leaves its failures in a fixed array of buckets, each of
 * which keeps the maximum; a new or returning key starts with the value of its bucket. So the table
 * never undercounts. It may overcount for a key that shares a bucket with an attacked one, until
 * those failures expire; a secret key decides which keys share a bucket. A key with attempts in
 * flight is never evicted. If every key has some, a new one is answered as busy.
 *
 * @param <K> the keys
 * @param <A> the counters of a key
 */
final class BoundedCounterTable<K, A extends Attempts> {
  private static final int MAX_STRIPES = 64;
  private static final int NAMES_A_STRIPE = 16;

  /** A power of two. */
  private static final int BUCKETS_A_STRIPE = 1024;

  private final Supplier<A> fresh;
  private final List<Stripe> stripes;
  private final KeyedHash hash = KeyedHash.random();
  private final Function<K, String> text;

  /** Creates a table; {@code text} returns the unique text of a key. */
  BoundedCounterTable(int maxNames, Function<K, String> text, Supplier<A> fresh) {
    if (maxNames <= 0) {
      throw new IllegalArgumentException("maxNames must be positive: " + maxNames);
    }
    this.text = text;
    this.fresh = fresh;
    int count = Math.max(1, Math.min(MAX_STRIPES, maxNames / NAMES_A_STRIPE));
    stripes =
        IntStream.range(0, count)
            .mapToObj(i -> new Stripe(maxNames / count + (i < maxNames % count ? 1 : 0)))
            .toList();
  }

  /**
   * Reads a key's counters and tracks the key; returns {@link Attempts#BUSY} if the table is full.
   */
  long ask(K name, long now, ToLongFunction<A> question) {
    Stripe stripe = stripe(name);
    stripe.lock.lock();
    try {
      A attempts = stripe.tracked(name, now);
      return attempts == null ? Attempts.BUSY : question.applyAsLong(attempts);
    } finally {
      stripe.lock.unlock();
    }
  }

  /**
   * Updates a key's counters and returns the outcome. If the table is full, updates only the key's
   * bucket.
   */
  boolean tell(K name, long now, Predicate<A> statement) {
    Stripe stripe = stripe(name);
    stripe.lock.lock();
    try {
      A attempts = stripe.tracked(name, now);
      if (attempts != null) {
        return statement.test(attempts);
      }
      A passing = stripe.remembered(name, now);
      boolean reply = statement.test(passing);
      stripe.remember(name, passing, now);
      return reply;
    } finally {
      stripe.lock.unlock();
    }
  }

  /** Returns the number of tracked keys. */
  int size() {
    int size = 0;
    for (Stripe stripe : stripes) {
      stripe.lock.lock();
      try {
        size += stripe.names.size();
      } finally {
        stripe.lock.unlock();
      }
    }
    return size;
  }

  private Stripe stripe(K name) {
    return stripes.get(Math.floorMod((int) spread(name), stripes.size()));
  }

  /** Hashes a key under a secret, so that attackers cannot predict which keys share a bucket. */
  private long spread(K name) {
    return hash.of(text.apply(name));
  }

  /** A part of the keys; accessed only under its lock. */
  private final class Stripe {
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<K, A> names = new LinkedHashMap<>(16, 0.75f, true);

    /** Empty until the first eviction; most tables never fill. */
    private @Nullable Summary[] buckets = new @Nullable Summary[0];

    private final int room;

    Stripe(int room) {
      this.room = room;
    }

    @Nullable A tracked(K name, long now) {
      A known = names.get(name);
      if (known != null || (names.size() >= room && !makeRoom(now))) {
        return known;
      }
      A attempts = remembered(name, now);
      names.put(name, attempts);
      return attempts;
    }

    /**
     * Evicts the least recently used key that has no attempt in flight; returns false if there is
     * none.
     */
    private boolean makeRoom(long now) {
      for (Map.Entry<K, A> oldest : names.entrySet()) {
        if (!oldest.getValue().isInFlight(now)) {
          remember(oldest.getKey(), oldest.getValue(), now);
          names.remove(oldest.getKey());
          return true;
        }
      }
      return false;
    }

    A remembered(K name, long now) {
      A attempts = fresh.get();
      Summary worst = buckets.length == 0 ? null : buckets[bucket(name)];
      if (worst != null) {
        attempts.restore(worst);
        attempts.forget(now);
      }
      return attempts;
    }

    void remember(K name, A attempts, long now) {
      Summary its = attempts.summary();
      if (its.failures() > 0) {
        Summary worst = remembered(name, now).summary();
        if (buckets.length == 0) {
          buckets = new @Nullable Summary[BUCKETS_A_STRIPE];
        }
        buckets[bucket(name)] =
            new Summary(
                Math.max(its.failures(), worst.failures()),
                Math.max(its.lastFailure(), worst.lastFailure()));
      }
    }

    private int bucket(K name) {
      return (int) (spread(name) >>> 32) & (BUCKETS_A_STRIPE - 1);
    }
  }
}
