package io.doorward.auth.throttle;

import static io.doorward.auth.fixture.Fixtures.ANNA;
import static io.doorward.auth.fixture.Fixtures.CLIENT;
import static io.doorward.auth.fixture.Fixtures.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.event.AccessEvent.Budget;
import io.doorward.auth.fixture.Fixtures;
import io.doorward.auth.fixture.HandClock;
import io.doorward.auth.throttle.AttemptLimiter.Decision;
import io.doorward.auth.throttle.AttemptLimiter.Outcome;
import io.doorward.auth.throttle.AttemptLimiter.Reservation;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the contract cannot see because its time is not moved by hand: bounds, to the nanosecond.
 */
class LocalAttemptLimiterTest {
  private static final Duration MOMENT = Duration.ofNanos(1);
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final ClientContext STRANGER = ClientContext.unknown();

  private final HandClock clock = new HandClock();

  private AttemptLimiter limiter(AttemptBudgets budgets) {
    return AttemptLimiter.local(budgets, 100, clock);
  }

  @Test
  void failuresAreForgottenTheMomentTheLongestWaitHasPassed() {
    AttemptLimiter limiter = limiter(new AttemptBudgets(2, SECOND, HOUR, 1000, HOUR, MINUTE));
    fail(limiter, STRANGER);
    clock.advance(HOUR);
    fail(limiter, STRANGER);

    clock.advance(HOUR.minus(MOMENT));
    fail(limiter, STRANGER);
    assertThat(reserve(limiter, STRANGER)).isEqualTo(new Decision.Refused(SECOND, Budget.ACCOUNT));
  }

  @Test
  void noWaitIsShortenedHoweverManyFailuresAreTold() {
    Duration first = Duration.ofMillis(1);
    AttemptLimiter limiter = limiter(new AttemptBudgets(1, first, HOUR, 1000, HOUR, MINUTE));
    Reservation late = admitted(limiter, STRANGER, Deadline.after(SECOND, clock));
    clock.advance(MINUTE.plus(SECOND));

    for (int doublings = 0; doublings < 200; doublings++) {
      limiter.settle(late, Outcome.FAILURE, soon());
      Duration wait = doublings < 22 ? first.multipliedBy(1L << doublings) : HOUR;
      assertThat(reserve(limiter, STRANGER)).isEqualTo(new Decision.Refused(wait, Budget.ACCOUNT));
    }
  }

  @Test
  void aPlaceIsFreeTheMomentItsLeaseIsOver() {
    AttemptLimiter limiter = limiter(new AttemptBudgets(1, SECOND, HOUR, 1000, HOUR, MINUTE));
    admitted(limiter, STRANGER, Deadline.after(SECOND, clock));

    clock.advance(MINUTE.plus(SECOND).minus(MOMENT));
    assertThat(reserve(limiter, STRANGER)).isInstanceOf(Decision.Busy.class);
    clock.advance(MOMENT);
    assertThat(reserve(limiter, STRANGER)).isInstanceOf(Decision.Admitted.class);
  }

  @Test
  void aNetworksFailuresAreForgottenTheMomentTheWindowHasPassed() {
    AttemptLimiter limiter = limiter(new AttemptBudgets(1000, SECOND, HOUR, 2, MINUTE, MINUTE));
    fail(limiter, CLIENT);
    clock.advance(SECOND);
    fail(limiter, CLIENT);

    clock.advance(MINUTE.minus(SECOND).minus(MOMENT));
    assertThat(reserve(limiter, CLIENT)).isEqualTo(new Decision.Refused(MOMENT, Budget.NETWORK));
    clock.advance(MOMENT);
    fail(limiter, CLIENT);
    assertThat(reserve(limiter, CLIENT)).isEqualTo(new Decision.Refused(SECOND, Budget.NETWORK));
  }

  @Test
  void attemptsComeBackEvenlyAndNeverMoreThanTheBudget() {
    AttemptLimiter limiter =
        limiter(new AttemptBudgets(1000, SECOND, HOUR, 2, 1000, MINUTE, MINUTE));
    clock.advance(HOUR);
    succeed(limiter);
    succeed(limiter);

    Duration each = MINUTE.dividedBy(2);
    assertThat(reserve(limiter, STRANGER)).isEqualTo(new Decision.Refused(each, Budget.ACCOUNT));
    clock.advance(each.minus(MOMENT));
    assertThat(reserve(limiter, STRANGER)).isEqualTo(new Decision.Refused(MOMENT, Budget.ACCOUNT));
    clock.advance(MOMENT);
    succeed(limiter);
    assertThat(reserve(limiter, STRANGER)).isEqualTo(new Decision.Refused(each, Budget.ACCOUNT));
  }

  @Test
  void attemptsOfANameThatMadeRoomAreRemembered() {
    AttemptLimiter limiter =
        AttemptLimiter.local(
            new AttemptBudgets(1000, SECOND, HOUR, 2, 1000, MINUTE, MINUTE), 1, clock);
    succeed(limiter);
    succeed(limiter);
    LoginId other = LoginId.email("other@example.org");
    limiter.settle(admitted(limiter, other, STRANGER, soon()), Outcome.SUCCESS, soon());

    assertThat(reserve(limiter, STRANGER))
        .isEqualTo(new Decision.Refused(MINUTE.dividedBy(2), Budget.ACCOUNT));
  }

  @Test
  void aNetworksFailuresThatMadeRoomAreRemembered() {
    AttemptLimiter limiter =
        AttemptLimiter.local(new AttemptBudgets(1000, SECOND, HOUR, 2, MINUTE, MINUTE), 1, clock);
    clock.advance(HOUR);
    fail(limiter, CLIENT);
    fail(limiter, CLIENT);
    fail(limiter, network(1));

    assertThat(reserve(limiter, CLIENT)).isEqualTo(new Decision.Refused(MINUTE, Budget.NETWORK));
  }

