package io.doorward.auth.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PoliciesTest {
  private static final BreakerPolicy BREAKER = BreakerPolicy.defaults();

  @Test
  void numbersOfABreakerOutsideTheirRangeAreRefusedByName() {
    refused(() -> BREAKER.withCalls(0, 20), "calls must be 1 to 1000: 0");
    refused(() -> BREAKER.withCalls(1_001, 2_000), "calls must be 1 to 1000: 1001");
    refused(() -> BREAKER.withCalls(5, 4), "window must be 5, as many as calls, to 10000: 4");
    refused(
        () -> BREAKER.withCalls(5, 10_001), "window must be 5, as many as calls, to 10000: 10001");
    refused(
        () -> BREAKER.withPause(Duration.ofMillis(9)), "pause must be PT0.01S to PT1M: PT0.009S");
    refused(
        () -> BREAKER.withPause(Duration.ofSeconds(61)), "pause must be PT0.01S to PT1M: PT1M1S");
    refused(
        () -> new BreakerPolicy(5, 20, Duration.ofSeconds(1), Duration.ZERO),
        "patience must be PT0.001S to PT1M: PT0S");
  }

  @Test
  void aBreakersNumbersCanBeChosen() {
    assertThat(BREAKER.withCalls(3, 9).withPause(Duration.ofSeconds(2)))
        .isEqualTo(new BreakerPolicy(3, 9, Duration.ofSeconds(2), BREAKER.patience()));
  }

  @Test
  void aStartWaitsForAMinuteAtMost() {
    StartPolicy start = StartPolicy.defaults();

    refused(() -> start.waiting(Duration.ofSeconds(-1)), "patience must be 0 s to 1 min: PT-1S");
    refused(() -> start.waiting(Duration.ofSeconds(61)), "patience must be 0 s to 1 min: PT1M1S");
    assertThat(start.waiting(Duration.ZERO).patience()).isZero();
    refused(
        () -> start.requiringServers().waiting(Duration.ZERO),
        "patience must be positive where servers are required: PT0S");
  }

  @Test
  void aRefusalThatIsToleratedOnlyWarns() {
    Finding old = Finding.refusal("redis.version", "too old", "Upgrade");
    StartPolicy start = StartPolicy.defaults().tolerating("redis.version");

    assertThat(StartPolicy.defaults().judge(old)).isEqualTo(old);
    assertThat(start.judge(old)).isEqualTo(Finding.warning("redis.version", "too old", "Upgrade"));
    Finding other = Finding.refusal("postgresql.schema", "missing", "Migrate");
    assertThat(start.judge(other)).isEqualTo(other);
  }

  @Test
  void aFindingsCodeIsTwoWords() {
    refused(
        () -> Finding.note("Redis", "x", "y"),
        "code must be two words with a dot in between: Redis");
    assertThat(Finding.note("redis.version", "It is old", "Upgrade it"))
        .hasToString("redis.version: It is old. Upgrade it.");
  }

  @Test
  void checksAreUnverifiedForAQuarterOfAnHourAtMost() {
    Degradation choices = Degradation.defaults();

    refused(
        () -> choices.allowingUnverified(Duration.ZERO),
        "unverified must be positive and at most PT15M: PT0S");
    refused(
        () -> choices.allowingUnverified(Duration.ofMinutes(16)),
        "unverified must be positive and at most PT15M: PT16M");
  }

  private static void refused(Runnable misuse, String message) {
    assertThatIllegalArgumentException().isThrownBy(misuse::run).withMessage(message);
  }
}
