package io.doorward.auth;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.throttle.AttemptBudgets;

/**
 * How often passwords may be tried and accounts signed up. Immutable and thread-safe.
 *
 * @param attempts the budgets of login attempts on this node; give the shared limiter the same.
 *     Default: {@link AttemptBudgets#defaults()}
 * @param failureLimit wrong passwords of one account, from all clients together, after which it
 *     accepts its password from {@linkplain AuthServiceBuilder#deviceCookieLifetime known devices}
 *     only. A successful login from a known device or a password change lifts the restriction. The
 *     same on every node. Default: 100, the maximum that NIST SP 800-63B-4 allows
 * @param signUpsOfNetwork sign-ups of one network that each node hashes within {@link
 *     AttemptBudgets#networkWindow}; further ones are throttled. Sign-ups with a taken login
 *     identifier count too. Default 50
 * @param signUpsOfNode sign-ups of all networks together, refilled evenly. Default 3,000: five a
 *     second, which use about half of a core
 */
public record Budgets(
    AttemptBudgets attempts, int failureLimit, int signUpsOfNetwork, int signUpsOfNode) {
  private static final Budgets DEFAULTS = new Budgets(AttemptBudgets.defaults(), 100, 50, 3_000);

  /**
   * Checks the numbers.
   *
   * @param attempts see the type
   * @param failureLimit see the type
   * @param signUpsOfNetwork see the type
   * @param signUpsOfNode see the type
   * @throws IllegalArgumentException if a number is not positive
   */
  public Budgets {
    requireNonNull(attempts, "attempts");
    requirePositive("failureLimit", failureLimit);
    requirePositive("signUpsOfNetwork", signUpsOfNetwork);
    requirePositive("signUpsOfNode", signUpsOfNode);
  }

  /**
   * Returns the defaults that the components name.
   *
   * @return the numbers
   */
  public static Budgets defaults() {
    return DEFAULTS;
  }

  /**
   * Sets the budgets of login attempts.
   *
   * @param attempts the numbers; give the shared limiter the same
   * @return new budgets
   */
  public Budgets withAttempts(AttemptBudgets attempts) {
    return new Budgets(attempts, failureLimit, signUpsOfNetwork, signUpsOfNode);
  }

  /**
   * Sets how many wrong passwords restrict an account to known devices.
   *
   * @param failures positive; the same on every node
   * @return new budgets
   * @throws IllegalArgumentException if the number is not positive
   */
  public Budgets withFailureLimit(int failures) {
    return new Budgets(attempts, failures, signUpsOfNetwork, signUpsOfNode);
  }

  /**
   * Sets how many sign-ups each node hashes.
   *
   * @param ofNetwork of one network; positive
   * @param ofNode of all networks together; positive
   * @return new budgets
   * @throws IllegalArgumentException if a number is not positive
   */
  public Budgets withSignUps(int ofNetwork, int ofNode) {
    return new Budgets(attempts, failureLimit, ofNetwork, ofNode);
  }

  private static void requirePositive(String what, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(what + " must be positive: " + value);
    }
  }
}
