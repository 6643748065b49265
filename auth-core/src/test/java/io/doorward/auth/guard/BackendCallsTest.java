package io.doorward.auth.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.ServiceEvent.BackendFailed;
import io.doorward.auth.fixture.Events;
import io.doorward.auth.fixture.Fixtures;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class BackendCallsTest {
  private static final Duration WAIT = Duration.ofMillis(1);

  private final Events events = new Events();
  private final BackendCalls calls =
      BackendCalls.of(Part.TOKEN_STORE, Retries.of(3, WAIT, WAIT), events);
  private final AtomicInteger tries = new AtomicInteger();

  @Test
  void aCallIsRetriedAndReportsNothing() {
    assertThat(calls.call(soon(), () -> failUntil(3, Kind.TIMEOUT))).isEqualTo("done");
    assertThat(tries).hasValue(3);
    assertThat(events.all()).isEmpty();
  }

  @Test
  void aCallThrowsTheLastFailureAndReportsNothing() {
    assertThatThrownBy(() -> calls.call(soon(), () -> failUntil(9, Kind.REFUSED)))
        .isInstanceOf(StoreException.class);
    assertThat(events.all()).isEmpty();
  }

  @Test
  void whatMayHaveHappenedIsNotDoneTwice() {
    assertThatThrownBy(() -> calls.onlyIfUnsent(soon(), () -> failUntil(2, Kind.TIMEOUT)))
        .isInstanceOf(StoreException.class);
    assertThat(tries).hasValue(1);
  }

  @Test
  void aFailedOperationIsUnavailableAndReportedOnce() {
    String answer =
        calls.orUnavailable(
            () -> calls.call(soon(), () -> failUntil(9, Kind.UNREACHABLE)), after -> "in " + after);

    assertThat(answer).isEqualTo("in " + BackendCalls.retryAfter());
    assertThat(tries).hasValue(3);
    assertThat(events.all()).containsExactly(new BackendFailed(Part.TOKEN_STORE, Kind.UNREACHABLE));
  }

  @Test
  void aFailedOperationIsAnsweredByItsKind() {
    assertThat(calls.orElse(() -> failUntil(9, Kind.OVERLOADED), Kind::name))
        .isEqualTo("OVERLOADED");
    assertThat(events.all()).containsExactly(new BackendFailed(Part.TOKEN_STORE, Kind.OVERLOADED));
  }

  @Test
  void whatIsOnlyTriedIsEmptyWhereTheBackendFails() {
    Optional<String> failed = calls.tried(() -> failUntil(2, Kind.TIMEOUT));
    Optional<String> done = calls.tried(() -> failUntil(2, Kind.TIMEOUT));

    assertThat(failed).isEmpty();
    assertThat(done).contains("done");
    assertThat(events.all()).containsExactly(new BackendFailed(Part.TOKEN_STORE, Kind.TIMEOUT));
  }

  @Test
  void anAttemptTellsWhetherTheBackendAnswered() {
    assertThat(calls.attempt(() -> failUntil(2, Kind.REFUSED))).isFalse();
    assertThat(calls.attempt(() -> failUntil(2, Kind.REFUSED))).isTrue();
    assertThat(events.all()).containsExactly(new BackendFailed(Part.TOKEN_STORE, Kind.REFUSED));
  }

  @Test
  void theInnermostOperationReports() {
    BackendCalls inner = calls.as(Part.OUTBOX);

    Optional<Boolean> outcome =
        calls.tried(() -> inner.tried(() -> failUntil(9, Kind.TIMEOUT)).isPresent());

    assertThat(outcome).contains(false);
    assertThat(events.all()).containsExactly(new BackendFailed(Part.OUTBOX, Kind.TIMEOUT));
  }

  @Test
  void partsOfOneBackendShareItsRetries() {
    Retries twice = Retries.of(2, WAIT, WAIT);
    BackendCalls one = BackendCalls.of(Part.CREDENTIAL_CACHE, twice, events);
    BackendCalls other = one.as(Part.USER_RECORDS);
    for (int i = 0; i < 10; i++) {
      assertThat(one.tried(() -> one.call(soon(), () -> failUntil(99, Kind.TIMEOUT)))).isEmpty();
    }
    tries.set(0);

    assertThat(other.tried(() -> other.call(soon(), () -> failUntil(99, Kind.TIMEOUT)))).isEmpty();
    assertThat(tries).hasValue(1);
  }

  @Test
  void whatIsNoFailureOfABackendReachesTheCaller() {
    assertThatThrownBy(
            () ->
                calls.tried(
                    () -> {
                      throw new IllegalStateException("a bug");
                    }))
        .hasMessage("a bug");
    assertThat(events.all()).isEmpty();
  }

  @Test
  void whatIsNoExceptionIsReportedAsWell() {
    assertThat(calls.as(Part.HASHING).failed(Kind.OVERLOADED)).isEqualTo(BackendCalls.retryAfter());
    assertThat(events.all()).containsExactly(new BackendFailed(Part.HASHING, Kind.OVERLOADED));
  }

  @Test
  void aListenerThatThrowsChangesNothing() {
    BackendCalls loud =
        BackendCalls.of(
            Part.OUTBOX,
            Retries.none(),
            event -> {
              throw new IllegalStateException("loud");
            });

    assertThat(loud.tried(() -> failUntil(9, Kind.TIMEOUT))).isEmpty();
  }

  private String failUntil(int last, Kind kind) {
    if (tries.incrementAndGet() < last) {
      throw new StoreException(kind, "test");
    }
    return "done";
  }

  private static Deadline soon() {
    return Fixtures.soon();
  }
}
