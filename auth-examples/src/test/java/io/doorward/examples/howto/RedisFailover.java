package io.doorward.examples.howto;

import io.doorward.Doorward;
import io.doorward.auth.AuthService;
import io.doorward.auth.redis.client.BoundedRedisClient;
import java.util.List;
import redis.clients.jedis.HostAndPort;

/** What docs/howto/redis-failover.md shows. */
final class RedisFailover {
  private RedisFailover() {}

  static BoundedRedisClient sentinel(String password, String sentinelPassword) {
    BoundedRedisClient redis =
        BoundedRedisClient.sentinel(
                "primary",
                List.of(
                    new HostAndPort("sentinel-1", 26379),
                    new HostAndPort("sentinel-2", 26379),
                    new HostAndPort("sentinel-3", 26379)))
            .user("app", password)
            .sentinelPassword(sentinelPassword)
            .build();
    return redis;
  }

  static BoundedRedisClient cluster(String password) {
    BoundedRedisClient redis =
        BoundedRedisClient.cluster(
                List.of(new HostAndPort("redis-1", 6379), new HostAndPort("redis-2", 6379)))
            .user("app", password)
            .build();
    return redis;
  }

  static AuthService service(String jdbcUrl, BoundedRedisClient redis, byte[] secret) {
    AuthService auth =
        Doorward.builder(jdbcUrl, redis).secret("2026-11", secret).name("shop").migrate().build();
    return auth;
  }
}
