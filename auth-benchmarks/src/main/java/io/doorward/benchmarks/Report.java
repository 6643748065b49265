package io.doorward.benchmarks;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * All that a run has found.
 *
 * @param environment what it depends on
 * @param tables one for each suite
 */
record Report(Environment environment, List<Table> tables) {
  Report {
    tables = List.copyOf(tables);
  }

  /** Writes {@code results.json}, {@code results.md} and a picture for each suite with ratios. */
  void write(Path folder) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(
        folder.resolve("results.json"),
        JsonMapper.builder().build().writerWithDefaultPrettyPrinter().writeValueAsString(this)
            + "\n");
    Files.writeString(folder.resolve("results.md"), Markdown.page(this));
    for (Table table : tables) {
      if (table instanceof Rates rates) {
        Files.writeString(folder.resolve(table.suite() + ".svg"), Picture.of(rates));
      }
    }
  }
}
