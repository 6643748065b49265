package io.doorward.auth.backend;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * When the circuit breaker of a backend opens, and for how long. Immutable and thread-safe.
 *
 * <p>It opens once at least half of the last {@code window} calls had no answer, or of fewer calls,
 * if there were at least {@code calls}. While it is open, calls fail at once, except for one trial
 * call every {@code pause}. The first answer closes it. A refusal counts as an answer.
 *
 * @param calls the minimum number of calls before it may open; 1 to 1,000
 * @param window the number of recent calls that count; {@code calls} to 10,000
 * @param pause how long it stays open before a trial call; 10 ms to 1 min
 * @param patience a time-out of a call that had less time than this does not count; 1 ms to 1 min
 */
public record BreakerPolicy(int calls, int window, Duration pause, Duration patience) {
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final BreakerPolicy DEFAULTS =
      new BreakerPolicy(5, 20, Duration.ofSeconds(1), Duration.ofMillis(200));

  /**
   * Checks the numbers.
   *
   * @param calls see the type
   * @param window see the type
   * @param pause see the type
   * @param patience see the type
   * @throws IllegalArgumentException if one is out of range
   */
  public BreakerPolicy {
    if (calls < 1 || calls > 1_000) {
      throw new IllegalArgumentException("calls must be 1 to 1000: " + calls);
    }
    if (window < calls || window > 10_000) {
      throw new IllegalArgumentException(
          "window must be " + calls + ", as many as calls, to 10000: " + window);
    }
    requireBetween("pause", pause, Duration.ofMillis(10));
    requireBetween("patience", patience, Duration.ofMillis(1));
  }

  private static void requireBetween(String what, Duration value, Duration least) {
    if (requireNonNull(value, what).compareTo(least) < 0 || value.compareTo(MINUTE) > 0) {
      throw new IllegalArgumentException(
          what + " must be " + least + " to " + MINUTE + ": " + value);
    }
  }

  /**
   * Returns the defaults: half of the last 20 calls, 5 calls at the fewest, a pause of a second, a
   * patience of 200 ms.
   *
   * @return the policy
   */
  public static BreakerPolicy defaults() {
    return DEFAULTS;
  }

  /**
   * Returns a policy with another pause.
   *
   * @param pause how long the breaker stays open; 10 ms to 1 min
   * @return a new policy
   * @throws IllegalArgumentException if it is out of range
   */
  public BreakerPolicy withPause(Duration pause) {
    return new BreakerPolicy(calls, window, pause, patience);
  }

  /**
   * Returns a policy with other numbers of calls.
   *
   * @param calls the minimum number of calls before it may open; 1 to 1,000
   * @param window the number of recent calls that count; {@code calls} to 10,000
   * @return a new policy
   * @throws IllegalArgumentException if one is out of range
   */
  public BreakerPolicy withCalls(int calls, int window) {
    return new BreakerPolicy(calls, window, pause, patience);
  }
}
