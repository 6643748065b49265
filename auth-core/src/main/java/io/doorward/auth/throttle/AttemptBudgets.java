package io.doorward.auth.throttle;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.Ticker;
import java.time.Duration;

/**
 * The budgets of failures before an attempt must wait, and of attempts in total. Durations are 1 ms
 * to 365 days. Immutable and thread-safe.
 *
 * <p>The known devices of one login identifier have a budget together as well: {@link
 * #allDevicesFailures} within {@link #networkWindow}.
 *
 * @param accountFailures failures of one login identifier, of one network at it, or of one device
 *     known to it, before waits begin; default 5
 * @param firstWait the first wait; each further failure doubles it; default 1 s
 * @param maxWait the longest wait, after which also the count is forgotten; default 15 min
 * @param accountAttempts attempts of one login identifier within {@code networkWindow}, from
 *     wherever and with whatever outcome: right passwords cost hashing too. They come back evenly;
 *     default 1,000
 * @param networkFailures failures of one network within the window; default 50
 * @param networkWindow the window; default 10 min
 * @param lease how long after its deadline an attempt that was not settled still takes its place: a
 *     hash that was begun in time ends within it, and an attempt whose node died is forgotten after
 *     it; default 30 s
 */
public record AttemptBudgets(
    int accountFailures,
    Duration firstWait,
    Duration maxWait,
    int accountAttempts,
    int networkFailures,
    Duration networkWindow,
    Duration lease) {
  /** All devices of an identifier together have the budget of so many. */
  private static final int DEVICES = 4;

  private static final Duration SHORTEST = Duration.ofMillis(1);
  private static final Duration LONGEST = Duration.ofDays(365);

  private static final int DEFAULT_ATTEMPTS = 1_000;

  private static final AttemptBudgets DEFAULTS =
      new AttemptBudgets(
          5,
          Duration.ofSeconds(1),
          Duration.ofMinutes(15),
          DEFAULT_ATTEMPTS,
          50,
          Duration.ofMinutes(10),
          Duration.ofSeconds(30));

  /**
   * Checks the numbers.
   *
   * @param accountFailures see the type
   * @param firstWait see the type
   * @param maxWait see the type
   * @param accountAttempts see the type
   * @param networkFailures see the type
   * @param networkWindow see the type
   * @param lease see the type
   * @throws IllegalArgumentException if a number is not positive, a duration is out of range, or
   *     {@code maxWait} is below {@code firstWait}
   */
  public AttemptBudgets {
    requirePositive("accountFailures", accountFailures);
    requireInRange("firstWait", firstWait);
    requirePositive("accountAttempts", accountAttempts);
    requirePositive("networkFailures", networkFailures);
    requireInRange("networkWindow", networkWindow);
    requireInRange("lease", lease);
    if (requireNonNull(maxWait, "maxWait").compareTo(firstWait) < 0) {
      throw new IllegalArgumentException("maxWait must be at least firstWait: " + maxWait);
    }
    requireInRange("maxWait", maxWait);
  }

  /**
   * Budgets with the default number of {@link #accountAttempts}.
   *
   * @param accountFailures see the type
   * @param firstWait see the type
   * @param maxWait see the type
   * @param networkFailures see the type
   * @param networkWindow see the type
   * @param lease see the type
   * @throws IllegalArgumentException as the other constructor
   */
  public AttemptBudgets(
      int accountFailures,
      Duration firstWait,
      Duration maxWait,
      int networkFailures,
      Duration networkWindow,
      Duration lease) {
    this(
        accountFailures,
        firstWait,
        maxWait,
        DEFAULT_ATTEMPTS,
        networkFailures,
        networkWindow,
        lease);
  }

  /**
   * Returns how many failures of all known devices of one login identifier together are borne
   * within {@link #networkWindow}, so that many device cookies are not as many budgets. One device
   * that guesses whenever it may fails 14 times in the default window of 10 min: it cannot spend
   * what the others need.
   *
   * @return four times {@link #accountFailures}
   */
  public int allDevicesFailures() {
    return (int) Math.min(Integer.MAX_VALUE, (long) DEVICES * accountFailures);
  }

  /**
   * Returns how many failures of one network count for a login identifier while its budget is not
   * spent. What one network fails beyond that counts for itself, so guessers in one network leave
   * an owner elsewhere one attempt.
   *
   * @return {@link #accountFailures} less one, at least one
   */
  public int failuresOfOneNetwork() {
    return Math.max(1, accountFailures - 1);
  }

  /**
   * Returns until when an attempt keeps its place if it is not settled. Call it before the limiter
   * is asked: what it then counts ends later.
   *
   * @param deadline of the attempt
   * @param ticker measures the time that passes
   * @return the rest of the deadline and a {@link #lease} more, at most a day
   */
  public Deadline leaseOf(Deadline deadline, Ticker ticker) {
    return Deadline.after(deadline.remaining().plus(lease), ticker);
  }

  /**
   * Returns the defaults.
   *
   * @return 5 failures an account then 1 s doubling to 15 min; 50 failures a network and 1,000
   *     attempts an account in 10 min
   */
  public static AttemptBudgets defaults() {
    return DEFAULTS;
  }

  private static void requirePositive(String what, long value) {
    if (value <= 0) {
      throw new IllegalArgumentException(what + " must be positive: " + value);
    }
  }

  /** Limiters count in milliseconds and nanoseconds, which must not overflow. */
  private static void requireInRange(String what, Duration value) {
    if (requireNonNull(value, what).compareTo(SHORTEST) < 0 || value.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          what + " must be " + SHORTEST + " to " + LONGEST + ": " + value);
    }
  }
}
