package io.doorward.auth.engine.session;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionKind;
import io.doorward.auth.session.SessionLifetimes;
import io.doorward.auth.session.SessionOptions;
import io.doorward.auth.session.SessionPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.random.RandomGenerator;

/**
 * How long a new session lives, and a new access token. Absolute ends are cut short at random, so
 * that logins of one moment, after an outage for instance, do not all end in another one. Idle
 * times are not: use spreads them. Thread-safe.
 */
final class SessionTerms {
  private static final double PERCENT = 100;
  private static final Duration SHORTEST = Duration.ofSeconds(1);

  private final SessionPolicy policy;
  private final RandomGenerator random;

  /**
   * Takes a policy.
   *
   * @param random draws by how much an end is cut short; thread-safe
   */
  SessionTerms(SessionPolicy policy, RandomGenerator random) {
    this.policy = requireNonNull(policy, "policy");
    this.random = requireNonNull(random, "random");
  }

  /** Returns how long a session lives without a request. */
  Duration idleTimeout(SessionOptions options) {
    SessionLifetimes lifetimes = policy.lifetimes(options.kind());
    return options.remembered() ? lifetimes.rememberedIdleTimeout() : lifetimes.idleTimeout();
  }

  /** Returns when a session that begins now ends at the latest. */
  Instant absoluteEnd(SessionOptions options, Instant now) {
    SessionLifetimes lifetimes = policy.lifetimes(options.kind());
    return now.plus(
        shortened(
            options.remembered() ? lifetimes.rememberedLifetime() : lifetimes.absoluteLifetime()));
  }

  /** Returns when an access token that is issued now expires: a cookie's with its session. */
  Instant tokenEnd(Session session, Instant now) {
    if (session.kind() == SessionKind.COOKIE) {
      return session.absoluteEnd();
    }
    Instant end = now.plus(shortened(policy.bearerTokenLifetime()));
    return end.isBefore(session.absoluteEnd()) ? end : session.absoluteEnd();
  }

  /** In whole seconds, as a token can say them, and never to nothing. */
  private Duration shortened(Duration lifetime) {
    if (policy.jitterPercent() == 0) {
      return lifetime;
    }
    double cut = random.nextDouble() * policy.jitterPercent() / PERCENT;
    Duration left = Duration.ofSeconds((long) Math.ceil(lifetime.toSeconds() * (1 - cut)));
    return left.compareTo(SHORTEST) < 0 ? SHORTEST : left;
  }
}
