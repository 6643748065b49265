package io.doorward.auth.throttle;

import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.Ticker;
import io.doorward.auth.event.AuthEvent;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * Counts login attempts before their passwords are hashed, so that no number of parallel guesses
 * passes a budget, and refuses those over it. Thread-safe: one instance serves all threads and any
 * number of nodes share one limiter.
 *
 * <p>A client whose device is {@linkplain ClientContext#knownDevice known} counts in a budget of
 * its own, that of this device at this login identifier, and in that of all devices known to the
 * identifier together, and in none of strangers. So no client without a device's cookie can lock it
 * out, one with it is held to the same number of failures, and one with many to {@link
 * AttemptBudgets#allDevicesFailures}.
 *
 * <p>An attempt of a stranger whose network is known counts for this network at the login
 * identifier, too, in a budget of the same size. One network alone does not spend the identifier's:
 * its failures beyond {@link AttemptBudgets#failuresOfOneNetwork} count there only once it is
 * spent.
 *
 * <p>Every admitted attempt on a login identifier, also one with the right password, takes one of
 * its {@link AttemptBudgets#accountAttempts}, which come back with time only.
 *
 * <p>Protocol: {@link #reserve} takes one attempt out of the budgets of the network and of the
 * login identifier. {@link #settle} says what became of it. The place is kept until the deadline of
 * the attempt and for {@link AttemptBudgets#lease} more, so it covers every comparison that begins
 * before the deadline. A reservation that is never settled (a crash) turns into nothing when its
 * lease ends: it is neither a failure nor a place taken for ever. A failure counts even if it is
 * settled after its lease; what was found out after it is not answered, because the place may have
 * gone to another attempt ({@link Reservation#lease}).
 *
 * <p>Failure: both methods throw {@link StoreException} when the backend cannot answer before the
 * deadline; the caller then counts locally. The throttle never opens by itself.
 */
public interface AttemptLimiter {
  /**
   * Takes one attempt out of the budgets: the network's and the login identifier's, or those of
   * known devices.
   *
   * @param loginId whose account is tried
   * @param client where the attempt comes from
   * @param deadline of the attempt, and so of this call: the place is kept past it
   * @return admitted, busy or refused
   */
  Decision reserve(LoginId loginId, ClientContext client, Deadline deadline);

  /**
   * Says what became of an admitted attempt. Settling twice within its lease counts once. A failure
   * counts after the lease too.
   *
   * @param reservation from {@link #reserve}
   * @param outcome what became of it
   * @param deadline for the call
   * @return the budgets that were not spent before and are by this failure: attempts have to wait
   *     from now on. Empty for any other outcome, for a second time, and from a limiter that does
   *     not say
   */
  Set<AuthEvent.Budget> settle(Reservation reservation, Outcome outcome, Deadline deadline);

  /**
   * Returns a limiter that counts in the memory of this process: for one node, and for the time
   * during which the shared limiter cannot answer. It tracks 20,000 login identifiers and as many
   * networks.
   *
   * @param budgets how many failures are borne
   * @return a limiter that has counted nothing yet
   */
  static AttemptLimiter local(AttemptBudgets budgets) {
    return local(budgets, 20_000, Ticker.system());
  }

  /**
   * Returns a limiter that counts in the memory of this process. {@link #settle} takes no heed of
   * its deadline, so no failure is lost.
   *
   * <p>Memory is bounded. A name that has to make room for another is not forgotten but remembered
   * less exactly, with at least as many failures as it had: no flood of made-up names opens the
   * throttle for the one that is attacked.
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

  /** The answer to {@link #reserve}. */
  sealed interface Decision {
    /**
     * Go on.
     *
     * @param reservation to be settled
     */
    record Admitted(Reservation reservation) implements Decision {}

    /**
     * The budget is filled by attempts that are still in flight; none of them may turn out to be a
     * failure. Ask again after the wait.
     *
     * @param retryIn a good moment to ask again
     */
    record Busy(Duration retryIn) implements Decision {}

    /**
     * The budget is spent.
     *
     * @param retryAfter when an attempt will be admitted again
     * @param budget which one; absent if the limiter does not say. For the listener, never for the
     *     caller
     */
    record Refused(Duration retryAfter, Optional<AuthEvent.Budget> budget) implements Decision {
      /**
       * A refusal by a budget that is named.
       *
       * @param retryAfter when an attempt will be admitted again
       * @param budget which one
       */
      public Refused(Duration retryAfter, AuthEvent.Budget budget) {
        this(retryAfter, Optional.of(budget));
      }
    }
  }

  /**
   * One admitted attempt.
   *
   * @param id names it
   * @param loginId whose account is tried
   * @param client where it comes from
   * @param lease until when the place is kept at least. Later the attempt must not be answered: the
   *     place may have gone to another one
   */
  record Reservation(String id, LoginId loginId, ClientContext client, Deadline lease) {}

  /** What became of an admitted attempt. */
  enum Outcome {
    /**
     * Right password: the attempt gives its places back. On a known device it also ends this
     * device's row of failures. Failures of strangers stay: they need not be the owner's.
     */
    SUCCESS,
    /** Wrong password or unknown account: the attempt stays counted. */
    FAILURE,
    /** A backend could not answer: as if it had never been tried. */
    UNKNOWN
  }
}
