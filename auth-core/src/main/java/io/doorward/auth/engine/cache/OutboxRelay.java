package io.doorward.auth.engine.cache;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.Invalidation;
import io.doorward.auth.account.Outbox;
import io.doorward.auth.account.Outbox.Outcome;
import io.doorward.auth.account.Outbox.Pending;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.SuppressForbidden;
import io.doorward.auth.engine.EngineContext;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.guard.BackendCalls;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finishes what a changing node could not: takes due invalidations out of the outbox and delivers
 * them. Runs on every node; nodes skip each other's rows.
 *
 * <p>What cannot be delivered waits in its row: 1 s after the first failure, then 2 s, 4 s, 8 s and
 * 10 s, each less a random part of up to a half. So neither a restart nor the number of nodes makes
 * a failing row come more often, and the longest wait is short: once the cache answers again, all
 * is delivered within 10 s and one interval of the relay. What was told but does not bind every
 * node yet is told again after 1 s, however often.
 *
 * <p>Thread-safe. The service calls {@link #run} at intervals; a host may call {@link #runAll}.
 */
public final class OutboxRelay {
  private static final Logger LOG = LoggerFactory.getLogger(OutboxRelay.class);
  private static final int BATCH = 64;
  private static final int MAKE_DUE_BATCH = 1_000;

  /**
   * After so many failures in a row the backend is taken to be down: what else is for it waits
   * without being tried.
   */
  private static final int MAX_FAILURES = 3;

  private static final Duration FIRST_WAIT = Duration.ofSeconds(1);
  private static final Duration MAX_WAIT = Duration.ofSeconds(10);

  /** For as long a node may believe the primary before, unless it was configured otherwise. */
  private static final Duration UNSETTLED_WAIT = Duration.ofSeconds(1);

  private final Outbox outbox;
  private final Invalidator invalidator;
  private final BackendCalls calls;
  private final AuthListener listener;

  /**
   * Creates a relay.
   *
   * @param outbox what is pending
   * @param invalidator delivers it
   */
  public OutboxRelay(Outbox outbox, Invalidator invalidator, EngineContext context) {
    this.outbox = requireNonNull(outbox, "outbox");
    this.invalidator = requireNonNull(invalidator, "invalidator");
    this.calls = context.calls(Part.OUTBOX);
    this.listener = context.listener();
  }

  /**
   * Delivers what is due, batch after batch, until nothing is left, a backend does not answer, or
   * the deadline has passed. One row that fails does not hold up the others.
   *
   * @param deadline for the whole run
   * @return true if everything was delivered that was due and that no other node had taken
   */
  public boolean run(Deadline deadline) {
    RelayRun run = new RelayRun(deadline);
    while (!deadline.isExpired()) {
      Optional<Outbox.Drained> drained =
          calls.tried(() -> outbox.drain(BATCH, run::deliver, deadline));
      if (drained.isEmpty()) {
        return false;
      }
      Outbox.Drained batch = drained.get();
      if (batch.tried() > 0) {
        listener.on(
            new AuthEvent.InvalidationsRelayed(
                batch.delivered(), batch.tried() - batch.delivered()));
      }
      if (batch.tried() < batch.taken() || run.hasGivenUp()) {
        return false;
      }
      if (batch.taken() < BATCH) {
        return run.allDelivered;
      }
    }
    return false;
  }

  /**
   * Delivers everything that is pending, also what waits because it failed before.
   *
   * @param deadline for the whole run
   * @return true if everything was delivered that no other node had taken
   */
  public boolean runAll(Deadline deadline) {
    return calls.attempt(() -> makeAllDue(deadline)) && run(deadline);
  }

  private void makeAllDue(Deadline deadline) {
    int madeDue = MAKE_DUE_BATCH;
    while (madeDue == MAKE_DUE_BATCH && !deadline.isExpired()) {
      madeDue = outbox.makeDue(MAKE_DUE_BATCH, deadline);
    }
  }

  /**
   * Returns how long a row waits.
   *
   * @param failures how often in a row it failed; positive
   * @param part from 0 to 1: which part of what is left to chance
   */
  static Duration waitAfter(int failures, double part) {
    int doublings = Math.min(failures - 1, 10);
    Duration full = FIRST_WAIT.multipliedBy(1L << doublings);
    long millis = Math.min(full.toMillis(), MAX_WAIT.toMillis());
    return Duration.ofMillis(millis - Math.round(millis * part / 2));
  }

  /** One run on its way to the caches. Gives up early, because a transaction is open meanwhile. */
  private final class RelayRun {
    private final Deadline deadline;
    private int loginFailures;
    private int userFailures;
    private boolean allDelivered = true;

    RelayRun(Deadline deadline) {
      this.deadline = deadline;
    }

    boolean hasGivenUp() {
      return loginFailures >= MAX_FAILURES || userFailures >= MAX_FAILURES;
    }

    /**
     * Credentials and user records may lie on different servers: one being down says nothing of the
     * other.
     */
    @SuppressForbidden("spreads what would else happen at one moment; nothing secret")
    Outcome deliver(Pending row) {
      boolean ofLogin = row.invalidation() instanceof Invalidation.OfLogin;
      int failures = ofLogin ? loginFailures : userFailures;
      Invalidator.Delivery told =
          failures < MAX_FAILURES ? tell(row.invalidation()) : Invalidator.Delivery.FAILED;
      failures = told == Invalidator.Delivery.FAILED ? failures + 1 : 0;
      if (ofLogin) {
        loginFailures = failures;
      } else {
        userFailures = failures;
      }
      allDelivered &= told == Invalidator.Delivery.CONFIRMED;
      return switch (told) {
        case CONFIRMED -> new Outcome.Confirmed();
        case UNSETTLED -> new Outcome.Later(row.attempts(), UNSETTLED_WAIT);
        case FAILED -> {
          int attempts = Math.min(row.attempts(), Integer.MAX_VALUE - 1) + 1;
          yield new Outcome.Later(
              attempts, waitAfter(attempts, ThreadLocalRandom.current().nextDouble()));
        }
      };
    }

    /** Whatever a row does to a cache, the others of its batch must be delivered. */
    private Invalidator.Delivery tell(Invalidation invalidation) {
      try {
        return invalidator.tell(invalidation, deadline);
      } catch (RuntimeException e) {
        LOG.error("Outbox row {} could not be delivered and waits", invalidation.id(), e);
        return Invalidator.Delivery.FAILED;
      }
    }
  }
}
