package io.doorward.benchmarks;

import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.redis.RedisStores;
import io.doorward.auth.throttle.AttemptLimiter;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.distributed.ExpirationAfterWriteStrategy;
import io.github.bucket4j.distributed.proxy.ProxyManager;
import io.github.bucket4j.redis.jedis.Bucket4jJedis;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import redis.clients.jedis.UnifiedJedis;

/** May this attempt be made? */
final class LimiterSuite {
  /** The cheapest limiter there is: counts, and forgets after a minute. */
  private static final String COUNT =
      """
      local count = redis.call('INCR', KEYS[1])
      if count == 1 then redis.call('PEXPIRE', KEYS[1], 60000) end
      return count
      """;

  private static final int GENEROUS = 1_000_000;

  private LimiterSuite() {}

  static Suite suite() {
    return new Suite(
        "limiter",
        "A limiter's decision, beside one script that counts",
        List.of(1, 8),
        List.of(
            new Contender("EVALSHA: INCR, PEXPIRE", LimiterSuite::script),
            new Contender("Doorward: reserve, settle; 1 budget", LimiterSuite::withoutAddress),
            new Contender("Doorward: reserve, settle; 3 budgets", LimiterSuite::withAddress),
            new Contender("Bucket4j: tryConsume", LimiterSuite::bucket4j)));
  }

  private static Operation script(Servers servers, Opened opened) {
    UnifiedJedis redis = opened.add(servers.redisClient(Servers.CONNECTIONS));
    String digest = redis.scriptLoad(COUNT);
    return turn -> redis.evalsha(digest, 1, "count:" + Users.email(turn % servers.users()));
  }

  /** The login identifier has a budget. */
  private static Operation withoutAddress(Servers servers, Opened opened) {
    return doorward(servers, opened, "limiter_login", ClientContext.unknown());
  }

  /** So has the network, and the login identifier in attempts from this network. */
  private static Operation withAddress(Servers servers, Opened opened) {
    ClientContext client = ClientContext.of(InetAddress.getLoopbackAddress());
    return doorward(servers, opened, "limiter_address", client);
  }

  private static Operation doorward(
      Servers servers, Opened opened, String namespace, ClientContext client) {
    AttemptLimiter limiter =
        RedisStores.builder(
                opened.add(servers.boundedClient()), KeyRing.ofSecret("main", Keys.secret()))
            .namespace(namespace)
            .build()
            .attemptLimiter()
            .build();
    return turn -> {
      Deadline deadline = Deadline.after(Servers.PATIENCE);
      LoginId user = LoginId.of(Users.email(turn % servers.users()));
      if (limiter.reserve(user, client, deadline) instanceof AttemptLimiter.Decision.Admitted it) {
        limiter.settle(it.reservation(), AttemptLimiter.Outcome.SUCCESS, deadline);
      } else {
        throw new IllegalStateException("the attempt was not admitted");
      }
    };
  }

  private static Operation bucket4j(Servers servers, Opened opened) {
    UnifiedJedis redis = opened.add(servers.redisClient(Servers.CONNECTIONS));
    ProxyManager<byte[]> buckets =
        Bucket4jJedis.casBasedBuilder(redis)
            .expirationAfterWrite(
                ExpirationAfterWriteStrategy.fixedTimeToLive(Duration.ofMinutes(1)))
            .build();
    BucketConfiguration limits =
        BucketConfiguration.builder()
            .addLimit(
                Bandwidth.builder()
                    .capacity(GENEROUS)
                    .refillGreedy(GENEROUS, Duration.ofMinutes(1))
                    .build())
            .build();
    return turn -> {
      byte[] key =
          ("bucket:" + Users.email(turn % servers.users())).getBytes(StandardCharsets.UTF_8);
      if (!buckets.builder().build(key, () -> limits).tryConsume(1)) {
        throw new IllegalStateException("the bucket is empty");
      }
    };
  }
}
