package io.doorward.auth.session;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * How long sessions and tokens live, 1 s to 3,650 days each, and how many an account may have.
 * Immutable and thread-safe.
 *
 * @param idleTimeout how long a session lives without a request; default 30 min
 * @param absoluteLifetime how long a session lives at most; default 12 h
 * @param rememberedLifetime both, for a remembered session; default 30 d
 * @param bearerTokenLifetime how long one bearer token is good; default 10 min
 * @param maxSessions how many live sessions an account may have, 1 to 1,000; default 100. A login
 *     that opens one more ends the oldest
 */
public record SessionPolicy(
    Duration idleTimeout,
    Duration absoluteLifetime,
    Duration rememberedLifetime,
    Duration bearerTokenLifetime,
    int maxSessions) {
  private static final Duration SHORTEST = Duration.ofSeconds(1);

  /** Every end that is counted from now can be written down, as an instant and in a token. */
  private static final Duration LONGEST = Duration.ofDays(3_650);

  private static final int DEFAULT_SESSIONS = 100;
  private static final int MOST_SESSIONS = 1_000;

  private static final SessionPolicy DEFAULTS =
      new SessionPolicy(
          Duration.ofMinutes(30),
          Duration.ofHours(12),
          Duration.ofDays(30),
          Duration.ofMinutes(10));

  /**
   * Checks the durations and the number.
   *
   * @param idleTimeout see the type
   * @param absoluteLifetime see the type
   * @param rememberedLifetime see the type
   * @param bearerTokenLifetime see the type
   * @param maxSessions see the type
   * @throws IllegalArgumentException if a duration is shorter than a second or longer than 3,650
   *     days, or the number is not 1 to 1,000
   */
  public SessionPolicy {
    requireInRange("idleTimeout", idleTimeout);
    requireInRange("absoluteLifetime", absoluteLifetime);
    requireInRange("rememberedLifetime", rememberedLifetime);
    requireInRange("bearerTokenLifetime", bearerTokenLifetime);
    if (maxSessions < 1 || maxSessions > MOST_SESSIONS) {
      throw new IllegalArgumentException(
          "maxSessions must be 1 to " + MOST_SESSIONS + ": " + maxSessions);
    }
  }

  /**
   * Takes durations; an account may have 100 sessions.
   *
   * @param idleTimeout see the type
   * @param absoluteLifetime see the type
   * @param rememberedLifetime see the type
   * @param bearerTokenLifetime see the type
   * @throws IllegalArgumentException if one is shorter than a second or longer than 3,650 days
   */
  public SessionPolicy(
      Duration idleTimeout,
      Duration absoluteLifetime,
      Duration rememberedLifetime,
      Duration bearerTokenLifetime) {
    this(idleTimeout, absoluteLifetime, rememberedLifetime, bearerTokenLifetime, DEFAULT_SESSIONS);
  }

  /**
   * Returns this policy with another idle timeout.
   *
   * @param timeout how long a session lives without a request; 1 s to 3,650 days
   * @return a new policy
   * @throws IllegalArgumentException if it is out of that range
   */
  public SessionPolicy withIdleTimeout(Duration timeout) {
    return new SessionPolicy(
        timeout, absoluteLifetime, rememberedLifetime, bearerTokenLifetime, maxSessions);
  }

  /**
   * Returns this policy with another absolute lifetime.
   *
   * @param lifetime how long a session lives at most; 1 s to 3,650 days
   * @return a new policy
   * @throws IllegalArgumentException if it is out of that range
   */
  public SessionPolicy withAbsoluteLifetime(Duration lifetime) {
    return new SessionPolicy(
        idleTimeout, lifetime, rememberedLifetime, bearerTokenLifetime, maxSessions);
  }

  /**
   * Returns this policy with another lifetime of remembered sessions.
   *
   * @param lifetime how long a remembered session lives, used or not; 1 s to 3,650 days
   * @return a new policy
   * @throws IllegalArgumentException if it is out of that range
   */
  public SessionPolicy withRememberedLifetime(Duration lifetime) {
    return new SessionPolicy(
        idleTimeout, absoluteLifetime, lifetime, bearerTokenLifetime, maxSessions);
  }

  /**
   * Returns this policy with another lifetime of bearer tokens.
   *
   * @param lifetime how long one bearer token is good, never past its session's end; 1 s to 3,650
   *     days
   * @return a new policy
   * @throws IllegalArgumentException if it is out of that range
   */
  public SessionPolicy withBearerTokenLifetime(Duration lifetime) {
    return new SessionPolicy(
        idleTimeout, absoluteLifetime, rememberedLifetime, lifetime, maxSessions);
  }

  /**
   * Returns this policy with another number of sessions.
   *
   * @param most how many live sessions an account may have, 1 to 1,000
   * @return a new policy
   * @throws IllegalArgumentException if it is out of that range
   */
  public SessionPolicy withMaxSessions(int most) {
    return new SessionPolicy(
        idleTimeout, absoluteLifetime, rememberedLifetime, bearerTokenLifetime, most);
  }

  /**
   * Returns the defaults.
   *
   * @return idle 30 min, absolute 12 h, remembered 30 d, bearer token 10 min; 100 sessions
   */
  public static SessionPolicy defaults() {
    return DEFAULTS;
  }

  private static void requireInRange(String what, Duration value) {
    if (requireNonNull(value, what).compareTo(SHORTEST) < 0 || value.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          what + " must be " + SHORTEST + " to " + LONGEST + ": " + value);
    }
  }
}
