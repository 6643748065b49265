package io.doorward.benchmarks;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The command: measures, prints the tables and, at full effort, writes them. */
public final class Benchmarks {
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
   *     named
   * @throws Exception if a contender fails; nothing is written then
   */
  public static void main(String[] args) throws Exception {
    List<String> words = args.length == 0 ? List.of("smoke") : Arrays.asList(args);
    Effort effort = Effort.valueOf(words.get(0).toUpperCase(Locale.ROOT));
    Report report =
        new Benchmarks(effort, words.subList(1, words.size()), System.out, System.err).run();
    if (effort == Effort.FULL) {
      Path folder = root().resolve("docs/benchmarks");
      report.write(folder);
      System.out.println("written into " + folder);
    }
  }

  /** The directory of the build: Maven's, or else the present one. */
  private static Path root() {
    return Path.of(System.getProperty("maven.multiModuleProjectDirectory", "")).toAbsolutePath();
  }

  private Report run() throws Exception {
    List<Table> tables = new ArrayList<>();
    try (Servers servers = Servers.start(effort.users())) {
      Harness harness = new Harness(servers, effort, progress);
      for (Suite suite : suites()) {
        show(tables, harness.run(suite));
      }
      return new Report(Environment.of(servers, root()), tables);
    }
  }

  private void show(List<Table> tables, Table table) {
    tables.add(table);
    out.println();
    out.println(table.title());
    out.println();
    out.print(Markdown.table(table));
  }

  private List<Suite> suites() {
    return Stream.of(
            CheckSuite.suite(),
            LoginSuite.bcrypt(),
            LoginSuite.argon2(),
            LimiterSuite.suite(),
            HttpSuite.suite())
        .filter(suite -> chosen.isEmpty() || chosen.contains(suite.name()))
        .toList();
  }
}
