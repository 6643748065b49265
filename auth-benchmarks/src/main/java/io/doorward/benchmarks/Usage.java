package io.doorward.benchmarks;

/**
 * What a slice cost.
 *
 * @param clientCpuNanos CPU time of all Java threads of this process, so not of compiler and
 *     collector
 * @param allocatedBytes by all Java threads of this process
 * @param redisCpuMicros CPU time of the Redis server
 * @param redisReads how often the server found something to read on a connection: a command or a
 *     pipeline is one trip
 * @param redisCommands how many commands it executed, those inside scripts included
 */
record Usage(
    long clientCpuNanos,
    long allocatedBytes,
    double redisCpuMicros,
    long redisReads,
    long redisCommands) {}
