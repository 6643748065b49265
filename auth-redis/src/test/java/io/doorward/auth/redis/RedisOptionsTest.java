package io.doorward.auth.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.key.KeyRing;
import io.doorward.auth.redis.client.BoundedRedisClient;
import java.net.URI;
import java.time.Duration;
import java.util.Set;
import javax.net.ssl.SSLSocketFactory;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.HostAndPort;

class RedisOptionsTest {
  private static void refused(ThrowingCallable call, String message) {
    assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
  }

  @Test
  void aBadNumberIsRefusedWithItsRuleAndValue() {
    BoundedRedisClient.Builder client = BoundedRedisClient.builder("localhost", 6379);
    refused(() -> client.connections(0), "connections must be positive: 0");
    refused(
        () -> client.commandTimeout(Duration.ZERO), "commandTimeout must be 1 ms to 1 min: PT0S");
    refused(
        () -> client.connectTimeout(Duration.ofHours(1)),
        "connectTimeout must be 1 ms to 1 min: PT1H");
    refused(() -> client.database(-1), "database must not be negative: -1");
    refused(() -> BoundedRedisClient.builder("localhost", 0), "port must be 1 to 65535: 0");
    refused(() -> BoundedRedisClient.builder(" ", 1), "host must not be empty");
  }

  @Test
  void whatDoesNotBelongToTheTopologyIsRefused() {
    HostAndPort here = new HostAndPort("localhost", 1);
    BoundedRedisClient.Builder one = BoundedRedisClient.builder("localhost", 1);
    BoundedRedisClient.Builder cluster = BoundedRedisClient.cluster(Set.of(here));
    refused(() -> one.sentinelPassword("xq7"), "sentinelPassword is for sentinels");
    refused(() -> cluster.sentinelUser("a", "xq7"), "sentinelPassword is for sentinels");
    refused(
        () -> cluster.sentinelTls((SSLSocketFactory) SSLSocketFactory.getDefault()),
        "sentinelTls is for sentinels");
    refused(
        () -> one.topologyPeriod(Duration.ofSeconds(1)),
        "topologyPeriod is for sentinels and clusters");
    refused(
        () -> cluster.topologyPeriod(Duration.ofMillis(99)),
        "topologyPeriod must be PT0.1S to PT1H: PT0.099S");
    refused(() -> cluster.database(1), "database must be 0 in a cluster: 1");
    refused(() -> BoundedRedisClient.cluster(Set.of()), "nodes must not be empty");
    refused(() -> BoundedRedisClient.sentinel("a", Set.of()), "sentinels must not be empty");
    refused(() -> BoundedRedisClient.sentinel(" ", Set.of(here)), "primaryName must not be empty");
    refused(
        () -> BoundedRedisClient.cluster(Set.of(new HostAndPort("a", 0))),
        "nodes: port must be 1 to 65535: 0");
  }

  @Test
  void clientsForGroupsStartWithoutThemAndTellTheirBoundsAndNoSecrets() {
    HostAndPort here = new HostAndPort("localhost", 1);
    try (BoundedRedisClient sentinel =
            BoundedRedisClient.sentinel("main", Set.of(here))
                .user("app", "xq7")
                .sentinelUser("watch", "xq7")
                .build();
        BoundedRedisClient cluster =
            BoundedRedisClient.cluster(Set.of(here)).user("app", "xq7").build()) {
      String bounds = "pool wait 250 ms, connect 250 ms, command 250 ms";
      assertThat(sentinel)
          .hasToString("BoundedRedisClient[main by sentinels [localhost:1], " + bounds + "]");
      assertThat(cluster)
          .hasToString("BoundedRedisClient[cluster of [localhost:1], " + bounds + "]");
      assertThat(sentinel.connectionsInUse() + cluster.connectionsInUse()).isZero();
    }
  }

  @Test
  void storesCheckTheirOptions() {
    KeyRing keys = KeyRing.ephemeral();
    try (BoundedRedisClient client = BoundedRedisClient.builder("localhost", 1).build()) {
      refused(
          () -> RedisStores.builder(client, keys).namespace("a:{b}"),
          "namespace must be 1 to 32 characters of A-Z a-z 0-9 _ -: a:{b}");
      RedisCredentialCache.Builder cache = RedisStores.of(client, keys).credentialCache();
      refused(() -> cache.entryTtl(Duration.ofDays(2)), "entryTtl must be PT1S to PT24H: PT48H");
      refused(() -> cache.markerTtl(Duration.ZERO), "markerTtl must be PT1S to PT10M: PT0S");
      RedisTokenStore.Builder store = RedisStores.of(client, keys).tokenStore(new MemoryProfiles());
      refused(() -> store.userTtl(Duration.ZERO), "userTtl must be PT1S to PT24H: PT0S");
      refused(() -> store.concurrentLoads(0, 1), "concurrentLoads must be positive: 0");
      refused(() -> store.concurrentLoads(1, -1), "waiting must not be negative: -1");
      assertThat(cache.build()).isNotNull();
      assertThat(store.build()).isNotNull();
    }
  }

  @Test
  void theClientStartsWithoutAServerAndTellsItsBounds() {
    try (BoundedRedisClient client =
        BoundedRedisClient.builder(URI.create("rediss://user:xq7@localhost:1/2"))
            .commandTimeout(Duration.ofMillis(100))
            .build()) {
      assertThat(client.commandTimeout()).isEqualTo(Duration.ofMillis(100));
      assertThat(client.connectTimeout()).isEqualTo(Duration.ofMillis(250));
      assertThat(client.toString()).doesNotContain("xq7");
    }
  }
}
