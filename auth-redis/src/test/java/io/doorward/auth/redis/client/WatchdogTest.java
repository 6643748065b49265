package io.doorward.auth.redis.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WatchdogTest {
  private final AtomicInteger cuts = new AtomicInteger();

  @Test
  void whatWasCutIsToldSoAndCutOnce() {
    try (Watchdog dog = new Watchdog("test-watchdog")) {
      Watchdog.Watch watch = dog.watch(cuts::incrementAndGet, Duration.ofMillis(1));
      await().until(() -> cuts.get() == 1);

      assertThat(watch.end()).isFalse();
      watch.run();
      assertThat(cuts).hasValue(1);
    }
  }

  @Test
  void whatEndedInTimeIsNeverCutAlsoWhenTheTimerIsAlreadyRunning() {
    try (Watchdog dog = new Watchdog("test-watchdog")) {
      Watchdog.Watch watch = dog.watch(cuts::incrementAndGet, Duration.ofHours(1));

      assertThat(watch.end()).isTrue();
      watch.run();
      assertThat(cuts).hasValue(0);
    }
  }

  @Test
  void whatIsOverSoonerIsCutSooner() {
    try (Watchdog dog = new Watchdog("test-watchdog")) {
      Watchdog.Watch late = dog.watch(cuts::incrementAndGet, Duration.ofHours(1));
      for (int i = 1; i <= 20; i++) {
        int before = i - 1;
        await().until(() -> cuts.get() == before);
        Watchdog.Watch unused = dog.watch(cuts::incrementAndGet, Duration.ofMillis(1));
      }
      await().until(() -> cuts.get() == 20);

      assertThat(late.end()).isTrue();
    }
  }

  @Test
  void manyThreadsAreWatchedAndNoneIsForgotten() {
    try (Watchdog dog = new Watchdog("test-watchdog")) {
      IntStream.range(0, 2_000)
          .parallel()
          .forEach(
              i -> {
                if (i % 2 == 0) {
                  assertThat(dog.watch(cuts::incrementAndGet, Duration.ofHours(1)).end()).isTrue();
                } else {
                  Watchdog.Watch unused = dog.watch(cuts::incrementAndGet, Duration.ofNanos(i));
                }
              });

      await().until(() -> cuts.get() == 1_000);
    }
  }

  @Test
  void aCutThatFailsIsNotTheLastOne() {
    try (Watchdog dog = new Watchdog("test-watchdog")) {
      Watchdog.Watch unused =
          dog.watch(
              () -> {
                throw new IllegalStateException("on purpose");
              },
              Duration.ofNanos(1));
      Watchdog.Watch other = dog.watch(cuts::incrementAndGet, Duration.ofMillis(1));

      await().until(() -> cuts.get() == 1);
      assertThat(other.end()).isFalse();
    }
  }

  @Test
  void whatBeginsAfterTheEndIsCutAtOnce() {
    Watchdog dog = new Watchdog("test-watchdog");
    dog.close();

    Watchdog.Watch watch = dog.watch(cuts::incrementAndGet, Duration.ofHours(1));

    assertThat(cuts).hasValue(1);
    assertThat(watch.end()).isFalse();
  }
}
