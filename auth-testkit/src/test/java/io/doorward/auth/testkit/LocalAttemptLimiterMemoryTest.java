package io.doorward.auth.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.event.AccessEvent.Budget;
import io.doorward.auth.throttle.AttemptBudgets;
import io.doorward.auth.throttle.AttemptLimiter;
import io.doorward.auth.throttle.AttemptLimiter.Decision;
import io.doorward.auth.throttle.AttemptLimiter.Outcome;
import io.doorward.auth.throttle.AttemptLimiter.Reservation;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a flood of made-up names must not do. Time is moved by hand. */
class LocalAttemptLimiterMemoryTest {
  private static final AttemptBudgets BUDGETS =
      new AttemptBudgets(
          5,
          Duration.ofSeconds(1),
          Duration.ofMinutes(15),
          50,
          Duration.ofMinutes(10),
          Duration.ofSeconds(30));

  private final MutableClock clock = MutableClock.now();
  private final AttemptLimiter limiter = AttemptLimiter.local(BUDGETS, 32, clock);
  private final LoginId attacked = Fixtures.login();

  @Test
  void noFloodOfNamesMakesItForgetTheAttackedOne() {
    fail(attacked, ClientContext.unknown(), 5);
    flood(1000);

    assertThat(reserve(attacked)).isInstanceOf(Decision.Refused.class);
    clock.advance(Duration.ofSeconds(1));
    fail(attacked, ClientContext.unknown(), 1);
    flood(1000);

    assertThat(reserve(attacked))
        .isInstanceOfSatisfying(
            Decision.Refused.class,
            refused -> assertThat(refused.retryAfter()).isGreaterThan(Duration.ofSeconds(1)));
  }

  @Test
  void fewerFailuresThanTheBudgetSurviveAFloodToo() {
    fail(attacked, ClientContext.unknown(), 4);
    flood(1000);

    fail(attacked, ClientContext.unknown(), 1);
    assertThat(reserve(attacked)).isInstanceOf(Decision.Refused.class);
  }

  /** All names have one hash code. Of eight, chance may let one share a bucket with the first. */
  @Test
  void failuresAtNamesWithTheHashCodeOfAnotherDoNotLockItsOwnerOut() {
    fail(twin(0), ClientContext.unknown(), 5);
    for (int i = 1; i < 700; i++) {
      fail(twin(i), ClientContext.unknown(), 1);
    }

    assertThat(twin(0)).hasSameHashCodeAs(twin(1_000));
    assertThat(IntStream.range(1_000, 1_008).mapToObj(i -> reserve(twin(i))))
        .filteredOn(Decision.Admitted.class::isInstance)
        .hasSizeGreaterThanOrEqualTo(7);
  }

  private static LoginId twin(int number) {
    StringBuilder name = new StringBuilder();
    for (int bit = 0; bit < 10; bit++) {
      name.append((number >> bit & 1) == 0 ? "a~" : "b_");
    }
    return LoginId.email(name + "@example.org");
  }

  @Test
  void noFloodOfNetworksMakesItForgetTheAttackingOne() throws UnknownHostException {
    ClientContext attacker = ClientContext.of(InetAddress.getByName("192.0.2.1"));
    for (int i = 0; i < 50; i++) {
      fail(Fixtures.login(), attacker, 1);
    }
    for (int i = 0; i < 1000; i++) {
      byte[] other = {10, 0, (byte) (i >> 8), (byte) i};
      fail(Fixtures.login(), ClientContext.of(InetAddress.getByAddress(other)), 1);
    }

    assertThat(limiter.reserve(Fixtures.login(), attacker, Fixtures.deadline()))
        .isInstanceOf(Decision.Refused.class);
  }

  @Test
  void anAttemptInFlightIsNeverForgottenByAFlood() {
    Reservation inFlight = admitted(attacked);
    for (int i = 0; i < 1000; i++) {
      limiter.settle(admitted(Fixtures.login()), Outcome.FAILURE, Fixtures.deadline());
    }
    limiter.settle(inFlight, Outcome.FAILURE, Fixtures.deadline());

    fail(attacked, ClientContext.unknown(), 4);
    assertThat(reserve(attacked)).isInstanceOf(Decision.Refused.class);
  }

