package io.doorward.benchmarks;

import com.auth0.jwt.JWT;
import com.auth0.jwt.JWTVerifier;
import com.auth0.jwt.algorithms.Algorithm;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.IntStream;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.params.SetParams;

/** The check that one would write by hand: verify a token, then get the session that it names. */
final class TokenAndGet {
  private static final String NAME = "benchmark";
  private static final Duration LIFETIME = Duration.ofHours(12);

  private final Algorithm key = Algorithm.HMAC256(Keys.secret());
  private final JWTVerifier verifier = JWT.require(key).withIssuer(NAME).withAudience(NAME).build();
  private final BareSessions sessions;

  private TokenAndGet(BareSessions sessions) {
    this.sessions = sessions;
  }

  static TokenAndGet open(Servers servers, Opened opened) {
    return new TokenAndGet(BareSessions.open(servers, opened));
  }

  /** A token for each user. */
  List<String> tokens() {
    Instant end = InstantSource.system().instant().plus(LIFETIME);
    return IntStream.range(0, sessions.count()).mapToObj(user -> token(user, end)).toList();
  }

  private String token(int user, Instant end) {
    return JWT.create()
        .withIssuer(NAME)
        .withAudience(NAME)
        .withSubject(Users.email(user))
        .withJWTId(Integer.toString(user))
        .withExpiresAt(end)
        .sign(key);
  }

  /** Returns what the session holds. */
  String check(String token) {
    return sessions.get(verifier.verify(token).getId());
  }

  /** Sessions as strings in Redis, read by the driver and nothing else. */
  static final class BareSessions {
    private static final String PREFIX = "bare:session:";

    private final UnifiedJedis redis;
    private final int count;

    private BareSessions(UnifiedJedis redis, int count) {
      this.redis = redis;
      this.count = count;
    }

    static BareSessions open(Servers servers, Opened opened) {
      UnifiedJedis redis = opened.add(servers.redisClient(Servers.CONNECTIONS));
      for (int user = 0; user < servers.users(); user++) {
        redis.set(PREFIX + user, value(user), SetParams.setParams().ex(LIFETIME.toSeconds()));
      }
      return new BareSessions(redis, servers.users());
    }

    /** As much as a session needs: the user, a role, times. */
    private static String value(int user) {
      return Users.email(user) + ";ROLE_USER;" + "x".repeat(64);
    }

    int count() {
      return count;
    }

    String get(String id) {
      String session = redis.get(PREFIX + id);
      if (session == null) {
        throw new IllegalStateException("the session is gone: " + id);
      }
      return session;
    }
  }
}
