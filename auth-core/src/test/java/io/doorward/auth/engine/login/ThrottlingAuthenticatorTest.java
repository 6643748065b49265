package io.doorward.auth.engine.login;

import static io.doorward.auth.fixture.Fixtures.ANNA;
import static io.doorward.auth.fixture.Fixtures.CLIENT;
import static io.doorward.auth.fixture.Fixtures.RIGHT;
import static io.doorward.auth.fixture.Fixtures.WRONG;
import static io.doorward.auth.fixture.Fixtures.attempt;
import static io.doorward.auth.fixture.Fixtures.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.account.CredentialVersion;
import io.doorward.auth.account.Epoch;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.event.AccessEvent.Budget;
import io.doorward.auth.event.AccessEvent.BudgetSpent;
import io.doorward.auth.event.AccessEvent.LoginThrottled;
import io.doorward.auth.event.AccessEvent.Source;
import io.doorward.auth.event.AccessEvent.Step;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.ServiceEvent.BackendFailed;
import io.doorward.auth.fixture.Contexts;
import io.doorward.auth.fixture.Events;
import io.doorward.auth.fixture.Fixtures;
import io.doorward.auth.fixture.HandClock;
import io.doorward.auth.fixture.HandExecutor;
import io.doorward.auth.fixture.Together;
import io.doorward.auth.fixture.Wire;
import io.doorward.auth.guard.Bulkhead;
import io.doorward.auth.login.Authenticator;
import io.doorward.auth.login.Authenticator.AuthenticationResult;
import io.doorward.auth.login.Authenticator.AuthenticationResult.Authenticated;
import io.doorward.auth.login.Authenticator.AuthenticationResult.NextStep;
import io.doorward.auth.login.Authenticator.AuthenticationResult.Rejected;
import io.doorward.auth.login.Authenticator.AuthenticationResult.Throttled;
import io.doorward.auth.login.Authenticator.AuthenticationResult.Unavailable;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.password.Password;
import io.doorward.auth.throttle.AttemptBudgets;
import io.doorward.auth.throttle.AttemptLimiter;
import io.doorward.auth.throttle.AttemptLimiter.Decision.Admitted;
import io.doorward.auth.throttle.AttemptLimiter.Decision.Busy;
import io.doorward.auth.throttle.AttemptLimiter.Decision.Refused;
import io.doorward.auth.throttle.AttemptLimiter.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ThrottlingAuthenticatorTest {
  private static final Duration RETRY = Duration.ofSeconds(1);
  private static final Authenticated YES =
      new Authenticated(
          AccountId.random(),
          new CredentialVersion(1, "tag"),
          new Epoch(1, "tag"),
          Set.of("pwd"),
          Source.DATABASE,
          Map.of());

  private static final Rejected NO = new Rejected(Optional.of(AccountId.random()));

  private final HandClock ticker = new HandClock();
  private final HandExecutor executor = new HandExecutor();
  private final Events events = new Events();
  private final Wire toShared = Wire.to("shared");
  private final AtomicInteger decided = new AtomicInteger();

  /** What the wrapped authenticator does: the right password opens. */
  private volatile Authenticator decision =
      (attempt, deadline) -> attempt.password().equals(RIGHT) ? YES : NO;

  private Bulkhead waiting = Bulkhead.of("waiting", 64, 0);
  private AttemptLimiter shared = limiter(5);
  private AttemptLimiter local = limiter(5);

  private AttemptLimiter limiter(int failures) {
    return limiter(failures, Duration.ofSeconds(10), Duration.ofSeconds(30));
  }

  private AttemptLimiter limiter(int failures, Duration wait, Duration lease) {
    AttemptBudgets budgets =
        new AttemptBudgets(
            failures, wait, Duration.ofMinutes(15), 50, Duration.ofMinutes(10), lease);
    return AttemptLimiter.local(budgets, 100, ticker);
  }

  private AuthenticationResult login(Password password) {
    return login(password, soon());
  }

  private AuthenticationResult login(Password password, Deadline deadline) {
    return login(attempt(password), deadline);
  }

  private AuthenticationResult loginOnDevice(Password password) {
    return login(attempt(password).withClient(CLIENT.withKnownDevice("device")), soon());
  }

  private AuthenticationResult login(LoginAttempt asked, Deadline deadline) {
    PasswordCheck check =
        (attempt, until) -> {
          decided.incrementAndGet();
          return Optional.of(decision.authenticate(attempt, until));
        };
    return over(check).authenticate(asked, deadline);
  }

  private ThrottlingAuthenticator over(PasswordCheck check) {
    return new ThrottlingAuthenticator(
        check,
        toShared.end(AttemptLimiter.class, shared),
        local,
        waiting,
        Contexts.once(ticker, executor, events));
  }

  @Test
  void overBudgetNothingIsDecidedAnyMore() {
    for (int i = 0; i < 5; i++) {
      assertThat(login(WRONG)).isEqualTo(NO);
    }

    assertThat(login(RIGHT)).isEqualTo(new Throttled(Duration.ofSeconds(10)));
    assertThat(decided).hasValue(5);
    assertThat(events.all())
        .containsExactly(
            new BudgetSpent(NO.account(), Budget.ACCOUNT, CLIENT.network()),
            new LoginThrottled(
                CLIENT.network(), Optional.of(Budget.ACCOUNT), Duration.ofSeconds(10)));
    ticker.advance(Duration.ofSeconds(10));
    assertThat(login(RIGHT)).isInstanceOf(Authenticated.class);
  }

  @Test
  void aFailureIsRecordedBeforeItIsAnswered() {
    AtomicBoolean recorded = new AtomicBoolean();
    toShared.after("settle", () -> recorded.set(true));

    login(WRONG);
    assertThat(recorded).isTrue();
  }

  @Test
  void aSuccessOfAStrangerForgivesNothing() {
    for (int i = 0; i < 4; i++) {
      assertThat(login(WRONG)).isEqualTo(NO);
      assertThat(login(RIGHT)).isInstanceOf(Authenticated.class);
    }

    assertThat(login(WRONG)).isEqualTo(NO);
    assertThat(login(RIGHT)).isInstanceOf(Throttled.class);
  }

  @Test
  void aDeviceThatIsNotKnownAfterAllIsAdmittedAsAStranger() {
    LoginAttempt claiming = attempt(RIGHT).withClient(CLIENT.withKnownDevice("moved"));
    List<ClientContext> asked = new ArrayList<>();
    ThrottlingAuthenticator throttled =
        over(
            (attempt, until) -> {
              asked.add(attempt.client());
              boolean isKnown = attempt.client().knownDevice().isPresent();
              return isKnown ? Optional.empty() : Optional.of(NO);
            });
    for (int i = 0; i < 5; i++) {
      assertThat(throttled.authenticate(claiming, soon())).isEqualTo(NO);
    }

    assertThat(throttled.authenticate(claiming, soon())).isInstanceOf(Throttled.class);
    assertThat(asked).hasSize(5 + 5 + 1);
    assertThat(events.of(BudgetSpent.class))
        .containsExactly(new BudgetSpent(NO.account(), Budget.ACCOUNT, CLIENT.network()));
  }

  @Test
  void aRightPasswordThatNeedsAFurtherStepCountsAsSuccess() {
    for (int i = 0; i < 4; i++) {
      loginOnDevice(WRONG);
    }
    decision = (attempt, deadline) -> new NextStep("otp");
    assertThat(loginOnDevice(RIGHT)).isEqualTo(new NextStep("otp"));
    decision = (attempt, deadline) -> NO;

    assertThat(loginOnDevice(WRONG)).isEqualTo(NO);
    assertThat(loginOnDevice(WRONG)).isEqualTo(NO);
  }

  @Test
  void theWaitForAPlaceIsTimed() {
    toShared.before("reserve", () -> ticker.advance(Duration.ofMillis(3)));

    assertThat(login(RIGHT)).isEqualTo(YES.with(Step.THROTTLE, Duration.ofMillis(3)));
  }

  @Test
  void whoFindsTheBudgetInFlightWaitsAndThenSucceeds() {
    shared = limiter(1);
    Held held = new Held();
    decision = held.then(decision);
    CompletableFuture<AuthenticationResult> first = Together.start(() -> login(RIGHT));
    held.awaitInside(1);
    CompletableFuture<AuthenticationResult> second = Together.start(() -> login(RIGHT));
    awaitReservations(3);
    assertThat(decided).as("only the first is in").hasValue(1);

    held.letGo();
    assertThat(Together.join(first)).isInstanceOf(Authenticated.class);
    assertThat(Together.join(second)).isInstanceOf(Authenticated.class);
  }

  @Test
  void aRightPasswordIsNotRefusedBecauseFifteenOthersAreInFlight() {
    local = limiter(50);
    Held held = new Held();
    decision =
        held.then(
            (attempt, deadline) -> attempt.password().equals(RIGHT) ? YES : new Unavailable(RETRY));
    List<CompletableFuture<AuthenticationResult>> others = new ArrayList<>();
    for (int i = 0; i < 15; i++) {
      others.add(Together.start(() -> login(WRONG)));
    }
    held.awaitInside(5);
    CompletableFuture<AuthenticationResult> right = Together.start(() -> login(RIGHT));
    awaitReservations(5 + 10 + 1);
    held.letGo();

    assertThat(Together.join(right)).isInstanceOf(Authenticated.class);
    others.forEach(other -> assertThat(Together.join(other)).isInstanceOf(Unavailable.class));
  }

  @Test
  void ofOneAccountAQuarterWaitsAndTheRestIsThrottledAtOnce() {
    Held held = new Held();
    decision = held.then(decision);
    List<CompletableFuture<AuthenticationResult>> attempts = new ArrayList<>();
    for (int i = 0; i < 250; i++) {
      attempts.add(Together.start(() -> login(RIGHT)));
    }

    Awaitility.await().until(() -> done(attempts) == 250 - 5 - 64 / 4);
    assertThat(attempts.stream().filter(CompletableFuture::isDone).map(Together::join))
        .containsOnly(new Throttled(RETRY));
    assertThat(events.of(LoginThrottled.class))
        .containsOnly(new LoginThrottled(CLIENT.network(), Optional.empty(), RETRY));

    held.letGo();
    assertThat(attempts.stream().map(Together::join).filter(Authenticated.class::isInstance))
        .hasSize(5 + 64 / 4);
    assertThat(waiting.toString()).endsWith("inside=0]");
  }

  private static long done(List<CompletableFuture<AuthenticationResult>> attempts) {
    return attempts.stream().filter(CompletableFuture::isDone).count();
  }

  @Test
  void sixteenRightPasswordsAtOnceAllOpen() {
    assertThat(Together.call(16, () -> login(RIGHT)))
        .hasSize(16)
        .allMatch(Authenticated.class::isInstance);
  }

  @Test
  void guessesAtOnceGetNoMoreThanTheBudget() {
    assertThat(Together.call(16, () -> login(WRONG)))
        .filteredOn(Rejected.class::isInstance)
        .hasSize(5);
    assertThat(decided).hasValue(5);
  }

  @Test
  void whatCouldNotBeDecidedIsNotAFailure() {
    decision = (attempt, deadline) -> new Unavailable(RETRY);
    for (int i = 0; i < 20; i++) {
      assertThat(login(RIGHT)).isEqualTo(new Unavailable(RETRY));
    }
    decision = (attempt, deadline) -> YES;

    assertThat(login(RIGHT)).isInstanceOf(Authenticated.class);
  }

  @Test
  void whatThrewIsNotAFailureAndTakesNoPlace() {
    shared = limiter(1);
    decision =
        (attempt, deadline) -> {
          throw new IllegalStateException("thrown by the test");
        };
    assertThatThrownBy(() -> login(RIGHT)).hasMessage("thrown by the test");
    decision = (attempt, deadline) -> YES;

    assertThat(login(RIGHT)).isInstanceOf(Authenticated.class);
  }

  @Test
  void whileTheSharedLimiterIsAwayTheLocalBudgetHolds() {
    toShared.cut();
    for (int i = 0; i < 5; i++) {
      assertThat(login(WRONG)).isEqualTo(NO);
    }

    assertThat(login(RIGHT)).isInstanceOf(Throttled.class);
    assertThat(decided).hasValue(5);
    assertThat(events.of(BudgetSpent.class))
        .containsExactly(new BudgetSpent(NO.account(), Budget.ACCOUNT, CLIENT.network()));
    assertThat(events.of(BackendFailed.class))
        .containsOnly(new BackendFailed(Part.ATTEMPT_LIMITER, Kind.UNREACHABLE));
  }

  @Test
  void theLocalBudgetHoldsEvenWhenTheTimeIsUp() {
    toShared.cut();

    assertThat(login(WRONG, Fixtures.over())).isEqualTo(NO);
  }

  @Test
  void aFailureThatTheSharedLimiterCannotBeToldIsCountedLocally() {
    toShared.cut("settle", Kind.TIMEOUT);
    for (int i = 0; i < 5; i++) {
      assertThat(login(WRONG)).isEqualTo(NO);
    }
    toShared.cut();

    assertThat(login(RIGHT)).isInstanceOf(Throttled.class);
  }

  @Test
  void aFailureThatOnlyThisNodeKnowsCountsWhileTheOthersAnswer() {
    shared = limiter(5, Duration.ofMinutes(15), Duration.ofMillis(1));
    local = limiter(5, Duration.ofMinutes(15), Duration.ofMillis(1));
    toShared.cut("settle", Kind.TIMEOUT);
    List<AuthenticationResult> answers = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      answers.add(login(WRONG, second()));
      // The shared limiter forgets what it was not told of.
      ticker.advance(Duration.ofSeconds(2));
    }

    assertThat(answers).filteredOn(NO::equals).hasSize(5);
    assertThat(decided).hasValue(5);
    assertThat(toShared.calls("reserve")).as("those that were decided").isEqualTo(5);
  }

  @Test
  void aFailureThatAllNodesKnowIsNotKeptHere() {
    for (int i = 0; i < 4; i++) {
      login(WRONG);
    }
    shared = limiter(5);

    for (int i = 0; i < 5; i++) {
      assertThat(login(WRONG)).as("forgiven elsewhere").isEqualTo(NO);
    }
  }

  @Test
  void aSuccessForgetsTheFailuresThatOnlyThisNodeKnows() {
    toShared.cut();
    for (int i = 0; i < 4; i++) {
      loginOnDevice(WRONG);
    }
    toShared.mend();
    loginOnDevice(RIGHT);
    toShared.cut();

    for (int i = 0; i < 5; i++) {
      assertThat(loginOnDevice(WRONG)).isEqualTo(NO);
    }
  }

  @Test
  void wherePlacesAreRefusedElsewhereNoneIsTakenHere() {
    local = limiter(1);
    shared = limiter(1);
    Admitted inFlight = (Admitted) shared.reserve(ANNA, CLIENT, soon());
    login(RIGHT, Deadline.after(Duration.ofMillis(20)));
    shared.settle(inFlight.reservation(), Outcome.UNKNOWN, soon());

    assertThat(login(RIGHT)).isInstanceOf(Authenticated.class);
  }

  @Test
  void whereNoneCountsForAllOnePlaceIsTakenAndNotTwo() {
    local = limiter(1);
    AtomicInteger inside = new AtomicInteger();
    Authenticator alone =
        new ThrottlingAuthenticator(
            (attempt, deadline) -> {
              inside.incrementAndGet();
              return Optional.of(YES);
            },
            local,
            local,
            waiting,
            Contexts.once(ticker, executor, events));

    assertThat(alone.authenticate(attempt(RIGHT), soon())).isInstanceOf(Authenticated.class);
    assertThat(inside).hasValue(1);
  }

  @Test
  void aPlaceIsKeptWhileItsAttemptMayStillCompare() {
    shared = limiter(1, Duration.ofSeconds(10), Duration.ofMillis(1));
    local = limiter(50);
    Held held = new Held();
    decision = held.then(decision);
    CompletableFuture<AuthenticationResult> first =
        Together.start(() -> login(WRONG, Deadline.after(Duration.ofSeconds(8), ticker)));
    held.awaitInside(1);
    ticker.advance(Duration.ofSeconds(8));
    CompletableFuture<AuthenticationResult> second = Together.start(() -> login(WRONG));
    awaitReservations(3);
    assertThat(decided).as("the lease is a moment longer than the deadline").hasValue(1);

    held.letGo();
    assertThat(Together.join(first)).isEqualTo(NO);
    assertThat(Together.join(second)).isInstanceOf(Throttled.class);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatIsFoundOutAfterTheLeaseIsNotAnswered(boolean right) {
    decision =
        (attempt, deadline) -> {
          ticker.advance(Duration.ofSeconds(1 + 30 + 1));
          return attempt.password().equals(RIGHT) ? YES : NO;
        };

    assertThat(login(right ? RIGHT : WRONG, second())).isInstanceOf(Unavailable.class);
    assertThat(events.all()).containsExactly(new BackendFailed(Part.ATTEMPT_LIMITER, Kind.TIMEOUT));
  }

  @Test
  void aFailureFoundOutAfterTheLeaseCounts() {
    shared = limiter(5, Duration.ofMinutes(15), Duration.ofSeconds(30));
    decision =
        (attempt, deadline) -> {
          ticker.advance(Duration.ofSeconds(1 + 30 + 1));
          return NO;
        };
    for (int i = 0; i < 5; i++) {
      assertThat(login(WRONG, second())).isInstanceOf(Unavailable.class);
    }

    assertThat(login(WRONG, second())).isInstanceOf(Throttled.class);
  }

  private Deadline second() {
    return Deadline.after(Duration.ofSeconds(1), ticker);
  }

  @Test
  void aSuccessThatTheSharedLimiterCannotBeToldIsStillOne() {
    toShared.cut("settle", Kind.TIMEOUT);

    assertThat(login(RIGHT)).isInstanceOf(Authenticated.class);
    executor.runAll();
    assertThat(events.all())
        .hasSize(2)
        .containsOnly(new BackendFailed(Part.ATTEMPT_LIMITER, Kind.TIMEOUT));
  }

  @ParameterizedTest
  @EnumSource(Outcome.class)
  void whatCouldNotBeSettledInTimeIsSettledInTheBackground(Outcome outcome) {
    shared = limiter(1);
    decision =
        (attempt, deadline) ->
            switch (outcome) {
              case SUCCESS -> YES;
              case FAILURE -> NO;
              case UNKNOWN -> new Unavailable(RETRY);
            };
    toShared.cut("settle", Kind.TIMEOUT, 1);
    login(RIGHT);
    assertThat(shared.reserve(ANNA, CLIENT, soon())).as("still taken").isInstanceOf(Busy.class);

    executor.runAll();
    assertThat(shared.reserve(ANNA, CLIENT, soon()))
        .isInstanceOf(outcome == Outcome.FAILURE ? Refused.class : Admitted.class);
  }

  @Test
  void whatTheLocalLimiterAdmittedIsSettledThere() {
    shared = limiter(1);
    toShared.cut("reserve", Kind.UNREACHABLE, 1);

    assertThat(login(WRONG)).isEqualTo(NO);
    assertThat(toShared.calls("settle")).isZero();
    assertThat(login(RIGHT)).as("nothing was counted there").isInstanceOf(Authenticated.class);
  }

  @Test
  void onlyAnAttemptThatHasToWaitNeedsAPlaceToWait() {
    waiting = Bulkhead.of("waiting", 1, 0);

    AuthenticationResult admitted = waiting.call(soon(), () -> login(RIGHT));
    assertThat(admitted).isInstanceOf(Authenticated.class);
    for (int i = 0; i < 5; i++) {
      login(WRONG);
    }
    AuthenticationResult refused = waiting.call(soon(), () -> login(RIGHT));
    assertThat(refused).isEqualTo(new Throttled(Duration.ofSeconds(10)));
  }

  @Test
  void aPlaceThatIsFreeInAMomentIsWaitedForToo() {
    toShared.answer("reserve", new Busy(Duration.ofNanos(1)));
    toShared.after(
        "reserve",
        () -> {
          if (toShared.calls("reserve") == 3) {
            toShared.mend();
          }
        });

    assertThat(login(RIGHT)).isInstanceOf(Authenticated.class);
    assertThat(toShared.calls("reserve")).isEqualTo(3);
  }

  @Test
  void theDeadlineEndsTheWaitForAPlace() {
    shared = limiter(1);
    shared.reserve(ANNA, CLIENT, soon());
    toShared.after("reserve", () -> ticker.advance(Duration.ofMillis(400)));

    assertThat(login(RIGHT, second())).isInstanceOf(Unavailable.class);
    assertThat(toShared.calls("reserve")).isEqualTo(3);
    assertThat(decided).hasValue(0);
    assertThat(events.all()).containsExactly(new BackendFailed(Part.ATTEMPT_LIMITER, Kind.REFUSED));
  }

  @Test
  void anInterruptEndsTheWaitAndIsKept() {
    shared = limiter(1);
    shared.reserve(ANNA, CLIENT, soon());
    Thread.currentThread().interrupt();

    assertThat(login(RIGHT)).isInstanceOf(Unavailable.class);
    assertThat(Thread.interrupted()).isTrue();
  }

  private void awaitReservations(int number) {
    Awaitility.await().until(() -> toShared.calls("reserve") >= number);
  }

  /** Holds decisions until it is told to let go. */
  private final class Held {
    private final CountDownLatch go = new CountDownLatch(1);

    Authenticator then(Authenticator next) {
      return (attempt, deadline) -> {
        Together.await(go);
        return next.authenticate(attempt, deadline);
      };
    }

    void awaitInside(int number) {
      Awaitility.await().until(() -> decided.get() == number);
    }

    void letGo() {
      go.countDown();
    }
  }
}
