package io.doorward.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * The slices of all contenders, by round. Contenders are compared only within a round: what the
 * machine does meanwhile happens to all of them. Not thread-safe.
 */
final class Rounds {
  private final List<Contender> contenders;
  private final List<List<Slice>> rounds = new ArrayList<>();

  Rounds(List<Contender> contenders) {
    this.contenders = List.copyOf(contenders);
  }

  /** Adds the slices of a round, in the order of the contenders. */
  void add(List<Slice> round) {
    if (round.size() != contenders.size()) {
      throw new IllegalArgumentException(
          "a round must have a slice for each contender: " + round.size());
    }
    rounds.add(List.copyOf(round));
  }

  List<Row> rows(int threads) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < contenders.size(); i++) {
      rows.add(
          new Row(
              contenders.get(i).name(),
              threads,
              ratio(i),
              median(i, Slice::perSecond),
              median(i, Slice::allocatedBytes),
              median(i, Slice::clientMicros),
              median(i, Slice::redisMicros),
              median(i, Slice::trips),
              median(i, Slice::commands)));
    }
    return rows;
  }

  /** The rate of a contender divided by that of the first one in the same round. */
  private Spread ratio(int contender) {
    return Spread.of(
        rounds.stream()
            .map(round -> round.get(contender).perSecond() / round.get(0).perSecond())
            .toList());
  }

  private double median(int contender, ToDoubleFunction<Slice> value) {
    return Spread.median(
        rounds.stream().map(round -> value.applyAsDouble(round.get(contender))).toList());
  }
}
