package io.doorward.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.benchmarks.Latencies.Latency;
import org.HdrHistogram.Histogram;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** Percentiles of known durations. */
class LatenciesTest {
  private static final Offset<Double> DIGITS = Offset.offset(0.1);

  @Test
  void nanosecondsBecomeMilliseconds() {
    Histogram histogram = new Histogram(3);
    for (int millis = 1; millis <= 100; millis++) {
      histogram.recordValue(millis * 1_000_000L);
    }

    Latency latency = Latency.of("contender", histogram);

    assertThat(latency.requests()).isEqualTo(100);
    assertThat(latency.p50()).isCloseTo(50, DIGITS);
    assertThat(latency.p90()).isCloseTo(90, DIGITS);
    assertThat(latency.p99()).isCloseTo(99, DIGITS);
    assertThat(latency.longest()).isCloseTo(100, DIGITS);
  }
}
