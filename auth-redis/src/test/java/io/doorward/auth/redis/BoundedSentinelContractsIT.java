package io.doorward.auth.redis;

/** On the bounded client. */
final class BoundedSentinelContractsIT extends GroupContracts {
  BoundedSentinelContractsIT() {
    super(Groups.boundedSentinel(Groups.sentinel()), Groups::flushSentinel);
  }
}
