package io.doorward.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Threads that repeat an operation. */
class WorkersTest {
  @Test
  void noTurnIsGivenTwice() throws Exception {
    Set<Integer> turns = ConcurrentHashMap.newKeySet();
    AtomicInteger calls = new AtomicInteger();
    Running running =
        new Running(
            turn -> {
              turns.add(turn);
              calls.incrementAndGet();
            });
    try (Workers workers = new Workers(3)) {
      long counted = 0;
      for (int round = 0; round < 4; round++) {
        counted += workers.repeat(running, Duration.ofMillis(1)).operations();
      }
      assertThat(calls.get()).isEqualTo(turns.size()).isEqualTo((int) counted);
    }
  }

  @Test
  void everyThreadHasATurnInTheShortestSlice() throws Exception {
    try (Workers workers = new Workers(4)) {
      Workers.Work work = workers.repeat(new Running(turn -> {}), Duration.ZERO);
      assertThat(work.operations()).isEqualTo(4);
      assertThat(work.perSecond()).isPositive();
    }
  }

  @Test
  void whatAnOperationThrowsEndsTheRun() {
    IllegalStateException broken = new IllegalStateException("broken");
    Running running =
        new Running(
            turn -> {
              throw broken;
            });
    try (Workers workers = new Workers(2)) {
      assertThatThrownBy(() -> workers.repeat(running, Duration.ofMillis(1))).isSameAs(broken);
    }
  }
}
