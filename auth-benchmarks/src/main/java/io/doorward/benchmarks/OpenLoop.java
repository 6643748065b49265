package io.doorward.benchmarks;

import java.io.PrintStream;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * Sends requests at a fixed rate, whether or not the earlier ones were answered, and measures how
 * long each takes from the moment at which it was due. A request that had to wait because the
 * server was stuck counts with its wait; a closed loop would leave it out (coordinated omission).
 * The contenders have turns of a second each.
 */
final class OpenLoop {
  private static final Random ORDER = new SecureRandom();
  private static final Duration TURN = Duration.ofSeconds(1);
  private static final int THREADS = 32;
  private static final int DIGITS = 3;

  private final PrintStream progress;
  private final int turns;
  private final int perSecond;

  OpenLoop(PrintStream progress, int turns, int perSecond) {
    this.progress = progress;
    this.turns = turns;
    this.perSecond = perSecond;
  }

  Latencies run(Suite suite, Servers servers) throws Exception {
    List<Running> running = new ArrayList<>();
    List<Histogram> histograms = new ArrayList<>();
    try (Opened opened = new Opened();
        Workers workers = new Workers(THREADS)) {
      for (Contender contender : suite.contenders()) {
        running.add(Running.open(contender, servers, opened));
        histograms.add(new ConcurrentHistogram(DIGITS));
      }
      progress.println(suite.name() + ": measures latency, requests a second: " + perSecond);
      for (Running contender : running) {
        send(workers, contender, new ConcurrentHistogram(DIGITS));
      }
      for (int turn = 0; turn < turns; turn++) {
        List<Integer> order = new ArrayList<>(IntStream.range(0, running.size()).boxed().toList());
        Collections.shuffle(order, ORDER);
        for (int contender : order) {
          send(workers, running.get(contender), histograms.get(contender));
        }
      }
    }
    return Latencies.of(suite, perSecond, histograms);
  }

  /** Sends for the length of a turn. Each thread takes the next request that is due. */
  private void send(Workers workers, Running contender, Histogram histogram) throws Exception {
    int count = (int) (perSecond * TURN.toSeconds());
    long interval = Duration.ofSeconds(1).dividedBy(perSecond).toNanos();
    int firstTurn = contender.nextTurn();
    long begin = System.nanoTime() + Duration.ofMillis(50).toNanos();
    AtomicInteger next = new AtomicInteger();
    workers.once(
        () -> {
          for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
            long due = begin + i * interval;
            waitUntil(due);
            contender.operation().run(firstTurn + i);
            histogram.recordValue(System.nanoTime() - due);
          }
        });
    contender.hadTurns(count);
  }

  private static void waitUntil(long due) {
    for (long wait = due - System.nanoTime(); wait > 0; wait = due - System.nanoTime()) {
      LockSupport.parkNanos(wait);
    }
  }
}
