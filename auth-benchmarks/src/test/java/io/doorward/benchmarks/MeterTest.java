package io.doorward.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.benchmarks.Meter.Reading;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What has grown between two readings. */
class MeterTest {
  @Test
  void threadsAreAddedUpAlsoWhereTheyComeAndGo() {
    Reading before = new Reading(Map.of(1L, 100L, 2L, 50L), Map.of(1L, 10L), 0, 0, 0);
    Reading after = new Reading(Map.of(1L, 130L, 3L, 7L), Map.of(1L, 11L, 3L, 2L), 0, 0, 0);

    Usage usage = after.since(before);

    assertThat(usage.clientCpuNanos()).isEqualTo(37);
    assertThat(usage.allocatedBytes()).isEqualTo(3);
  }

  @Test
  void theReadingsOwnCommandsDoNotCount() {
    Reading before = new Reading(Map.of(), Map.of(), 100, 10, 20);
    Reading after = new Reading(Map.of(), Map.of(), 250, 15, 28);

    Usage usage = after.since(before);

    assertThat(usage.redisCpuMicros()).isEqualTo(150);
    assertThat(usage.redisReads()).isEqualTo(3);
    assertThat(usage.redisCommands()).isEqualTo(6);
  }
}
