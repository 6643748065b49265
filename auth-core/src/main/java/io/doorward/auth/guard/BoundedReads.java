package io.doorward.auth.guard;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.guard.Bulkhead.Caller;
import io.doorward.auth.guard.Bulkhead.Lane;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Supplier;

/**
 * Reads of one kind that fall back to the database because a cache has no answer. Callers of one
 * lane that ask the same at the same time {@linkplain SharedReads share} a read, and what is left
 * stays within a {@link Bulkhead}.
 *
 * <p>To fill a cache with what was read, take the ticket first: a caller shares only a read that
 * was sent after the caller came, so the read is younger than the ticket of every caller that
 * shares it.
 *
 * <p>Thread-safe. Nothing is retried here.
 *
 * @param <K> what is asked for
 * @param <V> what is read; immutable, because callers share it
 */
public final class BoundedReads<K, V> {
  private final SharedReads<InLane<K>, Answer<V>> shared;
  private final Bulkhead bulkhead;
  private final InstantSource clock;

  /**
   * Creates one for one kind of read.
   *
   * @param store what is read, for messages
   * @param bulkhead bounds the reads; others may be bounded by it as well
   * @param clock says when the database was asked
   */
  public BoundedReads(String store, Bulkhead bulkhead, InstantSource clock) {
    this.shared = new SharedReads<>(store);
    this.bulkhead = requireNonNull(bulkhead, "bulkhead");
    this.clock = requireNonNull(clock, "clock");
  }

  /**
   * Reads, alone or together with other callers of the lane.
   *
   * @param caller for whom
   * @param key what is asked for
   * @param deadline of this caller
   * @param read asks the database; run on this thread or not at all
   * @return what was read after this call began
   * @throws StoreException as in {@link SharedReads#read} and {@link Bulkhead#call(Caller,
   *     Deadline, Supplier)}
   */
  public Answer<V> read(Caller caller, K key, Deadline deadline, Supplier<V> read) {
    return shared.read(
        new InLane<>(key, caller.lane()),
        deadline,
        () ->
            bulkhead.call(
                caller,
                deadline,
                () -> {
                  Instant readAt = clock.instant();
                  return new Answer<>(readAt, read.get());
                }));
  }

  /**
   * The result of a read.
   *
   * @param readAt the moment before the database was asked
   * @param value the value that was read
   * @param <V> what was read
   */
  public record Answer<V>(Instant readAt, V value) {}

  /** Callers that wait in one lane share no read with those in the other. */
  private record InLane<K>(K key, Lane lane) {}
}
