package io.doorward.auth.redis;

import io.doorward.auth.testkit.TestRedisSentinel;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import redis.clients.jedis.UnifiedJedis;

/** On the bounded client. */
final class BoundedSentinelContractsIT extends GroupContracts {
  private static TestRedisSentinel group;
  private static UnifiedJedis client;

  @BeforeAll
  static void connect() {
    group = Groups.sentinel();
    client = Groups.boundedSentinel(group);
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
    Groups.flush(group.primary());
  }
}
