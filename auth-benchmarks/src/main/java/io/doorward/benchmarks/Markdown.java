package io.doorward.benchmarks;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Results as a page, and a table as text that a terminal shows as well. */
final class Markdown {
  private Markdown() {}

  static String page(Report report) {
    StringBuilder page =
        new StringBuilder("# Measured\n\n")
            .append("<!-- Written by auth-benchmarks: run it again, do not edit this page. -->\n\n")
            .append("[How to read this](../benchmarks.md), and how to measure it again.\n\n")
            .append(environment(report.environment()));
    for (Table table : report.tables()) {
      page.append("\n## ").append(table.title()).append("\n\n");
      if (table instanceof Rates) {
        page.append("![").append(table.title()).append("](").append(table.suite());
        page.append(".svg)\n\n");
      }
      page.append(table(table));
    }
    return page.toString();
  }

  private static String environment(Environment environment) {
    return "- "
        + String.join(
            "\n- ",
            "commit " + environment.commit() + ", " + environment.date(),
            environment.machine(),
            environment.jdk(),
            environment.servers(),
            String.join(", ", environment.libraries()))
        + "\n";
  }

  /** Columns as wide as their widest cell. */
  static String table(Table table) {
    List<List<String>> lines = new ArrayList<>();
    lines.add(table.header());
    lines.addAll(table.lines());
    int[] widths =
        IntStream.range(0, table.header().size())
            .map(
                column ->
                    lines.stream().mapToInt(line -> line.get(column).length()).max().orElse(0))
            .toArray();
    StringBuilder text = new StringBuilder(line(table.header(), widths));
    text.append(
        IntStream.of(widths)
            .mapToObj(width -> "-".repeat(width + 2))
            .collect(joining("|", "|", "|\n")));
    table.lines().forEach(cells -> text.append(line(cells, widths)));
    return text.toString();
  }

  private static String line(List<String> cells, int[] widths) {
    return IntStream.range(0, widths.length)
        .mapToObj(
            column -> cells.get(column) + " ".repeat(widths[column] - cells.get(column).length()))
        .collect(joining(" | ", "| ", " |\n"));
  }
}
