package io.doorward.auth.redis;

import io.doorward.auth.redis.client.Groups;

/** On Jedis's own client. */
final class JedisClusterContractsIT extends GroupContracts {
  JedisClusterContractsIT() {
    super(Groups.jedisCluster(Groups.cluster()), Groups::flushCluster);
  }
}
