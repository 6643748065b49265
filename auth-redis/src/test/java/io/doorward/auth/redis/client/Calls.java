package io.doorward.auth.redis.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.redis.server.RedisFailures;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.awaitility.core.ConditionFactory;
import redis.clients.jedis.exceptions.JedisException;

/** Calls of a bounded client: that they end in time, and what their failures mean to a store. */
final class Calls {
  /** What a busy machine may add to any bound. */
  private static final Duration SLACK = Duration.ofMillis(2_500);

  private Calls() {}

  /** Runs a call that must fail before the deadline, and returns what a store would throw. */
  static StoreException failed(BoundedRedisClient client, Duration within, Supplier<?> call) {
    long start = System.nanoTime();
    JedisException failure =
        catchThrowableOfType(
            JedisException.class, () -> client.within(Deadline.after(within), call));
    assertThat(failure).as("a failure").isNotNull();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(within.plus(SLACK));
    return RedisFailures.translate("test", "call", failure);
  }

  /** Reads a key as often as it takes; every single call must end in time. */
  static ConditionFactory eventually() {
    return await().atMost(Duration.ofSeconds(30)).ignoreExceptionsInstanceOf(JedisException.class);
  }

  /**
   * Many threads ask for different things while something is done to the servers. Whoever gets an
   * answer gets his own, and every call ends.
   */
  static int answersOf(BoundedRedisClient client, Runnable disturbance) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(12);
    try {
      List<Future<Integer>> all = new ArrayList<>();
      for (int t = 0; t < 12; t++) {
        int thread = t;
        all.add(threads.submit(ask(client, "thread" + thread)));
      }
      disturbance.run();
      int answers = 0;
      for (Future<Integer> each : all) {
        answers += each.get(60, TimeUnit.SECONDS);
      }
      return answers;
    } finally {
      threads.shutdownNow();
    }
  }

  private static Callable<Integer> ask(BoundedRedisClient client, String name) {
    return () -> {
      int answers = 0;
      for (int i = 0; i < 150; i++) {
        String unique = name + ":" + i;
        try {
          Object answer = client.eval("return ARGV[1]", List.of(unique), List.of(unique));
          assertThat(answer).isEqualTo(unique);
          answers++;
        } catch (JedisException e) {
          assertThat(RedisFailures.translate("test", "ask", e).kind())
              .isNotEqualTo(Kind.MISCONFIGURED);
        }
      }
      return answers;
    };
  }

  /** Tells whether a thread of a client's own is alive, by its name. */
  static boolean isThreadAlive(String name) {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().equals(name) && thread.isAlive());
  }
}
