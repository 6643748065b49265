package io.doorward.auth.redis;

/** On Jedis's own client. */
final class JedisSentinelContractsIT extends GroupContracts {
  JedisSentinelContractsIT() {
    super(Groups.jedisSentinel(Groups.sentinel()), Groups::flushSentinel);
  }
}
