package io.doorward.benchmarks;

/**
 * One line of a table. All but the ratio are medians of the rounds, for one operation.
 *
 * @param contender its name
 * @param threads that were at it at once
 * @param ratio its rate divided by that of the first contender, paired by rounds
 * @param perSecond operations a second, of all threads
 * @param allocatedBytes on the client
 * @param clientMicros CPU time on the client
 * @param redisMicros CPU time of Redis
 * @param trips to Redis
 * @param commands that Redis executed, those in scripts included
 */
record Row(
    String contender,
    int threads,
    Spread ratio,
    double perSecond,
    double allocatedBytes,
    double clientMicros,
    double redisMicros,
    double trips,
    double commands) {}
