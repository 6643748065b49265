package io.doorward.auth;

import io.doorward.auth.base.Deadline;
import java.util.function.Consumer;

/**
 * What operators do, at {@link AuthService#operations}: health, clean-up, pending invalidations,
 * cache checks. Thread-safe. Every method but {@link #health} blocks, at most until its deadline.
 */
public interface Operations {
  /**
   * Reports how the servers are, as the calls of this node found them, and what the last look at
   * their settings found. Returns at once and calls no server, so that a probe may call it often.
   *
   * @return the health of this service
   */
  ServiceHealth health();

  /**
   * Looks at the servers' settings anew, as the start did, and tells the listener of what is new.
   *
   * @param deadline for the whole look; a server that does not answer by then keeps its findings
   * @return the health of this service after the look
   */
  ServiceHealth inspect(Deadline deadline);

  /**
   * Deletes what is over: expired sessions, outbox rows that were done an hour ago, outcomes of
   * changes that were made two days ago. The service does it by itself every minute; a host that
   * wants its own schedule calls this. No-op while another node is cleaning up.
   *
   * @param max at most this many of each; positive
   * @param deadline for the whole operation
   * @return done, with what was deleted; or unavailable
   */
  CleanUpResult cleanUp(int max, Deadline deadline);

  /**
   * Delivers invalidations that are pending because Redis could not be told when they were
   * committed. The service does it by itself every second and retries failed ones after a delay;
   * this call retries all at once, for a host that has just seen Redis come back.
   *
   * @param deadline for the whole operation
   * @return true if nothing was left that this node could take
   */
  boolean relayInvalidations(Deadline deadline);

  /**
   * Counts the pending invalidations and tells how old they are, for health checks and metrics. One
   * statement on the database.
   *
   * @param deadline for the whole operation
   * @return what the outbox holds, or unavailable
   */
  InvalidationBacklogResult invalidationBacklog(Deadline deadline);

  /**
   * Compares what caches hold of the next accounts with the database: finds what a lost fence has
   * left behind, and drops it on request. May run while accounts change, on any node; costs two
   * look-ups in Redis an account.
   *
   * @param request where to begin, how many accounts, whether to repair
   * @param deadline for the whole operation
   * @return what was found and where to go on, or unavailable
   */
  CacheCheckResult checkCaches(CacheCheckRequest request, Deadline deadline);

  /**
   * Compares everything, batch after batch. Ends early at the deadline, where a backend does not
   * answer, or when the thread is interrupted; then the result says where to go on.
   *
   * @param request where to begin, how many at a time, the pause in between, whether to repair
   * @param progress called with every batch, on the caller's thread
   * @param deadline for all of it
   * @return the sum of all batches, or unavailable
   */
  CacheCheckResult checkAllCaches(
      CacheCheckRequest request, Consumer<CacheCheckResult.Checked> progress, Deadline deadline);
}
