package io.doorward.auth.redis;

import io.doorward.auth.redis.client.Groups;

/** On the bounded client. */
final class BoundedSentinelContractsIT extends GroupContracts {
  BoundedSentinelContractsIT() {
    super(Groups.boundedSentinel(Groups.sentinel()), Groups::flushSentinel);
  }
}
