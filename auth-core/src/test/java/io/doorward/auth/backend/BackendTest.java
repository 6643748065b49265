package io.doorward.auth.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.backend.Backend.BackendHealth.State;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.fixture.HandClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BackendTest {
  private static final Duration PAUSE = BreakerPolicy.defaults().pause();
  private static final int FAILURES = BreakerPolicy.defaults().calls();

  private final HandClock time = new HandClock();
  private final AtomicInteger asked = new AtomicInteger();
  private final List<String> told = new ArrayList<>();
  private final Backend server =
      Backend.of("Redis", BreakerPolicy.defaults(), deadline -> List.of(), time);

  @ParameterizedTest
  @EnumSource(names = {"UNREACHABLE", "TIMEOUT"})
  void isLeftAloneAfterSilence(Kind silence) {
    fail(silence, FAILURES);

    assertLeftAlone();
    assertThat(asked).hasValue(FAILURES);
    assertThat(server.health().state()).isEqualTo(State.LOST);
    assertThat(server.health().lastFailure()).contains(silence);
  }

  @Test
  void isStillAskedWhileMostCallsAreAnswered() {
    for (int i = 0; i < 100; i++) {
      answer();
      answer();
      fail(Kind.TIMEOUT, 1);
    }

    assertThat(server.isLost()).isFalse();
  }

  @ParameterizedTest
  @EnumSource(names = {"REFUSED", "MISCONFIGURED"})
  void anAnswerThatRefusesShowsThatTheServerIsThere(Kind refusal) {
    fail(refusal, 100);

    assertThat(asked).hasValue(100);
    assertThat(server.health().state()).isEqualTo(State.FAILING);
    assertThat(server.health().lastFailure()).contains(refusal);
  }

  @Test
  void thisNodesOwnCrowdSaysNothingAboutTheServer() {
    fail(Kind.OVERLOADED, 100);

    assertThat(asked).hasValue(100);
    assertThat(server.health().isUp()).isTrue();
  }

  @ParameterizedTest
  @EnumSource(names = {"UNREACHABLE", "TIMEOUT"})
  void aCallerInAHurrySaysNothingAboutTheServer(Kind late) {
    for (int i = 0; i < 100; i++) {
      assertFails(late, Deadline.after(Duration.ofMillis(1)));
    }

    assertThat(asked).hasValue(100);
    assertThat(server.isLost()).isFalse();
  }

  @Test
  void aCallerInAHurryThatStillHasTimeHasSeenWhatOthersWouldSee() {
    Duration hurry = BreakerPolicy.defaults().patience().minusMillis(1);
    for (int i = 0; i < FAILURES; i++) {
      assertFails(Kind.UNREACHABLE, Deadline.after(hurry, time));
    }

    assertLeftAlone();
  }

  @Test
  void aCallerThatIsInterruptedSaysNothingAboutTheServer() {
    Thread.currentThread().interrupt();
    try {
      fail(Kind.UNREACHABLE, 100);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }

    assertThat(asked).hasValue(100);
    assertThat(server.isLost()).isFalse();
  }

  @Test
  void oneCallTriesAgainAfterThePauseAndItsAnswerEndsTheOutage() {
    fail(Kind.UNREACHABLE, FAILURES);
    assertLeftAlone();

    time.advance(PAUSE.plusMillis(1));
    answer();

    assertThat(server.health().isUp()).isTrue();
    assertThat(server.isLost()).isFalse();
    answer();
  }

  @Test
  void whoeverComesWhileOneTriesAgainIsAnsweredAtOnce() {
    fail(Kind.UNREACHABLE, FAILURES);
    time.advance(PAUSE.plusMillis(1));

    server.call(
        soon(),
        deadline -> {
          assertLeftAlone();
          return "";
        });

    assertThat(server.isLost()).isFalse();
  }

  @Test
  void anotherFailureLeavesItAloneForAnotherPause() {
    fail(Kind.UNREACHABLE, FAILURES);
    time.advance(PAUSE.plusMillis(1));
    fail(Kind.UNREACHABLE, 1);

    assertLeftAlone();
    time.advance(PAUSE.plusMillis(1));
    answer();
    assertThat(server.isLost()).isFalse();
  }

  @Test
  void aTrialThatSaysNothingLeavesItsTurnToTheNext() {
    fail(Kind.UNREACHABLE, FAILURES);
    time.advance(PAUSE.plusMillis(1));
    assertFails(Kind.TIMEOUT, Deadline.after(Duration.ofMillis(1)));

    answer();

    assertThat(server.isLost()).isFalse();
  }

  @Test
  void whoTriesAgainGivesItASecondOfItsTimeOnly() {
    fail(Kind.UNREACHABLE, FAILURES);
    time.advance(PAUSE.plusMillis(1));

    Duration given = server.call(Deadline.after(Duration.ofMinutes(1)), Deadline::remaining);
    Duration later = server.call(Deadline.after(Duration.ofMinutes(1)), Deadline::remaining);

    assertThat(given).isLessThanOrEqualTo(Duration.ofSeconds(1));
    assertThat(later).isGreaterThan(Duration.ofSeconds(30));
  }

  @Test
  void itsWatchersHearThatItIsLostAndFoundAgain() {
    server.watch(new Diary());
    fail(Kind.TIMEOUT, FAILURES);
    time.advance(Duration.ofSeconds(3));
    fail(Kind.TIMEOUT, 1);
    time.advance(Duration.ofSeconds(2));
    answer();

    assertThat(told).containsExactly("lost TIMEOUT", "recovered PT5S");
  }

  @Test
  void whoStopsWatchingHearsNothing() {
    Diary diary = new Diary();
    server.watch(diary);
    server.unwatch(diary);

    fail(Kind.TIMEOUT, FAILURES);

    assertThat(told).isEmpty();
  }

  @Test
  void tellsForHowLongItHasBeenLost() {
    fail(Kind.TIMEOUT, FAILURES);
    time.advance(Duration.ofMillis(700));

    assertThat(server.health().lostFor()).contains(Duration.ofMillis(700));
    assertThat(server).hasToString("Redis LOST");
  }

  @Test
  void aFailureOfTheCallersOwnTakesNoTurn() {
    fail(Kind.UNREACHABLE, FAILURES);
    time.advance(PAUSE.plusMillis(1));
    assertThatThrownBy(
            () ->
                server.call(
                    soon(),
                    deadline -> {
                      throw new IllegalArgumentException("misuse");
                    }))
        .isInstanceOf(IllegalArgumentException.class);

    answer();
    assertThat(server.isLost()).isFalse();
  }

  private void answer() {
    String answer = server.call(soon(), deadline -> "answer");
    assertThat(answer).isEqualTo("answer");
  }

  private void fail(Kind kind, int times) {
    for (int i = 0; i < times; i++) {
      assertFails(kind, soon());
    }
  }

  private void assertFails(Kind kind, Deadline deadline) {
    assertThatThrownBy(
            () ->
                server.call(
                    deadline,
                    given -> {
                      asked.incrementAndGet();
                      throw new StoreException(kind, "on purpose");
                    }))
        .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.kind()).isEqualTo(kind));
  }

  private void assertLeftAlone() {
    assertThatThrownBy(
            () ->
                server.call(
                    soon(),
                    deadline -> {
                      throw new AssertionError("must not be called");
                    }))
        .isInstanceOfSatisfying(
            StoreException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(Kind.CIRCUIT_OPEN);
              assertThat(e.isTransient()).isFalse();
            })
        .hasMessageContaining("Redis");
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(5));
  }

  private final class Diary implements Backend.Watcher {
    @Override
    public void lost(Backend backend, StoreException last) {
      told.add("lost " + last.kind());
    }

    @Override
    public void recovered(Backend backend, Duration after) {
      told.add("recovered " + after);
    }
  }
}
