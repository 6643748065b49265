package io.doorward.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a full run writes. */
class ReportTest {
  private static final Row FIRST = row("GET", new Spread(1, 1, 1));
  private static final Row SECOND = row("Doorward <a & b>", new Spread(0.05, 0.456, 0.9));
  private static final Rates RATES = new Rates("check", "A check", List.of(FIRST, SECOND));
  private static final Environment ENVIRONMENT =
      new Environment("2026-01-02", "abc", "a machine", "a JDK", "servers", List.of("jedis-8"));

  @TempDir private Path folder;

  @Test
  void theTableHasColumnsOfOneWidth() {
    assertThat(Markdown.table(RATES).lines().map(String::length).distinct()).hasSize(1);
    assertThat(Markdown.table(RATES)).contains("| 0.46 [0.050-0.90] | 79k ");
  }

  @Test
  void thePageSaysWhatItIsAndWhereItComesFrom() throws IOException {
    new Report(ENVIRONMENT, List.of(RATES)).write(folder);
    assertThat(Files.readString(folder.resolve("results.md")))
        .contains("commit abc, 2026-01-02", "a machine", "jedis-8", "## A check", "(check.svg)");
  }

  @Test
  void theNumbersAreInTheJsonAsTheyWereMeasured() throws IOException {
    new Report(ENVIRONMENT, List.of(RATES)).write(folder);
    JsonNode json = JsonMapper.builder().build().readTree(folder.resolve("results.json").toFile());
    assertThat(json.at("/environment/commit").asText()).isEqualTo("abc");
    assertThat(json.at("/tables/0/suite").asText()).isEqualTo("check");
    assertThat(json.at("/tables/0/rows/1/ratio/median").asDouble()).isEqualTo(0.456);
  }

  @Test
  void thePictureIsWellFormedAndHasABarForEachRow() throws Exception {
    new Report(ENVIRONMENT, List.of(RATES)).write(folder);
    var document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(folder.resolve("check.svg").toFile());
    // The page itself, and for each row a bar and the line of its spread.
    assertThat(document.getElementsByTagName("rect").getLength()).isEqualTo(1 + 2 * 2);
    assertThat(Files.readString(folder.resolve("check.svg"))).contains("Doorward &lt;a &amp; b>");
  }

  private static Row row(String name, Spread ratio) {
    return new Row(name, 1, ratio, 79_000, 1_024, 12.3, 4.5, 1, 6);
  }
}
