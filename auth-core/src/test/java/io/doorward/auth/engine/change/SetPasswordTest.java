package io.doorward.auth.engine.change;

import static io.doorward.auth.fixture.Fixtures.ANNA;
import static io.doorward.auth.fixture.Fixtures.CLIENT;
import static io.doorward.auth.fixture.Fixtures.NEXT;
import static io.doorward.auth.fixture.Fixtures.RIGHT;
import static io.doorward.auth.fixture.Fixtures.WRONG;
import static io.doorward.auth.fixture.Fixtures.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.Capacity;
import io.doorward.auth.Machine;
import io.doorward.auth.Recovery.PasswordSetResult;
import io.doorward.auth.account.AccountDirectory.AccountState;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialCache.Lookup;
import io.doorward.auth.account.CredentialCache.Ticket;
import io.doorward.auth.account.CredentialStore.Creation;
import io.doorward.auth.account.CredentialStore.NewAccount;
import io.doorward.auth.backend.Degradation;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.event.AccountEvent.PasswordChangeRefusal;
import io.doorward.auth.event.AccountEvent.PasswordChangeRefused;
import io.doorward.auth.event.AccountEvent.PasswordSet;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.ServiceEvent.BackendFailed;
import io.doorward.auth.fixture.Fixtures;
import io.doorward.auth.fixture.Together;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.login.LoginResult.Success;
import io.doorward.auth.login.LoginResult.Throttled;
import io.doorward.auth.password.Password;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.password.PasswordPolicy;
import io.doorward.auth.session.CheckResult;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SetPasswordTest {
  private static final PasswordSetResult CHANGED = new PasswordSetResult.Changed(false);
  private static final LoginId BOB = LoginId.email("bob@example.org");

  private final Machine machine = new Machine();
  private AccountId anna;
  private Success session;

  @BeforeEach
  void enter() {
    machine.signUp();
    anna = machine.anna().account();
    session = machine.enter(RIGHT);
  }

  @AfterEach
  void close() {
    machine.close();
  }

  @Test
  void isFencedBeforeAndAfterTheCommit() {
    assertThat(set(NEXT)).isEqualTo(CHANGED);

    assertThat(machine.journal())
        .containsExactly(
            "accounts.state",
            "cache.fence",
            "tokens.fenceUser",
            "accounts.setPassword",
            "cache.fence",
            "tokens.fenceUser",
            "accounts.done");
    assertThat(machine.events.all()).containsExactly(new PasswordSet(anna, false));
  }

  @Test
  void killsTheOldPasswordAndAllSessions() {
    Success other = machine.enter(RIGHT);

    assertThat(set(NEXT)).isEqualTo(CHANGED);

    assertThat(machine.check(session)).isEqualTo(new CheckResult.Rejected());
    assertThat(machine.check(other)).isEqualTo(new CheckResult.Rejected());
    assertThat(machine.login(RIGHT)).isEqualTo(new LoginResult.Rejected());
    assertThat(machine.login(NEXT)).isInstanceOf(Success.class);
  }

  @Test
  void leavesNothingInTheCacheThatOpensWithTheOldPassword() {
    assertThat(machine.cache.lookup(ANNA, soon())).isInstanceOf(Lookup.Hit.class);
    set(NEXT);
    machine.toAccounts.cut();

    assertThat(machine.login(RIGHT)).isInstanceOf(LoginResult.Unavailable.class);
  }

  /** Logins that have read the row of before, one before the first fence and one after it. */
  @Test
  void voidsTheReadsUnderWay() {
    Credential old =
        ((Creation.Created)
                machine.accounts.create(
                    NewAccount.of(
                        AccountId.random(), BOB, AccountStatus.ACTIVE, machine.hasher.hash(RIGHT)),
                    OperationId.random(),
                    soon()))
            .credential()
            .orElseThrow();
    Ticket early = machine.ticket(BOB);
    AtomicReference<Ticket> late = new AtomicReference<>();
    AtomicReference<Boolean> filled = new AtomicReference<>();
    machine.toAccounts.before(
        "setPassword",
        () -> {
          filled.set(machine.fill(early, old));
          late.set(machine.ticket(BOB));
        });

    assertThat(machine.service.recovery().setPassword(old.account(), NEXT, soon()))
        .isEqualTo(CHANGED);

    assertThat(filled).hasValue(false);
    assertThat(machine.fill(late.get(), old)).isFalse();
  }

  /** The same hash as before: to the store it is another password all the same. */
  @Test
  void ofThePresentPasswordEndsTheSessionsToo() {
    assertThat(set(RIGHT)).isEqualTo(CHANGED);

    assertThat(machine.check(session)).isEqualTo(new CheckResult.Rejected());
    assertThat(machine.login(RIGHT)).isInstanceOf(Success.class);
  }

  @Test
  void keepsALoginThatWasStillHashingFromASession() {
    CountDownLatch hashing = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    AtomicBoolean first = new AtomicBoolean(true);
    machine.hasher.whileComparing(
        () -> {
          if (first.getAndSet(false)) {
            hashing.countDown();
            Together.await(go);
          }
        });
    CompletableFuture<LoginResult> login = Together.start(() -> machine.login(RIGHT));
    Together.await(hashing);
    assertThat(set(NEXT)).isEqualTo(CHANGED);
    go.countDown();

    assertThat(Together.join(login)).isEqualTo(new LoginResult.Rejected());
    assertThat(machine.tokens.list(anna, soon())).isEmpty();
  }

  @Test
  void givesAnAccountWithoutAPasswordItsFirstOne() {
    AccountId bob = AccountId.random();
    machine.accounts.create(
        NewAccount.withoutPassword(bob, BOB, AccountStatus.ACTIVE), OperationId.random(), soon());

    assertThat(machine.service.recovery().setPassword(bob, NEXT, soon())).isEqualTo(CHANGED);
    assertThat(machine.service.login(Fixtures.attempt(BOB, NEXT), soon()))
        .isInstanceOf(Success.class);
  }

  @Test
  void replacesAHashThatCannotBeRead() {
    Credential now = machine.anna();
    machine.accounts.changePassword(
        anna, now.version(), PasswordHash.of("{MD5}unreadable"), OperationId.random(), soon());
    machine.service.operations().relayInvalidations(soon());
    assertThat(machine.login(RIGHT)).isEqualTo(new LoginResult.Rejected());

    assertThat(set(NEXT)).isEqualTo(CHANGED);
    assertThat(machine.login(NEXT)).isInstanceOf(Success.class);
  }

  @Test
  void leavesADisabledAccountDisabled() {
    machine.service.admin().changeStatus(anna, AccountStatus.DISABLED, soon());

    assertThat(set(NEXT)).isEqualTo(CHANGED);

    assertThat(machine.anna().status()).isEqualTo(AccountStatus.DISABLED);
    assertThat(machine.login(NEXT)).isEqualTo(new LoginResult.Rejected());
    machine.service.admin().changeStatus(anna, AccountStatus.ACTIVE, soon());
    assertThat(machine.login(NEXT)).isInstanceOf(Success.class);
  }

  @Test
  void opensAnAccountToStrangersAgain() {
    for (int i = 0; i < 100; i++) {
      machine.accounts.countFailure(anna, machine.anna().epoch(), 100, soon());
    }
    assertThat(machine.anna().knownDevicesOnly()).isTrue();

    set(NEXT);

    assertThat(machine.anna().knownDevicesOnly()).isFalse();
    assertThat(machine.login(NEXT)).isInstanceOf(Success.class);
  }

  /** Otherwise each password that is set would give a guesser another five guesses. */
  @Test
  void forgetsNoAttemptThatTheThrottleHasCounted() {
    ClientContext home = CLIENT.withDeviceCookie(session.deviceCookie().orElseThrow().reveal());
    for (int i = 0; i < 5; i++) {
      machine.login(WRONG);
    }

    set(NEXT);

    assertThat(machine.login(NEXT)).isInstanceOf(Throttled.class);
    assertThat(machine.service.login(new LoginAttempt(ANNA, NEXT, home), soon()))
        .as("no device is known any more")
        .isInstanceOf(Throttled.class);
    machine.clock.advance(Duration.ofMinutes(15));
    assertThat(machine.login(NEXT)).isInstanceOf(Success.class);
  }

  @Test
  void refusesAPasswordAgainstThePolicyBeforeAnythingElse() {
    int before = machine.hasher.hashed();

    assertThat(set(Password.of("short")))
        .isEqualTo(new PasswordSetResult.PasswordRefused(PasswordPolicy.Refusal.TOO_SHORT));

    assertThat(machine.journal()).isEmpty();
    assertThat(machine.hasher.hashed()).isEqualTo(before);
    assertThat(machine.events.all())
        .containsExactly(
            new PasswordChangeRefused(
                Optional.of(anna), PasswordChangeRefusal.PASSWORD_POLICY, Optional.empty()));
  }

  @Test
  void knowsWhereThereIsNoAccount() {
    assertThat(machine.service.recovery().setPassword(AccountId.random(), NEXT, soon()))
        .isEqualTo(new PasswordSetResult.Unknown());
    machine.toAccounts.before("setPassword", () -> machine.accounts.delete(anna, soon()));
    assertThat(set(NEXT)).isEqualTo(new PasswordSetResult.Unknown());
    assertThat(machine.events.of(PasswordSet.class)).isEmpty();
  }

  /** The user has proved a password that is the old one by now. */
  @Test
  void winsAgainstAChangeThatProvedThePasswordOfBefore() {
    machine.toAccounts.before("changePassword", () -> assertThat(set(NEXT)).isEqualTo(CHANGED));

    machine.change(session, RIGHT, Password.of("the owner's own choice"));

    assertThat(machine.login(NEXT)).isInstanceOf(Success.class);
  }

  @Test
  void sixteenAtOnceAreAllMadeAndOneIsInForce() {
    List<Password> passwords = new CopyOnWriteArrayList<>();

    List<PasswordSetResult> results =
        Together.call(
            16,
            () -> {
              Password password = Password.of("a password of " + UUID.randomUUID());
              passwords.add(password);
              return set(password);
            });

    assertThat(results).containsOnly(CHANGED);
    PasswordHash stored = machine.anna().hash();
    assertThat(passwords).filteredOn(it -> machine.hasher.matches(it, stored)).hasSize(1);
  }

  @Test
  void findsACommitAgainWhoseAnswerWasLost() {
    machine.toAccounts.loseAnswers("setPassword", 1);

    assertThat(set(NEXT)).isEqualTo(CHANGED);
    assertThat(machine.toAccounts.calls("setPassword")).isEqualTo(2);
    assertThat(machine.events.of(PasswordSet.class)).hasSize(1);
  }

  @Test
  void fencesAgainWhereItIsNotKnownWhetherItWasCommitted() {
    machine.toAccounts.loseAnswers("setPassword", 99);

    assertThat(set(NEXT)).isInstanceOf(PasswordSetResult.Unavailable.class);

    assertThat(machine.journal())
        .endsWith("accounts.setPassword", "cache.fence", "tokens.fenceUser");
    machine.toAccounts.mend();
    assertThat(machine.check(session)).isEqualTo(new CheckResult.Rejected());
    assertThat(machine.login(RIGHT)).isEqualTo(new LoginResult.Rejected());
    assertThat(machine.login(NEXT)).isInstanceOf(Success.class);
  }

  @Test
  void thatWasFencedAndNotMadeKeepsNothingOutOfTheCache() {
    machine.toAccounts.cut("setPassword", Kind.OVERLOADED);

    assertThat(set(NEXT)).isInstanceOf(PasswordSetResult.Unavailable.class);
    machine.background.runAll();

    machine.enter(RIGHT);
    assertThat(machine.cache.lookup(ANNA, soon())).isInstanceOf(Lookup.Hit.class);
    assertThat(machine.check(session)).isInstanceOf(CheckResult.Active.class);
  }

  @Test
  void changesNothingWhereTheDatabaseIsAway() {
    AccountState before = machine.accounts.state(anna, soon());
    machine.toAccounts.cut();

    assertThat(set(NEXT)).isInstanceOf(PasswordSetResult.Unavailable.class);

    assertThat(machine.toCache.calls("fence")).isZero();
    assertThat(machine.accounts.state(anna, soon())).isEqualTo(before);
  }

  @Test
  void isPendingWhereTheCacheIsAwayAndTheRelayFinishesIt() {
    machine.toCache.cut();
    assertThat(set(NEXT)).isEqualTo(new PasswordSetResult.Changed(true));
    assertThat(machine.events.of(PasswordSet.class)).containsExactly(new PasswordSet(anna, true));
    assertThat(machine.cache.lookup(ANNA, soon())).isInstanceOf(Lookup.Hit.class);

    machine.toCache.mend();
    assertThat(machine.service.operations().relayInvalidations(soon())).isTrue();
    assertThat(machine.cache.lookup(ANNA, soon())).isInstanceOf(Lookup.Miss.class);
  }

  @Test
  void isNotMadeWhereTheCacheMustBeToldAndCannot() {
    try (Machine strict =
        new Machine(it -> it.degradation(Degradation.defaults().refusingChangesWithoutRedis()))) {
      strict.signUp();
      Credential before = strict.anna();
      strict.toCache.cut();

      assertThat(strict.service.recovery().setPassword(before.account(), NEXT, soon()))
          .isInstanceOf(PasswordSetResult.Unavailable.class);
      assertThat(strict.anna()).isEqualTo(before);
    }
  }

  @Test
  void wherePasswordsCannotBeHashedNowItIsUnavailable() {
    try (Machine busy = new Machine(it -> it.capacity(Capacity.defaults().withHashing(1, 0)))) {
      CountDownLatch go = busy.occupyHashing();

      assertThat(busy.service.recovery().setPassword(AccountId.random(), NEXT, soon()))
          .isInstanceOf(PasswordSetResult.Unavailable.class);
      assertThat(busy.journal()).isEmpty();
      assertThat(busy.events.all())
          .containsExactly(new BackendFailed(Part.HASHING, Kind.OVERLOADED));
      go.countDown();
    }
  }

  private PasswordSetResult set(Password next) {
    return machine.service.recovery().setPassword(anna, next, soon());
  }
}
