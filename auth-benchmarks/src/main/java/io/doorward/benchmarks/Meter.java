package io.doorward.benchmarks;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import redis.clients.jedis.UnifiedJedis;

/** Reads the counters of this process and of the Redis server. Not thread-safe. */
final class Meter {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final UnifiedJedis redis;

  Meter(UnifiedJedis redis) {
    this.redis = redis;
  }

  Reading read() {
    Map<String, String> info = info();
    long[] ids = THREADS.getAllThreadIds();
    return new Reading(
        byThread(ids, THREADS.getThreadCpuTime(ids)),
        byThread(ids, THREADS.getThreadAllocatedBytes(ids)),
        1e6 * (number(info, "used_cpu_user") + number(info, "used_cpu_sys")),
        (long) number(info, "total_reads_processed"),
        (long) number(info, "total_commands_processed"));
  }

  private Map<String, String> info() {
    return (redis.info("cpu") + redis.info("stats"))
        .lines()
        .map(line -> line.split(":", 2))
        .filter(field -> field.length == 2)
        .collect(Collectors.toMap(field -> field[0], field -> field[1].strip()));
  }

  private static double number(Map<String, String> info, String field) {
    String value = info.get(field);
    if (value == null) {
      throw new IllegalStateException("this Redis does not report " + field + ": use 6.2 or newer");
    }
    return Double.parseDouble(value);
  }

  private static Map<Long, Long> byThread(long[] ids, long[] values) {
    Map<Long, Long> byThread = new HashMap<>();
    for (int i = 0; i < ids.length; i++) {
      // Of a thread that has just ended nothing is known.
      byThread.put(ids[i], Math.max(0, values[i]));
    }
    return byThread;
  }

  /** All counters at one moment. Those of threads are kept apart: threads come and go. */
  record Reading(
      Map<Long, Long> clientCpuNanos,
      Map<Long, Long> allocatedBytes,
      double redisCpuMicros,
      long redisReads,
      long redisCommands) {
    /** How often a reading itself asks the server. */
    private static final int OWN = 2;

    Usage since(Reading before) {
      return new Usage(
          grown(before, Reading::clientCpuNanos),
          grown(before, Reading::allocatedBytes),
          redisCpuMicros - before.redisCpuMicros,
          redisReads - before.redisReads - OWN,
          redisCommands - before.redisCommands - OWN);
    }

    private long grown(Reading before, Function<Reading, Map<Long, Long>> counter) {
      Map<Long, Long> then = counter.apply(before);
      return counter.apply(this).entrySet().stream()
          .mapToLong(it -> Math.max(0, it.getValue() - then.getOrDefault(it.getKey(), 0L)))
          .sum();
    }
  }
}
