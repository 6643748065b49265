package io.doorward.benchmarks;

import java.security.SecureRandom;
import java.util.Base64;
import org.springframework.security.crypto.password.PasswordEncoder;
import redis.clients.jedis.AbstractPipeline;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.params.SetParams;

/** The shortest login over Redis that one would write: no limiter, no database, no token. */
final class ByHand {
  private static final String CREDENTIAL = "by-hand:credential:";
  private static final String SESSION = "by-hand:session:";
  private static final String INDEX = "by-hand:sessions-of:";
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int HOUR = 3_600;

  private ByHand() {}

  static Operation logins(Servers servers, Opened opened, PasswordEncoder encoder) {
    UnifiedJedis redis = opened.add(servers.redisClient(Servers.CONNECTIONS));
    String hash = encoder.encode(Users.PASSWORD.reveal());
    for (int user = 0; user < servers.users(); user++) {
      redis.set(CREDENTIAL + Users.email(user), hash);
    }
    return turn -> logIn(redis, encoder, Users.email(turn % servers.users()));
  }

  private static void logIn(UnifiedJedis redis, PasswordEncoder encoder, String email) {
    if (!encoder.matches(Users.PASSWORD.reveal(), redis.get(CREDENTIAL + email))) {
      throw new IllegalStateException("the hash does not match its password");
    }
    byte[] random = new byte[16];
    RANDOM.nextBytes(random);
    String id = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    try (AbstractPipeline pipeline = redis.pipelined()) {
      pipeline.set(SESSION + id, email + ";ROLE_USER", SetParams.setParams().ex(HOUR));
      pipeline.zadd(INDEX + email, (double) System.nanoTime(), id);
      pipeline.sync();
    }
  }
}
