package io.doorward.examples.pages;

import io.doorward.auth.AuthService;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.account.PrimaryRegistry.Registration;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.redis.PrimaryGuard;
import io.doorward.auth.redis.RedisStores;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.session.TokenStore;
import io.doorward.auth.throttle.AttemptLimiter;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLSocketFactory;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.RedisClusterClient;
import redis.clients.jedis.UnifiedJedis;

/** What docs/redis.md shows. */
final class RedisPage {
  private RedisPage() {}

  static AuthService service(KeyRing keys, AccountStore accounts, AuthListener listener) {
    URI uri = URI.create("rediss://app:secret@redis:6379");
    BoundedRedisClient redis = BoundedRedisClient.builder(uri).build();
    RedisStores stores = RedisStores.builder(redis, keys).listener(listener).build();
    CredentialCache cache = stores.credentialCache().build();
    AttemptLimiter limiter = stores.attemptLimiter().build();
    TokenStore tokens = stores.tokenStore(accounts).build();
    AuthService auth =
        AuthService.builder(accounts, tokens, keys)
            .credentialCache(cache)
            .attemptLimiter(limiter)
            .listener(listener)
            .build();
    return auth;
  }

  static List<BoundedRedisClient> groups(
      Set<HostAndPort> sentinels,
      Set<HostAndPort> nodes,
      SSLSocketFactory trusted,
      String secret,
      String sentinelSecret) {
    BoundedRedisClient sentinel =
        BoundedRedisClient.sentinel("doorward", sentinels)
            .user("app", secret)
            .tls(trusted)
            .sentinelPassword(sentinelSecret)
            .sentinelTls(trusted)
            .build();
    BoundedRedisClient cluster =
        BoundedRedisClient.cluster(nodes).user("app", secret).tls(trusted).build();
    return List.of(sentinel, cluster);
  }

  static boolean withdrawTheNewest(PrimaryGuard guard, Deadline deadline) {
    List<Registration> all = guard.registrations(deadline); // newest first
    boolean withdrawn = guard.withdraw(all.get(0).primary().identity(), deadline);
    return withdrawn;
  }

  static UnifiedJedis foreign(Set<HostAndPort> nodes) {
    JedisClientConfig config =
        DefaultJedisClientConfig.builder()
            .connectionTimeoutMillis(250)
            .socketTimeoutMillis(250)
            .build();
    ConnectionPoolConfig pool = new ConnectionPoolConfig();
    pool.setMaxTotal(64);
    pool.setMaxWait(Duration.ofMillis(250));

    UnifiedJedis jedis =
        RedisClusterClient.builder()
            .nodes(nodes)
            .clientConfig(config)
            .poolConfig(pool)
            .maxAttempts(2)
            .maxTotalRetriesDuration(Duration.ofMillis(500))
            .build();
    return jedis;
  }
}
