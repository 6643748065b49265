package io.doorward.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Percentiles of known values. */
class SpreadTest {
  @Test
  void percentilesLieBetweenTheNearestValues() {
    List<Double> values = IntStream.rangeClosed(0, 10).mapToObj(it -> it * 10.0).toList();
    assertThat(Spread.of(values)).isEqualTo(new Spread(10, 50, 90));
    assertThat(Spread.of(List.of(1.0, 2.0))).isEqualTo(new Spread(1.1, 1.5, 1.9));
  }

  @Test
  void theOrderOfTheValuesDoesNotMatter() {
    assertThat(Spread.of(List.of(3.0, 1.0, 2.0))).isEqualTo(Spread.of(List.of(1.0, 2.0, 3.0)));
  }

  @Test
  void oneValueIsAllOfThem() {
    assertThat(Spread.of(List.of(7.0))).isEqualTo(new Spread(7, 7, 7));
  }

  @Test
  void noValuesAreRefused() {
    assertThatThrownBy(() -> Spread.of(List.of())).isInstanceOf(IllegalArgumentException.class);
  }
}
