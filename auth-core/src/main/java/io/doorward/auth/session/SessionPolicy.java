package io.doorward.auth.session;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.function.UnaryOperator;

/**
 * How long sessions and tokens live, and how many sessions an account may have. Immutable and
 * thread-safe.
 *
 * @param cookie how long cookie sessions live; default {@link SessionLifetimes#ofCookies()}
 * @param bearer how long bearer sessions live; default {@link SessionLifetimes#ofBearers()}
 * @param bearerTokenLifetime how long one access token of a bearer session is good; 1 s to 3,650
 *     days, default 10 min. The client gets the next one with its refresh token
 * @param refreshGrace how long a refresh token that was replaced still gets its successor, for tabs
 *     that race and answers that are lost; 0 to 60 s, default 10 s. For 60 s more it is rejected;
 *     later it ends the session. With 0, a client that loses an answer has to log in again
 * @param limits how many live sessions an account may have, in all and on devices of one kind, 1 to
 *     1,000; default 100 in all. A login that opens one more ends the oldest, or is refused
 * @param jitterPercent by how much absolute lifetimes, and those of access tokens of bearer
 *     sessions, are cut short at random, so that what began together does not end together; 0 to
 *     10, default 10
 */
public record SessionPolicy(
    SessionLifetimes cookie,
    SessionLifetimes bearer,
    Duration bearerTokenLifetime,
    Duration refreshGrace,
    SessionLimits limits,
    int jitterPercent) {
  private static final Duration LONGEST_GRACE = Duration.ofSeconds(60);
  private static final int MOST_SESSIONS = 1_000;
  private static final int MOST_JITTER = 10;

  private static final SessionPolicy DEFAULTS =
      new SessionPolicy(
          SessionLifetimes.ofCookies(),
          SessionLifetimes.ofBearers(),
          Duration.ofMinutes(10),
          Duration.ofSeconds(10),
          SessionLimits.defaults(),
          MOST_JITTER);

  /**
   * Checks the values.
   *
   * @param cookie see the type
   * @param bearer see the type
   * @param bearerTokenLifetime see the type
   * @param refreshGrace see the type
   * @param limits see the type
   * @param jitterPercent see the type
   * @throws IllegalArgumentException if a value is out of its range
   */
  public SessionPolicy {
    requireNonNull(cookie, "cookie");
    requireNonNull(bearer, "bearer");
    SessionLifetimes.requireInRange("bearerTokenLifetime", bearerTokenLifetime);
    if (requireNonNull(refreshGrace, "refreshGrace").isNegative()
        || refreshGrace.compareTo(LONGEST_GRACE) > 0) {
      throw new IllegalArgumentException(
          "refreshGrace must be 0 to " + LONGEST_GRACE + ": " + refreshGrace);
    }
    requireFew("limits.perAccount", requireNonNull(limits, "limits").perAccount());
    limits.perDeviceKind().forEach((kind, most) -> requireFew("limits of " + kind, most));
    if (jitterPercent < 0 || jitterPercent > MOST_JITTER) {
      throw new IllegalArgumentException(
          "jitterPercent must be 0 to " + MOST_JITTER + ": " + jitterPercent);
    }
  }

  /**
   * Returns the defaults.
   *
   * @return idle 30 min, absolute 12 h; remembered 30 d, of a bearer session 90 d; bearer token 10
   *     min; refresh grace 10 s; 100 sessions; jitter 10 %
   */
  public static SessionPolicy defaults() {
    return DEFAULTS;
  }

  /**
   * Returns how long sessions of a kind live.
   *
   * @param kind cookie or bearer
   * @return {@code cookie} for cookie sessions, {@code bearer} for any other
   */
  public SessionLifetimes lifetimes(SessionKind kind) {
    return kind == SessionKind.COOKIE ? cookie : bearer;
  }

  /**
   * Returns this policy with other lifetimes of cookie sessions.
   *
   * @param lifetimes how long they live
   * @return a new policy
   */
  public SessionPolicy withCookie(SessionLifetimes lifetimes) {
    return new SessionPolicy(
        requireNonNull(lifetimes, "lifetimes"),
        bearer,
        bearerTokenLifetime,
        refreshGrace,
        limits,
        jitterPercent);
  }

  /**
   * Returns this policy with other lifetimes of bearer sessions.
   *
   * @param lifetimes how long they live
   * @return a new policy
   */
  public SessionPolicy withBearer(SessionLifetimes lifetimes) {
    return new SessionPolicy(
        cookie,
        requireNonNull(lifetimes, "lifetimes"),
        bearerTokenLifetime,
        refreshGrace,
        limits,
        jitterPercent);
  }

  /**
   * Returns this policy with another idle timeout of both kinds of sessions.
   *
   * @param timeout how long a session lives without a request; 1 s to 3,650 days
   * @return a new policy
   * @throws IllegalArgumentException if it is out of that range
   */
  public SessionPolicy withIdleTimeout(Duration timeout) {
    return withBoth(it -> it.withIdleTimeout(timeout));
  }

  /**
   * Returns this policy with another absolute lifetime of both kinds of sessions.
   *
   * @param lifetime how long a session lives at most; 1 s to 3,650 days
   * @return a new policy
   * @throws IllegalArgumentException if it is out of that range
   */
  public SessionPolicy withAbsoluteLifetime(Duration lifetime) {
    return withBoth(it -> it.withAbsoluteLifetime(lifetime));
  }

  /**
   * Returns this policy with another lifetime of remembered sessions of both kinds.
   *
   * @param lifetime how long a remembered session lives, used or not; 1 s to 3,650 days
   * @return a new policy
   * @throws IllegalArgumentException if it is out of that range
   */
  public SessionPolicy withRememberedLifetime(Duration lifetime) {
    requireNonNull(lifetime, "lifetime");
    return withBoth(it -> it.withRememberedIdleTimeout(lifetime).withRememberedLifetime(lifetime));
  }

  private SessionPolicy withBoth(UnaryOperator<SessionLifetimes> change) {
    return withCookie(change.apply(cookie)).withBearer(change.apply(bearer));
  }

  /**
   * Returns this policy with another lifetime of access tokens of bearer sessions.
   *
   * @param lifetime how long one is good, never past its session's end; 1 s to 3,650 days
   * @return a new policy
   * @throws IllegalArgumentException if it is out of that range
   */
  public SessionPolicy withBearerTokenLifetime(Duration lifetime) {
    return new SessionPolicy(cookie, bearer, lifetime, refreshGrace, limits, jitterPercent);
  }

  /**
   * Returns this policy with another grace of refresh tokens.
   *
   * @param grace how long a refresh token that was replaced still gets its successor; 0 to 60 s
   * @return a new policy
   * @throws IllegalArgumentException if it is out of that range
   */
  public SessionPolicy withRefreshGrace(Duration grace) {
    return new SessionPolicy(cookie, bearer, bearerTokenLifetime, grace, limits, jitterPercent);
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
        cookie,
        bearer,
        bearerTokenLifetime,
        refreshGrace,
        requireNonNull(others, "others"),
        jitterPercent);
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
   * Returns this policy with another jitter.
   *
   * @param percent by how much lifetimes are cut short at most, 0 to 10; 0 for exact ends
   * @return a new policy
   * @throws IllegalArgumentException if it is out of that range
   */
  public SessionPolicy withJitterPercent(int percent) {
    return new SessionPolicy(cookie, bearer, bearerTokenLifetime, refreshGrace, limits, percent);
  }

  private static void requireFew(String what, int most) {
    if (most > MOST_SESSIONS) {
      throw new IllegalArgumentException(what + " must be 1 to " + MOST_SESSIONS + ": " + most);
    }
  }
}
