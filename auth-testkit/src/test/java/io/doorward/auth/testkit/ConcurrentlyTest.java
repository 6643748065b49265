package io.doorward.auth.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
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
  void everyCallThatWasBegunHasAThreadHoweverManyWait() {
    CyclicBarrier meeting = new CyclicBarrier(16);
    List<CompletableFuture<Integer>> begun =
        IntStream.range(0, 16)
            .mapToObj(i -> Concurrently.begin(() -> meeting.await(10, TimeUnit.SECONDS)))
            .toList();

    assertThat(begun)
        .allSatisfy(call -> assertThat(call.get(20, TimeUnit.SECONDS)).isBetween(0, 15));
  }

  @Test
  void whatACallThrowsThatWasBegunComesOfIt() {
    CompletableFuture<String> begun =
        Concurrently.begin(
            () -> {
              throw new AssertionError("thrown");
            });

    assertThatExceptionOfType(ExecutionException.class)
        .isThrownBy(() -> begun.get(20, TimeUnit.SECONDS))
        .havingCause()
        .isInstanceOf(AssertionError.class);
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
