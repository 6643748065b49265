package io.doorward.auth.redis;

import io.doorward.auth.redis.client.Groups;

/** On the bounded client. */
final class BoundedClusterContractsIT extends GroupContracts {
  BoundedClusterContractsIT() {
    super(Groups.boundedCluster(Groups.cluster()), Groups::flushCluster);
  }
}
