package io.doorward.benchmarks;

import java.io.PrintStream;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Runs the contenders of a suite in turns: in each round every contender gets a short slice, in an
 * order that changes, on the same servers. Two blocks of minutes, one after the other, would
 * compare what else the machine did in them.
 */
final class Harness {
  private static final Random ORDER = new SecureRandom();

  private final Effort effort;
  private final PrintStream progress;

  Harness(Effort effort, PrintStream progress) {
    this.effort = effort;
    this.progress = progress;
  }

  /** Measures a suite under each of its loads. */
  Rates run(Suite suite, Servers servers) throws Exception {
    try (Opened opened = new Opened()) {
      List<Running> running = new ArrayList<>();
      for (Contender contender : suite.contenders()) {
        progress.println(suite.name() + ": prepares " + contender.name());
        running.add(Running.open(contender, servers, opened));
      }
      Meter meter = new Meter(opened.add(servers.redisClient(1)));
      List<Row> rows = new ArrayList<>();
      for (int threads : suite.threads()) {
        progress.println(suite.name() + ": measures with threads: " + threads);
        rows.addAll(measure(suite, running, meter, threads));
      }
      return new Rates(suite.name(), suite.title(), rows);
    }
  }

  private List<Row> measure(Suite suite, List<Running> running, Meter meter, int threads)
      throws Exception {
    Rounds rounds = new Rounds(suite.contenders());
    try (Workers workers = new Workers(threads)) {
      for (int i = 0; i < effort.warmUps(threads); i++) {
        round(suite, running, meter, workers, threads);
      }
      for (int i = 0; i < effort.rounds(threads); i++) {
        rounds.add(round(suite, running, meter, workers, threads));
      }
    }
    return rounds.rows(threads);
  }

  private List<Slice> round(
      Suite suite, List<Running> running, Meter meter, Workers workers, int threads)
      throws Exception {
    Slice[] slices = new Slice[running.size()];
    for (int contender : shuffled(running.size())) {
      try {
        Meter.Reading before = meter.read();
        Workers.Work work = workers.repeat(running.get(contender), effort.slice(threads));
        Usage used = meter.read().since(before);
        slices[contender] = new Slice(work.operations(), work.perSecond(), used);
      } catch (Exception e) {
        throw new IllegalStateException(
            "no result of " + suite.contenders().get(contender).name() + " in " + suite.name(), e);
      }
    }
    return List.of(slices);
  }

  private static List<Integer> shuffled(int count) {
    List<Integer> order = new ArrayList<>(IntStream.range(0, count).boxed().toList());
    Collections.shuffle(order, ORDER);
    return order;
  }
}
