package io.doorward.benchmarks;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** The command: measures, prints the tables and, at full effort, writes them. */
public final class Benchmarks {
  /** Below what every contender can do on two cores. */
  private static final int REQUESTS_PER_SECOND = 500;

  private final Effort effort;
  private final List<String> chosen;
  private final PrintStream out;
  private final PrintStream progress;

  private Benchmarks(Effort effort, List<String> chosen, PrintStream out, PrintStream progress) {
    this.effort = effort;
    this.chosen = chosen;
    this.out = out;
    this.progress = progress;
  }

  /**
   * Measures and prints.
   *
   * @param args {@code smoke} or {@code full}, then the names of suites; all of them if none is
   *     named, and only then something is written
   * @throws Exception if a contender fails; nothing is written then
   */
  public static void main(String[] args) throws Exception {
    List<String> words = args.length == 0 ? List.of("smoke") : Arrays.asList(args);
    Effort effort = Effort.valueOf(words.get(0).toUpperCase(Locale.ROOT));
    Report report =
        new Benchmarks(effort, words.subList(1, words.size()), System.out, System.err).run();
    if (effort == Effort.FULL && words.size() == 1) {
      Path folder = root().resolve("docs/benchmarks");
      report.write(folder);
      System.out.println("written into " + folder);
    }
  }

  /** The directory of the build: Maven's, or else the present one. */
  private static Path root() {
    return Path.of(System.getProperty("maven.multiModuleProjectDirectory", "")).toAbsolutePath();
  }

  /** Each table has fresh servers. */
  private Report run() throws Exception {
    Environment environment;
    try (Servers servers = Servers.start(0)) {
      environment = Environment.of(servers, root());
    }
    List<Table> tables = new ArrayList<>();
    for (Measurement measurement : chosen(measurements())) {
      try (Servers servers = Servers.start(measurement.users())) {
        tables.add(measurement.taking().on(servers));
      }
      show(tables.get(tables.size() - 1));
    }
    return new Report(environment, tables);
  }

  private void show(Table table) {
    out.println();
    out.println(table.title());
    out.println();
    out.print(Markdown.table(table));
  }

  private Map<String, Measurement> measurements() {
    Harness harness = new Harness(effort, progress);
    OpenLoop openLoop = new OpenLoop(progress, effort.latencyTurns(), REQUESTS_PER_SECOND);
    Map<String, Measurement> all = new LinkedHashMap<>();
    Stream.of(
            CheckSuite.suite(),
            LoginSuite.bcrypt(),
            LoginSuite.argon2(),
            LimiterSuite.suite(),
            HttpSuite.suite(),
            ProcessSuite.suite())
        .forEach(
            suite ->
                all.put(
                    suite.name(),
                    new Measurement(effort.users(), servers -> harness.run(suite, servers))));
    all.put(
        "http-latency",
        new Measurement(effort.users(), servers -> openLoop.run(HttpSuite.suite(), servers)));
    all.put(
        "storage",
        new Measurement(effort.storedUsers(), servers -> Storage.measure(servers, progress)));
    return all;
  }

  private Collection<Measurement> chosen(Map<String, Measurement> all) {
    if (!all.keySet().containsAll(chosen)) {
      throw new IllegalArgumentException("suites must be some of " + all.keySet() + ": " + chosen);
    }
    if (!chosen.isEmpty()) {
      all.keySet().retainAll(chosen);
    }
    return all.values();
  }

  /**
   * Fills one table.
   *
   * @param users that each contender has
   */
  private record Measurement(int users, Taking taking) {
    @FunctionalInterface
    interface Taking {
      Table on(Servers servers) throws Exception;
    }
  }
}
