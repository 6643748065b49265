package io.doorward.auth.backend;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Optional;

/**
 * What the service does while servers are away, where there is a choice. Immutable and thread-safe.
 * {@link DegradationTable} is the whole picture.
 *
 * <p>Security: nothing here can let a wrong password or a revoked token pass as a right one. {@link
 * #allowingUnverified} is the one choice that weakens a law, and says so in its result's type.
 *
 * @param loginsWithoutRedis whether logins go on from the database while the credential cache does
 *     not answer
 * @param loginsWithoutDatabase whether a cached credential is believed while the database does not
 *     answer
 * @param changesWithoutRedis whether a change is made, and pending, while the caches cannot be told
 *     of it beforehand
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
   * Returns the defaults: availability first where no law is touched, and no check is unverified.
   *
   * @return the choices
   */
  public static Degradation defaults() {
    return DEFAULTS;
  }

  /**
   * Refuses logins as unavailable while the credential cache does not answer, to spare a database
   * that could not carry them.
   *
   * @return new choices
   */
  public Degradation refusingLoginsWithoutRedis() {
    return new Degradation(
        false, loginsWithoutDatabase, changesWithoutRedis, countingWithoutRedis, unverified);
  }

  /**
   * Refuses logins as unavailable while the database does not confirm what is cached. Each login
   * from the cache then costs a read by primary key.
   *
   * @return new choices
   */
  public Degradation refusingLoginsWithoutDatabase() {
    return new Degradation(
        loginsWithoutRedis, false, changesWithoutRedis, countingWithoutRedis, unverified);
  }

  /**
   * Refuses changes of password, identifier, status and roles, and deletions, as unavailable while
   * the caches cannot be told of them beforehand. A sign-up is not concerned: there is nothing old
   * that could be served.
   *
   * @return new choices
   */
  public Degradation refusingChangesWithoutRedis() {
    return new Degradation(
        loginsWithoutRedis, loginsWithoutDatabase, false, countingWithoutRedis, unverified);
  }

  /**
   * Refuses logins as unavailable while the shared limiter does not answer. By default each node
   * counts by itself then, so that an attacker has one budget a node.
   *
   * @return new choices
   */
  public Degradation refusingLoginsWithoutLimiter() {
    return new Degradation(
        loginsWithoutRedis, loginsWithoutDatabase, changesWithoutRedis, false, unverified);
  }

  /**
   * Answers a check that no server can answer with {@code Unverified}, if the token is genuine and
   * was issued a short while ago. Security: such a session may have been revoked since; the window
   * is {@code youngerThan}. Roles are not known.
   *
   * @param youngerThan how long ago the token was issued at most; up to 15 min
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
