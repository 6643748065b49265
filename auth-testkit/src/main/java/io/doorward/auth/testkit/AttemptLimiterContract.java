package io.doorward.auth.testkit;

import static io.doorward.auth.testkit.Fixtures.SIXTEEN;
import static io.doorward.auth.testkit.Fixtures.deadline;
import static io.doorward.auth.testkit.Fixtures.expired;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.TenantId;
import io.doorward.auth.event.AccessEvent;
import io.doorward.auth.throttle.AttemptBudgets;
import io.doorward.auth.throttle.AttemptLimiter;
import io.doorward.auth.throttle.AttemptLimiter.Decision;
import io.doorward.auth.throttle.AttemptLimiter.Outcome;
import io.doorward.auth.throttle.AttemptLimiter.Reservation;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Tests the contract of every {@link AttemptLimiter}. Extend it, name the limiter, and run it. Time
 * is the backend's own: the tests use short waits and wait for their end.
 */
@Tag("contract")
public abstract class AttemptLimiterContract {
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final AttemptBudgets FIVE =
      new AttemptBudgets(5, MINUTE, HOUR, 1000, HOUR, MINUTE);

  private final LoginId login = Fixtures.login();
  private final ClientContext client = ClientContext.of(address());

  /** For sub-classes. */
  protected AttemptLimiterContract() {}

  /**
   * Makes a limiter that has counted nothing yet.
   *
   * @param budgets to be kept
   * @return a limiter over a name space of its own
   */
  protected abstract AttemptLimiter newLimiter(AttemptBudgets budgets);

  @Test
  void parallelGuessesNeverPassTheBudget() {
    AttemptLimiter limiter = newLimiter(FIVE);

    List<Decision> decisions =
        Concurrently.call(4 * SIXTEEN, () -> limiter.reserve(login, client, deadline()));

    assertThat(decisions.stream().filter(Decision.Admitted.class::isInstance)).hasSize(5);
    assertThat(decisions.stream().filter(Decision.Busy.class::isInstance)).hasSize(4 * SIXTEEN - 5);
  }

  @Test
  void howeverManyGuessAndFailAtOnceTheBudgetIsKept() {
    AttemptLimiter limiter = newLimiter(FIVE);
    AtomicInteger guesses = new AtomicInteger();

    Concurrently.call(
        SIXTEEN,
        () -> {
          Decision decision = limiter.reserve(login, client, deadline());
          while (!(decision instanceof Decision.Refused)) {
            if (decision instanceof Decision.Admitted admitted) {
              guesses.incrementAndGet();
              limiter.settle(admitted.reservation(), Outcome.FAILURE, deadline());
            }
            decision = limiter.reserve(login, client, deadline());
          }
          return null;
        });

    assertThat(guesses).hasValue(5);
  }

  @Test
  void aBudgetFilledByAttemptsInFlightIsBusyAndOneFilledByFailuresIsRefused() {
    AttemptLimiter limiter = newLimiter(FIVE);
    List<Reservation> inFlight = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      inFlight.add(admitted(limiter, login, client));
    }
    assertThat(limiter.reserve(login, client, deadline()))
        .isInstanceOfSatisfying(
            Decision.Busy.class, busy -> assertThat(busy.retryIn()).isPositive());

    inFlight.forEach(each -> limiter.settle(each, Outcome.FAILURE, deadline()));

