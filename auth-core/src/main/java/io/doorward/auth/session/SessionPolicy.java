package io.doorward.auth.session;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * How long sessions and tokens live, 1 s to 3,650 days each unless it is said, and how many
 * sessions an account may have. Immutable and thread-safe.
 *
 * @param idleTimeout how long a session lives without a request; default 30 min
 * @param absoluteLifetime how long a session lives at most; default 12 h
 * @param rememberedLifetime both, for a remembered session; default 30 d
 * @param bearerTokenLifetime how long one access token of a bearer session is good; default 10 min.
 *     The client gets the next one with its refresh token
 * @param limits how many live sessions an account may have, in all and on devices of one kind, 1 to
 *     1,000; default 100 in all. A login that opens one more ends the oldest, or is refused
 * @param refreshGrace how long a refresh token that was replaced still gets its successor, for tabs
 *     that race and answers that are lost; 0 to 60 s, default 10 s. For 60 s more it is rejected;
 *     later it ends the session. With 0, a client that loses an answer has to log in again
 */
public record SessionPolicy(
    Duration idleTimeout,
    Duration absoluteLifetime,
    Duration rememberedLifetime,
    Duration bearerTokenLifetime,
    SessionLimits limits,
    Duration refreshGrace) {
  private static final Duration SHORTEST = Duration.ofSeconds(1);

  /** Every end that is counted from now can be written down, as an instant and in a token. */
  private static final Duration LONGEST = Duration.ofDays(3_650);

  private static final Duration DEFAULT_GRACE = Duration.ofSeconds(10);
  private static final Duration LONGEST_GRACE = Duration.ofSeconds(60);
  private static final int MOST_SESSIONS = 1_000;

  private static final SessionPolicy DEFAULTS =
      new SessionPolicy(
          Duration.ofMinutes(30),
          Duration.ofHours(12),
          Duration.ofDays(30),
          Duration.ofMinutes(10));

  /**
   * Checks the durations and the numbers of sessions.
   *
   * @param idleTimeout see the type
   * @param absoluteLifetime see the type
   * @param rememberedLifetime see the type
   * @param bearerTokenLifetime see the type
   * @param limits see the type
   * @param refreshGrace see the type
   * @throws IllegalArgumentException if a value is out of its range
   */
  public SessionPolicy {
    requireInRange("idleTimeout", idleTimeout);
    requireInRange("absoluteLifetime", absoluteLifetime);
    requireInRange("rememberedLifetime", rememberedLifetime);
    requireInRange("bearerTokenLifetime", bearerTokenLifetime);
    requireFew("limits.perAccount", requireNonNull(limits, "limits").perAccount());
    limits.perDeviceKind().forEach((kind, most) -> requireFew("limits of " + kind, most));
    if (requireNonNull(refreshGrace, "refreshGrace").isNegative()
        || refreshGrace.compareTo(LONGEST_GRACE) > 0) {
      throw new IllegalArgumentException(
          "refreshGrace must be 0 to " + LONGEST_GRACE + ": " + refreshGrace);
    }
  }

  /**
   * Takes durations; an account may have 100 sessions, and the grace is 10 s.
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
    this(
        idleTimeout,
        absoluteLifetime,
        rememberedLifetime,
        bearerTokenLifetime,
        SessionLimits.defaults(),
        DEFAULT_GRACE);
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
        timeout, absoluteLifetime, rememberedLifetime, bearerTokenLifetime, limits, refreshGrace);
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
        idleTimeout, lifetime, rememberedLifetime, bearerTokenLifetime, limits, refreshGrace);
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
        idleTimeout, absoluteLifetime, lifetime, bearerTokenLifetime, limits, refreshGrace);
  }

  /**
   * Returns this policy with another lifetime of access tokens of bearer sessions.
   *
   * @param lifetime how long one is good, never past its session's end; 1 s to 3,650 days
   * @return a new policy
   * @throws IllegalArgumentException if it is out of that range
   */
  public SessionPolicy withBearerTokenLifetime(Duration lifetime) {
    return new SessionPolicy(
        idleTimeout, absoluteLifetime, rememberedLifetime, lifetime, limits, refreshGrace);
  }

  /**
   * Returns this policy with other limits of sessions.
   *
   * @param others how many live sessions an account may have, 1 to 1,000, and what happens to a
   *     login that opens one more
   * @return a new policy
   * @throws IllegalArgumentException if a number is out of that range
   */
  public SessionPolicy withLimits(SessionLimits others) {
    return new SessionPolicy(
        idleTimeout,
        absoluteLifetime,
        rememberedLifetime,
        bearerTokenLifetime,
        requireNonNull(others, "others"),
        refreshGrace);
  }

  /**
   * Returns this policy with another number of sessions.
   *
   * @param most how many live sessions an account may have in all, 1 to 1,000
   * @return a new policy
   * @throws IllegalArgumentException if it is out of that range
   */
  public SessionPolicy withMaxSessions(int most) {
    return withLimits(limits.withPerAccount(most));
  }

  /**
   * Returns this policy with another grace of refresh tokens.
   *
   * @param grace how long a refresh token that was replaced still gets its successor; 0 to 60 s
   * @return a new policy
   * @throws IllegalArgumentException if it is out of that range
   */
  public SessionPolicy withRefreshGrace(Duration grace) {
    return new SessionPolicy(
        idleTimeout, absoluteLifetime, rememberedLifetime, bearerTokenLifetime, limits, grace);
  }

  /**
   * Returns the defaults.
   *
   * @return idle 30 min, absolute 12 h, remembered 30 d, bearer token 10 min; 100 sessions; refresh
   *     grace 10 s
   */
  public static SessionPolicy defaults() {
    return DEFAULTS;
  }

  private static void requireFew(String what, int most) {
    if (most > MOST_SESSIONS) {
      throw new IllegalArgumentException(what + " must be 1 to " + MOST_SESSIONS + ": " + most);
    }
  }

  private static void requireInRange(String what, Duration value) {
    if (requireNonNull(value, what).compareTo(SHORTEST) < 0 || value.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          what + " must be " + SHORTEST + " to " + LONGEST + ": " + value);
    }
  }
}
