package io.doorward.auth;

import io.doorward.auth.base.Deadline;
import java.util.function.Consumer;

/**
 * Operator functions, at {@link AuthService#operations}: health, clean-up, pending invalidations,
 * cache checks. Thread-safe. Every method but {@link #health} blocks, at most until its deadline.
 */
public interface Operations {
  /**
   * Returns the health of the servers, as seen by the calls of this node, and the findings of the
   * last check of their settings. Returns at once and calls no server, so that a probe may call it
   * often.
   *
   * @return the health of this service
   */
  ServiceHealth health();

  /**
   * Checks the servers' settings again, as at the start, and reports new findings to the listener.
   *
   * @param deadline for the whole check; a server that does not answer by then keeps its findings
   * @return the health of this service after the check
   */
  ServiceHealth inspect(Deadline deadline);

  /**
   * Deletes expired sessions, outbox rows that were done an hour ago, and outcomes of changes that
   * are two days old. The service calls it every minute; a host may call it on its own schedule.
   * No-op while another node is cleaning up.
   *
   * @param max at most this many of each; positive
   * @param deadline for the whole operation
   * @return done, with the numbers of deleted rows; or unavailable
   */
  CleanUpResult cleanUp(int max, Deadline deadline);

  /**
   * Delivers pending invalidations, which Redis did not confirm when they were committed. The
   * service does so every second and retries failed ones after a delay; this call retries all at
   * once, for a host that has just seen Redis come back.
   *
   * @param deadline for the whole operation
   * @return true if all rows that this node could take were delivered
   */
  boolean relayInvalidations(Deadline deadline);

  /**
   * Returns the number and the age of pending invalidations, for health checks and metrics. One
   * statement on the database.
   *
   * @param deadline for the whole operation
   * @return the backlog, or unavailable
   */
  InvalidationBacklogResult invalidationBacklog(Deadline deadline);

  /**
   * Compares the cached values of the next accounts with the database: finds stale entries that a
   * lost fence left behind, and drops them on request. May run while accounts change, on any node;
   * costs two look-ups in Redis per account.
   *
   * @param request where to begin, how many accounts, whether to repair
   * @param deadline for the whole operation
   * @return the drift and where to continue, or unavailable
   */
  CacheCheckResult checkCaches(CacheCheckRequest request, Deadline deadline);

  /**
   * Compares all accounts, batch after batch. Ends early at the deadline, if a backend does not
   * answer, or if the thread is interrupted; the result then names where to continue.
   *
   * @param request where to begin, how many at a time, the pause in between, whether to repair
   * @param progress called with every batch, on the caller's thread
   * @param deadline for all of it
   * @return the sum of all batches, or unavailable
   */
  CacheCheckResult checkAllCaches(
      CacheCheckRequest request, Consumer<CacheCheckResult.Checked> progress, Deadline deadline);
}
