package io.doorward.auth.engine.operation;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.Operations.CleanUpResult;
import io.doorward.auth.Operations.InvalidationBacklogResult;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.Outbox;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.engine.EngineContext;
import io.doorward.auth.engine.cache.OutboxRelay;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.event.ServiceEvent;
import io.doorward.auth.guard.BackendCalls;
import io.doorward.auth.session.TokenStore;
import java.time.Duration;

/**
 * Runs the periodic work: clean-up, the relay of pending invalidations, the report on them.
 * Thread-safe.
 */
public final class Maintenance {
  private static final Duration OUTBOX_AGE = Duration.ofHours(1);

  /** Twice the longest deadline, so that a repeated call finds its outcome. */
  private static final Duration OPERATION_AGE = Duration.ofDays(2);

  /** Longer than the longest retry delay of the relay, so that one lost packet raises no alarm. */
  private static final Duration BACKLOG_AGE = Duration.ofSeconds(30);

  private final TokenStore tokens;
  private final AccountStore store;
  private final OutboxRelay relay;
  private final BackendCalls cleaning;
  private final BackendCalls outboxCalls;
  private final AuthListener listener;

  public Maintenance(
      TokenStore tokens, AccountStore store, OutboxRelay relay, EngineContext context) {
    this.tokens = requireNonNull(tokens, "tokens");
    this.store = requireNonNull(store, "store");
    this.relay = requireNonNull(relay, "relay");
    this.cleaning = context.calls(Part.CLEAN_UP);
    this.outboxCalls = context.calls(Part.OUTBOX);
    this.listener = context.listener();
  }

  public CleanUpResult cleanUp(int max, Deadline deadline) {
    if (max < 1) {
      throw new IllegalArgumentException("max must be positive: " + max);
    }
    return cleaning.orUnavailable(() -> removeOld(max, deadline), CleanUpResult.Unavailable::new);
  }

  private CleanUpResult removeOld(int max, Deadline deadline) {
    int expired = tokens.removeExpired(max, deadline);
    int done = store.removeDone(OUTBOX_AGE, max, deadline);
    int forgotten = store.removeOperations(OPERATION_AGE, max, deadline);
    if (expired + done + forgotten > 0) {
      listener.on(new ServiceEvent.CleanedUp(expired, done, forgotten));
    }
    return new CleanUpResult.Done(expired, done, forgotten);
  }

  /**
   * Deletes batch after batch until one is not full, because a minute may add more than one batch.
   */
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
    return outboxCalls.orUnavailable(
        () -> {
          Outbox.Backlog backlog = store.backlog(deadline);
          return new InvalidationBacklogResult.Known(backlog.pending(), backlog.oldest());
        },
        InvalidationBacklogResult.Unavailable::new);
  }

  /** Reports invalidations that have been pending for too long. */
  public void reportBacklog(Deadline deadline) {
    if (backlog(deadline) instanceof InvalidationBacklogResult.Known known) {
      known
          .oldest()
          .filter(age -> age.compareTo(BACKLOG_AGE) >= 0)
          .ifPresent(
              age -> listener.on(new ServiceEvent.InvalidationBacklog(known.pending(), age)));
    }
  }
}
