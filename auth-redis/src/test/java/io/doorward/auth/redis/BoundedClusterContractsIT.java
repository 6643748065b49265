package io.doorward.auth.redis;

/** On the bounded client. */
final class BoundedClusterContractsIT extends GroupContracts {
  BoundedClusterContractsIT() {
    super(Groups.boundedCluster(Groups.cluster()), Groups::flushCluster);
  }
}
