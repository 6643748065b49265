package io.doorward.auth.account;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import java.time.Duration;
import java.util.Collection;
import java.util.function.Predicate;

/**
 * The invalidations that were committed and not yet confirmed. Thread-safe; any number of nodes
 * work on one outbox at the same time and do not wait for each other's rows.
 *
 * <p>Failure: every method throws {@link StoreException} when the database cannot answer before the
 * deadline; a row is done only if its delivery was confirmed.
 */
public interface Outbox {
  /**
   * Takes pending rows that no other node holds, hands each to {@code deliver}, and marks those
   * done for which it returned true. Rows are found by being undone, never by the order of their
   * numbers, so a transaction that commits late is not overlooked.
   *
   * @param max at most this many rows
   * @param deliver tells Redis; returns true when Redis confirmed; must not throw
   * @param deadline for the whole batch
   * @return what was done
   */
  Drained drain(int max, Predicate<Invalidation> deliver, Deadline deadline);

  /**
   * Marks rows done that the changing node itself has delivered.
   *
   * @param delivered rows that Redis confirmed; already done or unknown ones are skipped
   * @param deadline for the call
   */
  void done(Collection<Invalidation> delivered, Deadline deadline);

  /**
   * Counts what is pending, for health and metrics.
   *
   * @param deadline for the call
   * @return rows not done
   */
  long backlog(Deadline deadline);

  /**
   * Deletes rows that were done longer ago than {@code age}.
   *
   * @param age how long a done row is kept
   * @param max at most this many rows
   * @param deadline for the call
   * @return how many were deleted
   */
  int removeDone(Duration age, int max, Deadline deadline);

  /**
   * What one call of {@link #drain} did.
   *
   * @param taken rows that were handed to the consumer
   * @param delivered of these, rows that are done now
   */
  record Drained(int taken, int delivered) {}
}
