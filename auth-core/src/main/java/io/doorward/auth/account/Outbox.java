package io.doorward.auth.account;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.StoreException;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.function.Function;

/**
 * The invalidations that were committed and not yet confirmed. Thread-safe; any number of nodes
 * work on one outbox at the same time and do not wait for each other's rows.
 *
 * <p>Failure: every method throws {@link StoreException} when the database cannot answer before the
 * deadline; a row is done only if its delivery was confirmed.
 */
public interface Outbox {
  /**
   * Takes due rows that no other node holds, hands each to {@code deliver}, and stores the outcome.
   * Rows are found by being undone, never by the order of their numbers, so a transaction that
   * commits late is not overlooked.
   *
   * <p>The order is fair: the row that has been due longest comes first, and a new row is due at
   * once. So a row that fails again and again goes behind all others each time. When a row is due
   * is kept with the row, by the database's clock, so it outlives every node.
   *
   * @param max at most this many rows
   * @param deliver tells Redis; must not throw
   * @param deadline for the whole batch; what is not handed out before it stays as it was
   * @return the numbers of rows that were taken, tried and delivered
   */
  Drained drain(int max, Function<Pending, Outcome> deliver, Deadline deadline);

  /**
   * Makes rows due that wait for their next attempt, those that are due first before the others.
   *
   * @param max at most this many rows
   * @param deadline for the call
   * @return how many there were
   */
  int makeDue(int max, Deadline deadline);

  /**
   * Marks rows done that the changing node itself has delivered.
   *
   * @param delivered rows that Redis confirmed; already done or unknown ones are skipped
   * @param deadline for the call
   */
  void done(Collection<Invalidation> delivered, Deadline deadline);

  /**
   * Counts what is pending, for health and metrics: rows that are due and rows that wait.
   *
   * @param deadline for the call
   * @return how many are not done and how long the oldest has not been
   */
  Backlog backlog(Deadline deadline);

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
   * A row that is not done.
   *
   * @param invalidation what to deliver
   * @param attempts number of consecutive failures; 0 for a new row
   */
  record Pending(Invalidation invalidation, int attempts) {}

  /** The outcome of one row. */
  sealed interface Outcome {
    /** Redis confirmed: the row is done. */
    record Confirmed() implements Outcome {}

    /**
     * The row must be delivered again, by any node.
     *
     * @param attempts what the row remembers as {@link Pending#attempts()}
     * @param dueIn how long the row waits; not negative
     */
    record Later(int attempts, Duration dueIn) implements Outcome {}
  }

  /**
   * The result of one call of {@link #drain}.
   *
   * @param taken due rows that were found
   * @param tried of these, rows that were handed to the consumer; fewer only if time ran out
   * @param delivered of these, rows that are done now
   */
  record Drained(int taken, int tried, int delivered) {}

  /**
   * The pending rows.
   *
   * @param pending rows that are not done
   * @param oldest how long ago the first of them was written; empty if there is none
   */
  record Backlog(long pending, Optional<Duration> oldest) {}

  /**
   * One thing that Redis still has to be told, because PostgreSQL has changed: "nothing older than
   * {@code floor} may be served under this name". Written in the same transaction as the change,
   * kept until it was confirmed. Delivering one twice, or late, is harmless. Immutable and
   * thread-safe.
   */
  sealed interface Invalidation {
    /**
     * Names the outbox row.
     *
     * @return the row's number; says nothing about order
     */
    long id();

    /**
     * The oldest version that may still be served.
     *
     * @return a version number
     */
    long floor();

    /**
     * The credential found under a login identifier changed.
     *
     * @param id the outbox row
     * @param loginId the identifier, old or new
     * @param floor the credential's version number after the change
     */
    record OfLogin(long id, LoginId loginId, long floor) implements Invalidation {}

    /**
     * The user record of an account changed: roles, or the oldest good credential version.
     *
     * @param id the outbox row
     * @param account the account
     * @param floor the user record's version after the change
     */
    record OfUser(long id, AccountId account, long floor) implements Invalidation {}
  }
}
