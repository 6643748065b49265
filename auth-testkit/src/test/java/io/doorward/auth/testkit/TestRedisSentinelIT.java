package io.doorward.auth.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import redis.clients.jedis.RedisSentinelClient;

class TestRedisSentinelIT {
  @Test
  void aKilledPrimaryIsReplacedAndComesBackAsAReplica() {
    try (TestRedisSentinel group = TestRedisSentinel.startNew();
        RedisSentinelClient client =
            RedisSentinelClient.builder()
                .masterName(group.primaryName())
                .sentinels(group.sentinels())
                .build()) {
      client.set("k", "v");
      TestRedisNode old = group.primary();
      assertThat(group.replicas()).hasSize(2).doesNotContain(old);

      old.kill();
      TestRedisNode present = group.awaitFailover(old);

      assertThat(present).isNotSameAs(old);
      assertThat(group.primary()).isSameAs(present);
      assertThat(present.info("replication", "role")).isEqualTo("master");
      group.heal();
      assertThat(old.info("replication", "role")).isEqualTo("slave");
      assertThat(group.replicas()).contains(old);
    }
  }

  @Test
  void anOldPrimaryGoesOnAnsweringWhileNobodyTellsIt() {
    try (TestRedisSentinel group = TestRedisSentinel.startNew()) {
      TestRedisNode old = group.primary();
      old.pause();
      TestRedisNode present = group.awaitFailover(old);
      group.pauseSentinels();
      old.resume();

      assertThat(old.info("replication", "role")).isEqualTo("master");
      assertThat(present.info("replication", "role")).isEqualTo("master");

      group.heal();
      assertThat(old.info("replication", "role")).isEqualTo("slave");
    }
  }

  @Test
  void nobodyStopsTheSharedGroup() {
    TestRedisSentinel group = TestRedisSentinel.shared();
    TestRedisNode primary = group.primary();

    assertThat(TestRedisSentinel.shared()).isSameAs(group);
    assertThatThrownBy(primary::kill).isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(primary::pause).isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(group::heal).isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(group::pauseSentinels).isInstanceOf(UnsupportedOperationException.class);
    group.close();
    assertThat(primary.info("replication", "role")).isEqualTo("master");
  }
}
