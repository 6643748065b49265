package io.doorward.auth.engine.change;

import static io.doorward.auth.fixture.Fixtures.ANNA;
import static io.doorward.auth.fixture.Fixtures.CLIENT;
import static io.doorward.auth.fixture.Fixtures.NEXT;
import static io.doorward.auth.fixture.Fixtures.RIGHT;
import static io.doorward.auth.fixture.Fixtures.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.doorward.auth.Admin;
import io.doorward.auth.AuthService.SignUp;
import io.doorward.auth.AuthService.SignUpResult;
import io.doorward.auth.Machine;
import io.doorward.auth.Names.LoginIdChangeResult;
import io.doorward.auth.Names.NameAddResult;
import io.doorward.auth.Names.NameRemovalResult;
import io.doorward.auth.account.AccountDirectory.ExternalId;
import io.doorward.auth.account.AccountDirectory.ExternalIdentity;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialCache.Lookup;
import io.doorward.auth.account.CredentialCache.Ticket;
import io.doorward.auth.backend.Degradation;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.TenantId;
import io.doorward.auth.event.AccountEvent;
import io.doorward.auth.event.AccountEvent.AccountName;
import io.doorward.auth.event.AccountEvent.NameChangeRefused;
import io.doorward.auth.event.AccountEvent.NameRefusal;
import io.doorward.auth.fixture.Together;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.CheckResult;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class NameChangesTest {
  private static final LoginId PHONE = LoginId.phone("+49 30 1234567");
  private static final ExternalId CUSTOMER = new ExternalId(TenantId.DEFAULT, "customer-17");
  private static final ExternalIdentity IDENTITY =
      new ExternalIdentity(TenantId.DEFAULT, "https://id.example", "subject-17");

  private final Machine machine = new Machine();
  private final Admin admin = machine.service.admin();
  private final AccountId anna = signUp();
  private final LoginResult.Success session = machine.enter(RIGHT);

  @AfterEach
  void close() {
    machine.close();
  }

  private AccountId signUp() {
    machine.signUp();
    return machine.anna().account();
  }

  private LoginResult login(LoginId loginId) {
    LoginResult result = machine.service.login(new LoginAttempt(loginId, RIGHT, CLIENT), soon());
    machine.background.runAll();
    return result;
  }

  private void addPhone() {
    assertThat(admin.addLoginId(anna, PHONE, soon())).isEqualTo(new NameAddResult.Added(false));
    machine.background.runAll();
    machine.forget();
  }

  private AccountId bob(LoginId loginId) {
    SignUpResult.Created created =
        (SignUpResult.Created) machine.service.signUp(new SignUp(loginId, RIGHT, CLIENT), soon());
    machine.background.runAll();
    machine.forget();
    return created.account();
  }

  @Nested
  class AddingALoginIdentifier {
    @Test
    void opensUnderBothAtOnceAndEndsAllSessions() {
      assertThat(login(PHONE)).isEqualTo(new LoginResult.Rejected());
      machine.forget();

      assertThat(admin.addLoginId(anna, PHONE, soon())).isEqualTo(new NameAddResult.Added(false));

      assertThat(machine.events.all()).containsExactly(new AccountEvent.LoginIdAdded(anna, false));
      assertThat(machine.check(session)).isEqualTo(new CheckResult.Rejected());
      assertThat(login(PHONE)).isInstanceOf(LoginResult.Success.class);
      assertThat(login(ANNA)).isInstanceOf(LoginResult.Success.class);
    }

    @Test
    void fencesAllBeforeAndAfterTheCommit() {
      admin.addLoginId(anna, PHONE, soon());

      assertThat(machine.journal())
          .containsExactly(
              "accounts.state",
              "accounts.lookUp",
              "cache.fence",
              "cache.fence",
              "tokens.fenceUser",
              "accounts.addLoginId",
              "cache.fence",
              "cache.fence",
              "tokens.fenceUser",
              "accounts.done");
    }

    /** Otherwise a login that began before could leave behind that there is no such account. */
    @Test
    void isNotRefusedBecauseOfAReadThatBeganBefore() {
      CountDownLatch reading = new CountDownLatch(1);
      CountDownLatch go = new CountDownLatch(1);
      machine.toAccounts.after(
          "find",
          () -> {
            machine.toAccounts.mend();
            reading.countDown();
            Together.await(go);
          });
      CompletableFuture<LoginResult> early = Together.start(() -> login(PHONE));
      Together.await(reading);
      addPhone();
      CompletableFuture<LoginResult> late = Together.start(() -> login(PHONE));
      go.countDown();

      assertThat(early.join()).isEqualTo(new LoginResult.Rejected());
      assertThat(late.join()).isInstanceOf(LoginResult.Success.class);
      assertThat(login(PHONE)).isInstanceOf(LoginResult.Success.class);
    }

    @Test
    void voidsReadsOfItBeforeTheCommit() {
      Ticket ticket = machine.ticket(PHONE);
      Credential now = machine.anna();
      Credential found =
          new Credential(
              now.account(), PHONE, now.status(), now.hash(), now.version(), now.epoch());
      AtomicReference<Boolean> filled = new AtomicReference<>();
      machine.toAccounts.before("addLoginId", () -> filled.set(machine.fill(ticket, found)));

      admin.addLoginId(anna, PHONE, soon());

      assertThat(filled).hasValue(false);
    }

    @Test
    void thatIsTakenLeavesTheCachesAsTheyAre() {
      bob(PHONE);

      assertThat(admin.addLoginId(anna, PHONE, soon())).isEqualTo(new NameAddResult.Duplicate());

      assertThat(machine.journal()).containsExactly("accounts.state", "accounts.lookUp");
      assertThat(machine.events.all())
          .containsExactly(refused(AccountName.LOGIN_ID, NameRefusal.DUPLICATE));
      assertThat(machine.check(session)).isInstanceOf(CheckResult.Active.class);
    }

    @Test
    void thatIsTakenMeanwhileKeepsNothingOutOfTheCache() {
      machine.toAccounts.before(
          "addLoginId",
          () -> {
            machine.toAccounts.mend();
            bob(PHONE);
          });

      assertThat(admin.addLoginId(anna, PHONE, soon())).isEqualTo(new NameAddResult.Duplicate());
      machine.enter(RIGHT);
      assertThat(machine.cache.lookup(ANNA, soon())).isInstanceOf(Lookup.Hit.class);
      assertThat(machine.check(session)).isInstanceOf(CheckResult.Active.class);
    }

    @Test
    void thatAStoreRefusesKeepsNothingOutOfTheCache() {
      machine.toAccounts.before(
          "addLoginId",
          () -> {
            throw new IllegalArgumentException("loginId must have no U+0000");
          });

      assertThatIllegalArgumentException().isThrownBy(() -> admin.addLoginId(anna, PHONE, soon()));
      machine.toAccounts.mend();
      machine.background.runAll();
      machine.enter(RIGHT);
      assertThat(machine.cache.lookup(ANNA, soon())).isInstanceOf(Lookup.Hit.class);
    }

    @Test
    void ofTheSeventeenthIsRefused() {
      for (int i = 1; i < 16; i++) {
        admin.addLoginId(anna, LoginId.name("anna" + i), soon());
      }
      machine.forget();
      long fences = machine.toCache.calls("fence");

      assertThat(admin.addLoginId(anna, PHONE, soon())).isEqualTo(new NameAddResult.Full());
      assertThat(machine.toCache.calls("fence")).isEqualTo(fences);
      assertThat(machine.events.all())
          .containsExactly(refused(AccountName.LOGIN_ID, NameRefusal.FULL));
      machine.enter(RIGHT);
      assertThat(machine.cache.lookup(ANNA, soon())).isInstanceOf(Lookup.Hit.class);
    }

    @Test
    void thatItHasTellsThePresentState() {
      addPhone();
      machine.toCache.cut();
      assertThat(admin.addLoginId(anna, PHONE, soon())).isEqualTo(new NameAddResult.Added(true));
      machine.toCache.mend();
      machine.forget();

      assertThat(admin.addLoginId(anna, PHONE, soon())).isEqualTo(new NameAddResult.Added(false));
      assertThat(machine.toAccounts.calls("addLoginId")).isZero();
      assertThat(machine.events.all()).isEmpty();
    }

    @Test
    void whoseAnswerIsLostIsDoneOnce() {
      machine.toAccounts.loseAnswers("addLoginId", 1);

      assertThat(admin.addLoginId(anna, PHONE, soon())).isEqualTo(new NameAddResult.Added(false));
      assertThat(login(PHONE)).isInstanceOf(LoginResult.Success.class);
    }

    @Test
    void whoseAnswerIsNotToBeHadIsUnavailableAndTheRepeatKnows() {
      machine.toAccounts.loseAnswers("addLoginId", 99);
      assertThat(admin.addLoginId(anna, PHONE, soon()))
          .isInstanceOf(NameAddResult.Unavailable.class);

      machine.toAccounts.mend();
      assertThat(admin.addLoginId(anna, PHONE, soon())).isEqualTo(new NameAddResult.Added(false));
      assertThat(login(PHONE)).isInstanceOf(LoginResult.Success.class);
    }
  }

  @Nested
  class RemovingALoginIdentifier {
    @Test
    void endsItInEveryCacheAndEndsAllSessions() {
      addPhone();
      assertThat(login(PHONE)).isInstanceOf(LoginResult.Success.class);
      LoginResult.Success opened = machine.enter(RIGHT);
      assertThat(machine.cache.peek(PHONE, soon())).hasSize(1);

      assertThat(admin.removeLoginId(anna, PHONE, soon()))
          .isEqualTo(new NameRemovalResult.Removed(false));

      assertThat(machine.events.all())
          .containsExactly(new AccountEvent.LoginIdRemoved(anna, false));
      assertThat(machine.cache.peek(PHONE, soon())).isEmpty();
      assertThat(machine.check(opened)).isEqualTo(new CheckResult.Rejected());
      assertThat(login(PHONE)).isEqualTo(new LoginResult.Rejected());
      assertThat(login(ANNA)).isInstanceOf(LoginResult.Success.class);
      assertThat(bob(PHONE)).isNotEqualTo(anna);
    }

    @Test
    void fencesAllBeforeAndAfterTheCommit() {
      addPhone();
      login(PHONE);
      machine.forget();
      AtomicReference<List<Credential>> atTheCommit = new AtomicReference<>();
      machine.toAccounts.before(
          "removeLoginId", () -> atTheCommit.set(machine.cache.peek(PHONE, soon())));

      admin.removeLoginId(anna, ANNA, soon());

      assertThat(atTheCommit.get()).isEmpty();
      assertThat(machine.journal())
          .containsExactly(
              "accounts.state",
              "cache.fence",
              "cache.fence",
              "tokens.fenceUser",
              "accounts.removeLoginId",
              "cache.fence",
              "cache.fence",
              "tokens.fenceUser",
              "accounts.done");
    }

    @Test
    void isRefusedForTheLastOne() {
      assertThat(admin.removeLoginId(anna, ANNA, soon())).isEqualTo(new NameRemovalResult.Last());

      assertThat(machine.journal()).containsExactly("accounts.state");
      assertThat(machine.events.all())
          .containsExactly(refused(AccountName.LOGIN_ID, NameRefusal.LAST));
      assertThat(machine.check(session)).isInstanceOf(CheckResult.Active.class);
    }

    @Test
    void thatIsTheLastByNowKeepsNothingOutOfTheCache() {
      addPhone();
      machine.toAccounts.before(
          "removeLoginId",
          () -> {
            machine.toAccounts.mend();
            machine.accounts.removeLoginId(anna, PHONE, OperationId.random(), soon());
          });

      assertThat(admin.removeLoginId(anna, ANNA, soon())).isEqualTo(new NameRemovalResult.Last());
      machine.service.operations().relayInvalidations(soon());
      machine.enter(RIGHT);
      assertThat(machine.cache.lookup(ANNA, soon())).isInstanceOf(Lookup.Hit.class);
    }

    @Test
    void thatItDoesNotHaveIsAbsent() {
      bob(PHONE);

      assertThat(admin.removeLoginId(anna, PHONE, soon()))
          .isEqualTo(new NameRemovalResult.Absent(false));
      assertThat(machine.journal()).containsExactly("accounts.state");
      assertThat(login(PHONE)).isInstanceOf(LoginResult.Success.class);
    }

    /** "Absent" must not hide that a cache may still have what the first call has removed. */
    @Test
    void whoseAnswerIsNotToBeHadIsUnavailableAndTheRepeatKnows() {
      addPhone();
      login(PHONE);
      machine.toCache.cut();
      machine.toAccounts.loseAnswers("removeLoginId", 99);
      assertThat(admin.removeLoginId(anna, PHONE, soon()))
          .isInstanceOf(NameRemovalResult.Unavailable.class);

      machine.toAccounts.mend();
      machine.toCache.mend();
      assertThat(machine.cache.peek(PHONE, soon())).hasSize(1);
      assertThat(admin.removeLoginId(anna, PHONE, soon()))
          .isEqualTo(new NameRemovalResult.Absent(true));
      machine.service.operations().relayInvalidations(soon());
      assertThat(admin.removeLoginId(anna, PHONE, soon()))
          .isEqualTo(new NameRemovalResult.Absent(false));
      assertThat(machine.cache.peek(PHONE, soon())).isEmpty();
    }

    @Test
    void isPendingWhereTheCacheIsAwayAndUnavailableWhereTheDatabaseIs() {
      addPhone();
      machine.toCache.cut();
      assertThat(admin.removeLoginId(anna, PHONE, soon()))
          .isEqualTo(new NameRemovalResult.Removed(true));

      machine.toAccounts.cut();
      assertThat(admin.removeLoginId(anna, ANNA, soon()))
          .isInstanceOf(NameRemovalResult.Unavailable.class);
      assertThat(admin.addLoginId(anna, PHONE, soon()))
          .isInstanceOf(NameAddResult.Unavailable.class);
    }
  }

  @Test
  void noLoginIdentifierChangesWhereTheCachesMustBeToldFirst() {
    try (Machine strict =
        new Machine(
            builder -> builder.degradation(Degradation.defaults().refusingChangesWithoutRedis()))) {
      strict.signUp();
      AccountId account = strict.anna().account();
      strict.service.admin().addLoginId(account, PHONE, soon());
      Credential before = strict.anna();
      strict.toCache.cut();

      assertThat(strict.service.admin().removeLoginId(account, PHONE, soon()))
          .isInstanceOf(NameRemovalResult.Unavailable.class);
      assertThat(strict.service.admin().addLoginId(account, LoginId.name("anna"), soon()))
          .isInstanceOf(NameAddResult.Unavailable.class);
      assertThat(strict.anna()).isEqualTo(before);
    }
  }

  @Nested
  class OfOtherSystems {
    @Test
    void anExternalIdIsSetAndClearedAndEndsNoSession() {
      assertThat(admin.setExternalId(anna, CUSTOMER, soon()))
          .isEqualTo(new NameAddResult.Added(false));
      assertThat(admin.clearExternalId(anna, soon()))
          .isEqualTo(new NameRemovalResult.Removed(false));
      assertThat(admin.clearExternalId(anna, soon()))
          .isEqualTo(new NameRemovalResult.Absent(false));

      assertThat(machine.events.all())
          .containsExactly(
              new AccountEvent.ExternalIdSet(anna), new AccountEvent.ExternalIdCleared(anna));
      assertThat(machine.toCache.calls("fence")).isZero();
      assertThat(machine.check(session)).isInstanceOf(CheckResult.Active.class);
    }

    @Test
    void anIdentityIsLinkedAndUnlinkedAndEndsNoSession() {
      assertThat(admin.linkIdentity(anna, IDENTITY, soon()))
          .isEqualTo(new NameAddResult.Added(false));
      assertThat(admin.unlinkIdentity(anna, IDENTITY, soon()))
          .isEqualTo(new NameRemovalResult.Removed(false));
      assertThat(admin.unlinkIdentity(anna, IDENTITY, soon()))
          .isEqualTo(new NameRemovalResult.Absent(false));

      assertThat(machine.events.all())
          .containsExactly(
              new AccountEvent.IdentityLinked(anna, "https://id.example"),
              new AccountEvent.IdentityUnlinked(anna, "https://id.example"));
      assertThat(machine.check(session)).isInstanceOf(CheckResult.Active.class);
    }

    @Test
    void aNameOfAnotherAccountIsADuplicate() {
      AccountId bob = bob(PHONE);
      admin.setExternalId(bob, CUSTOMER, soon());
      admin.linkIdentity(bob, IDENTITY, soon());
      machine.forget();

      assertThat(admin.setExternalId(anna, CUSTOMER, soon()))
          .isEqualTo(new NameAddResult.Duplicate());
      assertThat(admin.linkIdentity(anna, IDENTITY, soon()))
          .isEqualTo(new NameAddResult.Duplicate());
      assertThat(machine.events.all())
          .containsExactly(
              refused(AccountName.EXTERNAL_ID, NameRefusal.DUPLICATE),
              refused(AccountName.EXTERNAL_IDENTITY, NameRefusal.DUPLICATE));
    }

    @Test
    void aLostAnswerIsAskedForAgainAndNoAnswerIsUnavailable() {
      machine.toAccounts.loseAnswers("unlinkIdentity", 1);
      machine.toAccounts.loseAnswers("setExternalId", 99);
      admin.linkIdentity(anna, IDENTITY, soon());

      assertThat(admin.unlinkIdentity(anna, IDENTITY, soon()))
          .isEqualTo(new NameRemovalResult.Removed(false));
      assertThat(admin.setExternalId(anna, CUSTOMER, soon()))
          .isInstanceOf(NameAddResult.Unavailable.class);
      machine.toAccounts.mend();
      assertThat(admin.setExternalId(anna, CUSTOMER, soon()))
          .isEqualTo(new NameAddResult.Added(false));
    }
  }

  @Test
  void anAccountThatIsNotThereIsUnknown() {
    AccountId nobody = AccountId.random();

    assertThat(admin.addLoginId(nobody, PHONE, soon())).isEqualTo(new NameAddResult.Unknown());
    assertThat(admin.removeLoginId(nobody, ANNA, soon()))
        .isEqualTo(new NameRemovalResult.Unknown());
    assertThat(admin.setExternalId(nobody, CUSTOMER, soon()))
        .isEqualTo(new NameAddResult.Unknown());
    assertThat(admin.clearExternalId(nobody, soon())).isEqualTo(new NameRemovalResult.Unknown());
    assertThat(admin.linkIdentity(nobody, IDENTITY, soon())).isEqualTo(new NameAddResult.Unknown());
    assertThat(admin.unlinkIdentity(nobody, IDENTITY, soon()))
        .isEqualTo(new NameRemovalResult.Unknown());
  }

  /** It would be fenced for a change that no store makes. */
  @Test
  void aNameOfAnotherTenantIsRefusedBeforeAnythingIsFenced() {
    LoginId there = PHONE.inTenant(new TenantId("north"));

    for (Runnable each :
        List.<Runnable>of(
            () -> admin.changeLoginId(anna, there, soon()),
            () -> admin.addLoginId(anna, there, soon()),
            () -> admin.removeLoginId(anna, there, soon()))) {
      assertThatIllegalArgumentException()
          .isThrownBy(each::run)
          .withMessageEndingWith("must be in the tenant of its account, default, was in north");
    }
    assertThat(machine.journal()).isEmpty();
  }

  @Test
  void aChangeToOneThatItHasFencesTheFirstBeforeTheCommit() {
    addPhone();
    machine.enter(RIGHT);
    AtomicReference<List<Credential>> atTheCommit = new AtomicReference<>();
    machine.toAccounts.before(
        "changeLoginId", () -> atTheCommit.set(machine.cache.peek(ANNA, soon())));
    assertThat(machine.cache.peek(ANNA, soon())).hasSize(1);

    assertThat(admin.changeLoginId(anna, PHONE, soon()))
        .isEqualTo(new LoginIdChangeResult.Changed(false));

    assertThat(atTheCommit.get()).isEmpty();
    assertThat(machine.service.signUp(new SignUp(ANNA, NEXT, CLIENT), soon()))
        .as("free again")
        .isInstanceOf(SignUpResult.Created.class);
  }

  private NameChangeRefused refused(AccountName name, NameRefusal reason) {
    return new NameChangeRefused(anna, name, reason);
  }
}