  @Test
  void whatMadeRoomAndWasForgottenDoesNotComeBack() {
    AttemptLimiter limiter =
        AttemptLimiter.local(new AttemptBudgets(3, SECOND, HOUR, 3, HOUR, MINUTE), 1, clock);
    LoginId other = LoginId.email("other@example.org");
    for (int round = 0; round < 3; round++) {
      fail(limiter, ANNA, CLIENT);
      fail(limiter, ANNA, CLIENT);
      limiter.settle(admitted(limiter, other, network(1), soon()), Outcome.UNKNOWN, soon());
      clock.advance(HOUR);
      fail(limiter, ANNA, CLIENT);
      limiter.settle(admitted(limiter, other, network(1), soon()), Outcome.UNKNOWN, soon());
      fail(limiter, ANNA, CLIENT);
      assertThat(reserve(limiter, CLIENT)).isInstanceOf(Decision.Admitted.class);
      clock.advance(HOUR.multipliedBy(2));
    }
  }

  /** Of eight, chance may let one share a bucket. */
  @Test
  void whatMadeRoomIsHeldAgainstNoOther() {
    AttemptLimiter limiter =
        AttemptLimiter.local(new AttemptBudgets(2, SECOND, HOUR, 2, HOUR, MINUTE), 1, clock);
    fail(limiter, CLIENT);
    fail(limiter, CLIENT);
    int admitted = 0;
    for (int i = 0; i < 8; i++) {
      LoginId each = LoginId.email("name" + i + "@example.org");
      if (limiter.reserve(each, network(i), soon()) instanceof Decision.Admitted place) {
        limiter.settle(place.reservation(), Outcome.UNKNOWN, soon());
        admitted++;
      }
    }

    assertThat(admitted).isGreaterThanOrEqualTo(7);
  }

  @Test
  void aFailureThatFindsNoRoomIsRememberedAllTheSame() {
    AttemptLimiter limiter =
        AttemptLimiter.local(new AttemptBudgets(2, SECOND, HOUR, 1000, HOUR, MINUTE), 1, clock);
    Reservation late = admitted(limiter, STRANGER, Deadline.after(SECOND, clock));
    clock.advance(MINUTE.plus(SECOND));
    LoginId other = LoginId.email("other@example.org");
    Reservation inFlight = admitted(limiter, other, STRANGER, soon());

    assertThat(limiter.settle(late, Outcome.FAILURE, soon())).isEmpty();
    assertThat(limiter.settle(late, Outcome.FAILURE, soon())).containsExactly(Budget.ACCOUNT);
    limiter.settle(inFlight, Outcome.UNKNOWN, soon());
    assertThat(reserve(limiter, STRANGER)).isEqualTo(new Decision.Refused(SECOND, Budget.ACCOUNT));
  }

  @Test
  void aLateFailureOfASpentNetworkIsItsLatest() {
    AttemptLimiter limiter = limiter(new AttemptBudgets(1000, SECOND, HOUR, 1, HOUR, MINUTE));
    Reservation late = admitted(limiter, CLIENT, Deadline.after(SECOND, clock));
    clock.advance(MINUTE.plus(SECOND));
    fail(limiter, CLIENT);
    clock.advance(MINUTE);

    limiter.settle(late, Outcome.FAILURE, soon());
    assertThat(reserve(limiter, CLIENT)).isEqualTo(new Decision.Refused(HOUR, Budget.NETWORK));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 15, 17, 33, 1_100})
  void soManyNamesAreTrackedAsItWasMadeFor(int names) {
    AttemptLimiter limiter = AttemptLimiter.local(AttemptBudgets.defaults(), names, clock);
    int admitted = 0;
    for (int i = 0; i < 40 * names + 200; i++) {
      LoginId each = LoginId.email("name" + i + "@example.org");
      if (limiter.reserve(each, STRANGER, soon()) instanceof Decision.Admitted) {
        admitted++;
      }
    }

    assertThat(admitted).isEqualTo(names);
  }

  @Test
  void roomForNoNameIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AttemptLimiter.local(AttemptBudgets.defaults(), 0, clock))
        .withMessage("maxNames must be positive: 0");
  }

  private static Decision reserve(AttemptLimiter limiter, ClientContext client) {
    return limiter.reserve(ANNA, client, soon());
  }

  private static ClientContext network(int number) {
    return Fixtures.client(10, 0, 0, number);
  }

  private static Reservation admitted(
      AttemptLimiter limiter, ClientContext client, Deadline deadline) {
    return admitted(limiter, ANNA, client, deadline);
  }

  private static Reservation admitted(
      AttemptLimiter limiter, LoginId loginId, ClientContext client, Deadline deadline) {
    Decision decision = limiter.reserve(loginId, client, deadline);
    assertThat(decision).isInstanceOf(Decision.Admitted.class);
    return ((Decision.Admitted) decision).reservation();
  }

  private static void fail(AttemptLimiter limiter, ClientContext client) {
    fail(limiter, ANNA, client);
  }

  private static void fail(AttemptLimiter limiter, LoginId loginId, ClientContext client) {
    limiter.settle(admitted(limiter, loginId, client, soon()), Outcome.FAILURE, soon());
  }

  private static void succeed(AttemptLimiter limiter) {
    limiter.settle(admitted(limiter, STRANGER, soon()), Outcome.SUCCESS, soon());
  }
}
