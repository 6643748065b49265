package io.doorward.auth.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.doorward.auth.account.Epoch;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.session.TokenStore.Rotation;
import io.doorward.auth.session.TokenStore.Rotation.Step;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class RotationTest {
  private static final Duration GRACE = Duration.ofSeconds(10);
  private static final Duration SKEW = Duration.ofSeconds(60);
  private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");

  private static Session present(Instant rotatedAt) {
    return Session.builder(
            new AccountId("anna"),
            SessionKind.BEARER,
            new Epoch(1, "first"),
            NOW.minusSeconds(7200),
            NOW.plusSeconds(7200),
            Duration.ofMinutes(30))
        .rotation(5, rotatedAt, Optional.of("key-5"))
        .device(Optional.of("a phone"))
        .build();
  }

  private static Rotation rotation(int generation) {
    return rotation(generation, GRACE, SKEW);
  }

  private static Rotation rotation(int generation, Duration grace, Duration skew) {
    Session session = present(NOW);
    return new Rotation(
        session.account(), session.id(), generation, "presented", "next", grace, skew);
  }

  /** The present generation is 5, and began so long before now. */
  @ParameterizedTest
  @CsvSource({
    "PT-60.000000001S, LATE, ADVANCE",
    "PT-60S, KEEP, KEEP",
    "PT-0.000000001S, KEEP, KEEP",
    "PT0S, KEEP, KEEP",
    "PT10S, KEEP, KEEP",
    "PT10.000000001S, LATE, KEEP",
    "PT70S, LATE, KEEP",
    "PT70.000000001S, REUSED_PREVIOUS, ADVANCE",
    "PT-2000H, LATE, ADVANCE",
    "PT2000H, REUSED_PREVIOUS, ADVANCE",
  })
  void theAgeDecidesOverPredecessorAndPresentToken(
      Duration age, Step predecessor, Step presentToken) {
    Session present = present(NOW.minus(age));

    assertThat(rotation(0).step(present, NOW)).isEqualTo(Step.REUSED_OLDER);
    assertThat(rotation(3).step(present, NOW)).isEqualTo(Step.REUSED_OLDER);
    assertThat(rotation(4).step(present, NOW)).isEqualTo(predecessor);
    assertThat(rotation(5).step(present, NOW)).isEqualTo(presentToken);
    assertThat(rotation(6).step(present, NOW)).isEqualTo(Step.CATCH_UP);
    assertThat(rotation(Integer.MAX_VALUE).step(present, NOW)).isEqualTo(Step.CATCH_UP);
  }

  @Test
  void withoutGraceAndSkewEveryMomentCounts() {
    Rotation now = rotation(5, Duration.ZERO, Duration.ZERO);
    Rotation before = rotation(4, Duration.ZERO, Duration.ZERO);

    assertThat(now.step(present(NOW), NOW)).isEqualTo(Step.KEEP);
    assertThat(now.step(present(NOW.minusNanos(1)), NOW)).isEqualTo(Step.ADVANCE);
    assertThat(before.step(present(NOW.minusNanos(1)), NOW)).isEqualTo(Step.REUSED_PREVIOUS);
    assertThat(before.step(present(NOW.plusNanos(1)), NOW)).isEqualTo(Step.LATE);
  }

  /** Else a clock that was far ahead would keep one token for as long. */
  @Test
  void anAdvanceFromAGenerationOfLaterSetsTheTimeRight() {
    Session present = present(NOW.plus(Duration.ofDays(400)));
    Rotation rotation = rotation(5);

    Session next = rotation.applied(present, rotation.step(present, NOW), NOW);

    assertThat(rotation.step(next, NOW)).isEqualTo(Step.KEEP);
    assertThat(rotation(6).step(next, NOW.plusSeconds(71))).isEqualTo(Step.ADVANCE);
  }

  @Test
  void aStepThatWritesBeginsAGenerationUnderItsKey() {
    Session present = present(NOW.minusSeconds(100));

    Session advanced = rotation(5).applied(present, Step.ADVANCE, NOW);
    Session caughtUp = rotation(8).applied(present, Step.CATCH_UP, NOW);

    assertThat(advanced)
        .isEqualTo(
            present.toBuilder().rotation(6, NOW, Optional.of("next")).lastUsedAt(NOW).build());
    assertThat(caughtUp)
        .isEqualTo(
            present.toBuilder().rotation(8, NOW, Optional.of("presented")).lastUsedAt(NOW).build());
  }

  @ParameterizedTest
  @EnumSource(Step.class)
  void onlyAStepThatWritesIsApplied(Step step) {
    assertThat(Arrays.asList(Step.ADVANCE, Step.CATCH_UP).contains(step)).isEqualTo(step.writes());
    if (!step.writes()) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> rotation(5).applied(present(NOW), step, NOW))
          .withMessageContaining("writes");
    }
  }

  @Test
  void numbersAndTimesAreNotNegative() {
    Duration negative = Duration.ofNanos(-1);
    assertThatIllegalArgumentException().isThrownBy(() -> rotation(-1));
    assertThatIllegalArgumentException().isThrownBy(() -> rotation(0, negative, SKEW));
    assertThatIllegalArgumentException().isThrownBy(() -> rotation(0, GRACE, negative));
  }
}
