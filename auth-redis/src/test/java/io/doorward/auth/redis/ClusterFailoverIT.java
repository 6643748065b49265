package io.doorward.auth.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.account.PrimaryRegistry.Registration;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.redis.client.Groups;
import io.doorward.auth.testkit.TestRedisCluster;
import io.doorward.auth.testkit.TestRedisNode;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.UnifiedJedis;

/** On the bounded client for a cluster. */
final class ClusterFailoverIT extends FailoverTests {
  private TestRedisCluster cluster;

  @Override
  UnifiedJedis connect() {
    cluster = Groups.cluster();
    return Groups.boundedCluster(cluster);
  }

  @Override
  TestRedisNode primaryFor(String key) {
    return cluster.primaryFor(key);
  }

  @Override
  TestRedisNode awaitFailover(String key, TestRedisNode before) {
    return cluster.awaitFailover(key, before);
  }

  /** The others tell it within moments; what it was asked before is answered first. */
  @Override
  void resumeUntold(TestRedisNode old) {
    old.resume();
  }

  @Test
  void aFailoverSupersedesTheOnePrimaryAndLeavesTheOthersTheirEntries() {
    Map<TestRedisNode, LoginId> byPrimary = new HashMap<>();
    while (byPrimary.size() < 3) {
      LoginId login = newLogin();
      byPrimary.putIfAbsent(cluster.primaryFor(keyOf(login)), login);
    }
    byPrimary.values().forEach(login -> assertThat(node().fill(node().miss(login), 5)).isTrue());
    assertThat(registry.list(namespace, soon())).hasSize(3);
    assertThat(superseded()).isEmpty();
    TestRedisNode old = byPrimary.keySet().iterator().next();
    LoginId lost = byPrimary.remove(old);

    old.kill();
    cluster.awaitFailover(keyOf(lost), old);

    eventually().untilAsserted(() -> assertThat(node().miss(lost)).isNotNull());
    byPrimary.values().forEach(login -> assertThat(node().hits(login, 5)).isTrue());
    assertThat(registry.list(namespace, soon())).hasSize(4);
    Registration newest = registry.list(namespace, soon()).get(0);
    assertThat(superseded())
        .singleElement()
        .satisfies(
            past -> assertThat(past.primary().history()).isEqualTo(newest.primary().previous()));
  }
}
