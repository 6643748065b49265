package io.doorward.auth;

import static io.doorward.auth.fixture.Fixtures.ANNA;
import static io.doorward.auth.fixture.Fixtures.CLIENT;
import static io.doorward.auth.fixture.Fixtures.NEXT;
import static io.doorward.auth.fixture.Fixtures.RIGHT;
import static io.doorward.auth.fixture.Fixtures.WRONG;
import static io.doorward.auth.fixture.Fixtures.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.AuthService.PasswordChange;
import io.doorward.auth.AuthService.PasswordChangeResult;
import io.doorward.auth.AuthService.SignUp;
import io.doorward.auth.account.Credential;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.event.AccessEvent.Budget;
import io.doorward.auth.event.AccessEvent.BudgetSpent;
import io.doorward.auth.event.AccessEvent.LoginRefusal;
import io.doorward.auth.event.AccessEvent.LoginRejected;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.ServiceEvent.BackendFailed;
import io.doorward.auth.fixture.Together;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.login.LoginResult.Rejected;
import io.doorward.auth.login.LoginResult.Success;
import io.doorward.auth.login.LoginResult.Throttled;
import io.doorward.auth.login.LoginResult.Unavailable;
import io.doorward.auth.password.Password;
import io.doorward.auth.throttle.AttemptBudgets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class KnownDevicesTest {
  private static final LoginId MALLORY = LoginId.email("mallory@example.org");

  private Machine machine = new Machine();

  @BeforeEach
  void annaHasAnAccount() {
    machine.signUp();
  }

  @AfterEach
  void stop() {
    machine.close();
  }

  private LoginResult login(Password password, ClientContext client) {
    return login(ANNA, password, client);
  }

  private LoginResult login(LoginId loginId, Password password, ClientContext client) {
    return machine.service.login(new LoginAttempt(loginId, password, client), soon());
  }

  private void lockOutStrangers() {
    lockOutStrangers(RIGHT);
  }

  private void lockOutStrangers(Password right) {
    lockOutStrangers(ANNA, right);
  }

  private void lockOutStrangers(LoginId loginId, Password right) {
    for (int i = 0; i < 5; i++) {
      login(loginId, WRONG, CLIENT);
    }
    assertThat(login(loginId, right, CLIENT)).isInstanceOf(Throttled.class);
  }

  private static ClientContext on(Success session) {
    return CLIENT.withDeviceCookie(session.deviceCookie().orElseThrow().reveal());
  }

  @Test
  void guessesOfStrangersDoNotLockAKnownDeviceOut() {
    ClientContext home = on(machine.enter(RIGHT));
    lockOutStrangers();

    assertThat(login(RIGHT, home)).isInstanceOf(Success.class);
    assertThat(login(RIGHT, CLIENT)).as("a stranger still").isInstanceOf(Throttled.class);
  }

  @Test
  void aKnownDeviceThatGuessesIsLockedOutItself() {
    ClientContext stolen = on(machine.enter(RIGHT));
    ClientContext home = on(machine.enter(RIGHT));
    for (int i = 0; i < 5; i++) {
      assertThat(login(WRONG, stolen)).isInstanceOf(LoginResult.Rejected.class);
    }

    assertThat(login(RIGHT, stolen)).isInstanceOf(Throttled.class);
    assertThat(login(RIGHT, home)).isInstanceOf(Success.class);
    assertThat(login(RIGHT, CLIENT)).isInstanceOf(Success.class);
  }

  @Test
  void aForgedCookieAndACallersClaimAreStrangers() {
    Success session = machine.enter(RIGHT);
    lockOutStrangers();

    String genuine = session.deviceCookie().orElseThrow().reveal();
    assertThat(login(RIGHT, CLIENT.withDeviceCookie("A" + genuine.substring(1))))
        .isInstanceOf(Throttled.class);
    assertThat(login(RIGHT, CLIENT.withKnownDevice("claimed"))).isInstanceOf(Throttled.class);
  }

  @Test
  void aPasswordChangeKnowsDevicesToo() {
    Success session = machine.enter(RIGHT);
    lockOutStrangers();

    PasswordChangeResult result =
        machine.service.changePassword(
            new PasswordChange(session.principal(), RIGHT, NEXT, on(session)), soon());

    assertThat(result)
        .isInstanceOfSatisfying(
            PasswordChangeResult.Changed.class,
            changed ->
                assertThat(login(NEXT, on(changed.renewed().orElseThrow())))
                    .isInstanceOf(Success.class));
  }

  /** The account's oldest identifier is another one than the one that the caller logs in with. */
  @Test
  void aPasswordChangeKnowsTheDeviceUnderTheIdentifierThatItUsed() {
    LoginId phone = LoginId.phone("+4915112345678");
    machine.accounts.addLoginId(machine.anna().account(), phone, OperationId.random(), soon());
    Success session = (Success) login(phone, RIGHT, CLIENT);
    lockOutStrangers();

    PasswordChangeResult result =
        machine.service.changePassword(
            new PasswordChange(session.principal(), RIGHT, NEXT, on(session)), soon());

    assertThat(result).isInstanceOf(PasswordChangeResult.Changed.class);
    Success renewed = ((PasswordChangeResult.Changed) result).renewed().orElseThrow();
    lockOutStrangers(phone, NEXT);
    assertThat(login(phone, NEXT, on(renewed)))
        .as("the new cookie is one of the same identifier")
        .isInstanceOf(Success.class);
  }

  /** Strangers have spent the attempts of the oldest one. */
  @Test
  void aPasswordChangeWithoutACookieIsOfTheSessionsIdentifier() {
    LoginId phone = LoginId.phone("+4915112345678");
    machine.accounts.addLoginId(machine.anna().account(), phone, OperationId.random(), soon());
    Success session = (Success) login(phone, RIGHT, CLIENT);
    lockOutStrangers();

    assertThat(machine.change(session, RIGHT, NEXT))
        .isInstanceOf(PasswordChangeResult.Changed.class);
  }

  @Test
  void aPasswordChangeEndsTheCookiesOfBefore() {
    Success session = machine.enter(RIGHT);
    ClientContext stolen = on(machine.enter(RIGHT));
    assertThat(machine.change(session, RIGHT, NEXT))
        .isInstanceOf(PasswordChangeResult.Changed.class);
    lockOutStrangers(NEXT);

    assertThat(login(NEXT, stolen)).isInstanceOf(Throttled.class);
  }

  @Test
  void aCookieOfADeletedAccountIsAStrangersAtTheNextOne() {
    Success session = machine.enter(RIGHT);
    ClientContext old = on(session);
    machine.service.admin().deleteAccount(session.principal().account(), soon());
    machine.signUp();
    lockOutStrangers(RIGHT);

    assertThat(login(RIGHT, old)).isInstanceOf(Throttled.class);
  }

  @Test
  void aCookieOfAnAccountThatIsGoneIsAStrangers() {
    Success session = machine.enter(RIGHT);
    machine.service.admin().deleteAccount(session.principal().account(), soon());

    for (int i = 0; i < 5; i++) {
      assertThat(login(RIGHT, on(session))).isInstanceOf(LoginResult.Rejected.class);
    }
    assertThat(login(RIGHT, on(session))).isInstanceOf(Throttled.class);
    assertThat(login(RIGHT, CLIENT)).isInstanceOf(Throttled.class);
  }

  @Test
  void anotherHashOfTheSamePasswordEndsNoCookie() {
    ClientContext home = on(machine.enter(RIGHT));
    Credential before = machine.anna();
    machine.accounts.rehash(
        before.account(),
        before.version(),
        machine.hasher.hash(RIGHT),
        OperationId.random(),
        soon());
    lockOutStrangers();

    assertThat(login(RIGHT, home)).isInstanceOf(Success.class);
  }

  @Test
  void sixtyCookiesGetNoMoreThanTheBudgetOfAllDevices() {
    List<ClientContext> devices = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      devices.add(on(machine.enter(RIGHT)));
    }
    int before = machine.hasher.compared();

    for (int i = 0; i < 300; i++) {
      login(WRONG, devices.get(i % devices.size()));
    }

    assertThat(machine.hasher.compared() - before)
        .isEqualTo(AttemptBudgets.defaults().allDevicesFailures());
  }

  @Test
  void anOwnerWithoutACookieDoesNotForgiveWhatStrangersFailed() {
    int before = machine.hasher.compared();
    int renewals = 0;
    for (int i = 0; i < 40; i++) {
      login(WRONG, CLIENT);
      if (i % 4 == 3 && login(RIGHT, CLIENT) instanceof Success) {
        renewals++;
      }
    }

    assertThat(machine.hasher.compared() - before - renewals).as("guesses").isEqualTo(5);
  }

  @Test
  void afterAHundredFailuresOnlyAKnownDeviceOpensTheAccount() {
    ClientContext home = on(machine.enter(RIGHT));
    machine.forget();
    fail(100, CLIENT);
    assertThat(machine.events.of(BudgetSpent.class))
        .contains(
            new BudgetSpent(
                Optional.of(machine.anna().account()), Budget.PASSWORD, CLIENT.network()));
    machine.forget();

    assertThat(later(RIGHT, CLIENT)).isInstanceOf(Rejected.class);
    assertThat(machine.events.of(LoginRejected.class))
        .extracting(LoginRejected::reason)
        .containsExactly(LoginRefusal.KNOWN_DEVICES_ONLY);
    assertThat(later(RIGHT, home)).isInstanceOf(Success.class);
    assertThat(later(RIGHT, CLIENT)).as("opened by the device").isInstanceOf(Success.class);
  }

  @Test
  void howManyFailuresThatAreIsTheApplicationsChoice() {
    machine.close();
    machine = new Machine(builder -> builder.budgets(Budgets.defaults().withFailureLimit(3)));
    machine.signUp();
    fail(2, CLIENT);
    assertThat(later(RIGHT, CLIENT)).isInstanceOf(Success.class);

    fail(1, CLIENT);

    assertThat(later(RIGHT, CLIENT)).isInstanceOf(Rejected.class);
  }

  @Test
  void failuresOnKnownDevicesCountToTheHundredToo() {
    ClientContext stolen = on(machine.enter(RIGHT));
    fail(50, CLIENT);
    fail(49, stolen);
    assertThat(machine.anna().knownDevicesOnly()).isFalse();

    fail(1, stolen);

    assertThat(later(RIGHT, CLIENT)).isInstanceOf(Rejected.class);
  }

  @Test
  void aSuccessOfAStrangerDoesNotForgiveTheHundred() {
    fail(99, CLIENT);
    assertThat(later(RIGHT, CLIENT)).isInstanceOf(Success.class);

    fail(1, CLIENT);

    assertThat(later(RIGHT, CLIENT)).isInstanceOf(Rejected.class);
  }

  @Test
  void aNewPasswordOpensAnAccountToStrangers() {
    Success session = machine.enter(RIGHT);
    fail(100, CLIENT);
    machine.clock.advance(Duration.ofMinutes(15));
    assertThat(machine.change(session, RIGHT, NEXT))
        .as("by a stranger")
        .isInstanceOf(PasswordChangeResult.Rejected.class);

    PasswordChangeResult changed =
        machine.service.changePassword(
            new PasswordChange(session.principal(), RIGHT, NEXT, on(session)), soon());

    assertThat(changed).isInstanceOf(PasswordChangeResult.Changed.class);
    assertThat(later(NEXT, CLIENT)).isInstanceOf(Success.class);
  }

  @Test
  void aFailureThatTheDatabaseCannotCountIsAnsweredAllTheSame() {
    machine.toAccounts.cut("countFailure", Kind.TIMEOUT);

    assertThat(login(WRONG, CLIENT)).isInstanceOf(Rejected.class);
    machine.background.runAll();
    assertThat(machine.events.of(BackendFailed.class))
        .containsExactly(new BackendFailed(Part.ACCOUNT_STORE, Kind.TIMEOUT));
  }

  @Test
  void whereTheBackgroundIsFullTheCallerCounts() {
    machine.background.fillUp();
    fail(100, CLIENT);

    assertThat(machine.anna().knownDevicesOnly()).isTrue();
  }

  /** So many wrong passwords, each as soon as the throttle admits it. */
  private void fail(int times, ClientContext client) {
    for (int i = 0; i < times; ) {
      if (login(WRONG, client) instanceof Rejected) {
        i++;
      } else {
        machine.clock.advance(Duration.ofMinutes(15));
      }
      machine.background.runAll();
    }
  }

  /** A login when no attempt has to wait any more. */
  private LoginResult later(Password password, ClientContext client) {
    machine.clock.advance(Duration.ofMinutes(15));
    LoginResult result = login(password, client);
    machine.background.runAll();
    return result;
  }

  /** One account with many devices and the right password, against a person on a known device. */
  @Test
  void oneAccountWithManyDevicesKeepsNoKnownDeviceOut() {
    machine.close();
    machine = new Machine(builder -> builder.capacity(Capacity.defaults().withHashing(2, 8)));
    machine.signUp();
    ClientContext home = on(machine.enter(RIGHT));
    List<ClientContext> devices = new ArrayList<>();
    machine.service.signUp(new SignUp(MALLORY, RIGHT, CLIENT), soon());
    for (int i = 0; i < 12; i++) {
      devices.add(on((Success) mallory(CLIENT)));
    }
    CountDownLatch go = new CountDownLatch(1);
    machine.hasher.whileComparing(() -> Together.await(go));
    List<CompletableFuture<LoginResult>> greedy = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      ClientContext device = devices.get(i % devices.size());
      greedy.add(Together.start(() -> mallory(device)));
    }
    await().until(() -> done(greedy) == 40 - 2 - 8);

    CompletableFuture<LoginResult> known = Together.start(() -> login(RIGHT, home));
    await().until(() -> done(greedy) == 40 - 2 - 8 + 1);
    assertThat(known).isNotDone();

    go.countDown();
    assertThat(Together.join(known)).isInstanceOf(Success.class);
    greedy.forEach(Together::join);
  }

  private LoginResult mallory(ClientContext client) {
    return machine.service.login(new LoginAttempt(MALLORY, RIGHT, client), soon());
  }

  @Test
  void aStormOfStrangersLeavesTheQueueOfKnownDevicesFree() {
    machine.close();
    machine = new Machine(builder -> builder.capacity(Capacity.defaults().withHashing(1, 2)));
    machine.signUp();
    ClientContext home = on(machine.enter(RIGHT));
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    machine.hasher.whileComparing(
        () -> {
          inside.countDown();
          Together.await(go);
        });
    List<CompletableFuture<LoginResult>> strangers = new ArrayList<>();
    strangers.add(Together.start(() -> stranger(0)));
    Together.await(inside);
    for (int i = 1; i < 20; i++) {
      int number = i;
      strangers.add(Together.start(() -> stranger(number)));
    }
    await().until(() -> done(strangers) == 17);

    CompletableFuture<LoginResult> known = Together.start(() -> login(RIGHT, home));
    assertThat(stranger(99)).isInstanceOf(Unavailable.class);
    assertThat(known).isNotDone();

    go.countDown();
    assertThat(Together.join(known)).isInstanceOf(Success.class);
    assertThat(strangers.stream().map(Together::join).filter(Unavailable.class::isInstance))
        .hasSize(17);
  }

  private static long done(List<CompletableFuture<LoginResult>> calls) {
    return calls.stream().filter(CompletableFuture::isDone).count();
  }

  private LoginResult stranger(int number) {
    return machine.service.login(
        new LoginAttempt(
            LoginId.email("stranger" + number + "@example.org"), WRONG, ClientContext.unknown()),
        soon());
  }
}
