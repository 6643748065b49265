package io.doorward.auth.backend;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Optional;

/**
 * The configurable behaviour of the service while servers are unavailable. Immutable and
 * thread-safe. {@link DegradationTable} lists the behaviour of every operation.
 *
 * <p>Security: no option lets a wrong password or a revoked token pass as valid. {@link
 * #allowingUnverified} is the only option that weakens a guarantee; its result has a type of its
 * own.
 *
 * @param loginsWithoutRedis whether logins use the database while the credential cache does not
 *     answer
 * @param loginsWithoutDatabase whether a cached credential is accepted while the database does not
 *     answer
 * @param changesWithoutRedis whether a change is committed with pending invalidations while the
 *     caches cannot be fenced first
 * @param countingWithoutRedis whether this node counts attempts by itself while the shared limiter
 *     does not answer
 * @param unverified how young a token must be for a check to be answered as unverified; empty for
 *     never
 */
public record Degradation(
    boolean loginsWithoutRedis,
    boolean loginsWithoutDatabase,
    boolean changesWithoutRedis,
    boolean countingWithoutRedis,
    Optional<Duration> unverified) {
  private static final Degradation DEFAULTS =
      new Degradation(true, true, true, true, Optional.empty());

  private static final Duration MAX_UNVERIFIED = Duration.ofMinutes(15);

  /**
   * Checks the numbers.
   *
   * @param loginsWithoutRedis see the type
   * @param loginsWithoutDatabase see the type
   * @param changesWithoutRedis see the type
   * @param countingWithoutRedis see the type
   * @param unverified see the type
   * @throws IllegalArgumentException if a duration is out of range
   */
  public Degradation {
    requireNonNull(unverified, "unverified")
        .ifPresent(
            age -> {
              if (age.isNegative() || age.isZero() || age.compareTo(MAX_UNVERIFIED) > 0) {
                throw new IllegalArgumentException(
                    "unverified must be positive and at most " + MAX_UNVERIFIED + ": " + age);
              }
            });
  }

  /**
   * Returns the defaults: availability first, as far as all guarantees hold, and no unverified
   * checks.
   *
   * @return the options
   */
  public static Degradation defaults() {
    return DEFAULTS;
  }

  /**
   * Refuses logins as unavailable while the credential cache does not answer, to protect a database
   * that could not carry the load.
   *
   * @return new choices
   */
  public Degradation refusingLoginsWithoutRedis() {
    return new Degradation(
        false, loginsWithoutDatabase, changesWithoutRedis, countingWithoutRedis, unverified);
  }

  /**
   * Refuses logins as unavailable while the database does not confirm the cached credential. Each
   * login from the cache then costs a read by primary key.
   *
   * @return new choices
   */
  public Degradation refusingLoginsWithoutDatabase() {
    return new Degradation(
        loginsWithoutRedis, false, changesWithoutRedis, countingWithoutRedis, unverified);
  }

  /**
   * Refuses changes of password, identifier, status and roles, and deletions, as unavailable while
   * the caches cannot be fenced first. Sign-ups are not affected, because no outdated entry could
   * be served.
   *
   * @return new choices
   */
  public Degradation refusingChangesWithoutRedis() {
    return new Degradation(
        loginsWithoutRedis, loginsWithoutDatabase, false, countingWithoutRedis, unverified);
  }

  /**
   * Refuses logins as unavailable while the shared limiter does not answer. By default each node
   * then counts by itself, so that an attacker has one budget per node.
   *
   * @return new choices
   */
  public Degradation refusingLoginsWithoutLimiter() {
    return new Degradation(
        loginsWithoutRedis, loginsWithoutDatabase, changesWithoutRedis, false, unverified);
  }

  /**
   * Answers a check with {@code Unverified} if no server can answer and the token is genuine and
   * was issued recently. Security: the session may have been revoked within the last {@code
   * youngerThan}. Roles are not known.
   *
   * @param youngerThan maximum age of the token; up to 15 min
   * @return new choices
   * @throws IllegalArgumentException if it is out of range
   */
  public Degradation allowingUnverified(Duration youngerThan) {
    return new Degradation(
        loginsWithoutRedis,
        loginsWithoutDatabase,
        changesWithoutRedis,
        countingWithoutRedis,
        Optional.of(requireNonNull(youngerThan, "youngerThan")));
  }
}
