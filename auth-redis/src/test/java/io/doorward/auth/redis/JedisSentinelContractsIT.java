package io.doorward.auth.redis;

import io.doorward.auth.redis.client.Groups;

/** On Jedis's own client. */
final class JedisSentinelContractsIT extends GroupContracts {
  JedisSentinelContractsIT() {
    super(Groups.jedisSentinel(Groups.sentinel()), Groups::flushSentinel);
  }
}
