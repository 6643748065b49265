package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.system.Fault.Operation;
import io.doorward.auth.system.FaultCells.Cell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nothing is left out of the fault suite silently, and its page says what it says. */
class FaultTableTest {
  @Test
  void everyFaultHasALine() {
    assertThat(FaultCase.values()).extracting(FaultCase::fault).contains(Fault.values()).isSorted();
  }

  @Test
  void everyCellIsAWordThatARunHasToSeeOrTheReasonWhyThereIsNone() {
    for (FaultCase line : FaultCase.values()) {
      for (Sessions home : FaultCells.HOMES) {
        for (Operation operation : Operation.values()) {
          Cell cell = line.cells().of(home, operation);
          assertThat(cell).as("%s, %s, %s", line, home, operation).isNotNull();
          assertThat(cell.text()).as("%s, %s, %s", line, home, operation).isNotBlank();
          assertThat(cell.text().endsWith(".")).isEqualTo(cell.isReason());
        }
      }
    }
  }

  @Test
  void everyLineIsProvedByExactlyOneClass() {
    List<FaultCase> proved = new ArrayList<>();
    proved.addAll(FaultMatrixIT.lines());
    proved.addAll(FaultScenariosIT.lines());
    proved.addAll(FaultFailoverIT.lines());
    proved.addAll(FaultClusterIT.lines());
    proved.addAll(PgBouncerIT.lines());
    // When it has seen all the others.
    proved.add(FaultCase.OVER);

    assertThat(proved).containsExactlyInAnyOrder(FaultCase.values());
  }

  @Test
  void aCellThatWasNotSeenOrIsAnotherFailsItsLine() {
    FaultTable.Line nothing = FaultTable.of(FaultCase.REDIS_REFUSES);
    assertThatThrownBy(nothing::end).isInstanceOf(AssertionError.class);

    FaultTable.Line other = FaultTable.of(FaultCase.REDIS_REFUSES);
    for (Sessions home : FaultCells.HOMES) {
      for (Operation operation : Operation.values()) {
        other.saw(home, operation, FaultCells.PASSES);
      }
    }
    assertThatThrownBy(other::end)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("REDIS_REFUSES");
  }

  @Test
  void whatIsNotAlwaysTheSameFailsItsLine() {
    FaultTable.Line line = FaultTable.of(FaultCase.HERD);
    line.saw(Operation.LM, "a read each").saw(Operation.LM, "shared reads");

    assertThatThrownBy(line::end)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("a read each and shared reads");
  }

  @Test
  void onlyARunThatHasSeenEverythingWritesThePage(@TempDir Path directory) {
    Path run = directory.resolve("run");
    Path page = directory.resolve("page.md");
    for (FaultCase line : FaultCase.values()) {
      assertThat(page).doesNotExist();
      FaultTable.keep(line, run, page);
    }

    assertThat(page).hasContent(FaultTable.page());
  }

  @Test
  void thePageIsTheOneOfTheseLines() throws IOException {
    assertThat(Files.readString(FaultTable.pageFile()))
        .as(
            "docs/faults.md is written by a run of the whole fault suite; the page says how to start"
                + " one")
        .isEqualTo(FaultTable.page());
    assertThat(Arrays.asList(Fault.values()))
        .allSatisfy(
            fault -> assertThat(FaultTable.page()).contains("| " + fault + " | " + fault.title()));
  }
}
