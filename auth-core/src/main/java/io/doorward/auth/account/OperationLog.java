package io.doorward.auth.account;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import java.time.Duration;

/**
 * Deletes old outcomes of changes. A store keeps outcomes so that a call that is repeated after a
 * lost answer gets the first outcome. Thread-safe; any number of nodes clean up at the same time.
 *
 * <p>An outcome must be kept for as long as a call may be repeated. The service keeps it for two
 * days: no {@link Deadline} is longer than a day, and a host that repeats a call under its own
 * {@link io.doorward.auth.base.OperationId} is promised a day.
 *
 * <p>Failure: every method throws {@link StoreException} when the database cannot answer before the
 * deadline; nothing is retried here.
 */
public interface OperationLog {
  /**
   * Deletes outcomes that are older than {@code age}. A call that is repeated after that counts as
   * a new one.
   *
   * @param age how long an outcome is kept, counted from the call; not negative
   * @param max at most this many; positive
   * @param deadline for the call
   * @return how many were deleted
   */
  int removeOperations(Duration age, int max, Deadline deadline);
}
