package io.doorward.auth.throttle;

import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.Ticker;
import io.doorward.auth.event.AccessEvent;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * Counts login attempts before their passwords are hashed and refuses those over a budget, so that
 * parallel guesses cannot exceed it. Thread-safe: one instance serves all threads and any number of
 * nodes share one limiter.
 *
 * <p>A client whose device is {@linkplain ClientContext#knownDevice known} counts in the budget of
 * this device at this login identifier and in the budget of all devices known to the identifier
 * together. It does not count in the budgets of unknown devices. So a client without a device
 * cookie cannot lock a known device out. A client with one device cookie is limited to the same
 * number of failures, and a client with many to {@link AttemptBudgets#allDevicesFailures}.
 *
 * <p>An attempt from an unknown device also counts in a budget of the same size for its network at
 * the login identifier, if the network is known. A single network cannot spend the identifier's
 * budget: its failures beyond {@link AttemptBudgets#failuresOfOneNetwork} count there only once
 * that budget is spent.
 *
 * <p>Every admitted attempt on a login identifier, including one with the right password, takes one
 * of its {@link AttemptBudgets#accountAttempts}, which refill only over time.
 *
 * <p>Protocol: {@link #reserve} takes one attempt out of the budgets of the network and of the
 * login identifier. {@link #settle} records the outcome. The reservation is held until the deadline
 * of the attempt and for {@link AttemptBudgets#lease} more, so it covers every comparison that
 * begins before the deadline. A reservation that is never settled (a crash) lapses when its lease
 * ends: it neither counts as a failure nor stays reserved. A failure counts even if it is settled
 * after its lease. An outcome found after the lease must not be answered, because another attempt
 * may hold the place by then ({@link Reservation#lease}).
 *
 * <p>Failure: both methods throw {@link StoreException} when the backend cannot answer before the
 * deadline; the caller then counts locally. An outage never disables the throttle.
 */
public interface AttemptLimiter {
  /**
   * Takes one attempt out of the budgets of the network and the login identifier, or out of those
   * of known devices.
   *
   * @param loginId the login identifier of the attempt
   * @param client where the attempt comes from
   * @param deadline of the attempt, and so of this call; the reservation is held beyond it
   * @return admitted, busy or refused
   */
  Decision reserve(LoginId loginId, ClientContext client, Deadline deadline);

  /**
   * Records the outcome of an admitted attempt. Settling twice within its lease counts once. A
   * failure counts after the lease too.
   *
   * @param reservation from {@link #reserve}
   * @param outcome success, failure or unknown
   * @param deadline for the call
   * @return the budgets that this failure spent, so that attempts must wait from now on. Empty for
   *     any other outcome, for a repeated call, and from a limiter that does not report them
   */
  Set<AccessEvent.Budget> settle(Reservation reservation, Outcome outcome, Deadline deadline);

  /**
   * Returns a limiter that counts in the memory of this process: for one node, and as a fallback
   * while the shared limiter cannot answer. It tracks 20,000 login identifiers and as many
   * networks.
   *
   * @param budgets how many failures are borne
   * @return a limiter that has counted nothing yet
   */
  static AttemptLimiter local(AttemptBudgets budgets) {
    return local(budgets, 20_000, Ticker.system());
  }

  /**
   * Returns a limiter that counts in the memory of this process. {@link #settle} ignores its
   * deadline, so no failure is lost.
   *
   * <p>Memory is bounded. An evicted identifier is still counted, less exactly but with at least as
   * many failures as it had, so a flood of invented identifiers cannot reset the count of one under
   * attack.
   *
   * @param budgets how many failures are borne
   * @param maxNames at most this many login identifiers, and as many networks, are tracked exactly
   * @param ticker measures the time that passes
   * @return a limiter that has counted nothing yet
   * @throws IllegalArgumentException if {@code maxNames} is not positive
   */
  static AttemptLimiter local(AttemptBudgets budgets, int maxNames, Ticker ticker) {
    return new LocalAttemptLimiter(budgets, maxNames, ticker);
  }

  /** The result of {@link #reserve}. */
  sealed interface Decision {
    /**
     * The attempt may proceed.
     *
     * @param reservation to be settled
     */
    record Admitted(Reservation reservation) implements Decision {}

    /**
     * The budget is taken up by attempts in flight, some of which may succeed. Call again after the
     * wait.
     *
     * @param retryIn the suggested wait
     */
    record Busy(Duration retryIn) implements Decision {}

    /**
     * The budget is spent.
     *
     * @param retryAfter when an attempt will be admitted again
     * @param budget which one; absent if the limiter does not report it. For the listener, never
     *     for the caller
     */
    record Refused(Duration retryAfter, Optional<AccessEvent.Budget> budget) implements Decision {
      /**
       * Creates a refusal that names its budget.
       *
       * @param retryAfter when an attempt will be admitted again
       * @param budget which one
       */
      public Refused(Duration retryAfter, AccessEvent.Budget budget) {
        this(retryAfter, Optional.of(budget));
      }
    }
  }

  /**
   * One admitted attempt.
   *
   * @param id identifies the reservation
   * @param loginId the login identifier of the attempt
   * @param client the client of the attempt
   * @param lease until when the reservation is held at least. After it the attempt must not be
   *     answered, because another attempt may hold the place
   */
  record Reservation(String id, LoginId loginId, ClientContext client, Deadline lease) {}

  /** The outcome of an admitted attempt. */
  enum Outcome {
    /**
     * Right password: the attempt returns its reservation. On a known device it also resets this
     * device's failures. Failures of unknown devices stay, because they may be an attacker's.
     */
    SUCCESS,
    /** Wrong password or unknown account: the attempt stays counted. */
    FAILURE,
    /** A backend could not answer: the attempt is not counted. */
    UNKNOWN
  }
}
