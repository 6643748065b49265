package io.doorward.auth.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.account.PrimaryRegistry;
import io.doorward.auth.backend.Finding;
import io.doorward.auth.backend.Finding.Severity;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.Ticker;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.testkit.TestRedisSentinel;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.UnifiedJedis;

class RedisPostureIT {
  private static final KeyRing KEYS = KeyRing.ephemeral();

  @Test
  void aServerInOrderIsNoFinding() {
    try (TestRedis server = TestRedis.start();
        BoundedRedisClient client = server.client()) {
      assertThat(look(RedisStores.of(client, KEYS))).isEmpty();
    }
  }

  @Test
  void aServerThatForgetsWhenItIsFullIsAWarning() {
    try (TestRedis server = TestRedis.start("maxmemory 100mb", "maxmemory-policy allkeys-lru");
        BoundedRedisClient client = server.client()) {
      assertThat(look(RedisStores.of(client, KEYS)))
          .singleElement()
          .satisfies(
              found -> {
                assertThat(found.code()).isEqualTo("redis.eviction");
                assertThat(found.severity()).isEqualTo(Severity.WARNING);
                assertThat(found.meaning()).contains("allkeys-lru");
                assertThat(found.advice()).contains("noeviction");
              });
    }
  }

  @Test
  void aPolicyThatNeverHasToForgetIsNoFinding() {
    try (TestRedis server = TestRedis.start("maxmemory-policy allkeys-lru");
        BoundedRedisClient client = server.client()) {
      assertThat(look(RedisStores.of(client, KEYS))).isEmpty();
    }
  }

  @Test
  void aServerThatIsNearlyFullIsAWarning() {
    try (TestRedis server = TestRedis.start("maxmemory 1mb");
        BoundedRedisClient client = server.client()) {
      assertThat(codes(RedisStores.of(client, KEYS))).containsExactly("redis.memory");
    }
  }

  @Test
  void sessionsThatAServerMayLoseAreAWarningOnlyWhereTheyAreKeptThere() {
    try (TestRedis server = TestRedis.start();
        BoundedRedisClient client = server.client()) {
      RedisStores stores = RedisStores.of(client, KEYS);
      stores.credentialCache().build();
      stores.sessionView().build();
      assertThat(codes(stores)).isEmpty();

      stores.tokenStore(new MemoryProfiles()).build();

      assertThat(codes(stores)).containsExactly("redis.persistence");
      try (Jedis admin = server.admin()) {
        admin.configSet("appendonly", "yes");
      }
      assertThat(codes(stores)).isEmpty();
      try (Jedis admin = server.admin()) {
        // A server that is still writing its first log refuses to end.
        admin.configSet("appendonly", "no");
      }
    }
  }

  @Test
  void replicasWithoutAGuardAreAWarning() {
    TestRedisSentinel group = TestRedisSentinel.shared();
    try (BoundedRedisClient client =
            BoundedRedisClient.builder("127.0.0.1", group.primary().address().getPort()).build();
        PrimaryGuard guard =
            PrimaryGuard.builder(client, PrimaryRegistry.inMemory(Ticker.system())).build()) {
      RedisStores unguarded = RedisStores.of(client, KEYS);
      RedisStores guarded = RedisStores.builder(client, KEYS).primaries(guard).build();

      assertThat(codes(unguarded)).containsExactly("redis.primaries");
      assertThat(codes(guarded)).isEmpty();
    }
  }

  @Test
  void aReplicaIsAWarning() {
    TestRedisSentinel group = TestRedisSentinel.shared();
    try (BoundedRedisClient client =
        BoundedRedisClient.builder("127.0.0.1", group.replicas().get(0).address().getPort())
            .build()) {
      assertThat(codes(RedisStores.of(client, KEYS))).contains("redis.topology");
    }
  }

  @Test
  void aNodeOfAClusterBehindAClientForOneServerIsAWarning() {
    try (TestRedis server =
        TestRedis.start("cluster-enabled yes", "cluster-config-file nodes-x.conf")) {
      try (Jedis admin = server.admin()) {
        admin.clusterAddSlotsRange(0, 16_383);
      }
      try (BoundedRedisClient client = server.client()) {
        await()
            .ignoreExceptions()
            .atMost(Duration.ofSeconds(20))
            .untilAsserted(
                () ->
                    assertThat(codes(RedisStores.of(client, KEYS)))
                        .containsExactly("redis.topology"));
      }
    }
  }

  @Test
  void clocksThatDifferAreAWarning() {
    InstantSource wrong = () -> Instant.EPOCH.plus(Duration.ofDays(20_000));
    try (BoundedRedisClient client = TestRedis.shared().client()) {
      assertThat(codes(RedisStores.builder(client, KEYS).clock(wrong).build()))
          .contains("redis.clock");
    }
  }

  @Test
  void aClientThatKeepsNoDeadlinesIsAWarning() {
    try (UnifiedJedis foreign =
        RedisClient.builder().hostAndPort("127.0.0.1", TestRedis.shared().port()).build()) {
      assertThat(codes(RedisStores.of(foreign, KEYS))).contains("redis.bounds");
    }
  }

  @Test
  void moreConnectionsThanTheServerAllowsAreAWarning() {
    try (TestRedis server = TestRedis.start("maxclients 50");
        BoundedRedisClient client =
            BoundedRedisClient.builder("127.0.0.1", server.port()).connections(64).build()) {
      assertThat(codes(RedisStores.of(client, KEYS))).containsExactly("redis.pool");
    }
  }

  @Test
  void onlyAddressesOfThisMachineGoWithoutTls() {
    try (BoundedRedisClient near = BoundedRedisClient.builder("localhost", 6379).build();
        BoundedRedisClient far = BoundedRedisClient.builder("192.0.2.7", 6379).build()) {
      assertThat(near.isReadableOnTheWay()).isFalse();
      assertThat(far.isReadableOnTheWay()).isTrue();
    }
  }

  private static List<String> codes(RedisStores stores) {
    return look(stores).stream().map(Finding::code).toList();
  }

  private static List<Finding> look(RedisStores stores) {
    return stores.backEnd().inspect(Deadline.after(Duration.ofSeconds(10)));
  }
}
