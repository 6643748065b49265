package io.doorward.auth.engine.change;

import static io.doorward.auth.fixture.Fixtures.ANNA;
import static io.doorward.auth.fixture.Fixtures.CLIENT;
import static io.doorward.auth.fixture.Fixtures.NEXT;
import static io.doorward.auth.fixture.Fixtures.RIGHT;
import static io.doorward.auth.fixture.Fixtures.WRONG;
import static io.doorward.auth.fixture.Fixtures.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.Admin.AccountChangeResult;
import io.doorward.auth.AuthService.PasswordChangeResult;
import io.doorward.auth.AuthService.SignUp;
import io.doorward.auth.AuthService.SignUpResult;
import io.doorward.auth.Budgets;
import io.doorward.auth.Capacity;
import io.doorward.auth.Machine;
import io.doorward.auth.Names.LoginIdChangeResult;
import io.doorward.auth.Roles.RoleChangeResult;
import io.doorward.auth.account.AccountDirectory.AccountState;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialCache.Lookup;
import io.doorward.auth.account.CredentialCache.Ticket;
import io.doorward.auth.account.CredentialStore.NewAccount;
import io.doorward.auth.backend.Degradation;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.event.AccessEvent.LoginThrottled;
import io.doorward.auth.event.AccessEvent.SessionReplaced;
import io.doorward.auth.event.AccountEvent;
import io.doorward.auth.event.AccountEvent.AccountName;
import io.doorward.auth.event.AccountEvent.NameRefusal;
import io.doorward.auth.event.AccountEvent.PasswordChangeRefusal;
import io.doorward.auth.event.AccountEvent.PasswordChangeRefused;
import io.doorward.auth.event.AccountEvent.PasswordChanged;
import io.doorward.auth.event.AccountEvent.RolesChanged;
import io.doorward.auth.event.AccountEvent.SignUpRefusal;
import io.doorward.auth.event.AccountEvent.SignUpRefused;
import io.doorward.auth.event.AccountEvent.SignedUp;
import io.doorward.auth.event.AccountEvent.StatusChanged;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.ServiceEvent.BackendFailed;
import io.doorward.auth.fixture.CountingHasher;
import io.doorward.auth.fixture.Fixtures;
import io.doorward.auth.fixture.Together;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.password.Password;
import io.doorward.auth.password.PasswordPolicy;
import io.doorward.auth.session.CheckResult;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class AccountChangesTest {
  private static final LoginId BOB = LoginId.email("bob@example.org");
  private static final LoginId CARL = LoginId.email("carl@example.org");

  private final Machine machine = new Machine();

  @AfterEach
  void close() {
    machine.close();
  }

  @Nested
  class SigningUp {
    @Test
    void theDatabaseComesFirstAndThenTheCacheIsTold() {
      assertThat(signUp(RIGHT))
          .isInstanceOfSatisfying(
              SignUpResult.Created.class,
              created -> {
                assertThat(created.cachePending()).isFalse();
                assertThat(created.account()).isEqualTo(machine.anna().account());
              });
      assertThat(machine.journal())
          .containsExactly("accounts.create", "cache.fence", "tokens.fenceUser", "accounts.done");
      assertThat(machine.events.all())
          .containsExactly(new SignedUp(machine.anna().account(), false));
    }

    @Test
    void theFirstLoginNeedsNoDatabase() {
      machine.signUp();
      machine.toAccounts.cut();

      assertThat(machine.login(RIGHT)).isInstanceOf(LoginResult.Success.class);
    }

    @Test
    void aDuplicateTellsTheCacheNothing() {
      machine.signUp();

      assertThat(signUp(NEXT)).isEqualTo(new SignUpResult.Duplicate());
      machine.background.runAll();
      assertThat(machine.journal()).containsExactly("accounts.create");
      assertThat(machine.events.all())
          .containsExactly(new SignUpRefused(SignUpRefusal.DUPLICATE, CLIENT.network()));
      assertThat(machine.login(RIGHT)).isInstanceOf(LoginResult.Success.class);
    }

    @Test
    void aPasswordAgainstThePolicyCostsNothing() {
      int before = machine.hasher.hashed();

      assertThat(signUp(Password.of("short")))
          .isEqualTo(new SignUpResult.PasswordRefused(PasswordPolicy.Refusal.TOO_SHORT));
      assertThat(machine.journal()).isEmpty();
      assertThat(machine.hasher.hashed()).isEqualTo(before);
      assertThat(machine.events.all())
          .containsExactly(new SignUpRefused(SignUpRefusal.PASSWORD_POLICY, CLIENT.network()));
    }

    @Test
    void sixteenAtOnceMakeOneAccount() {
      assertThat(Together.call(16, () -> signUp(RIGHT)))
          .filteredOn(SignUpResult.Created.class::isInstance)
          .hasSize(1);
    }

    @Test
    void aCommitWhoseAnswerWasLostIsFoundAgain() {
      machine.toAccounts.loseAnswers("create", 1);

      assertThat(signUp(RIGHT)).isInstanceOf(SignUpResult.Created.class);
    }

    @Test
    void aCommitWhoseAnswerIsNotToBeHadIsUnavailableAndFenced() {
      machine.toAccounts.loseAnswers("create", 99);

      assertThat(signUp(RIGHT)).isInstanceOf(SignUpResult.Unavailable.class);
      assertThat(machine.journal())
          .containsExactly("accounts.create", "accounts.create", "accounts.create", "cache.fence");
      assertThat(machine.events.all())
          .containsExactly(new BackendFailed(Part.ACCOUNT_STORE, Kind.TIMEOUT));
    }

    @Test
    void aCommitWhoseAnswerIsNotToBeHadVoidsTheReadsUnderWay() {
      Ticket ticket = machine.ticket(ANNA);
      machine.toAccounts.loseAnswers("create", 99);

      assertThat(signUp(RIGHT)).isInstanceOf(SignUpResult.Unavailable.class);
      assertThat(machine.fill(ticket, machine.anna())).isFalse();
    }

    @Test
    void aCommitWhoseAnswerComesTooLateIsFencedAfterwards() {
      Ticket ticket = machine.ticket(ANNA);
      machine.toAccounts.after(
          "create",
          () -> {
            machine.clock.advance(Duration.ofMinutes(1));
            throw new StoreException(Kind.TIMEOUT, "the answer comes too late");
          });
      Deadline deadline = Deadline.after(Duration.ofSeconds(30), machine.clock);

      assertThat(machine.service.signUp(new SignUp(ANNA, RIGHT, CLIENT), deadline))
          .isInstanceOf(SignUpResult.Unavailable.class);
      assertThat(machine.toCache.calls("fence")).isZero();
      machine.background.runAll();
      assertThat(machine.toCache.calls("fence")).isOne();
      assertThat(machine.fill(ticket, machine.anna())).isFalse();
    }

    @Test
    void aBrokenCacheMakesItPendingAndTheRelayFinishesIt() {
      machine.toCache.cut();
      assertThat(signUp(RIGHT))
          .isInstanceOfSatisfying(
              SignUpResult.Created.class, created -> assertThat(created.cachePending()).isTrue());
      assertThat(machine.accounts.backlog(soon()).pending()).isOne();
      assertThat(machine.service.operations().relayInvalidations(soon())).isFalse();

      machine.toCache.mend();
      assertThat(machine.service.operations().relayInvalidations(soon())).isTrue();
      assertThat(machine.accounts.backlog(soon()).pending()).isZero();
    }

    @Test
    void aPendingAccountLogsInOnceItIsActive() {
      try (Machine strict = new Machine(builder -> builder.initialStatus(AccountStatus.PENDING))) {
        strict.signUp();
        assertThat(strict.login(RIGHT)).isEqualTo(new LoginResult.Rejected());

        strict.service.admin().changeStatus(strict.anna().account(), AccountStatus.ACTIVE, soon());
        assertThat(strict.login(RIGHT)).isInstanceOf(LoginResult.Success.class);
      }
    }

    @Test
    void aNetworkThatSignsUpTooOftenIsThrottledBeforeHashing() {
      try (Machine strict =
          new Machine(builder -> builder.budgets(Budgets.defaults().withSignUps(3, 100)))) {
        for (int i = 0; i < 3; i++) {
          assertThat(signUp(strict, ANNA, CLIENT)).isNotInstanceOf(SignUpResult.Throttled.class);
        }
        int hashed = strict.hasher.hashed();
        strict.forget();

        assertThat(signUp(strict, BOB, CLIENT))
            .isEqualTo(new SignUpResult.Throttled(Duration.ofMinutes(10)));

        assertThat(strict.hasher.hashed()).isEqualTo(hashed);
        assertThat(strict.journal()).isEmpty();
        assertThat(strict.events.all())
            .containsExactly(new SignUpRefused(SignUpRefusal.THROTTLED, CLIENT.network()));
        assertThat(signUp(strict, BOB, Fixtures.client(198, 51, 100, 1)))
            .isInstanceOf(SignUpResult.Created.class);
        strict.clock.advance(Duration.ofMinutes(10));
        assertThat(signUp(strict, CARL, CLIENT)).isInstanceOf(SignUpResult.Created.class);
      }
    }

    @Test
    void theSignUpsOfAllNetworksHaveABudgetToo() {
      try (Machine strict =
          new Machine(builder -> builder.budgets(Budgets.defaults().withSignUps(100, 3)))) {
        for (int i = 0; i < 3; i++) {
          assertThat(signUp(strict, ANNA, Fixtures.client(198, 51, 100, i)))
              .isNotInstanceOf(SignUpResult.Throttled.class);
        }

        assertThat(signUp(strict, BOB, CLIENT))
            .isEqualTo(new SignUpResult.Throttled(Duration.ofSeconds(200)));
        assertThat(signUp(strict, BOB, ClientContext.unknown()))
            .isInstanceOf(SignUpResult.Throttled.class);

        strict.clock.advance(Duration.ofSeconds(200));
        assertThat(signUp(strict, BOB, CLIENT)).isInstanceOf(SignUpResult.Created.class);
      }
    }

    @Test
    void sixteenSignUpsAtOnceHashNoMoreThanTheBudget() {
      try (Machine strict =
          new Machine(builder -> builder.budgets(Budgets.defaults().withSignUps(3, 100)))) {
        int before = strict.hasher.hashed();

        List<SignUpResult> results = Together.call(16, () -> signUp(strict, ANNA, CLIENT));

        assertThat(results).filteredOn(SignUpResult.Throttled.class::isInstance).hasSize(13);
        assertThat(strict.hasher.hashed() - before).isEqualTo(3);
      }
    }

    private SignUpResult signUp(Machine at, LoginId loginId, ClientContext client) {
      return at.service.signUp(new SignUp(loginId, RIGHT, client), soon());
    }

    @Test
    void wherePasswordsCannotBeHashedNowItIsUnavailable() {
      try (Machine busy =
          new Machine(builder -> builder.capacity(Capacity.defaults().withHashing(1, 0)))) {
        CountDownLatch go = busy.occupyHashing();

        assertThat(busy.service.signUp(new SignUp(ANNA, RIGHT, CLIENT), soon()))
            .isInstanceOf(SignUpResult.Unavailable.class);
        assertThat(busy.journal()).isEmpty();
        assertThat(busy.events.all())
            .containsExactly(new BackendFailed(Part.HASHING, Kind.OVERLOADED));
        go.countDown();
      }
    }

    private SignUpResult signUp(Password password) {
      return machine.service.signUp(new SignUp(ANNA, password, CLIENT), soon());
    }
  }

  @Nested
  class ChangingAPassword {
    private final LoginResult.Success session = enter();

    @Test
    void isFencedBeforeAndAfterTheCommit() {
      PasswordChangeResult result = change();

      assertThat(result).isInstanceOf(PasswordChangeResult.Changed.class);
      assertThat(machine.journal())
          .containsExactly(
              "accounts.state",
              "limiter.reserve",
              "accounts.find",
              "limiter.settle",
              "cache.fence",
              "tokens.fenceUser",
              "accounts.changePassword",
              "cache.fence",
              "tokens.fenceUser",
              "accounts.done",
              "tokens.create");
      AccountId anna = machine.anna().account();
      assertThat(machine.events.all())
          .containsExactly(
              new PasswordChanged(anna, false),
              new SessionReplaced(
                  anna,
                  session.principal().session().id(),
                  changed(result).principal().session().id()));
    }

    @Test
    void killsTheOldPasswordAndAllOldSessions() {
      LoginResult.Success other = machine.enter(RIGHT);
      LoginResult.Success renewed = changed(change());

      assertThat(machine.check(session)).isEqualTo(new CheckResult.Rejected());
      assertThat(machine.check(other)).isEqualTo(new CheckResult.Rejected());
      assertThat(machine.check(renewed)).isInstanceOf(CheckResult.Active.class);
      assertThat(machine.login(RIGHT)).isEqualTo(new LoginResult.Rejected());
      assertThat(machine.login(NEXT)).isInstanceOf(LoginResult.Success.class);
    }

    @Test
    void leavesNothingInTheCacheThatOpensWithTheOldPassword() {
      assertThat(machine.cache.lookup(ANNA, soon())).isInstanceOf(Lookup.Hit.class);
      change();
      machine.toAccounts.cut();

      assertThat(machine.login(RIGHT)).isInstanceOf(LoginResult.Unavailable.class);
    }

    @Test
    void needsThePresentPassword() {
      assertThat(machine.change(session, WRONG, NEXT))
          .isEqualTo(new PasswordChangeResult.Rejected());
      assertThat(machine.journal())
          .containsExactly("accounts.state", "limiter.reserve", "accounts.find", "limiter.settle");
      assertThat(machine.events.all())
          .containsExactly(refused(PasswordChangeRefusal.WRONG_PASSWORD));
      assertThat(machine.check(session)).isInstanceOf(CheckResult.Active.class);
    }

    @Test
    void countsWrongPresentPasswordsLikeFailedLogins() {
      for (int i = 0; i < 5; i++) {
        machine.change(session, WRONG, NEXT);
      }

      machine.forget();
      assertThat(change()).isInstanceOf(PasswordChangeResult.Throttled.class);
      assertThat(machine.events.of(LoginThrottled.class)).hasSize(1);
      assertThat(machine.events.of(PasswordChangeRefused.class))
          .containsExactly(refused(PasswordChangeRefusal.THROTTLED));
      assertThat(machine.login(RIGHT)).isInstanceOf(LoginResult.Throttled.class);
    }

    @Test
    void isRefusedWhereTheAccountIsNotActiveOrGone() {
      machine.accounts.changeStatus(
          machine.anna().account(), AccountStatus.DISABLED, OperationId.random(), soon());
      assertThat(change()).isEqualTo(new PasswordChangeResult.Rejected());
      assertThat(machine.events.all()).containsExactly(refused(PasswordChangeRefusal.NOT_ACTIVE));

      machine.accounts.delete(machine.anna().account(), soon());
      machine.forget();
      assertThat(change()).isEqualTo(new PasswordChangeResult.Rejected());
      assertThat(machine.events.all())
          .containsExactly(refused(PasswordChangeRefusal.UNKNOWN_ACCOUNT));
    }

    /** What the listener hears of a change in this session that is refused. */
    private PasswordChangeRefused refused(PasswordChangeRefusal reason) {
      return new PasswordChangeRefused(
          Optional.of(session.principal().account()), reason, CLIENT.network());
    }

    @Test
    void refusesAPasswordAgainstThePolicyBeforeAnythingElse() {
      assertThat(machine.change(session, RIGHT, Password.of("short")))
          .isEqualTo(new PasswordChangeResult.PasswordRefused(PasswordPolicy.Refusal.TOO_SHORT));
      assertThat(machine.journal()).isEmpty();
      assertThat(machine.events.all())
          .containsExactly(refused(PasswordChangeRefusal.PASSWORD_POLICY));
    }

    @Test
    void hasOneWinnerAmongSixteen() {
      List<PasswordChangeResult> results = Together.call(16, this::change);

      assertThat(results).filteredOn(PasswordChangeResult.Changed.class::isInstance).hasSize(1);
      assertThat(results).noneMatch(PasswordChangeResult.Unavailable.class::isInstance);
      assertThat(machine.events.of(PasswordChanged.class)).hasSize(1);
    }

    @Test
    void isAConflictIfTheCredentialChangedSinceItWasProved() {
      machine.toAccounts.before("changePassword", machine::replaceCredential);

      assertThat(change()).isEqualTo(new PasswordChangeResult.Conflict());
      assertThat(machine.events.all()).containsExactly(refused(PasswordChangeRefusal.CONFLICT));
      assertThat(machine.hasher.matches(RIGHT, machine.anna().hash())).isTrue();
    }

    @Test
    void isNoConflictWithTheRenewalOfAnOutdatedHash() {
      Machine eager = new Machine(builder -> builder.backgroundExecutor(Runnable::run));
      try (eager) {
        Fixtures.anna(eager.accounts, CountingHasher.outdated().hash(RIGHT), AccountStatus.ACTIVE);
        LoginResult.Success opened = eager.enter(RIGHT);
        Credential now = eager.anna();
        eager.accounts.rehash(
            now.account(),
            now.version(),
            CountingHasher.outdated().hash(RIGHT),
            OperationId.random(),
            soon());

        assertThat(eager.change(opened, RIGHT, NEXT))
            .isInstanceOf(PasswordChangeResult.Changed.class);
      }
    }

    @Test
    void findsACommitAgainWhoseAnswerWasLost() {
      machine.toAccounts.loseAnswers("changePassword", 1);

      assertThat(change()).isInstanceOf(PasswordChangeResult.Changed.class);
      assertThat(machine.toAccounts.calls("changePassword")).isEqualTo(2);
    }

    @Test
    void fencesAgainWhereItIsNotKnownWhetherItWasCommitted() {
      machine.toAccounts.loseAnswers("changePassword", 99);

      assertThat(change()).isInstanceOf(PasswordChangeResult.Unavailable.class);
      assertThat(machine.journal())
          .endsWith("accounts.changePassword", "cache.fence", "tokens.fenceUser");
      assertThat(machine.events.of(BackendFailed.class))
          .containsExactly(new BackendFailed(Part.ACCOUNT_STORE, Kind.TIMEOUT));
      machine.toAccounts.mend();
      assertThat(machine.check(session)).isEqualTo(new CheckResult.Rejected());
      assertThat(machine.login(RIGHT)).isEqualTo(new LoginResult.Rejected());
      assertThat(machine.login(NEXT)).isInstanceOf(LoginResult.Success.class);
    }

    @Test
    void thatWasFencedAndNotMadeKeepsNothingOutOfTheCache() {
      machine.toAccounts.cut("changePassword", Kind.OVERLOADED);

      assertThat(change()).isInstanceOf(PasswordChangeResult.Unavailable.class);
      machine.background.runAll();
      assertCachedAgain();
      assertThat(machine.check(session)).isInstanceOf(CheckResult.Active.class);
    }

    @Test
    void changesNothingWhereTheDatabaseIsAway() {
      machine.toAccounts.cut();

      assertThat(change()).isInstanceOf(PasswordChangeResult.Unavailable.class);
      assertThat(machine.toCache.calls("fence")).isZero();
    }

    @Test
    void isPendingWhereTheCacheIsAwayAndTheRelayFinishesIt() {
      machine.toCache.cut();
      assertThat(change())
          .isInstanceOfSatisfying(
              PasswordChangeResult.Changed.class,
              changed -> {
                assertThat(changed.cachePending()).isTrue();
                assertThat(changed.renewed()).isPresent();
              });
      assertThat(machine.cache.lookup(ANNA, soon())).isInstanceOf(Lookup.Hit.class);

      machine.toCache.mend();
      assertThat(machine.service.operations().relayInvalidations(soon())).isTrue();
      assertThat(machine.cache.lookup(ANNA, soon())).isInstanceOf(Lookup.Miss.class);
    }

    @Test
    void keepsAnEntryThatIsStillCachedFromOpeningASession() {
      machine.toCache.cut("fence", Kind.TIMEOUT);
      change();
      machine.forget();

      assertThat(machine.login(RIGHT)).isEqualTo(new LoginResult.Rejected());
      assertThat(machine.toCache.calls("lookup")).isOne();
      assertThat(machine.journal()).endsWith("accounts.find", "limiter.settle");
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
      assertThat(change()).isInstanceOf(PasswordChangeResult.Changed.class);
      go.countDown();

      assertThat(Together.join(login)).isEqualTo(new LoginResult.Rejected());
      assertThat(machine.tokens.list(machine.anna().account(), soon()))
          .as("the renewed one")
          .hasSize(1);
    }

    @Test
    void isDoneAlsoIfTheNewSessionCannotBeOpened() {
      machine.toTokens.cut("create", Kind.TIMEOUT);

      assertThat(change())
          .isInstanceOfSatisfying(
              PasswordChangeResult.Changed.class,
              changed -> {
                assertThat(changed.renewed()).isEmpty();
                assertThat(changed.cachePending()).isFalse();
              });
    }

    @Test
    void isRejectedIfTheIdentifierHasGoneToAnotherAccount() {
      AccountId anna = machine.anna().account();
      machine.toLimiter.before(
          "reserve",
          () -> {
            machine.accounts.changeLoginId(
                anna, LoginId.email("anna@example.net"), OperationId.random(), soon());
            Fixtures.anna(machine.accounts, machine.hasher.hash(RIGHT), AccountStatus.ACTIVE);
          });

      assertThat(change()).isEqualTo(new PasswordChangeResult.Rejected());
      assertThat(machine.events.all())
          .containsExactly(refused(PasswordChangeRefusal.UNKNOWN_ACCOUNT));
      assertThat(machine.toAccounts.calls("changePassword")).isZero();
    }

    @Test
    void isOfNoOtherVersionThanTheOneThatWasProved() {
      AccountId anna = machine.anna().account();
      machine.toLimiter.before(
          "reserve", () -> machine.accounts.addLoginId(anna, BOB, OperationId.random(), soon()));
      machine.toLimiter.after(
          "settle", () -> machine.accounts.addLoginId(anna, CARL, OperationId.random(), soon()));

      assertThat(change()).isEqualTo(new PasswordChangeResult.Conflict());
      assertThat(machine.events.all()).containsExactly(refused(PasswordChangeRefusal.CONFLICT));
      assertThat(machine.journal()).endsWith("limiter.settle", "accounts.state");
    }

    @Test
    void isUnavailableWherePasswordsCannotBeHashedNow() {
      try (Machine busy =
          new Machine(builder -> builder.capacity(Capacity.defaults().withHashing(1, 0)))) {
        busy.signUp();
        LoginResult.Success opened = busy.enter(RIGHT);
        AtomicReference<CountDownLatch> go = new AtomicReference<>();
        busy.toLimiter.after("settle", () -> go.set(busy.occupyHashing()));

        assertThat(busy.change(opened, RIGHT, NEXT))
            .isInstanceOf(PasswordChangeResult.Unavailable.class);
        assertThat(busy.toAccounts.calls("changePassword")).isZero();
        go.get().countDown();
      }
    }

    @Test
    void renewsTheHashOfAnUnchangedPasswordWithoutEndingSessions() {
      Credential now = machine.anna();
      machine.accounts.rehash(
          now.account(),
          now.version(),
          CountingHasher.outdated().hash(RIGHT),
          OperationId.random(),
          soon());
      machine.cache.fence(ANNA, machine.anna().version().number(), soon());
      LoginResult.Success opened = machine.enter(RIGHT);

      assertThat(machine.hasher.isOutdated(machine.anna().hash())).isFalse();
      assertThat(machine.check(session)).isInstanceOf(CheckResult.Active.class);
      assertThat(machine.check(opened)).isInstanceOf(CheckResult.Active.class);
    }

    private PasswordChangeResult change() {
      return machine.change(session, RIGHT, NEXT);
    }
  }

  @Nested
  class ChangingRoles {
    private final LoginResult.Success session = enter();
    private final AccountId anna = machine.anna().account();

    @Test
    void isInForceAtTheNextRequest() {
      assertThat(changeRoles(Set.of("admin", "author"), Set.of()))
          .isEqualTo(new RoleChangeResult.Changed(false));
      assertThat(roles()).containsExactlyInAnyOrder("admin", "author");

      changeRoles(Set.of("author", "reader"), Set.of("admin", "author"));
      assertThat(roles()).containsExactly("reader");
      assertThat(machine.events.of(RolesChanged.class)).hasSize(2);
    }

    @Test
    void isFencedBeforeAndAfterTheCommit() {
      changeRoles(Set.of("admin"), Set.of());

      assertThat(machine.journal())
          .containsExactly(
              "accounts.load",
              "tokens.fenceUser",
              "accounts.changeRoles",
              "tokens.fenceUser",
              "accounts.done");
    }

    @Test
    void commitsNothingIfNothingChangesAndTellsThePresentState() {
      assertThat(changeRoles(Set.of("admin"), Set.of("admin")))
          .isEqualTo(new RoleChangeResult.Changed(false));
      assertThat(machine.journal()).containsExactly("accounts.load", "tokens.fenceUser");
      assertThat(machine.events.all()).isEmpty();
    }

    @Test
    void isPendingWhereTheUserRecordsCannotBeTold() {
      machine.toTokens.cut("fenceUser", Kind.TIMEOUT);
      assertThat(changeRoles(Set.of("admin"), Set.of()))
          .isEqualTo(new RoleChangeResult.Changed(true));

      machine.toTokens.mend();
      assertThat(machine.service.operations().relayInvalidations(soon())).isTrue();
      assertThat(machine.accounts.backlog(soon()).pending()).isZero();
    }

    @Test
    void fencesAgainWhereItIsNotKnownWhetherItWasCommitted() {
      machine.toAccounts.loseAnswers("changeRoles", 99);

      assertThat(changeRoles(Set.of("admin"), Set.of()))
          .isInstanceOf(RoleChangeResult.Unavailable.class);
      assertThat(machine.journal()).endsWith("accounts.changeRoles", "tokens.fenceUser");
    }

    @Test
    void findsACommitAgainWhoseAnswerWasLost() {
      machine.toAccounts.loseAnswers("changeRoles", 1);

      assertThat(changeRoles(Set.of("admin"), Set.of()))
          .isEqualTo(new RoleChangeResult.Changed(false));
    }

    @Test
    void isUnavailableWhereTheDatabaseIsAway() {
      machine.toAccounts.cut();

      assertThat(changeRoles(Set.of("admin"), Set.of()))
          .isInstanceOf(RoleChangeResult.Unavailable.class);
    }

    @Test
    void knowsWhereThereIsNoAccount() {
      assertThat(
              machine
                  .service
                  .admin()
                  .changeRoles(AccountId.random(), Set.of("admin"), Set.of(), soon()))
          .isEqualTo(new RoleChangeResult.Unknown());
    }

    @Test
    void aChangeThatIsNeverCommittedLeavesTheUserRecordAsItWas() {
      machine.toAccounts.cut();
      changeRoles(Set.of("admin"), Set.of());
      machine.toAccounts.mend();

      assertThat(machine.login(RIGHT)).isInstanceOf(LoginResult.Success.class);
    }

    @Test
    void moreRolesThanAnAccountMayHaveAreRefused() {
      Set<String> roles =
          IntStream.range(0, 64).mapToObj(i -> "role" + i).collect(Collectors.toSet());
      changeRoles(roles, Set.of());
      int told = machine.events.all().size();

      assertThat(changeRoles(Set.of("one-more"), Set.of())).isEqualTo(new RoleChangeResult.Full());
      assertThat(machine.events.all()).hasSize(told);
      assertThat(changeRoles(Set.of("one-more"), Set.of("role0")))
          .isEqualTo(new RoleChangeResult.Changed(false));
    }

    private RoleChangeResult changeRoles(Set<String> grant, Set<String> revoke) {
      return machine.service.admin().changeRoles(anna, grant, revoke, soon());
    }

    private Set<String> roles() {
      return ((CheckResult.Active) machine.check(session)).principal().roles();
    }
  }

  @Nested
  class ChangingAStatus {
    private final LoginResult.Success session = enter();
    private final AccountId anna = machine.anna().account();

    @Test
    void endsAllSessionsAndKeepsTheAccountOut() {
      assertThat(changeStatus(AccountStatus.DISABLED))
          .isEqualTo(new AccountChangeResult.Changed(false));

      assertThat(machine.check(session)).isEqualTo(new CheckResult.Rejected());
      assertThat(machine.login(RIGHT)).isEqualTo(new LoginResult.Rejected());
      assertThat(machine.events.of(StatusChanged.class))
          .containsExactly(new StatusChanged(anna, "DISABLED", false));
    }

    @Test
    void isFencedBeforeAndAfterTheCommit() {
      changeStatus(AccountStatus.DISABLED);

      assertThat(machine.journal())
          .containsExactly(
              "accounts.state",
              "cache.fence",
              "tokens.fenceUser",
              "accounts.changeStatus",
              "cache.fence",
              "tokens.fenceUser",
              "accounts.done");
    }

    @Test
    void commitsNothingIfNothingChangesAndTellsThePresentState() {
      assertThat(changeStatus(AccountStatus.ACTIVE))
          .isEqualTo(new AccountChangeResult.Changed(false));
      assertThat(machine.journal())
          .containsExactly("accounts.state", "cache.fence", "tokens.fenceUser");
      assertThat(machine.check(session)).isInstanceOf(CheckResult.Active.class);
    }

    @Test
    void isPendingWhereAnotherCallerMadeTheChangeAndNoneIsTold() {
      machine.toAccounts.before(
          "changeStatus",
          () ->
              machine.accounts.changeStatus(
                  anna, AccountStatus.DISABLED, OperationId.random(), soon()));
      machine.toCache.cut();

      assertThat(changeStatus(AccountStatus.DISABLED))
          .as("the store has nothing pending of this caller's, and the cache was not told")
          .isEqualTo(new AccountChangeResult.Changed(true));
    }

    @Test
    void fencesAgainWhereItIsNotKnownWhetherItWasCommitted() {
      machine.toAccounts.loseAnswers("changeStatus", 99);

      assertThat(changeStatus(AccountStatus.DISABLED))
          .isInstanceOf(AccountChangeResult.Unavailable.class);
      assertThat(machine.journal())
          .endsWith("accounts.changeStatus", "cache.fence", "tokens.fenceUser");
    }

    @Test
    void isPendingWhereTheCacheIsAway() {
      machine.toCache.cut();

      assertThat(changeStatus(AccountStatus.DISABLED))
          .isEqualTo(new AccountChangeResult.Changed(true));
    }

    @Test
    void knowsWhereThereIsNoAccount() {
      assertThat(
              machine
                  .service
                  .admin()
                  .changeStatus(AccountId.random(), AccountStatus.ACTIVE, soon()))
          .isEqualTo(new AccountChangeResult.Unknown());
    }

    @Test
    void aRepeatDoesNotHideThatTheCacheHasNotBeenTold() {
      machine.toCache.cut();
      changeStatus(AccountStatus.DISABLED);

      assertThat(changeStatus(AccountStatus.DISABLED))
          .isEqualTo(new AccountChangeResult.Changed(true));
    }

    private AccountChangeResult changeStatus(AccountStatus status) {
      return machine.service.admin().changeStatus(anna, status, soon());
    }
  }

  @Nested
  class ChangingALoginIdentifier {
    private static final LoginId NEW_NAME = LoginId.email("anna.new@example.org");

    private final LoginResult.Success session = enter();
    private final AccountId anna = machine.anna().account();

    @Test
    void opensUnderTheNewOneOnlyAndEndsAllSessions() {
      assertThat(rename(NEW_NAME)).isEqualTo(new LoginIdChangeResult.Changed(false));

      assertThat(machine.check(session)).isEqualTo(new CheckResult.Rejected());
      assertThat(machine.login(RIGHT)).isEqualTo(new LoginResult.Rejected());
      assertThat(machine.service.login(new LoginAttempt(NEW_NAME, RIGHT, CLIENT), soon()))
          .isInstanceOf(LoginResult.Success.class);
      assertThat(machine.events.of(AccountEvent.LoginIdChanged.class))
          .containsExactly(new AccountEvent.LoginIdChanged(anna, false));
    }

    @Test
    void voidsReadsOfTheNewIdentifierBeforeTheCommit() {
      Ticket ticket = machine.ticket(NEW_NAME);
      Credential now = machine.anna();
      Credential found =
          new Credential(
              now.account(), NEW_NAME, now.status(), now.hash(), now.version(), now.epoch());
      AtomicReference<Boolean> filled = new AtomicReference<>();
      machine.toAccounts.before("changeLoginId", () -> filled.set(machine.fill(ticket, found)));

      assertThat(rename(NEW_NAME)).isEqualTo(new LoginIdChangeResult.Changed(false));
      assertThat(filled).hasValue(false);
    }

    @Test
    void toOneThatIsTakenLeavesTheCacheAsItIs() {
      machine.service.signUp(new SignUp(NEW_NAME, NEXT, CLIENT), soon());
      machine.forget();

      assertThat(rename(NEW_NAME)).isEqualTo(new LoginIdChangeResult.Duplicate());
      assertThat(machine.journal()).containsExactly("accounts.state", "accounts.lookUp");
      assertThat(machine.cache.lookup(ANNA, soon())).isInstanceOf(Lookup.Hit.class);
    }

    @Test
    void toOneThatIsTakenMeanwhileKeepsNothingOutOfTheCache() {
      machine.toAccounts.before(
          "changeLoginId",
          () ->
              machine.accounts.create(
                  NewAccount.of(
                      AccountId.random(), NEW_NAME, AccountStatus.ACTIVE, machine.anna().hash()),
                  OperationId.random(),
                  soon()));

      assertThat(rename(NEW_NAME)).isEqualTo(new LoginIdChangeResult.Duplicate());
      assertCachedAgain();
      assertThat(machine.check(session)).isInstanceOf(CheckResult.Active.class);
    }

    @Test
    void toThePresentOneTellsThePresentState() {
      assertThat(rename(ANNA)).isEqualTo(new LoginIdChangeResult.Changed(false));
      assertThat(machine.toAccounts.calls("changeLoginId")).isZero();
      assertCachedAgain();
      assertThat(machine.check(session)).isInstanceOf(CheckResult.Active.class);
    }

    @Test
    void fencesBothIdentifiersBeforeAndAfterTheCommit() {
      rename(NEW_NAME);

      assertThat(machine.journal())
          .containsExactly(
              "accounts.state",
              "accounts.lookUp",
              "cache.fence",
              "cache.fence",
              "tokens.fenceUser",
              "accounts.changeLoginId",
              "cache.fence",
              "cache.fence",
              "tokens.fenceUser",
              "accounts.done");
    }

    @Test
    void isADuplicateWhereAnotherAccountHasIt() {
      machine.service.signUp(new SignUp(NEW_NAME, NEXT, CLIENT), soon());

      machine.forget();
      assertThat(rename(NEW_NAME)).isEqualTo(new LoginIdChangeResult.Duplicate());
      assertThat(machine.events.all())
          .containsExactly(
              new AccountEvent.NameChangeRefused(
                  anna, AccountName.LOGIN_ID, NameRefusal.DUPLICATE));
      assertThat(machine.check(session)).isInstanceOf(CheckResult.Active.class);
      assertThat(machine.login(RIGHT)).isInstanceOf(LoginResult.Success.class);
    }

    @Test
    void isPendingWhereTheCacheIsAwayAndUnavailableWhereTheDatabaseIs() {
      machine.toCache.cut();
      assertThat(rename(NEW_NAME)).isEqualTo(new LoginIdChangeResult.Changed(true));

      machine.toAccounts.cut();
      assertThat(rename(ANNA)).isInstanceOf(LoginIdChangeResult.Unavailable.class);
    }

    @Test
    void knowsWhereThereIsNoAccount() {
      assertThat(machine.service.admin().changeLoginId(AccountId.random(), NEW_NAME, soon()))
          .isEqualTo(new LoginIdChangeResult.Unknown());
    }

    @Test
    void ofBeforeIsPendingAsLongAsItsOutboxRowIs() {
      machine.toCache.cut();
      assertThat(rename(NEW_NAME)).isEqualTo(new LoginIdChangeResult.Changed(true));
      machine.toCache.mend();

      assertThat(rename(NEW_NAME)).isEqualTo(new LoginIdChangeResult.Changed(true));
      machine.service.operations().relayInvalidations(soon());
      assertThat(rename(NEW_NAME)).isEqualTo(new LoginIdChangeResult.Changed(false));
    }

    private LoginIdChangeResult rename(LoginId next) {
      return machine.service.admin().changeLoginId(anna, next, soon());
    }
  }

  @Nested
  class DeletingAnAccount {
    private final LoginResult.Success session = enter();
    private final AccountId anna = machine.anna().account();

    @Test
    void leavesNothingThatOpens() {
      assertThat(delete()).isEqualTo(new AccountChangeResult.Changed(false));

      assertThat(machine.check(session)).isEqualTo(new CheckResult.Rejected());
      assertThat(machine.login(RIGHT)).isEqualTo(new LoginResult.Rejected());
      assertThat(machine.events.of(AccountEvent.AccountDeleted.class))
          .containsExactly(new AccountEvent.AccountDeleted(anna, false));
    }

    @Test
    void isFencedBeforeAndAfterTheCommit() {
      delete();

      assertThat(machine.journal())
          .containsExactly(
              "accounts.state",
              "cache.fence",
              "tokens.fenceUser",
              "accounts.delete",
              "cache.fence",
              "tokens.fenceUser",
              "accounts.done");
    }

    @Test
    void isTheSameWhenRepeatedAndUnknownWhereThereNeverWasOne() {
      delete();

      assertThat(delete()).isEqualTo(new AccountChangeResult.Changed(false));
      assertThat(machine.service.admin().deleteAccount(AccountId.random(), soon()))
          .isEqualTo(new AccountChangeResult.Unknown());
    }

    @Test
    void isPendingWhereTheCacheIsAwayAndUnavailableWhereTheDatabaseIs() {
      machine.toCache.cut();
      assertThat(delete()).isEqualTo(new AccountChangeResult.Changed(true));

      machine.toAccounts.cut();
      assertThat(delete()).isInstanceOf(AccountChangeResult.Unavailable.class);
    }

    private AccountChangeResult delete() {
      return machine.service.admin().deleteAccount(anna, soon());
    }
  }

  @Nested
  class SayingThatACredentialWasChangedElsewhere {
    private final LoginResult.Success session = enter();
    private final AccountId anna = machine.anna().account();

    @Test
    void dropsTheCachedCopyAndEndsAllSessions() {
      assertThat(machine.service.admin().invalidateCredential(anna, soon()))
          .isEqualTo(new AccountChangeResult.Changed(false));

      assertThat(machine.check(session)).isEqualTo(new CheckResult.Rejected());
      machine.forget();
      assertThat(machine.login(RIGHT)).isInstanceOf(LoginResult.Success.class);
      assertThat(machine.journal()).contains("accounts.find");
    }

    @Test
    void isPendingWhereTheCacheIsAwayAndUnavailableWhereTheDatabaseIs() {
      machine.toCache.cut();
      assertThat(machine.service.admin().invalidateCredential(anna, soon()))
          .isEqualTo(new AccountChangeResult.Changed(true));

      machine.toAccounts.cut();
      assertThat(machine.service.admin().invalidateCredential(anna, soon()))
          .isInstanceOf(AccountChangeResult.Unavailable.class);
    }

    @Test
    void knowsWhereThereIsNoAccount() {
      assertThat(machine.service.admin().invalidateCredential(AccountId.random(), soon()))
          .isEqualTo(new AccountChangeResult.Unknown());
    }
  }

  @Nested
  class OfAnAccountWithoutAPassword {
    private final AccountId dan = AccountId.random();
    private final LoginId name = LoginId.email("dan@example.org");

    OfAnAccountWithoutAPassword() {
      machine.accounts.create(
          NewAccount.withoutPassword(dan, name, AccountStatus.ACTIVE),
          OperationId.random(),
          soon());
    }

    @Test
    void goesLikeThatOfAnyOther() {
      assertThat(machine.service.admin().changeRoles(dan, Set.of("clerk"), Set.of(), soon()))
          .isEqualTo(new RoleChangeResult.Changed(false));
      assertThat(machine.service.admin().changeLoginId(dan, CARL, soon()))
          .isEqualTo(new LoginIdChangeResult.Changed(false));
      assertThat(machine.service.admin().changeStatus(dan, AccountStatus.DISABLED, soon()))
          .isEqualTo(new AccountChangeResult.Changed(false));
      assertThat(machine.service.admin().invalidateCredential(dan, soon()))
          .isEqualTo(new AccountChangeResult.Changed(false));

      AccountState state = machine.accounts.state(dan, soon());
      assertThat(state.loginIds()).containsExactly(CARL);
      assertThat(state.status()).contains(AccountStatus.DISABLED);
      assertThat(state.user().orElseThrow().roles()).containsExactly("clerk");

      assertThat(machine.service.admin().deleteAccount(dan, soon()))
          .isEqualTo(new AccountChangeResult.Changed(false));
      assertThat(machine.accounts.state(dan, soon()).status()).isEmpty();
    }

    @Test
    void itsNameIsTaken() {
      machine.signUp();

      assertThat(machine.service.admin().changeLoginId(machine.anna().account(), name, soon()))
          .isEqualTo(new LoginIdChangeResult.Duplicate());
      assertThat(machine.service.signUp(new SignUp(name, NEXT, CLIENT), soon()))
          .isEqualTo(new SignUpResult.Duplicate());
    }

    @Test
    void noPasswordLogsInToIt() {
      assertThat(machine.service.login(new LoginAttempt(name, RIGHT, CLIENT), soon()))
          .isEqualTo(new LoginResult.Rejected());
    }
  }

  @Nested
  class OfAnAccountWithTwoIdentifiers {
    private final LoginId phone = LoginId.phone("+49 30 1234567");
    private final LoginResult.Success session;
    private final AccountId anna;

    OfAnAccountWithTwoIdentifiers() {
      machine.signUp();
      anna = machine.anna().account();
      machine.accounts.addLoginId(anna, phone, OperationId.random(), soon());
      machine.service.operations().relayInvalidations(soon());
      session = machine.enter(RIGHT);
      assertThat(machine.service.login(new LoginAttempt(phone, RIGHT, CLIENT), soon()))
          .isInstanceOf(LoginResult.Success.class);
      machine.background.runAll();
    }

    @Test
    void fencesBothBeforeTheCommit() {
      assertThat(machine.cache.peek(phone, soon())).hasSize(1);
      AtomicReference<List<Credential>> atTheCommit = new AtomicReference<>();
      machine.toAccounts.before(
          "changeStatus", () -> atTheCommit.set(machine.cache.peek(phone, soon())));

      assertThat(machine.service.admin().changeStatus(anna, AccountStatus.DISABLED, soon()))
          .isEqualTo(new AccountChangeResult.Changed(false));
      assertThat(atTheCommit.get()).isEmpty();
    }

    @Test
    void fencesBothBeforeAPasswordChangesAlsoIfOneIsNew() {
      LoginId third = LoginId.name("anna");
      AtomicReference<List<Credential>> atTheCommit = new AtomicReference<>();
      machine.toLimiter.before(
          "reserve",
          () -> {
            machine.accounts.addLoginId(anna, third, OperationId.random(), soon());
            machine.service.operations().relayInvalidations(soon());
            Credential now = machine.accounts.find(third, soon()).orElseThrow();
            assertThat(machine.fill(machine.ticket(third), now)).isTrue();
          });
      machine.toAccounts.before(
          "changePassword", () -> atTheCommit.set(machine.cache.peek(third, soon())));

      assertThat(machine.change(session, RIGHT, NEXT))
          .isInstanceOf(PasswordChangeResult.Changed.class);
      assertThat(atTheCommit.get()).isEmpty();
      assertThat(machine.cache.peek(phone, soon())).isEmpty();
    }

    @Test
    void killsTheOldPasswordUnderBoth() {
      assertThat(machine.change(session, RIGHT, NEXT))
          .isInstanceOf(PasswordChangeResult.Changed.class);

      for (LoginId each : List.of(ANNA, phone)) {
        assertThat(machine.service.login(new LoginAttempt(each, RIGHT, CLIENT), soon()))
            .isEqualTo(new LoginResult.Rejected());
        assertThat(machine.service.login(new LoginAttempt(each, NEXT, CLIENT), soon()))
            .isInstanceOf(LoginResult.Success.class);
      }
    }

    @Test
    void aChangeToTheOtherEndsTheFirst() {
      assertThat(machine.service.admin().changeLoginId(anna, phone, soon()))
          .isEqualTo(new LoginIdChangeResult.Changed(false));

      assertThat(machine.accounts.state(anna, soon()).loginIds()).containsExactly(phone);
      assertThat(machine.check(session)).isEqualTo(new CheckResult.Rejected());
      assertThat(machine.login(RIGHT)).isEqualTo(new LoginResult.Rejected());
    }
  }

  @Nested
  class WithAStrictCache {
    private final Machine strict =
        new Machine(
            builder -> builder.degradation(Degradation.defaults().refusingChangesWithoutRedis()));

    @Test
    void aChangeThatTheCacheCannotBeToldOfIsNotMade() {
      strict.signUp();
      LoginResult.Success session = strict.enter(RIGHT);
      AccountId anna = strict.anna().account();
      Credential before = strict.anna();
      strict.toCache.cut();

      assertThat(strict.change(session, RIGHT, NEXT))
          .isInstanceOf(PasswordChangeResult.Unavailable.class);
      assertThat(strict.service.admin().changeStatus(anna, AccountStatus.DISABLED, soon()))
          .isInstanceOf(AccountChangeResult.Unavailable.class);
      assertThat(
              strict
                  .service
                  .admin()
                  .changeLoginId(anna, LoginId.email("other@example.org"), soon()))
          .isInstanceOf(LoginIdChangeResult.Unavailable.class);
      assertThat(strict.service.admin().deleteAccount(anna, soon()))
          .isInstanceOf(AccountChangeResult.Unavailable.class);
      strict.toTokens.cut("fenceUser", Kind.TIMEOUT);
      assertThat(strict.service.admin().changeRoles(anna, Set.of("admin"), Set.of(), soon()))
          .isInstanceOf(RoleChangeResult.Unavailable.class);

      assertThat(strict.anna()).isEqualTo(before);
      strict.toCache.mend();
      strict.toTokens.mend();
      assertThat(strict.change(session, RIGHT, NEXT))
          .isInstanceOf(PasswordChangeResult.Changed.class);
    }

    /** Fences of the cache fail after the first; the count may be set anew. */
    private AtomicInteger tellOnlyTheFirst() {
      AtomicInteger fences = new AtomicInteger();
      strict.toCache.before(
          "fence",
          () -> {
            if (fences.getAndIncrement() > 0) {
              throw new StoreException(Kind.TIMEOUT, "only the first is told");
            }
          });
      return fences;
    }

    @Test
    void aChangeOfWhichOneOfTwoIdentifiersCannotBeToldIsNotMade() {
      strict.signUp();
      AccountId anna = strict.anna().account();
      strict.accounts.addLoginId(anna, BOB, OperationId.random(), soon());
      strict.service.operations().relayInvalidations(soon());
      LoginResult.Success session = strict.enter(RIGHT);
      Credential before = strict.anna();
      AtomicInteger fences = tellOnlyTheFirst();

      assertThat(strict.service.admin().changeStatus(anna, AccountStatus.DISABLED, soon()))
          .isInstanceOf(AccountChangeResult.Unavailable.class);
      fences.set(0);
      assertThat(strict.change(session, RIGHT, NEXT))
          .isInstanceOf(PasswordChangeResult.Unavailable.class);
      fences.set(0);
      assertThat(strict.service.admin().deleteAccount(anna, soon()))
          .isInstanceOf(AccountChangeResult.Unavailable.class);
      assertThat(strict.anna()).isEqualTo(before);
    }

    /** The first fence is up, and the credential's present version below it. */
    @Test
    void aChangeThatWasRefusedKeepsNothingOutOfTheCache() {
      strict.signUp();
      AccountId anna = strict.anna().account();
      strict.accounts.addLoginId(anna, BOB, OperationId.random(), soon());
      strict.service.operations().relayInvalidations(soon());
      AtomicInteger fences = tellOnlyTheFirst();
      assertThat(strict.service.admin().changeStatus(anna, AccountStatus.DISABLED, soon()))
          .isInstanceOf(AccountChangeResult.Unavailable.class);
      fences.set(Integer.MIN_VALUE);

      strict.background.runAll();

      strict.enter(RIGHT);
      assertThat(strict.cache.lookup(ANNA, soon())).isInstanceOf(Lookup.Hit.class);
    }

    @Test
    void aSignUpGoesOnBecauseNothingOldCouldBeServed() {
      strict.toCache.cut();

      assertThat(strict.service.signUp(new SignUp(ANNA, RIGHT, CLIENT), soon()))
          .isInstanceOfSatisfying(
              SignUpResult.Created.class, it -> assertThat(it.cachePending()).isTrue());
    }
  }

  /** Anna is there and logged in. */
  private LoginResult.Success enter() {
    machine.signUp();
    return machine.enter(RIGHT);
  }

  /** A login fills the cache, so nothing is remembered that refuses the present version. */
  private void assertCachedAgain() {
    machine.enter(RIGHT);
    assertThat(machine.cache.lookup(ANNA, soon())).isInstanceOf(Lookup.Hit.class);
  }

  private static LoginResult.Success changed(PasswordChangeResult result) {
    return ((PasswordChangeResult.Changed) result).renewed().orElseThrow();
  }
}
