package io.doorward.auth.account;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.event.AuthListener;

/**
 * Finishes what a changing node could not: takes pending invalidations out of the outbox and
 * delivers them. Runs on every node; nodes skip each other's rows.
 *
 * <p>Thread-safe. The service calls {@link #run} at intervals; a host may call it as well.
 */
public final class OutboxRelay {
  private static final int BATCH = 64;

  /**
   * After so many failures in one batch the cache is taken to be down, and the rest waits for the
   * next run.
   */
  private static final int MAX_FAILURES = 3;

  private final Outbox outbox;
  private final Invalidator invalidator;
  private final AuthListener listener;

  /**
   * Creates a relay.
   *
   * @param outbox what is pending
   * @param invalidator delivers it
   * @param listener hears what was delivered
   */
  public OutboxRelay(Outbox outbox, Invalidator invalidator, AuthListener listener) {
    this.outbox = requireNonNull(outbox, "outbox");
    this.invalidator = requireNonNull(invalidator, "invalidator");
    this.listener = AuthListener.guarded(listener);
  }

  /**
   * Delivers what is pending, batch after batch, until nothing is left, something cannot be
   * delivered, or the deadline has passed.
   *
   * @param deadline for the whole run
   * @return true if nothing was left that this node could take
   */
  public boolean run(Deadline deadline) {
    while (!deadline.isExpired()) {
      Outbox.Drained batch;
      try {
        batch = outbox.drain(BATCH, new Delivery(deadline)::deliver, deadline);
      } catch (StoreException e) {
        listener.on(new AuthEvent.BackEndFailed("outbox", e.kind()));
        return false;
      }
      int failed = batch.taken() - batch.delivered();
      if (batch.taken() > 0) {
        listener.on(new AuthEvent.InvalidationsRelayed(batch.delivered(), failed));
      }
      if (failed > 0) {
        return false;
      }
      if (batch.taken() < BATCH) {
        return true;
      }
    }
    return false;
  }

  /** One batch on its way to the cache. Gives up early, because a transaction is open meanwhile. */
  private final class Delivery {
    private final Deadline deadline;
    private int loginFailures;
    private int userFailures;

    Delivery(Deadline deadline) {
      this.deadline = deadline;
    }

    /**
     * Credentials and user records may lie on different servers: one being down says nothing of the
     * other.
     */
    boolean deliver(Invalidation invalidation) {
      boolean ofLogin = invalidation instanceof Invalidation.OfLogin;
      int failures = ofLogin ? loginFailures : userFailures;
      boolean delivered = failures < MAX_FAILURES && invalidator.deliver(invalidation, deadline);
      if (!delivered && ofLogin) {
        loginFailures++;
      } else if (!delivered) {
        userFailures++;
      }
      return delivered;
    }
  }
}
