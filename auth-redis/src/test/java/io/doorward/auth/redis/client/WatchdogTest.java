package io.doorward.auth.redis.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
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
  void whatBeginsAfterTheEndIsCutAtOnce() {
    Watchdog dog = new Watchdog("test-watchdog");
    dog.close();

    Watchdog.Watch watch = dog.watch(cuts::incrementAndGet, Duration.ofHours(1));

    assertThat(cuts).hasValue(1);
    assertThat(watch.end()).isFalse();
  }
}
