package io.doorward.auth.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.testkit.TestRedisCluster.Move;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.RedisClusterClient;

class TestRedisClusterIT {
  private static final String KEY = "{a}:key";

  private static TestRedisCluster cluster;

  @BeforeAll
  static void start() {
    cluster = TestRedisCluster.startNew();
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @BeforeEach
  void heal() {
    cluster.heal();
  }

  @Test
  void threePrimariesShareTheSlots() {
    List<TestRedisNode> primaries = cluster.primaries();

    assertThat(primaries).hasSize(3).contains(cluster.primaryFor(KEY));
    assertThat(cluster.addresses()).hasSize(6);
    try (RedisClusterClient client = RedisClusterClient.create(cluster.addresses())) {
      client.set(KEY, "v");
      try (Jedis owner = cluster.primaryFor(KEY).newClient()) {
        assertThat(owner.get(KEY)).isEqualTo("v");
      }
    }
  }

  @Test
  void aKilledPrimaryIsReplacedAndComesBackAsAReplica() {
    TestRedisNode old = cluster.primaryFor(KEY);
    old.kill();

    TestRedisNode present = cluster.awaitFailover(KEY, old);

    assertThat(present).isNotSameAs(old);
    cluster.heal();
    assertThat(cluster.primaryFor(KEY)).isSameAs(present);
    assertThat(old.info("replication", "role")).isEqualTo("slave");
  }

  @Test
  void aPausedPrimaryIsReplacedAndComesBackAsAReplica() {
    TestRedisNode old = cluster.primaryFor(KEY);
    old.pause();

    assertThat(cluster.awaitFailover(KEY, old)).isNotSameAs(old);

    cluster.heal();
    assertThat(old.info("replication", "role")).isEqualTo("slave");
  }

  @Test
  void aMovedSlotTakesItsKeysAlong() {
    int slot = TestRedisCluster.slotOf(KEY);
    TestRedisNode from = cluster.primaryFor(KEY);
    TestRedisNode to =
        cluster.primaries().stream().filter(n -> n != from).findFirst().orElseThrow();
    try (RedisClusterClient client = RedisClusterClient.create(cluster.addresses())) {
      client.set(KEY, "v");
      try (Move move = cluster.move(slot, to)) {
        assertThat(move.moveKeys(10)).isPositive();
        assertThat(client.get(KEY)).isEqualTo("v");
        move.finish();
      }
      assertThat(cluster.primaryFor(KEY)).isSameAs(to);
      assertThat(client.get(KEY)).isEqualTo("v");
      assertThatIllegalArgumentException().isThrownBy(() -> cluster.move(slot, to));
    }
  }

  @Test
  void nobodyStopsTheSharedCluster() {
    TestRedisCluster shared = TestRedisCluster.shared();
    TestRedisNode primary = shared.primaryFor(KEY);

    assertThat(TestRedisCluster.shared()).isSameAs(shared);
    assertThatThrownBy(primary::kill).isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(primary::pause).isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(shared::heal).isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> shared.move(1, primary))
        .isInstanceOf(UnsupportedOperationException.class);
    shared.close();
    assertThat(primary.info("replication", "role")).isEqualTo("master");
  }
}
