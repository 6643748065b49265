package io.doorward.auth.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.fixture.Fixtures;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RetriesTest {
  private static final Duration WAIT = Duration.ofMillis(2);

  private final Retries retries = Retries.of(3, WAIT, WAIT);
  private final AtomicInteger calls = new AtomicInteger();

  @Test
  void aHiccupIsRepeated() {
    assertThat(retries.repeatable(soon(), () -> failUntil(3, Kind.TIMEOUT))).isEqualTo("done");
    assertThat(calls).hasValue(3);
  }

  @Test
  void theLastFailureReachesTheCaller() {
    assertThatThrownBy(() -> retries.repeatable(soon(), () -> failUntil(9, Kind.REFUSED)))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.REFUSED));
    assertThat(calls).hasValue(3);
  }

  @Test
  void whatMayHaveHappenedIsNotDoneTwice() {
    assertThatThrownBy(() -> retries.onlyIfUnsent(soon(), () -> failUntil(2, Kind.TIMEOUT)))
        .isInstanceOf(StoreException.class);
    assertThat(calls).hasValue(1);
  }

  @Test
  void whatWasNotSentIsRepeated() {
    assertThat(retries.onlyIfUnsent(soon(), () -> failUntil(2, Kind.UNREACHABLE)))
        .isEqualTo("done");
  }

  @Test
  void onlyWhatAServerRefusedIsRepeatedWhereThatIsAsked() {
    assertThat(retries.onlyAfter(RetriesTest::isRefused, soon(), () -> failUntil(2, Kind.REFUSED)))
        .isEqualTo("done");
    calls.set(0);
    for (Kind other : List.of(Kind.UNREACHABLE, Kind.TIMEOUT)) {
      assertThatThrownBy(
              () -> retries.onlyAfter(RetriesTest::isRefused, soon(), () -> failUntil(9, other)))
          .isInstanceOf(StoreException.class);
    }
    assertThat(calls).hasValue(2);
  }

  @Test
  void aWrongSetUpIsNotRepeated() {
    assertThatThrownBy(() -> retries.repeatable(soon(), () -> failUntil(2, Kind.MISCONFIGURED)))
        .isInstanceOf(StoreException.class);
    assertThat(calls).hasValue(1);
  }

  @Test
  void aFullNodeIsNotAskedAgain() {
    assertThatThrownBy(() -> retries.repeatable(soon(), () -> failUntil(2, Kind.OVERLOADED)))
        .isInstanceOf(StoreException.class);
    assertThatThrownBy(() -> retries.onlyIfUnsent(soon(), () -> failUntil(9, Kind.OVERLOADED)))
        .isInstanceOf(StoreException.class);
    assertThat(calls).hasValue(2);
  }

  @Test
  void noTryBeginsWhenTheWaitWouldPassTheDeadline() {
    Retries slow = Retries.of(3, Duration.ofHours(1), Duration.ofHours(1));

    assertThatThrownBy(() -> slow.repeatable(soon(), () -> failUntil(2, Kind.TIMEOUT)))
        .isInstanceOf(StoreException.class);
    assertThat(calls).hasValue(1);
  }

  @Test
  void noTryBeginsAfterTheDeadline() {
    assertThatThrownBy(() -> retries.repeatable(Fixtures.over(), () -> failUntil(1, Kind.TIMEOUT)))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.TIMEOUT));
    assertThat(calls).hasValue(0);
  }

  @Test
  void anOutageEmptiesTheBudgetSoThatEveryCallIsTriedOnce() {
    for (int i = 0; i < 20; i++) {
      assertThatThrownBy(() -> retries.repeatable(soon(), () -> failUntil(1_000, Kind.TIMEOUT)))
          .isInstanceOf(StoreException.class);
    }
    // Twenty first tries, and the ten retries that a full budget holds.
    assertThat(calls).hasValue(30);
  }

  @Test
  void tenGoodCallsEarnOneRetry() {
    anOutageEmptiesTheBudgetSoThatEveryCallIsTriedOnce();
    for (int i = 0; i < 10; i++) {
      retries.repeatable(soon(), () -> "done");
    }
    calls.set(0);

    assertThat(retries.repeatable(soon(), () -> failUntil(2, Kind.TIMEOUT))).isEqualTo("done");
    calls.set(0);
    assertThatThrownBy(() -> retries.repeatable(soon(), () -> failUntil(2, Kind.TIMEOUT)))
        .isInstanceOf(StoreException.class);
  }

  @Test
  void anInterruptEndsTheWaitAndIsKept() {
    Retries slow = Retries.of(3, Duration.ofSeconds(5), Duration.ofSeconds(5));
    Thread.currentThread().interrupt();

    assertThatThrownBy(
            () ->
                slow.repeatable(
                    Deadline.after(Duration.ofMinutes(1)), () -> failUntil(2, Kind.TIMEOUT)))
        .isInstanceOf(StoreException.class);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void numbersOutsideTheirRangeAreRefused() {
    assertThatThrownBy(() -> Retries.of(0, WAIT, WAIT))
        .hasMessage("maxAttempts must be 1 to 10: 0");
    assertThatThrownBy(() -> Retries.of(2, WAIT, Duration.ofDays(2)))
        .hasMessage("maxWait must be at most PT24H: PT48H");
    assertThatThrownBy(() -> Retries.of(2, WAIT, Duration.ofMillis(1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private String failUntil(int attempt, Kind kind) {
    if (calls.incrementAndGet() < attempt) {
      throw new StoreException(kind, "test");
    }
    return "done";
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(30));
  }

  private static boolean isRefused(StoreException failure) {
    return failure.kind() == Kind.REFUSED;
  }
}
