package io.doorward.benchmarks;

import java.util.List;

/**
 * How much room things take.
 *
 * @param suite its name
 * @param title what it compares
 * @param rows in the order of the page
 */
record Sizes(String suite, String title, List<Size> rows) implements Table {
  Sizes {
    rows = List.copyOf(rows);
  }

  @Override
  public List<String> header() {
    return List.of("server", "what", "how many", "bytes each");
  }

  @Override
  public List<List<String>> lines() {
    return rows.stream()
        .map(
            row ->
                List.of(
                    row.server(),
                    row.what(),
                    Integer.toString(row.count()),
                    String.valueOf(Math.round(row.bytes()))))
        .toList();
  }

  /**
   * One kind of thing.
   *
   * @param count how many were written
   * @param bytes of one, all that belongs to it included
   */
  record Size(String server, String what, int count, double bytes) {}
}
