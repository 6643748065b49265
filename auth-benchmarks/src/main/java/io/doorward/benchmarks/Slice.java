package io.doorward.benchmarks;

/**
 * What one contender did in its slice of a round.
 *
 * @param operations how many
 * @param perSecond their rate: the sum of the threads' own rates
 * @param used what they cost altogether
 */
record Slice(long operations, double perSecond, Usage used) {
  double allocatedBytes() {
    return (double) used.allocatedBytes() / operations;
  }

  double clientMicros() {
    return used.clientCpuNanos() / 1e3 / operations;
  }

  double redisMicros() {
    return used.redisCpuMicros() / operations;
  }

  double trips() {
    return (double) used.redisReads() / operations;
  }

  double commands() {
    return (double) used.redisCommands() / operations;
  }
}
