package io.doorward.auth.session;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * How long sessions of one kind live, 1 s to 3,650 days each. Immutable and thread-safe.
 *
 * @param idleTimeout how long a session lives without a request
 * @param absoluteLifetime how long a session lives at most
 * @param rememberedIdleTimeout how long a remembered session lives without a request
 * @param rememberedLifetime how long a remembered session lives at most. Not longer than its idle
 *     timeout, it is never touched, because nothing could make it live longer
 */
public record SessionLifetimes(
    Duration idleTimeout,
    Duration absoluteLifetime,
    Duration rememberedIdleTimeout,
    Duration rememberedLifetime) {
  private static final Duration SHORTEST = Duration.ofSeconds(1);

  /** Every end that is counted from now can be written down, as an instant and in a token. */
  private static final Duration LONGEST = Duration.ofDays(3_650);

  private static final SessionLifetimes OF_COOKIES =
      new SessionLifetimes(
          Duration.ofMinutes(30), Duration.ofHours(12), Duration.ofDays(30), Duration.ofDays(30));
  private static final SessionLifetimes OF_BEARERS =
      OF_COOKIES.withRememberedLifetime(Duration.ofDays(90));

  /**
   * Checks the durations.
   *
   * @param idleTimeout see the type
   * @param absoluteLifetime see the type
   * @param rememberedIdleTimeout see the type
   * @param rememberedLifetime see the type
   * @throws IllegalArgumentException if one is out of its range
   */
  public SessionLifetimes {
    requireInRange("idleTimeout", idleTimeout);
    requireInRange("absoluteLifetime", absoluteLifetime);
    requireInRange("rememberedIdleTimeout", rememberedIdleTimeout);
    requireInRange("rememberedLifetime", rememberedLifetime);
  }

  /**
   * Returns the defaults of cookie sessions.
   *
   * @return 30 min without a request and 12 h at most; remembered 30 d, used or not
   */
  public static SessionLifetimes ofCookies() {
    return OF_COOKIES;
  }

  /**
   * Returns the defaults of bearer sessions. A remembered one is that of an app, whose user expects
   * to stay logged in as long as they use it now and then.
   *
   * @return 30 min without a request and 12 h at most; remembered 30 d without and 90 d at most
   */
  public static SessionLifetimes ofBearers() {
    return OF_BEARERS;
  }

  /**
   * Returns these lifetimes with another idle timeout.
   *
   * @param timeout how long a session lives without a request; 1 s to 3,650 days
   * @return new lifetimes
   * @throws IllegalArgumentException if it is out of that range
   */
  public SessionLifetimes withIdleTimeout(Duration timeout) {
    return new SessionLifetimes(
        timeout, absoluteLifetime, rememberedIdleTimeout, rememberedLifetime);
  }

  /**
   * Returns these lifetimes with another absolute lifetime.
   *
   * @param lifetime how long a session lives at most; 1 s to 3,650 days
   * @return new lifetimes
   * @throws IllegalArgumentException if it is out of that range
   */
  public SessionLifetimes withAbsoluteLifetime(Duration lifetime) {
    return new SessionLifetimes(idleTimeout, lifetime, rememberedIdleTimeout, rememberedLifetime);
  }

  /**
   * Returns these lifetimes with another idle timeout of remembered sessions.
   *
   * @param timeout how long one lives without a request; 1 s to 3,650 days
   * @return new lifetimes
   * @throws IllegalArgumentException if it is out of that range
   */
  public SessionLifetimes withRememberedIdleTimeout(Duration timeout) {
    return new SessionLifetimes(idleTimeout, absoluteLifetime, timeout, rememberedLifetime);
  }

  /**
   * Returns these lifetimes with another lifetime of remembered sessions.
   *
   * @param lifetime how long one lives at most; 1 s to 3,650 days
   * @return new lifetimes
   * @throws IllegalArgumentException if it is out of that range
   */
  public SessionLifetimes withRememberedLifetime(Duration lifetime) {
    return new SessionLifetimes(idleTimeout, absoluteLifetime, rememberedIdleTimeout, lifetime);
  }

  static void requireInRange(String what, Duration value) {
    if (requireNonNull(value, what).compareTo(SHORTEST) < 0 || value.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          what + " must be " + SHORTEST + " to " + LONGEST + ": " + value);
    }
  }
}