  @Test
  void whereAllNamesHaveAttemptsInFlightANewOneComesBackLater() {
    List<Reservation> inFlight = new ArrayList<>();
    Decision decision = reserve(Fixtures.login());
    for (int i = 0; i < 1000; i++) {
      if (decision instanceof Decision.Admitted admitted) {
        inFlight.add(admitted.reservation());
      }
      decision = reserve(Fixtures.login());
    }
    assertThat(inFlight).hasSize(32);
    assertThat(decision).isInstanceOf(Decision.Busy.class);

    clock.advance(Fixtures.deadline().remaining().plusSeconds(31));
    assertThat(reserve(Fixtures.login())).isInstanceOf(Decision.Admitted.class);
  }

  @Test
  void failuresAreForgottenAfterTheLongestWaitEvenThoseThatMadeRoom() {
    fail(attacked, ClientContext.unknown(), 5);
    flood(1000);
    clock.advance(Duration.ofMinutes(15));

    fail(attacked, ClientContext.unknown(), 5);
    assertThat(reserve(attacked)).isInstanceOf(Decision.Refused.class);
  }

  @Test
  void waitsDoubleUpToTheLongest() {
    fail(attacked, ClientContext.unknown(), 5);
    for (int doublings = 0; doublings < 9; doublings++) {
      Duration wait = Duration.ofSeconds(1L << doublings);
      assertThat(reserve(attacked)).isEqualTo(new Decision.Refused(wait, Budget.ACCOUNT));
      clock.advance(wait.minusNanos(1));
      assertThat(reserve(attacked)).isInstanceOf(Decision.Refused.class);
      clock.advance(Duration.ofNanos(1));
      fail(attacked, ClientContext.unknown(), 1);
    }
    clock.advance(Duration.ofSeconds(512));
    fail(attacked, ClientContext.unknown(), 1);
    assertThat(reserve(attacked))
        .isEqualTo(new Decision.Refused(Duration.ofMinutes(15), Budget.ACCOUNT));
  }

  @Test
  void withinNoWindowANetworkFailsMoreOftenThanItsBudget() throws UnknownHostException {
    ClientContext network = ClientContext.of(InetAddress.getByName("192.0.2.2"));
    for (int i = 0; i < 50; i++) {
      fail(Fixtures.login(), network, 1);
      clock.advance(Duration.ofSeconds(6));
    }
    assertThat(limiter.reserve(attacked, network, Fixtures.deadline()))
        .isEqualTo(new Decision.Refused(Duration.ofMinutes(5), Budget.NETWORK));

    clock.advance(Duration.ofMinutes(5));
    fail(Fixtures.login(), network, 1);
    assertThat(limiter.reserve(attacked, network, Fixtures.deadline()))
        .isEqualTo(new Decision.Refused(Duration.ofSeconds(6), Budget.NETWORK));
  }

  @Test
  void aFailureIsCountedWhereverItsTimeIsUp() {
    fail(attacked, ClientContext.unknown(), 4);
    limiter.settle(admitted(attacked), Outcome.FAILURE, Fixtures.expired());

    assertThat(reserve(attacked)).isInstanceOf(Decision.Refused.class);
  }

  private void flood(int names) {
    for (int i = 0; i < names; i++) {
      fail(Fixtures.login(), ClientContext.unknown(), 1);
    }
  }

  private void fail(LoginId login, ClientContext client, int times) {
    for (int i = 0; i < times; i++) {
      Decision decision = limiter.reserve(login, client, Fixtures.deadline());
      if (decision instanceof Decision.Admitted admitted) {
        limiter.settle(admitted.reservation(), Outcome.FAILURE, Fixtures.deadline());
      }
    }
  }

  private Reservation admitted(LoginId login) {
    Decision decision = reserve(login);
    assertThat(decision).isInstanceOf(Decision.Admitted.class);
    return ((Decision.Admitted) decision).reservation();
  }

  private Decision reserve(LoginId login) {
    return limiter.reserve(login, ClientContext.unknown(), Fixtures.deadline());
  }
}
