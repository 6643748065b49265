package io.doorward.auth.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ConcurrentlyTest {
  @Test
  void allCallersAreThereAtTheSameTime() {
    CyclicBarrier meeting = new CyclicBarrier(16);

    assertThat(Concurrently.call(16, () -> meeting.await(10, TimeUnit.SECONDS)))
        .doesNotHaveDuplicates()
        .hasSize(16);
  }

  @Test
  void resultsStandInTheOrderOfTheCalls() {
    assertThat(Concurrently.call(List.of(() -> "a", () -> "b", () -> "c")))
        .containsExactly("a", "b", "c");
  }

  @Test
  void whatACallThrowsFailsTheTest() {
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(
            () ->
                Concurrently.call(
                    2,
                    () -> {
                      throw new IllegalStateException("thrown");
                    }))
        .havingCause()
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aClockMovesOnlyByHand() {
    MutableClock clock = MutableClock.at(Instant.EPOCH);
    clock.advance(Duration.ofSeconds(2));
    clock.step(Duration.ofHours(-1));

    assertThat(clock.nanos()).isEqualTo(2_000_000_000L);
    assertThat(clock.instant()).isEqualTo(Instant.EPOCH.minusSeconds(3598));
  }
}
