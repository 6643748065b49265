package io.doorward.auth.redis;

/** On Jedis's own client. */
final class JedisClusterContractsIT extends GroupContracts {
  JedisClusterContractsIT() {
    super(Groups.jedisCluster(Groups.cluster()), Groups::flushCluster);
  }
}
