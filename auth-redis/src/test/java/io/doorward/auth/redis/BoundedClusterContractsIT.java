package io.doorward.auth.redis;

import io.doorward.auth.testkit.TestRedisCluster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import redis.clients.jedis.UnifiedJedis;

/** On the bounded client. */
final class BoundedClusterContractsIT extends GroupContracts {
  private static TestRedisCluster group;
  private static UnifiedJedis client;

  @BeforeAll
  static void connect() {
    group = Groups.cluster();
    client = Groups.boundedCluster(group);
  }

  @AfterAll
  static void disconnect() {
    client.close();
  }

  @Override
  UnifiedJedis client() {
    return client;
  }

  @Override
  void flushAll() {
    group.primaries().forEach(Groups::flush);
  }
}
