package io.doorward.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Contenders are compared within a round. */
class RoundsTest {
  private final Rounds rounds = new Rounds(List.of(contender("first"), contender("second")));

  @Test
  void theRatioIsThatOfTheSameRound() {
    // The machine gets slower by far, and both with it.
    rounds.add(List.of(slice(1_000), slice(500)));
    rounds.add(List.of(slice(100), slice(50)));
    rounds.add(List.of(slice(10), slice(5)));

    List<Row> rows = rounds.rows(8);

    assertThat(rows).extracting(Row::contender).containsExactly("first", "second");
    assertThat(rows).extracting(Row::threads).containsOnly(8);
    assertThat(rows.get(0).ratio()).isEqualTo(new Spread(1, 1, 1));
    assertThat(rows.get(1).ratio()).isEqualTo(new Spread(0.5, 0.5, 0.5));
    assertThat(rows.get(1).perSecond()).isEqualTo(50);
  }

  @Test
  void whatASliceCostIsDividedByItsOperations() {
    Slice slice = new Slice(4, 1, new Usage(8_000_000, 400, 20, 8, 12));
    rounds.add(List.of(slice, slice));

    Row row = rounds.rows(1).get(0);

    assertThat(row.clientMicros()).isEqualTo(2_000);
    assertThat(row.allocatedBytes()).isEqualTo(100);
    assertThat(row.redisMicros()).isEqualTo(5);
    assertThat(row.trips()).isEqualTo(2);
    assertThat(row.commands()).isEqualTo(3);
  }

  @Test
  void aRoundWithoutAContenderIsRefused() {
    List<Slice> round = List.of(slice(1));
    assertThatThrownBy(() -> rounds.add(round)).isInstanceOf(IllegalArgumentException.class);
  }

  private static Contender contender(String name) {
    return new Contender(name, (servers, opened) -> turn -> {});
  }

  private static Slice slice(double perSecond) {
    return new Slice(1, perSecond, new Usage(0, 0, 0, 0, 0));
  }
}
