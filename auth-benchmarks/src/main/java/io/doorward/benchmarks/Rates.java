package io.doorward.benchmarks;

import java.util.List;

/**
 * How often a second the contenders of a suite do their work.
 *
 * @param suite its name
 * @param title what it compares
 * @param rows by load, then in the order of the contenders
 */
record Rates(String suite, String title, List<Row> rows) implements Table {
  Rates {
    rows = List.copyOf(rows);
  }

  @Override
  public List<String> header() {
    return List.of(
        "contender",
        "threads",
        "ratio [p10-p90]",
        "ops/s",
        "B/op",
        "client CPU us",
        "Redis CPU us",
        "trips",
        "commands");
  }

  @Override
  public List<List<String>> lines() {
    return rows.stream()
        .map(
            row ->
                List.of(
                    row.contender(),
                    Integer.toString(row.threads()),
                    Numbers.spread(row.ratio()),
                    Numbers.large(row.perSecond()),
                    Numbers.large(row.allocatedBytes()),
                    Numbers.plain(row.clientMicros()),
                    Numbers.plain(row.redisMicros()),
                    Numbers.plain(row.trips()),
                    Numbers.plain(row.commands())))
        .toList();
  }
}
