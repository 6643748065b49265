package io.doorward.auth.guard;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets concurrent callers of the same read share one read of the database, so that a popular
 * account whose cache entry has just expired does not cost one read per login.
 *
 * <p>A caller shares only a read that was <em>sent after the caller came</em>. So a caller that
 * finds a read running waits for its end and shares the next one with all callers that arrived
 * meanwhile. No answer is older than its call: a password that was changed before a login began is
 * never checked against what was read before the change.
 *
 * <p>Each caller keeps its own deadline. If the caller that reads for the others fails, only that
 * caller fails, and the others read again. If a read hangs, callers that wait for its end stop
 * waiting after half of their time.
 *
 * <p>Thread-safe. Holds nothing but what is being read.
 *
 * @param <K> what is asked for
 * @param <V> what is read; immutable, because callers share it
 */
public final class SharedReads<K, V> {
  private final String store;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<K, Line<V>> lines = new HashMap<>();

  /**
   * Creates one for one kind of read.
   *
   * @param store what is read, for messages
   */
  public SharedReads(String store) {
    this.store = requireNonNull(store, "store");
  }

  /**
   * Reads, alone or together with others.
   *
   * @param key what is asked for
   * @param deadline of this caller
   * @param read asks the database; run on this thread or not at all
   * @return what was read after this call began
   * @throws StoreException as {@code read} threw it here; {@link Kind#TIMEOUT} if the deadline
   *     passed; {@link Kind#UNREACHABLE} if the thread was interrupted while it waited
   */
  public V read(K key, Deadline deadline, Supplier<V> read) {
    while (true) {
      deadline.check(store + ": shared read");
      Place<V> place = takePlace(key);
      if (place.leads) {
        return lead(key, place, deadline, read);
      }
      awaitHalf(place.batch, deadline);
      Answer<V> answer = place.batch.answer;
      if (answer != null) {
        return answer.value;
      }
      // The read on behalf of this caller failed or is late; the caller reads again.
    }
  }

  private Place<V> takePlace(K key) {
    lock.lock();
    try {
      Line<V> line = lines.computeIfAbsent(key, k -> new Line<>());
      Batch<V> waiting = line.waiting;
      if (waiting != null) {
        return new Place<>(waiting, false, null);
      }
      Batch<V> mine = new Batch<>();
      line.waiting = mine;
      return new Place<>(mine, true, line.running);
    } finally {
      lock.unlock();
    }
  }

  /** Reads for all callers of the batch, once the read before has ended. */
  private V lead(K key, Place<V> place, Deadline deadline, Supplier<V> read) {
    Batch<V> batch = place.batch;
    try {
      if (place.before != null) {
        awaitHalf(place.before, deadline);
      }
      setOff(key, batch);
      V value = read.get();
      batch.answer = new Answer<>(value);
      return value;
    } finally {
      leave(key, batch);
      batch.over.countDown();
    }
  }

  /** Closes the batch: later callers must not share a read that was sent before they came. */
  private void setOff(K key, Batch<V> batch) {
    lock.lock();
    try {
      Line<V> line = requireNonNull(lines.get(key), "line of a batch that waits");
      line.waiting = null;
      line.running = batch;
    } finally {
      lock.unlock();
    }
  }

  private void leave(K key, Batch<V> batch) {
    lock.lock();
    try {
      Line<V> line = lines.get(key);
      if (line == null) {
        return;
      }
      if (line.running == batch) {
        line.running = null;
      }
      if (line.waiting == batch) {
        line.waiting = null;
      }
      if (line.running == null && line.waiting == null) {
        lines.remove(key);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Waits for the end of a read, but leaves half of the time for one of one's own. */
  private void awaitHalf(Batch<V> batch, Deadline deadline) {
    try {
      boolean unused = batch.over.await(deadline.remaining().toNanos() / 2, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException(Kind.UNREACHABLE, store + ": interrupted while waiting", e);
    }
  }

  /** The reads of one key; accessed only under the lock. */
  private static final class Line<V> {
    @Nullable Batch<V> running;
    @Nullable Batch<V> waiting;
  }

  /** One read and the callers that share it. */
  private static final class Batch<V> {
    private final CountDownLatch over = new CountDownLatch(1);
    private volatile @Nullable Answer<V> answer;
  }

  private record Answer<V>(V value) {}

  /**
   * The place of a caller.
   *
   * @param before the running read, for the caller that leads
   */
  private record Place<V>(Batch<V> batch, boolean leads, @Nullable Batch<V> before) {}
}
