package io.doorward.auth.engine.operation;

import io.doorward.auth.CleanUpResult;
import io.doorward.auth.InvalidationBacklogResult;
import io.doorward.auth.account.OperationLog;
import io.doorward.auth.account.Outbox;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.engine.cache.OutboxRelay;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.session.TokenStore;
import java.time.Duration;

/** What runs at intervals: clean-up, the relay of pending invalidations, the report on them. */
public record Maintenance(
    TokenStore tokens,
    Outbox outbox,
    OperationLog operations,
    OutboxRelay relay,
    AuthListener listener) {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);
  private static final Duration OUTBOX_AGE = Duration.ofHours(1);

  /** Twice the longest deadline, so that whoever may repeat a call finds its outcome. */
  private static final Duration OPERATION_AGE = Duration.ofDays(2);

  /** Longer than the relay lets a row wait, so that one lost packet is no alarm. */
  private static final Duration BACKLOG_AGE = Duration.ofSeconds(30);

  public CleanUpResult cleanUp(int max, Deadline deadline) {
    if (max < 1) {
      throw new IllegalArgumentException("max must be positive: " + max);
    }
    try {
      int expired = tokens.removeExpired(max, deadline);
      int done = outbox.removeDone(OUTBOX_AGE, max, deadline);
      int forgotten = operations.removeOperations(OPERATION_AGE, max, deadline);
      if (expired + done + forgotten > 0) {
        listener.on(new AuthEvent.CleanedUp(expired, done, forgotten));
      }
      return new CleanUpResult.Done(expired, done, forgotten);
    } catch (StoreException e) {
      return new CleanUpResult.Unavailable(failed(Part.CLEAN_UP, e.kind()));
    }
  }

  /** Deletes batch after batch while they are full: what comes in a minute may be more than one. */
  public void cleanUpAll(int batch, Deadline deadline) {
    boolean full = true;
    while (full && !deadline.isExpired()) {
      full =
          cleanUp(batch, deadline) instanceof CleanUpResult.Done done
              && (done.sessions() == batch
                  || done.outboxRows() == batch
                  || done.operations() == batch);
    }
  }

  public boolean relayInvalidations(Deadline deadline) {
    return relay.run(deadline);
  }

  public boolean relayAllInvalidations(Deadline deadline) {
    return relay.runAll(deadline);
  }

  public InvalidationBacklogResult backlog(Deadline deadline) {
    try {
      Outbox.Backlog backlog = outbox.backlog(deadline);
      return new InvalidationBacklogResult.Known(backlog.pending(), backlog.oldest());
    } catch (StoreException e) {
      return new InvalidationBacklogResult.Unavailable(failed(Part.OUTBOX, e.kind()));
    }
  }

  /** Says so where invalidations have been pending for too long. */
  public void reportBacklog(Deadline deadline) {
    if (backlog(deadline) instanceof InvalidationBacklogResult.Known known) {
      known
          .oldest()
          .filter(age -> age.compareTo(BACKLOG_AGE) >= 0)
          .ifPresent(age -> listener.on(new AuthEvent.InvalidationBacklog(known.pending(), age)));
    }
  }

  private Duration failed(Part part, StoreException.Kind kind) {
    listener.on(new AuthEvent.BackendFailed(part, kind));
    return RETRY_AFTER;
  }
}
