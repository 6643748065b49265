package io.doorward.auth.redis.client;

import io.doorward.auth.testkit.TestRedisCluster;
import io.doorward.auth.testkit.TestRedisNode;
import io.doorward.auth.testkit.TestRedisSentinel;
import java.time.Duration;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.RedisClusterClient;
import redis.clients.jedis.RedisSentinelClient;

/**
 * One cluster and one primary with sentinels for all test classes of this JVM. Their nodes are
 * killed and paused; who begins heals the group first.
 */
public final class Groups {
  private Groups() {}

  public static TestRedisCluster cluster() {
    Cluster.GROUP.heal();
    return Cluster.GROUP;
  }

  public static TestRedisSentinel sentinel() {
    Sentinel.GROUP.heal();
    return Sentinel.GROUP;
  }

  /** The bounded client for a cluster; a busy machine does not make it time out. */
  public static BoundedRedisClient boundedCluster(TestRedisCluster cluster) {
    return patient(BoundedRedisClient.cluster(cluster.addresses()));
  }

  /** The same, which learns only from what nodes answer that a slot has moved. */
  public static BoundedRedisClient boundedClusterThatIsToldOfMoves(TestRedisCluster cluster) {
    return patient(
        BoundedRedisClient.cluster(cluster.addresses()).topologyPeriod(Duration.ofHours(1)));
  }

  /** The bounded client for sentinels; a busy machine does not make it time out. */
  public static BoundedRedisClient boundedSentinel(TestRedisSentinel group) {
    return patient(BoundedRedisClient.sentinel(group.primaryName(), group.sentinels()));
  }

  private static BoundedRedisClient patient(BoundedRedisClient.Builder builder) {
    return builder
        .connectTimeout(Duration.ofSeconds(1))
        .commandTimeout(Duration.ofSeconds(2))
        .poolWait(Duration.ofSeconds(10))
        .build();
  }

  /** Jedis's own client for a cluster; a busy machine does not make it time out. */
  public static RedisClusterClient jedisCluster(TestRedisCluster cluster) {
    return RedisClusterClient.builder()
        .nodes(cluster.addresses())
        .clientConfig(patient())
        .poolConfig(pool())
        .maxAttempts(3)
        .build();
  }

  /** Jedis's own client for sentinels; a busy machine does not make it time out. */
  public static RedisSentinelClient jedisSentinel(TestRedisSentinel group) {
    return RedisSentinelClient.builder()
        .masterName(group.primaryName())
        .sentinels(group.sentinels())
        .clientConfig(patient())
        .sentinelClientConfig(patient())
        .poolConfig(pool())
        .build();
  }

  /** Deletes every key of the cluster. */
  public static void flushCluster() {
    Cluster.GROUP.primaries().forEach(Groups::flush);
  }

  /** Deletes every key of the primary that the sentinels name. */
  public static void flushSentinel() {
    flush(Sentinel.GROUP.primary());
  }

  private static void flush(TestRedisNode node) {
    try (Jedis admin = node.newClient()) {
      admin.flushAll();
    }
  }

  private static JedisClientConfig patient() {
    return DefaultJedisClientConfig.builder()
        .connectionTimeoutMillis(1_000)
        .socketTimeoutMillis(2_000)
        .build();
  }

  private static ConnectionPoolConfig pool() {
    ConnectionPoolConfig pool = new ConnectionPoolConfig();
    pool.setMaxTotal(64);
    pool.setMaxIdle(64);
    pool.setMaxWait(Duration.ofSeconds(10));
    pool.setJmxEnabled(false);
    return pool;
  }

  private static final class Cluster {
    static final TestRedisCluster GROUP = TestRedisCluster.startNew();
  }

  private static final class Sentinel {
    static final TestRedisSentinel GROUP = TestRedisSentinel.startNew();
  }
}