    assertThat(limiter.reserve(login, client, deadline()))
        .isInstanceOfSatisfying(
            Decision.Refused.class,
            refused -> {
              assertThat(refused.retryAfter()).isBetween(Duration.ofSeconds(30), MINUTE);
              assertThat(refused.budget()).contains(AccessEvent.Budget.ACCOUNT);
            });
  }

  @Test
  void otherAccountsAreNotRefused() {
    AttemptLimiter limiter = newLimiter(FIVE);
    fail(limiter, login, client, 5);

    assertRefused(limiter, login, client);
    admitted(limiter, Fixtures.login(), client);
    admitted(limiter, login.inTenant(new TenantId("t")), client);
  }

  @Test
  void aKnownDeviceIsAdmittedWhereStrangersAreRefused() {
    AttemptLimiter limiter = newLimiter(FIVE);
    ClientContext known = client.withKnownDevice("device-1");
    fail(limiter, login, client, 5);

    assertRefused(limiter, login, client);
    limiter.settle(admitted(limiter, login, known), Outcome.SUCCESS, deadline());
    assertRefused(limiter, login, client);
  }

  @Test
  void aKnownDeviceHasABudgetOfItsOwn() {
    AttemptLimiter limiter = newLimiter(FIVE);
    ClientContext known = client.withKnownDevice("device-1");
    fail(limiter, login, known, 5);

    assertRefused(limiter, login, known);
    assertRefused(limiter, login, ClientContext.unknown().withKnownDevice("device-1"));
    admitted(limiter, login, client.withKnownDevice("device-2"));
    admitted(limiter, login, client);
    admitted(limiter, Fixtures.login(), known);
  }

  @Test
  void aSuccessOnAKnownDeviceForgivesItsFailures() {
    AttemptLimiter limiter = newLimiter(FIVE);
    ClientContext known = client.withKnownDevice("device-1");
    fail(limiter, login, known, 4);
    limiter.settle(admitted(limiter, login, known), Outcome.SUCCESS, deadline());

    fail(limiter, login, known, 4);
    admitted(limiter, login, known);
  }

  @Test
  void aKnownDeviceNeitherSuffersFromItsNetworkNorBurdensIt() {
    AttemptLimiter limiter = newLimiter(new AttemptBudgets(5, MINUTE, HOUR, 2, HOUR, MINUTE));
    ClientContext known = client.withKnownDevice("device-1");
    fail(limiter, login, known, 4);
    fail(limiter, Fixtures.login(), client, 2);

    assertRefused(limiter, Fixtures.login(), client);
    admitted(limiter, login, known);
  }

  @Test
  void theAccountIsRefusedWhereverTheGuessComesFrom() {
    AttemptLimiter limiter = newLimiter(FIVE);
    fail(limiter, login, client, 3);
    fail(limiter, login, ClientContext.unknown(), 2);

    assertRefused(limiter, login, ClientContext.of(address()));
    assertRefused(limiter, login, ClientContext.unknown());
  }

  @Test
  void aSuccessOfAStrangerForgivesNoFailureOfStrangers() {
    AttemptLimiter limiter = newLimiter(FIVE);
    fail(limiter, login, client, 4);
    ClientContext owner = ClientContext.of(address());
    for (int i = 0; i < 10; i++) {
      limiter.settle(admitted(limiter, login, owner), Outcome.SUCCESS, deadline());
    }

    fail(limiter, login, client, 1);
    assertRefused(limiter, login, client);
  }

  @Test
  void guessersInOneNetworkLeaveAnOwnerElsewhereOneAttempt() {
    Duration first = Duration.ofMillis(20);
    AttemptLimiter limiter = newLimiter(new AttemptBudgets(5, first, HOUR, 1000, HOUR, MINUTE));
    ClientContext owner = ClientContext.of(address());
    fail(limiter, login, client, 5);
    for (int i = 0; i < 3; i++) {
      limiter.settle(whenAdmitted(limiter, client), Outcome.FAILURE, deadline());
    }

    assertRefused(limiter, login, client);
    for (int i = 0; i < 10; i++) {
      limiter.settle(admitted(limiter, login, owner), Outcome.SUCCESS, deadline());
    }
  }

  @Test
  void guessersInTwoNetworksSpendTheBudgetTogether() {
    AttemptLimiter limiter = newLimiter(FIVE);
    fail(limiter, login, client, 5);
    fail(limiter, login, ClientContext.of(address()), 1);

    assertRefused(limiter, login, ClientContext.of(address()));
    assertRefused(limiter, login, ClientContext.unknown());
    admitted(limiter, Fixtures.login(), client);
  }

  @Test
  void onceTheBudgetIsSpentEachFailureLengthensTheWaitOfAll() {
    Duration first = Duration.ofMillis(400);
    AttemptLimiter limiter = newLimiter(new AttemptBudgets(3, first, HOUR, 1000, HOUR, MINUTE));
    ClientContext another = ClientContext.of(address());
    fail(limiter, login, client, 2);
    fail(limiter, login, another, 1);
    limiter.settle(whenAdmitted(limiter, client), Outcome.FAILURE, deadline());
    limiter.settle(whenAdmitted(limiter, client), Outcome.FAILURE, deadline());

    assertThat(refused(limiter, login, ClientContext.unknown()))
        .isBetween(first.multipliedBy(2), first.multipliedBy(4));
  }

  @Test
  void allDevicesOfOneAccountHaveOneBudgetTogether() {
    AttemptLimiter limiter = newLimiter(FIVE);
    int guesses = 0;
    for (int device = 0; device < 60; device++) {
      ClientContext known = client.withKnownDevice("device-" + device);
      for (int i = 0; i < 5; i++) {
        if (limiter.reserve(login, known, deadline()) instanceof Decision.Admitted admitted) {
          guesses++;
          limiter.settle(admitted.reservation(), Outcome.FAILURE, deadline());
        }
      }
    }

    assertThat(guesses).isEqualTo(FIVE.allDevicesFailures()).isEqualTo(20);
    assertThat(limiter.reserve(login, client.withKnownDevice("another"), deadline()))
        .isInstanceOfSatisfying(
            Decision.Refused.class,
            refused -> assertThat(refused.budget()).contains(AccessEvent.Budget.DEVICE));
    admitted(limiter, Fixtures.login(), client.withKnownDevice("device-0"));
    admitted(limiter, login, client);
  }

  @Test
  void parallelGuessesOfManyDevicesNeverPassTheirBudget() {
    AttemptLimiter limiter = newLimiter(FIVE);
    AtomicInteger devices = new AtomicInteger();

    List<Decision> decisions =
        Concurrently.call(
            4 * SIXTEEN,
            () ->
                limiter.reserve(
                    login,
                    client.withKnownDevice("device-" + devices.incrementAndGet()),
                    deadline()));

    assertThat(decisions.stream().filter(Decision.Admitted.class::isInstance)).hasSize(20);
  }

  @Test
  void aSuccessOnADeviceForgivesNotWhatAllDevicesFailed() {
    AttemptLimiter limiter = newLimiter(FIVE);
    ClientContext known = client.withKnownDevice("device-1");
    for (int i = 0; i < 5; i++) {
      limiter.settle(admitted(limiter, login, known), Outcome.SUCCESS, deadline());
      fail(limiter, login, known, 4);
    }

    assertRefused(limiter, login, known);
    assertRefused(limiter, login, client.withKnownDevice("device-2"));
  }

  @Test
  void rightPasswordsTakeAttemptsOfTheAccountToo() {
    AttemptLimiter limiter = newLimiter(attempts(3, HOUR));
    for (int i = 0; i < 3; i++) {
      ClientContext each = i == 0 ? client : client.withKnownDevice("device-" + i);
      limiter.settle(admitted(limiter, login, each), Outcome.SUCCESS, deadline());
    }

    for (ClientContext each :
        List.of(client, ClientContext.unknown(), client.withKnownDevice("device-9"))) {
      assertThat(refused(limiter, login, each)).isBetween(Duration.ofMinutes(1), HOUR);
    }
    admitted(limiter, Fixtures.login(), client);
  }

  @Test
  void attemptsOfTheAccountComeBackOneByOne() {
    AttemptLimiter limiter = newLimiter(attempts(2, Duration.ofMillis(1_600)));
    for (int i = 0; i < 2; i++) {
      limiter.settle(admitted(limiter, login, client), Outcome.SUCCESS, deadline());
    }

    assertThat(refused(limiter, login, client)).isLessThanOrEqualTo(Duration.ofMillis(800));
    limiter.settle(whenAdmitted(limiter, client), Outcome.SUCCESS, deadline());
    assertRefused(limiter, login, client);
  }

  @Test
  void aRefusedAttemptTakesNoneOfTheAccounts() {
    AttemptLimiter limiter = newLimiter(new AttemptBudgets(1, MINUTE, HOUR, 2, 1000, HOUR, MINUTE));
    fail(limiter, login, client, 1);
    for (int i = 0; i < 10; i++) {
      assertRefused(limiter, login, client);
    }

    admitted(limiter, login, client.withKnownDevice("device-1"));
  }

  @Test
  void aRefusedNetworkTakesNothingOfTheAccount() {
    AttemptLimiter limiter = newLimiter(new AttemptBudgets(1, MINUTE, HOUR, 2, 1, HOUR, MINUTE));
    fail(limiter, Fixtures.login(), client, 1);
    for (int i = 0; i < 10; i++) {
      assertRefused(limiter, login, client);
    }

    for (int i = 0; i < 2; i++) {
      ClientContext elsewhere = ClientContext.of(address());
      limiter.settle(admitted(limiter, login, elsewhere), Outcome.SUCCESS, deadline());
    }
  }

  @Test
  void whatAllDevicesTogetherRefuseTakesNothing() {
    AttemptBudgets budgets = new AttemptBudgets(1, MINUTE, HOUR, 5, 1000, HOUR, MINUTE);
    AttemptLimiter limiter = newLimiter(budgets);
    for (int device = 0; device < budgets.allDevicesFailures(); device++) {
      fail(limiter, login, client.withKnownDevice("device-" + device), 1);
    }
    for (int i = 0; i < 10; i++) {
      assertRefused(limiter, login, client.withKnownDevice("another"));
    }

    admitted(limiter, login, client);
  }

  private static AttemptBudgets attempts(int number, Duration window) {
    return new AttemptBudgets(1000, MINUTE, HOUR, number, 1000, window, MINUTE);
  }

  @Test
  void anUnknownOutcomeIsAsIfItHadNeverBeenTried() {
    AttemptLimiter limiter = newLimiter(new AttemptBudgets(2, MINUTE, HOUR, 3, HOUR, MINUTE));
    fail(limiter, login, client, 1);
    for (int i = 0; i < 10; i++) {
      limiter.settle(admitted(limiter, login, client), Outcome.UNKNOWN, deadline());
    }

    fail(limiter, login, client, 1);
    assertRefused(limiter, login, client);
    fail(limiter, Fixtures.login(), client, 1);
    assertRefused(limiter, Fixtures.login(), client);
  }

  @Test
  void onlyOneOfSixteenSettles() {
    AttemptLimiter limiter = newLimiter(new AttemptBudgets(2, MINUTE, HOUR, 2, HOUR, MINUTE));
    Reservation reservation = admitted(limiter, login, client);

    Concurrently.call(
        SIXTEEN,
        () -> {
          limiter.settle(reservation, Outcome.FAILURE, deadline());
          return null;
        });
    limiter.settle(reservation, Outcome.SUCCESS, deadline());

    fail(limiter, login, ClientContext.unknown(), 1);
    assertRefused(limiter, login, ClientContext.unknown());
    fail(limiter, Fixtures.login(), client, 1);
    assertRefused(limiter, Fixtures.login(), client);
  }

  @Test
  void theFailureThatSpendsABudgetSaysSoAndNoOther() {
    AttemptLimiter limiter = newLimiter(new AttemptBudgets(2, MINUTE, HOUR, 3, HOUR, MINUTE));
    Reservation first = admitted(limiter, login, client);
    Reservation second = admitted(limiter, login, client);

    assertThat(limiter.settle(first, Outcome.FAILURE, deadline())).isEmpty();
    assertThat(limiter.settle(second, Outcome.FAILURE, deadline()))
        .containsExactly(AccessEvent.Budget.ACCOUNT);
    assertThat(limiter.settle(second, Outcome.FAILURE, deadline())).isEmpty();
    Reservation other = admitted(limiter, Fixtures.login(), client);
    assertThat(limiter.settle(other, Outcome.FAILURE, deadline()))
        .containsExactly(AccessEvent.Budget.NETWORK);
  }

  @Test
  void whatIsSpentIsNotSpentAgainByTheNextFailure() {
    AttemptLimiter limiter =
        newLimiter(new AttemptBudgets(1, Duration.ofMillis(20), HOUR, 1000, HOUR, MINUTE));

    ClientContext known = client.withKnownDevice("device-1");

    assertThat(limiter.settle(whenAdmitted(limiter, known), Outcome.FAILURE, deadline()))
        .containsExactly(AccessEvent.Budget.DEVICE);
    assertThat(limiter.settle(whenAdmitted(limiter, known), Outcome.FAILURE, deadline())).isEmpty();
    limiter.settle(whenAdmitted(limiter, known), Outcome.SUCCESS, deadline());
    assertThat(limiter.settle(whenAdmitted(limiter, known), Outcome.FAILURE, deadline()))
        .containsExactly(AccessEvent.Budget.DEVICE);
  }

  @Test
  void theBudgetOfAKnownDeviceIsItsOwn() {
    AttemptLimiter limiter = newLimiter(new AttemptBudgets(1, MINUTE, HOUR, 1000, HOUR, MINUTE));
    ClientContext known = client.withKnownDevice("device-1");

    assertThat(limiter.settle(admitted(limiter, login, known), Outcome.FAILURE, deadline()))
        .containsExactly(AccessEvent.Budget.DEVICE);
    assertThat(limiter.reserve(login, known, deadline()))
        .isInstanceOfSatisfying(
            Decision.Refused.class,
            refused -> assertThat(refused.budget()).contains(AccessEvent.Budget.DEVICE));
    assertThat(limiter.settle(admitted(limiter, login, client), Outcome.FAILURE, deadline()))
        .containsExactly(AccessEvent.Budget.ACCOUNT);
  }

  @Test
  void whatIsNoFailureSpendsNothing() {
    AttemptLimiter limiter = newLimiter(new AttemptBudgets(1, MINUTE, HOUR, 1, HOUR, MINUTE));

    for (Outcome outcome : List.of(Outcome.SUCCESS, Outcome.UNKNOWN)) {
      assertThat(limiter.settle(admitted(limiter, login, client), outcome, deadline())).isEmpty();
    }
    assertThat(limiter.settle(admitted(limiter, login, client), Outcome.FAILURE, deadline()))
        .containsExactlyInAnyOrder(AccessEvent.Budget.ACCOUNT, AccessEvent.Budget.NETWORK);
  }

  @Test
  void aLeaseThatIsNeverSettledEnds() {
    AttemptLimiter limiter =
        newLimiter(new AttemptBudgets(1, MINUTE, HOUR, 1, HOUR, Duration.ofMillis(400)));
    admittedFor(limiter, Duration.ofMillis(300));

    soon().until(() -> limiter.reserve(login, client, deadline()) instanceof Decision.Admitted);
  }

  @Test
  void aPlaceIsKeptPastTheDeadlineUntilItsLeaseEnds() {
    AttemptLimiter limiter =
        newLimiter(new AttemptBudgets(1, MINUTE, HOUR, 1, HOUR, Duration.ofMillis(200)));
    Deadline longer = Deadline.after(Duration.ofMillis(400));
    Deadline lease = admittedFor(limiter, Duration.ofMillis(400)).lease();
    assertThat(lease.remaining()).isGreaterThan(longer.remaining());

    Decision decision = limiter.reserve(login, client, deadline());
    while (!lease.isExpired()) {
      assertThat(decision).isInstanceOf(Decision.Busy.class);
      decision = limiter.reserve(login, client, deadline());
    }
  }

  @Test
  void aFailureCountsAlsoAfterItsLease() {
    AttemptLimiter limiter =
        newLimiter(new AttemptBudgets(1, MINUTE, HOUR, 1, HOUR, Duration.ofMillis(200)));
    Reservation late = admittedFor(limiter, Duration.ofMillis(300));
    soon().until(late.lease()::isExpired);

    limiter.settle(late, Outcome.FAILURE, deadline());

    assertRefused(limiter, login, ClientContext.unknown());
    assertRefused(limiter, Fixtures.login(), client);
  }

  @Test
  void waitsGrowAndAreNeverLongerThanTold() {
    Duration first = Duration.ofMillis(800);
    AttemptLimiter limiter = newLimiter(new AttemptBudgets(3, first, HOUR, 1000, HOUR, MINUTE));
    ClientContext known = client.withKnownDevice("device-1");
    fail(limiter, login, known, 3);
    assertThat(refused(limiter, login, known)).isBetween(Duration.ofMillis(1), first);

    Reservation once = whenAdmitted(limiter, known);
    // After the budget is spent one attempt is admitted at a time.
    assertThat(limiter.reserve(login, known, deadline())).isInstanceOf(Decision.Busy.class);
    limiter.settle(once, Outcome.FAILURE, deadline());
    assertThat(refused(limiter, login, known)).isBetween(first, first.multipliedBy(2));

    limiter.settle(whenAdmitted(limiter, known), Outcome.SUCCESS, deadline());
    fail(limiter, login, known, 3);
    assertThat(refused(limiter, login, known)).isBetween(Duration.ofMillis(1), first);
  }

  @Test
  void noWaitIsLongerThanTheLongest() {
    Duration longest = Duration.ofMillis(300);
    AttemptLimiter limiter =
        newLimiter(new AttemptBudgets(1, longest, longest, 1000, HOUR, MINUTE));
    for (int i = 0; i < 3; i++) {
      limiter.settle(whenAdmitted(limiter, client), Outcome.FAILURE, deadline());
      Decision decision = limiter.reserve(login, client, deadline());
      if (decision instanceof Decision.Refused refused) {
        assertThat(refused.retryAfter()).isLessThanOrEqualTo(longest);
      } else {
        // So slow a machine that the wait was over: then it was not too long either.
        limiter.settle(((Decision.Admitted) decision).reservation(), Outcome.UNKNOWN, deadline());
      }
    }
  }

  @Test
  void aNetworkHasABudgetApartFromTheAccounts() {
    AttemptLimiter limiter = newLimiter(new AttemptBudgets(1000, MINUTE, HOUR, 5, HOUR, MINUTE));
    for (int i = 0; i < 5; i++) {
      fail(limiter, Fixtures.login(), client, 1);
    }

    assertThat(refused(limiter, login, client)).isBetween(Duration.ofMinutes(50), HOUR);
    admitted(limiter, login, ClientContext.of(address()));
    admitted(limiter, login, ClientContext.unknown());
  }

  @Test
  void parallelGuessesFromOneNetworkNeverPassItsBudget() {
    AttemptLimiter limiter = newLimiter(new AttemptBudgets(1000, MINUTE, HOUR, 5, HOUR, MINUTE));

    List<Decision> decisions =
        Concurrently.call(4 * SIXTEEN, () -> limiter.reserve(Fixtures.login(), client, deadline()));

    assertThat(decisions.stream().filter(Decision.Admitted.class::isInstance)).hasSize(5);
    assertThat(decisions.stream().filter(Decision.Busy.class::isInstance)).hasSize(4 * SIXTEEN - 5);
  }

  @Test
  void aSuccessReturnsItsOwnAttemptToTheNetworkAndNoOther() {
    AttemptLimiter limiter = newLimiter(new AttemptBudgets(1000, MINUTE, HOUR, 3, HOUR, MINUTE));
    fail(limiter, Fixtures.login(), client, 2);
    for (int i = 0; i < 10; i++) {
      limiter.settle(admitted(limiter, login, client), Outcome.SUCCESS, deadline());
    }

    fail(limiter, Fixtures.login(), client, 1);
    assertThat(limiter.reserve(login, client, deadline()))
        .isInstanceOfSatisfying(
            Decision.Refused.class,
            refused -> assertThat(refused.budget()).contains(AccessEvent.Budget.NETWORK));
  }

  @Test
  void whatTheAccountRefusesTheNetworkGetsBack() {
    AttemptLimiter limiter = newLimiter(new AttemptBudgets(1, MINUTE, HOUR, 3, HOUR, MINUTE));
    fail(limiter, login, ClientContext.unknown(), 1);
    for (int i = 0; i < 10; i++) {
      assertRefused(limiter, login, client);
    }

    for (int i = 0; i < 3; i++) {
      fail(limiter, Fixtures.login(), client, 1);
    }
    assertRefused(limiter, Fixtures.login(), client);
  }

  @Test
  void aNetworksFailuresAreForgottenAfterTheWindow() {
    AttemptLimiter limiter =
        newLimiter(new AttemptBudgets(1000, MINUTE, HOUR, 2, Duration.ofMillis(700), MINUTE));
    fail(limiter, Fixtures.login(), client, 2);

    soon()
        .until(
            () ->
                limiter.reserve(Fixtures.login(), client, deadline()) instanceof Decision.Admitted);
  }

  @Test
  void oneIpv6SubscriberIsOneNetwork() throws UnknownHostException {
    AttemptLimiter limiter = newLimiter(new AttemptBudgets(1000, MINUTE, HOUR, 4, HOUR, MINUTE));
    byte[] one = new byte[16];
    new SecureRandom().nextBytes(one);
    one[0] = 0x20;
    for (int i = 0; i < 4; i++) {
      one[15] = (byte) i;
      one[8] = (byte) (i * 50);
      fail(limiter, Fixtures.login(), ClientContext.of(InetAddress.getByAddress(one)), 1);
    }
    one[15] = 99;
    assertRefused(limiter, login, ClientContext.of(InetAddress.getByAddress(one)));

    one[7]++;
    admitted(limiter, login, ClientContext.of(InetAddress.getByAddress(one)));
  }

  @Test
  void anExpiredDeadlineIsAStoreExceptionAndOpensNothing() {
    AttemptLimiter limiter = newLimiter(new AttemptBudgets(2, MINUTE, HOUR, 1000, HOUR, MINUTE));
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> limiter.reserve(login, client, expired()));

    fail(limiter, login, client, 2);
    assertRefused(limiter, login, client);
  }

  private Reservation whenAdmitted(AttemptLimiter limiter, ClientContext client) {
    List<Reservation> admitted = new ArrayList<>();
    soon()
        .until(
            () -> {
              if (limiter.reserve(login, client, deadline()) instanceof Decision.Admitted a) {
                admitted.add(a.reservation());
              }
              return !admitted.isEmpty();
            });
    return admitted.get(0);
  }

  /** A busy machine may need more time than that: then it is tried again. */
  private Reservation admittedFor(AttemptLimiter limiter, Duration wait) {
    Decision decision =
        soon()
            .ignoreException(StoreException.class)
            .until(
                () -> limiter.reserve(login, client, Deadline.after(wait)),
                Decision.Admitted.class::isInstance);
    return ((Decision.Admitted) decision).reservation();
  }

  private static Reservation admitted(AttemptLimiter limiter, LoginId login, ClientContext client) {
    Decision decision = limiter.reserve(login, client, deadline());
    assertThat(decision).isInstanceOf(Decision.Admitted.class);
    Reservation reservation = ((Decision.Admitted) decision).reservation();
    assertThat(reservation.loginId()).isEqualTo(login);
    return reservation;
  }

  private static void fail(AttemptLimiter limiter, LoginId login, ClientContext client, int times) {
    for (int i = 0; i < times; i++) {
      limiter.settle(admitted(limiter, login, client), Outcome.FAILURE, deadline());
    }
  }

  private static Duration refused(AttemptLimiter limiter, LoginId login, ClientContext client) {
    Decision decision = limiter.reserve(login, client, deadline());
    assertThat(decision).isInstanceOf(Decision.Refused.class);
    return ((Decision.Refused) decision).retryAfter();
  }

  private static void assertRefused(AttemptLimiter limiter, LoginId login, ClientContext client) {
    assertThat(refused(limiter, login, client)).isPositive();
  }

  private static ConditionFactory soon() {
    return await().atMost(Duration.ofSeconds(15)).pollInterval(Duration.ofMillis(20));
  }

  private static InetAddress address() {
    byte[] bytes = new byte[4];
    new SecureRandom().nextBytes(bytes);
    bytes[0] = 10;
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("four bytes are an address", e);
    }
  }
}
