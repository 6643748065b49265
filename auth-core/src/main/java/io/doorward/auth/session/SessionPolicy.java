package io.doorward.auth.session;

import java.time.Duration;

/**
 * How long sessions and tokens live, 1 s to 3,650 days each. Immutable and thread-safe.
 *
 * @param idleTimeout how long a session lives without a request; default 30 min
 * @param absoluteLifetime how long a session lives whatever happens; default 12 h
 * @param rememberedLifetime both, for a remembered session; default 30 d
 * @param bearerTokenLifetime how long one bearer token is good; default 10 min
 */
public record SessionPolicy(
    Duration idleTimeout,
    Duration absoluteLifetime,
    Duration rememberedLifetime,
    Duration bearerTokenLifetime) {
  private static final Duration SHORTEST = Duration.ofSeconds(1);

  /** Every end that is counted from now can be written down, as an instant and in a token. */
  private static final Duration LONGEST = Duration.ofDays(3_650);

  private static final SessionPolicy DEFAULTS =
      new SessionPolicy(
          Duration.ofMinutes(30),
          Duration.ofHours(12),
          Duration.ofDays(30),
          Duration.ofMinutes(10));

  /**
   * Checks the durations.
   *
   * @param idleTimeout see the type
   * @param absoluteLifetime see the type
   * @param rememberedLifetime see the type
   * @param bearerTokenLifetime see the type
   * @throws IllegalArgumentException if one is shorter than a second or longer than 3,650 days
   */
  public SessionPolicy {
    requireInRange("idleTimeout", idleTimeout);
    requireInRange("absoluteLifetime", absoluteLifetime);
    requireInRange("rememberedLifetime", rememberedLifetime);
    requireInRange("bearerTokenLifetime", bearerTokenLifetime);
  }

  /**
   * Returns the defaults.
   *
   * @return idle 30 min, absolute 12 h, remembered 30 d, bearer token 10 min
   */
  public static SessionPolicy defaults() {
    return DEFAULTS;
  }

  private static void requireInRange(String what, Duration value) {
    if (value.compareTo(SHORTEST) < 0 || value.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          what + " must be " + SHORTEST + " to " + LONGEST + ": " + value);
    }
  }
}
