package io.doorward.auth.redis;

import io.doorward.auth.redis.client.Groups;
import io.doorward.auth.testkit.TestRedisNode;
import io.doorward.auth.testkit.TestRedisSentinel;
import redis.clients.jedis.UnifiedJedis;

/** On the bounded client for sentinels. */
final class SentinelFailoverIT extends FailoverTests {
  private TestRedisSentinel group;

  @Override
  UnifiedJedis connect() {
    group = Groups.sentinel();
    return Groups.boundedSentinel(group);
  }

  @Override
  TestRedisNode primaryFor(String key) {
    return group.primary();
  }

  @Override
  TestRedisNode awaitFailover(String key, TestRedisNode before) {
    return group.awaitFailover(before);
  }

  @Override
  void resumeUntold(TestRedisNode old) {
    group.pauseSentinels();
    old.resume();
  }
}
