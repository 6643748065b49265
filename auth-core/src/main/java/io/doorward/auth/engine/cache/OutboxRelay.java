package io.doorward.auth.engine.cache;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.Outbox;
import io.doorward.auth.account.Outbox.Invalidation;
import io.doorward.auth.account.Outbox.Outcome;
import io.doorward.auth.account.Outbox.Pending;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.engine.EngineContext;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.event.ServiceEvent;
import io.doorward.auth.guard.BackendCalls;
import io.doorward.auth.guard.SuppressForbidden;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers pending invalidations from the outbox, which the changing node could not deliver itself.
 * Runs on every node; nodes skip each other's rows.
 *
 * <p>A row that fails is retried after 1 s, then after 2 s, 4 s, 8 s and 10 s, each less a random
 * part of up to a half. The delay is stored in the row, so neither a restart nor the number of
 * nodes makes a row retry more often. Once the cache answers again, all rows are delivered within
 * 10 s and one interval of the relay. A row that was delivered but does not bind every node yet is
 * delivered again every 1 s, without a limit.
 *
 * <p>Thread-safe. The service calls {@link #run} at intervals; a host may call {@link #runAll}.
 */
public final class OutboxRelay {
  private static final Logger LOG = LoggerFactory.getLogger(OutboxRelay.class);
  private static final int BATCH = 64;
  private static final int MAKE_DUE_BATCH = 1_000;

  /**
   * Number of consecutive failures after which a backend counts as down; its other rows wait
   * without an attempt.
   */
  private static final int MAX_FAILURES = 3;

  private static final Duration FIRST_WAIT = Duration.ofSeconds(1);
  private static final Duration MAX_WAIT = Duration.ofSeconds(10);

  /** How long a node may trust the previous primary, unless configured otherwise. */
  private static final Duration UNSETTLED_WAIT = Duration.ofSeconds(1);

  private final Outbox outbox;
  private final Invalidator invalidator;
  private final BackendCalls calls;
  private final AuthListener listener;

  /**
   * Creates a relay.
   *
   * @param outbox holds the pending invalidations
   * @param invalidator delivers them
   */
  public OutboxRelay(Outbox outbox, Invalidator invalidator, EngineContext context) {
    this.outbox = requireNonNull(outbox, "outbox");
    this.invalidator = requireNonNull(invalidator, "invalidator");
    this.calls = context.calls(Part.OUTBOX);
    this.listener = context.listener();
  }

  /**
   * Delivers due rows, batch after batch, until none is left, a backend does not answer, or the
   * deadline has passed. One failing row does not block the others.
   *
   * @param deadline for the whole run
   * @return true if all due rows that no other node had taken were delivered
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
            new ServiceEvent.InvalidationsRelayed(
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
   * Delivers all pending rows, including failed ones that wait for a retry.
   *
   * @param deadline for the whole run
   * @return true if all rows that no other node had taken were delivered
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
   * Returns the delay before the next attempt of a row.
   *
   * @param failures number of consecutive failures; positive
   * @param part the jitter, 0 to 1, where 1 halves the delay
   */
  static Duration waitAfter(int failures, double part) {
    int doublings = Math.min(failures - 1, 10);
    Duration full = FIRST_WAIT.multipliedBy(1L << doublings);
    long millis = Math.min(full.toMillis(), MAX_WAIT.toMillis());
    return Duration.ofMillis(millis - Math.round(millis * part / 2));
  }

  /** One run of the relay. Gives up early, because it holds a transaction open. */
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
     * Delivers one row. Counts failures of credentials and user records separately, because they
     * may be on different servers.
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

    /** Delivers one invalidation. One failing row must not block its batch. */
    private Invalidator.Delivery tell(Invalidation invalidation) {
      try {
        return invalidator.tell(invalidation, deadline);
      } catch (RuntimeException e) {
        LOG.error("Outbox row {} could not be delivered; retrying later", invalidation.id(), e);
        return Invalidator.Delivery.FAILED;
      }
    }
  }
}
