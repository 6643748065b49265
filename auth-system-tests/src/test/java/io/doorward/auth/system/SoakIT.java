package io.doorward.auth.system;

import static io.doorward.auth.system.Life.say;
import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.Operations.CleanUpResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.ToLongFunction;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.params.ScanParams;
import redis.clients.jedis.resps.ScanResult;

/**
 * Load and random faults in rounds, 20 s in all, on the same servers and nodes all the time. After
 * each round what is left is counted: nothing may become more and more, and no law may have been
 * broken. Prints a table.
 *
 * <p>{@code -Ddoorward.soak.seconds=3600} makes it longer, {@code -Ddoorward.soak.seed=...} draws
 * the same choices again.
 */
class SoakIT {
  private static final Duration LENGTH =
      Duration.ofSeconds(Long.getLong("doorward.soak.seconds", 20));

  /** The longest round; a short run has two. */
  private static final Duration ROUND = Duration.ofSeconds(15);

  /** Longer than an idle thread lives. */
  private static final Duration REST = Duration.ofSeconds(15);

  /** How much may stay without an answer while things break. */
  private static final double UNANSWERED = 0.08;

  /** What comes and goes with the moment: a pool's idle connections, a helper that lingers. */
  private static final long SPARE_THREADS = 16;

  private static final long SPARE_CONNECTIONS = 16;
  private static final long SPARE_MIB = 24;

  /**
   * What is left after a round.
   *
   * @param endless keys in Redis that never end
   * @param mib of heap that is in use after a collection
   */
  private record Left(
      Life.Outcome outcome, long threads, long redis, long postgres, long endless, long mib) {}

  @Test
  void nothingBecomesMoreAndMoreAndNoLawIsBroken() throws Exception {
    long seed = Long.getLong("doorward.soak.seed", ThreadLocalRandom.current().nextLong(1_000_000));
    say("soak of %d s, -Ddoorward.soak.seed=%d", LENGTH.toSeconds(), seed);
    SplittableRandom random = new SplittableRandom(seed);
    long threadsBefore = ourThreads();
    try (Fleet fleet = new Fleet(seed)) {
      List<Left> rounds = new ArrayList<>();
      say(
          "%5s  %6s  %7s  %6s  %6s  %10s  %7s  %5s  %8s  %7s  %5s",
          "round",
          "faults",
          "changes",
          "logins",
          "checks",
          "unanswered",
          "threads",
          "redis",
          "postgres",
          "endless",
          "MiB");
      long all = Math.max(2, LENGTH.dividedBy(ROUND));
      for (int i = 1; i <= all; i++) {
        long spare = rounds.isEmpty() ? Long.MAX_VALUE : rounds.get(0).threads() + SPARE_THREADS;
        Left left = round(fleet, LENGTH.dividedBy(all), random.split(), spare);
        rounds.add(left);
        print(i, left);
        if (!left.outcome().verdict().violations().isEmpty()) {
          left.outcome().print();
        }
        left.outcome().assertLawsHeld();
        assertThat(left.outcome().unanswered()).isLessThan(UNANSWERED);
        assertThat(left.endless()).as("keys that never end").isZero();
      }
      assertFlat("threads", rounds, Left::threads, SPARE_THREADS);
      assertFlat("connections to Redis", rounds, Left::redis, SPARE_CONNECTIONS);
      assertFlat("connections to PostgreSQL", rounds, Left::postgres, SPARE_CONNECTIONS);
      assertFlat("MiB of heap", rounds, Left::mib, SPARE_MIB);
    }
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () -> assertThat(ourThreads()).as("threads").isLessThanOrEqualTo(threadsBefore + 4));
  }

  private static Left round(Fleet fleet, Duration length, SplittableRandom random, long threads)
      throws Exception {
    Life.Outcome outcome = new Life(fleet, length, 0, random).run();
    fleet.forget();
    cleanUp(fleet);
    return new Left(
        outcome,
        threadsAtRest(threads),
        clients(fleet),
        backends(fleet),
        endless(fleet),
        usedMib());
  }

  /** Threads that a fault called for end after ten idle seconds: waits for that if need be. */
  private static long threadsAtRest(long expected) {
    long end = System.nanoTime() + REST.toNanos();
    Awaitility.await()
        .atMost(REST.multipliedBy(2))
        .until(() -> ourThreads() <= expected || System.nanoTime() > end);
    return ourThreads();
  }

  /** Deletes what is over, as the nodes do by themselves now and then. */
  private static void cleanUp(Fleet fleet) {
    Node node = fleet.node(0);
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () ->
                node.service().operations().cleanUp(10_000, node.deadline())
                    instanceof CleanUpResult.Done);
  }

  private static void print(int round, Left left) {
    say(
        "%5d  %6d  %7d  %6d  %6d  %8.1f %%  %7d  %5d  %8d  %7d  %5d",
        round,
        left.outcome().faultsInAll(),
        left.outcome().counts().changes(),
        left.outcome().counts().logins(),
        left.outcome().counts().checks(),
        100 * left.outcome().unanswered(),
        left.threads(),
        left.redis(),
        left.postgres(),
        left.endless(),
        left.mib());
  }

  /** Compares the last rounds with the first: what leaks is more each time. */
  private static void assertFlat(
      String what, List<Left> rounds, ToLongFunction<Left> count, long spare) {
    int half = rounds.size() / 2;
    long early = rounds.subList(0, half).stream().mapToLong(count).max().orElseThrow();
    long late = rounds.subList(half, rounds.size()).stream().mapToLong(count).min().orElseThrow();
    assertThat(late).as(what).isLessThanOrEqualTo(early + spare);
  }

  /** Threads of the library and of its pools; those of servers and tests come and go. */
  private static long ourThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(
            thread ->
                thread.getName().startsWith("doorward") || thread.getName().startsWith("Hikari"))
        .count();
  }

  private static long clients(Fleet fleet) {
    try (UnifiedJedis client = fleet.redis().newClient()) {
      return client
          .info("clients")
          .lines()
          .filter(line -> line.startsWith("connected_clients:"))
          .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(':') + 1).strip()))
          .sum();
    }
  }

  private static long backends(Fleet fleet) {
    return fleet
        .application()
        .count("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()");
  }

  /** Counts keys without an end: each of them would stay for ever. */
  private static long endless(Fleet fleet) {
    long found = 0;
    try (UnifiedJedis client = fleet.redis().newClient()) {
      String cursor = ScanParams.SCAN_POINTER_START;
      do {
        ScanResult<String> page = client.scan(cursor, new ScanParams().count(1_000));
        cursor = page.getCursor();
        found += page.getResult().stream().filter(key -> client.pttl(key) == -1).count();
      } while (!cursor.equals(ScanParams.SCAN_POINTER_START));
    }
    return found;
  }

  private static long usedMib() {
    Runtime runtime = Runtime.getRuntime();
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return (runtime.totalMemory() - runtime.freeMemory()) / (1024 * 1024);
  }
}
