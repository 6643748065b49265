package io.doorward.auth.testkit;

import static io.doorward.auth.testkit.Fixtures.SIXTEEN;
import static io.doorward.auth.testkit.Fixtures.deadline;
import static io.doorward.auth.testkit.Fixtures.expired;
import static io.doorward.auth.testkit.Fixtures.login;
import static io.doorward.auth.testkit.Fixtures.loginFloors;
import static io.doorward.auth.testkit.Fixtures.userFloors;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.account.AccountDirectory.AccountState;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialStore;
import io.doorward.auth.account.CredentialStore.Change;
import io.doorward.auth.account.CredentialStore.Creation;
import io.doorward.auth.account.CredentialStore.NewAccount;
import io.doorward.auth.account.CredentialVersion;
import io.doorward.auth.account.Epoch;
import io.doorward.auth.account.NameStore.NameChange;
import io.doorward.auth.account.Outbox.Invalidation;
import io.doorward.auth.account.ProfileStore;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.TenantId;
import io.doorward.auth.password.PasswordHash;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Tests the contract of every {@link CredentialStore}, together with the profiles and the outbox of
 * the same database. Extend it, name the stores, and run it.
 */
@Tag("contract")
public abstract class CredentialStoreContract {
  private static final TenantId NORTH = new TenantId("north");

  /** For sub-classes. */
  protected CredentialStoreContract() {}

  /**
   * Returns the stores under test.
   *
   * @return stores over one database, which need not be empty
   */
  protected abstract AccountStores stores();

  private CredentialStore store() {
    return stores().credentials();
  }

  @Test
  void aCreatedAccountIsFoundByLoginAndByAccount() {
    AccountId account = AccountId.random();
    LoginId login = login();
    PasswordHash hash = TestSecrets.newHash();

    Creation creation = create(account, login, hash, OperationId.random());

    Credential created = ((Creation.Created) creation).credential().orElseThrow();
    assertThat(created.account()).isEqualTo(account);
    assertThat(created.loginId()).isEqualTo(login);
    assertThat(created.status()).isEqualTo(AccountStatus.ACTIVE);
    assertThat(created.hash()).isEqualTo(hash);
    assertThat(store().find(login, deadline())).contains(created);
    assertThat(store().find(account, deadline())).contains(created);
    assertThat(store().version(account, deadline())).contains(created.version());
  }

  @Test
  void oneIdentifierIsAnAccountInEachTenant() {
    LoginId here = login();
    LoginId there = here.inTenant(NORTH);
    AccountId account = AccountId.random(NORTH);
    create(AccountId.random(), here, TestSecrets.newHash(), OperationId.random());
    Fixtures.drainAll(stores());

    Creation creation = create(account, there, TestSecrets.newHash(), OperationId.random());

    Creation.Created created = (Creation.Created) creation;
    Credential credential = created.credential().orElseThrow();
    assertThat(credential.account()).isEqualTo(account);
    assertThat(credential.loginId()).isEqualTo(there);
    assertThat(store().find(there, deadline())).contains(credential);
    assertThat(store().find(account, deadline())).contains(credential);
    assertThat(store().find(here, deadline()).orElseThrow().account().tenant())
        .isEqualTo(TenantId.DEFAULT);
    assertThat(create(AccountId.random(NORTH), there, TestSecrets.newHash(), OperationId.random()))
        .isEqualTo(new Creation.Duplicate());
    assertThat(loginFloors(created.pending(), there)).isNotEmpty();
    assertThat(loginFloors(created.pending(), here)).isEmpty();
    stores().outbox().done(created.pending(), deadline());
    assertThat(stores().directory().state(account, deadline()).pending()).isFalse();
  }

  @Test
  void aChangeInATenantTellsOfThatTenantsAccount() {
    AccountId account = AccountId.random(NORTH);
    LoginId login = login().inTenant(NORTH);
    create(account, login, TestSecrets.newHash(), OperationId.random());
    Credential before = store().find(account, deadline()).orElseThrow();
    Fixtures.drainAll(stores());

    changed(changeStatus(before, AccountStatus.DISABLED, OperationId.random()));

    List<Invalidation> told = Fixtures.drainAll(stores());
    assertThat(loginFloors(told, login)).isNotEmpty();
    assertThat(userFloors(told, account)).isNotEmpty();
    assertThat(stores().profiles().load(account, deadline()).orElseThrow().account())
        .isEqualTo(account);
    LoginId next = login().inTenant(NORTH);
    rename(account, next, OperationId.random());
    assertThat(store().find(next, deadline()).orElseThrow().account()).isEqualTo(account);
    assertThat(store().find(login, deadline())).isEmpty();
    List<Invalidation> deleted = store().delete(account, deadline()).orElseThrow();
    assertThat(loginFloors(deleted, next)).isNotEmpty();
    assertThat(userFloors(deleted, account)).isNotEmpty();
  }

  /** Otherwise a caller of one tenant could reach into another one. */
  @Test
  void anIdWithAnotherTenantNamesNoAccount() {
    Credential before = Fixtures.credential(stores());
    Fixtures.drainAll(stores());
    AccountId foreign = AccountId.of(NORTH, before.account().local());

    assertThat(store().find(foreign, deadline())).isEmpty();
    assertThat(store().version(foreign, deadline())).isEmpty();
    assertThat(stores().profiles().load(foreign, deadline())).isEmpty();
    assertThat(stores().directory().state(foreign, deadline()).user()).isEmpty();
    Change conflict = new Change.VersionConflict();
    PasswordHash next = TestSecrets.newHash();
    assertThat(
            store()
                .changePassword(foreign, before.version(), next, OperationId.random(), deadline()))
        .isEqualTo(conflict);
    assertThat(setPassword(foreign, next, OperationId.random())).isEqualTo(conflict);
    assertThat(store().rehash(foreign, before.version(), next, OperationId.random(), deadline()))
        .isEqualTo(conflict);
    assertThat(
            store().changeStatus(foreign, AccountStatus.DISABLED, OperationId.random(), deadline()))
        .isEqualTo(conflict);
    assertThat(store().renewVersion(foreign, OperationId.random(), deadline())).isEqualTo(conflict);
    assertThat(rename(foreign, login().inTenant(NORTH), OperationId.random()))
        .isEqualTo(new NameChange.Unknown());
    assertThat(store().countFailure(foreign, before.epoch(), 1, deadline())).isEmpty();
    assertThat(store().forgiveFailures(foreign, before.epoch(), deadline())).isEmpty();
    assertThat(
            stores()
                .profiles()
                .changeRoles(foreign, Set.of("admin"), Set.of(), OperationId.random(), deadline()))
        .isEqualTo(new ProfileStore.Change.Unknown());
    assertThat(store().delete(foreign, deadline())).isEmpty();

    assertThat(store().find(before.account(), deadline())).contains(before);
    assertThat(Fixtures.drainAll(stores())).isEmpty();
  }

  @Test
  void anAccountAndItsIdentifierAreOfOneTenant() {
    assertThatThrownBy(
            () ->
                NewAccount.of(
                    AccountId.random(NORTH), login(), AccountStatus.ACTIVE, TestSecrets.newHash()))
        .isInstanceOf(IllegalArgumentException.class);
    Credential before = Fixtures.credential(stores());
    assertThatThrownBy(
            () -> rename(before.account(), login().inTenant(NORTH), OperationId.random()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(store().find(before.account(), deadline())).contains(before);
  }

  @Test
  void whatWasNeverCreatedIsNotFound() {
    assertThat(store().find(login(), deadline())).isEmpty();
    assertThat(store().find(AccountId.random(), deadline())).isEmpty();
    assertThat(store().version(AccountId.random(), deadline())).isEmpty();
  }

  @Test
  void everyStatusIsKept() {
    for (AccountStatus status : AccountStatus.values()) {
      AccountId account = AccountId.random();
      store()
          .create(
              NewAccount.of(account, login(), status, TestSecrets.newHash()),
              OperationId.random(),
              deadline());

      assertThat(store().find(account, deadline()).orElseThrow().status()).isEqualTo(status);
    }
  }

  @Test
  void aTakenLoginIsADuplicateAndWritesNothing() {
    Credential first = Fixtures.credential(stores());
    Fixtures.drainAll(stores());
    AccountId second = AccountId.random();

    Creation creation =
        create(second, first.loginId(), TestSecrets.newHash(), OperationId.random());

    assertThat(creation).isEqualTo(new Creation.Duplicate());
    assertThat(store().find(second, deadline())).isEmpty();
    assertThat(stores().profiles().load(second, deadline())).isEmpty();
    assertThat(store().find(first.loginId(), deadline())).contains(first);
    assertThat(Fixtures.drainAll(stores())).isEmpty();
  }

  @Test
  void onlyOneOfSixteenCreatesALogin() {
    LoginId login = login();

    List<Creation> outcomes =
        Concurrently.call(
            SIXTEEN,
            () -> create(AccountId.random(), login, TestSecrets.newHash(), OperationId.random()));

    List<Creation> winners = outcomes.stream().filter(Creation.Created.class::isInstance).toList();
    assertThat(winners).hasSize(1);
    assertThat(store().find(login, deadline()))
        .contains(((Creation.Created) winners.get(0)).credential().orElseThrow());
    outcomes.stream()
        .filter(outcome -> outcome != winners.get(0))
        .forEach(outcome -> assertThat(outcome).isEqualTo(new Creation.Duplicate()));
  }

  @Test
  void aRepeatedCreateReportsTheFirstOutcome() {
    AccountId account = AccountId.random();
    LoginId login = login();
    PasswordHash hash = TestSecrets.newHash();
    OperationId operation = OperationId.random();
    Creation.Created first = (Creation.Created) create(account, login, hash, operation);

    Creation.Created second = (Creation.Created) create(account, login, hash, operation);

    assertThat(second.credential()).isEqualTo(first.credential());
    assertThat(store().version(account, deadline()))
        .contains(first.credential().orElseThrow().version());
  }

  @Test
  void sixteenRepeatsOfOneCreateReportOneOutcome() {
    AccountId account = AccountId.random();
    LoginId login = login();
    PasswordHash hash = TestSecrets.newHash();
    OperationId operation = OperationId.random();

    List<Creation> outcomes =
        Concurrently.call(SIXTEEN, () -> create(account, login, hash, operation));

    Credential stored = store().find(login, deadline()).orElseThrow();
    assertThat(outcomes)
        .allSatisfy(
            outcome ->
                assertThat(outcome)
                    .isInstanceOfSatisfying(
                        Creation.Created.class,
                        created ->
                            assertThat(created.credential().orElseThrow()).isEqualTo(stored)));
  }

  @Test
  void aChangedPasswordReplacesTheHashAndTheVersion() {
    Credential before = Fixtures.credential(stores());
    PasswordHash next = TestSecrets.newHash();

    Change change = changePassword(before, next, OperationId.random());

    CredentialVersion version = ((Change.Changed) change).version();
    assertThat(version.number()).isGreaterThan(before.version().number());
    assertThat(version.tag()).isNotEqualTo(before.version().tag());
    Credential after = store().find(before.loginId(), deadline()).orElseThrow();
    assertThat(after)
        .isEqualTo(
            new Credential(
                before.account(),
                before.loginId(),
                AccountStatus.ACTIVE,
                next,
                version,
                Epoch.of(version)));
  }

  @Test
  void aPasswordThatIsSetReplacesTheOneThatIsThere() {
    Credential before = Fixtures.credential(stores());
    Credential closed = close(before);
    Fixtures.drainAll(stores());
    PasswordHash next = TestSecrets.newHash();

    Change.Changed change = (Change.Changed) setPassword(before.account(), next, operation());

    CredentialVersion version = change.version();
    assertThat(version.number()).isGreaterThan(closed.version().number());
    assertThat(store().find(before.loginId(), deadline()))
        .as("open to strangers, in the next epoch")
        .contains(
            new Credential(
                before.account(),
                before.loginId(),
                AccountStatus.ACTIVE,
                next,
                version,
                Epoch.of(version)));
    assertBeganAnEpoch(before);
    assertThat(loginFloors(change.pending(), before.loginId())).containsExactly(version.number());
    assertThat(userFloors(change.pending(), before.account()))
        .containsExactly(user(before).version());
    assertThat(Fixtures.drainAll(stores())).containsExactlyInAnyOrderElementsOf(change.pending());
    assertThat(changePassword(closed, TestSecrets.newHash(), operation()))
        .as("by the password of before")
        .isEqualTo(new Change.VersionConflict());
  }

  @Test
  void theSameHashSetAgainEndsTheSessionsToo() {
    Credential before = Fixtures.credential(stores());

    Change change = setPassword(before.account(), before.hash(), operation());

    assertThat(changed(change)).isNotEqualTo(before.version());
    assertBeganAnEpoch(before);
  }

  @Test
  void anAccountWithoutAPasswordIsGivenOne() {
    NewAccount it = withoutPassword();
    store().create(it, operation(), deadline());
    Epoch before = load(it.account()).epoch();
    Fixtures.drainAll(stores());
    PasswordHash next = TestSecrets.newHash();

    Change.Changed change = (Change.Changed) setPassword(it.account(), next, operation());

    Credential after = store().find(it.loginId(), deadline()).orElseThrow();
    assertThat(after.hash()).isEqualTo(next);
    assertThat(after.version()).isEqualTo(change.version());
    assertThat(after.epoch()).isEqualTo(Epoch.of(change.version())).isNotEqualTo(before);
    assertThat(load(it.account()).epoch()).isEqualTo(after.epoch());
    assertThat(loginFloors(change.pending(), it.loginId()))
        .containsExactly(change.version().number());
    assertThat(userFloors(change.pending(), it.account()))
        .containsExactly(load(it.account()).version());
  }

  @Test
  void aPasswordThatIsSetLeavesTheStatusAsItIs() {
    Credential before = Fixtures.credential(stores());
    for (AccountStatus status : AccountStatus.values()) {
      changeStatus(before, status, operation());
      setPassword(before.account(), TestSecrets.newHash(), operation());

      assertThat(store().find(before.account(), deadline()).orElseThrow().status())
          .isEqualTo(status);
    }
  }

  @Test
  void aRepeatedSettingReportsTheFirstOutcomeAndSetsNothing() {
    Credential before = Fixtures.credential(stores());
    OperationId operation = operation();
    CredentialVersion first =
        changed(setPassword(before.account(), TestSecrets.newHash(), operation));
    PasswordHash last = TestSecrets.newHash();
    setPassword(before.account(), last, operation());

    assertThat(changed(setPassword(before.account(), TestSecrets.newHash(), operation)))
        .isEqualTo(first);
    assertThat(store().find(before.account(), deadline()).orElseThrow().hash()).isEqualTo(last);
  }

  @Test
  void aPasswordOfAnUnknownAccountIsNotSet() {
    assertThat(setPassword(AccountId.random(), TestSecrets.newHash(), operation()))
        .isEqualTo(new Change.VersionConflict());
    Credential gone = Fixtures.credential(stores());
    store().delete(gone.account(), deadline());
    assertThat(setPassword(gone.account(), TestSecrets.newHash(), operation()))
        .isEqualTo(new Change.VersionConflict());
    assertThat(store().find(gone.account(), deadline())).isEmpty();
  }

  /** Also for an account that has no password yet: then the first one inserts. */
  @Test
  void sixteenSettingsAtOnceAreAllMade() {
    NewAccount empty = withoutPassword();
    store().create(empty, operation(), deadline());
    for (AccountId account : List.of(empty.account(), Fixtures.credential(stores()).account())) {
      List<Change> outcomes =
          Concurrently.call(
              SIXTEEN, () -> setPassword(account, TestSecrets.newHash(), operation()));

      assertThat(outcomes.stream().map(CredentialStoreContract::changed))
          .doesNotHaveDuplicates()
          .contains(store().version(account, deadline()).orElseThrow());
    }
  }

  /** One of the two is in force, and the change is made only if it came first. */
  @Test
  void aSettingAndAChangeAtOnceEndInOneOfThem() {
    for (int i = 0; i < SIXTEEN; i++) {
      Credential before = Fixtures.credential(stores());
      PasswordHash set = TestSecrets.newHash();
      PasswordHash chosen = TestSecrets.newHash();

      List<Change> outcomes =
          Concurrently.call(
              List.of(
                  () -> setPassword(before.account(), set, operation()),
                  () -> changePassword(before, chosen, operation())));

      assertThat(outcomes.get(0)).isInstanceOf(Change.Changed.class);
      assertThat(store().find(before.account(), deadline()).orElseThrow().hash()).isEqualTo(set);
    }
  }

  @Test
  void onlyOneOfSixteenChangesAPassword() {
    Credential before = Fixtures.credential(stores());
    List<PasswordHash> hashes = new ArrayList<>();
    List<Callable<Change>> callers = new ArrayList<>();
    for (int i = 0; i < SIXTEEN; i++) {
      PasswordHash next = TestSecrets.newHash();
      hashes.add(next);
      callers.add(() -> changePassword(before, next, OperationId.random()));
    }

    List<Change> outcomes = Concurrently.call(callers);

    List<Change> winners = outcomes.stream().filter(Change.Changed.class::isInstance).toList();
    assertThat(winners).hasSize(1);
    Credential after = store().find(before.account(), deadline()).orElseThrow();
    assertThat(after.hash()).isEqualTo(hashes.get(outcomes.indexOf(winners.get(0))));
    assertThat(after.version()).isEqualTo(((Change.Changed) winners.get(0)).version());
  }

  @Test
  void theFailureThatReachesTheLimitClosesTheAccountToStrangers() {
    Credential before = Fixtures.credential(stores());
    Fixtures.drainAll(stores());
    assertThat(countFailure(before)).isEmpty();
    assertThat(countFailure(before)).isEmpty();
    assertThat(store().find(before.account(), deadline())).contains(before);

    List<Invalidation> pending = countFailure(before).orElseThrow();

    Credential closed = store().find(before.loginId(), deadline()).orElseThrow();
    assertThat(closed.knownDevicesOnly()).isTrue();
    assertThat(closed.epoch()).as("sessions live on").isEqualTo(before.epoch());
    assertThat(closed.version().number()).isGreaterThan(before.version().number());
    assertThat(pending)
        .singleElement()
        .isInstanceOfSatisfying(
            Invalidation.OfLogin.class,
            told -> {
              assertThat(told.loginId()).isEqualTo(before.loginId());
              assertThat(told.floor()).isEqualTo(closed.version().number());
            });
    assertThat(countFailure(closed)).as("it is closed already").isEmpty();
    assertThat(store().find(before.account(), deadline())).contains(closed);
  }

  @Test
  void sixteenFailuresAtOnceAreSixteen() {
    Credential account = Fixtures.credential(stores());

    List<Optional<List<Invalidation>>> outcomes =
        Concurrently.call(
            SIXTEEN,
            () -> store().countFailure(account.account(), account.epoch(), SIXTEEN, deadline()));

    assertThat(outcomes).filteredOn(Optional::isPresent).hasSize(1);
    assertThat(store().find(account.account(), deadline()).orElseThrow().knownDevicesOnly())
        .isTrue();
  }

  @Test
  void whatIsForgivenIsOpenAndCountsAnew() {
    Credential before = Fixtures.credential(stores());
    Fixtures.drainAll(stores());
    assertThat(store().forgiveFailures(before.account(), before.epoch(), deadline())).isEmpty();
    close(before);

    List<Invalidation> pending =
        store().forgiveFailures(before.account(), before.epoch(), deadline());

    Credential open = store().find(before.account(), deadline()).orElseThrow();
    assertThat(open.knownDevicesOnly()).isFalse();
    assertThat(open.epoch()).isEqualTo(before.epoch());
    assertThat(pending).isNotEmpty();
    assertThat(countFailure(open)).isEmpty();
    assertThat(countFailure(open)).isEmpty();
    assertThat(countFailure(open)).isPresent();
  }

  @Test
  void theNextEpochBeginsOpenAndWithNoFailures() {
    Credential before = Fixtures.credential(stores());
    Credential closed = close(before);
    changePassword(closed, TestSecrets.newHash(), OperationId.random());

    Credential next = store().find(before.account(), deadline()).orElseThrow();
    assertThat(next.knownDevicesOnly()).isFalse();
    assertThat(countFailure(before)).as("a failure of the epoch before").isEmpty();
    assertThat(store().forgiveFailures(before.account(), before.epoch(), deadline())).isEmpty();
    assertThat(countFailure(next)).isEmpty();
    assertThat(countFailure(next)).isEmpty();
    assertThat(countFailure(next)).isPresent();
  }

  @Test
  void anotherHashOfTheSamePasswordForgivesNothing() {
    Credential closed = close(Fixtures.credential(stores()));
    store()
        .rehash(
            closed.account(),
            closed.version(),
            TestSecrets.newHash(),
            OperationId.random(),
            deadline());

    assertThat(store().find(closed.account(), deadline()).orElseThrow().knownDevicesOnly())
        .isTrue();
  }

  @Test
  void failuresOfNobodyCountNothing() {
    Epoch epoch = new Epoch(1, "none");
    assertThat(store().countFailure(AccountId.random(), epoch, 1, deadline())).isEmpty();
    assertThat(store().forgiveFailures(AccountId.random(), epoch, deadline())).isEmpty();
  }

  private Optional<List<Invalidation>> countFailure(Credential compared) {
    return store().countFailure(compared.account(), compared.epoch(), 3, deadline());
  }

  private Credential close(Credential account) {
    for (int i = 0; i < 3; i++) {
      countFailure(account);
    }
    Credential closed = store().find(account.account(), deadline()).orElseThrow();
    assertThat(closed.knownDevicesOnly()).isTrue();
    return closed;
  }

  @Test
  void aStateThatIsNotThePresentOneIsAVersionConflict() {
    Credential before = Fixtures.credential(stores());
    Fixtures.drainAll(stores());
    CredentialVersion present = before.version();
    List<CredentialVersion> others =
        List.of(
            new CredentialVersion(present.number(), OperationId.random().value()),
            new CredentialVersion(present.number() + 1, present.tag()));
    for (CredentialVersion other : others) {
      assertThat(
              store()
                  .changePassword(
                      before.account(),
                      other,
                      TestSecrets.newHash(),
                      OperationId.random(),
                      deadline()))
          .isEqualTo(new Change.VersionConflict());
      assertThat(
              store()
                  .rehash(
                      before.account(),
                      other,
                      TestSecrets.newHash(),
                      OperationId.random(),
                      deadline()))
          .isEqualTo(new Change.VersionConflict());
    }
    assertThat(store().find(before.account(), deadline())).contains(before);
    assertThat(Fixtures.drainAll(stores())).isEmpty();
  }

  @Test
  void anAccountThatIsNotThereIsAVersionConflict() {
    AccountId nobody = AccountId.random();
    CredentialVersion version = new CredentialVersion(1, "none");

    assertThat(
            store()
                .changePassword(
                    nobody, version, TestSecrets.newHash(), OperationId.random(), deadline()))
        .isEqualTo(new Change.VersionConflict());
    assertThat(
            store()
                .rehash(nobody, version, TestSecrets.newHash(), OperationId.random(), deadline()))
        .isEqualTo(new Change.VersionConflict());
    assertThat(
            store().changeStatus(nobody, AccountStatus.DISABLED, OperationId.random(), deadline()))
        .isEqualTo(new Change.VersionConflict());
  }

  @Test
  void aRepeatedChangeReportsTheFirstOutcomeEvenAfterTheNextChange() {
    Credential before = Fixtures.credential(stores());
    PasswordHash next = TestSecrets.newHash();
    OperationId operation = OperationId.random();
    Change.Changed first = (Change.Changed) changePassword(before, next, operation);

    assertThat(changed(changePassword(before, next, operation))).isEqualTo(first.version());

    Credential middle = store().find(before.account(), deadline()).orElseThrow();
    PasswordHash last = TestSecrets.newHash();
    changePassword(middle, last, OperationId.random());
    assertThat(changed(changePassword(before, next, operation))).isEqualTo(first.version());
    assertThat(store().find(before.account(), deadline()).orElseThrow().hash()).isEqualTo(last);
  }

  @Test
  void sixteenRepeatsOfOneChangeReportOneOutcome() {
    Credential before = Fixtures.credential(stores());
    PasswordHash next = TestSecrets.newHash();
    OperationId operation = OperationId.random();

    List<Change> outcomes =
        Concurrently.call(SIXTEEN, () -> changePassword(before, next, operation));

    CredentialVersion stored = store().version(before.account(), deadline()).orElseThrow();
    assertThat(outcomes).allSatisfy(outcome -> assertThat(changed(outcome)).isEqualTo(stored));
  }

  @Test
  void aRepeatedStatusChangeReportsTheFirstOutcome() {
    Credential before = Fixtures.credential(stores());
    OperationId operation = OperationId.random();
    CredentialVersion first = changed(changeStatus(before, AccountStatus.DISABLED, operation));
    changeStatus(before, AccountStatus.ACTIVE, OperationId.random());

    assertThat(changed(changeStatus(before, AccountStatus.DISABLED, operation))).isEqualTo(first);

    assertThat(store().find(before.account(), deadline()).orElseThrow().status())
        .isEqualTo(AccountStatus.ACTIVE);
  }

  @Test
  void aChangedPasswordEndsOlderSessionsAndARehashDoesNot() {
    Credential before = Fixtures.credential(stores());
    UserRecord first = user(before);

    Change.Changed rehashed =
        (Change.Changed)
            store()
                .rehash(
                    before.account(),
                    before.version(),
                    TestSecrets.newHash(),
                    OperationId.random(),
                    deadline());
    UserRecord second = user(before);
    assertThat(rehashed.version().number()).isGreaterThan(before.version().number());
    assertThat(second.epoch()).isEqualTo(first.epoch()).isEqualTo(before.epoch());

    Credential middle = store().find(before.account(), deadline()).orElseThrow();
    Change.Changed changed = Fixtures.changePassword(stores(), middle);
    UserRecord third = user(before);
    assertThat(middle.epoch()).isEqualTo(before.epoch());
    assertThat(third.epoch()).isEqualTo(Epoch.of(changed.version()));
    assertThat(store().find(before.account(), deadline()).orElseThrow().epoch())
        .isEqualTo(third.epoch());
    assertThat(third.version()).isGreaterThan(second.version());
  }

  @Test
  void aChangedStatusEndsSessionsAndAnUnchangedOneDoesNothing() {
    Credential before = Fixtures.credential(stores());
    UserRecord first = user(before);

    Change same = changeStatus(before, AccountStatus.ACTIVE, OperationId.random());
    assertThat(same).isEqualTo(new Change.Changed(before.version(), List.of()));
    assertThat(user(before)).isEqualTo(first);

    CredentialVersion version =
        changed(changeStatus(before, AccountStatus.DISABLED, OperationId.random()));
    Credential after = store().find(before.account(), deadline()).orElseThrow();
    assertThat(after.status()).isEqualTo(AccountStatus.DISABLED);
    assertThat(after.version()).isEqualTo(version);
    assertThat(version.number()).isGreaterThan(before.version().number());
    assertBeganAnEpoch(before);
    assertThat(user(before).version()).isGreaterThan(first.version());
  }

  @Test
  void onlyOneOfSixteenEqualStatusChangesHasSomethingToTell() {
    Credential before = Fixtures.credential(stores());

    List<Change> outcomes =
        Concurrently.call(
            SIXTEEN, () -> changeStatus(before, AccountStatus.DISABLED, OperationId.random()));

    assertThat(outcomes).allSatisfy(o -> assertThat(o).isInstanceOf(Change.Changed.class));
    assertThat(outcomes.stream().filter(o -> !((Change.Changed) o).pending().isEmpty())).hasSize(1);
  }

  @Test
  void aCreateSaysWhatRedisHasToBeTold() {
    Fixtures.drainAll(stores());

    Creation.Created created = Fixtures.account(stores());

    assertThat(loginFloors(created.pending(), created.credential().orElseThrow().loginId()))
        .containsExactly(created.credential().orElseThrow().version().number());
    assertThat(Fixtures.drainAll(stores())).containsExactlyInAnyOrderElementsOf(created.pending());
  }

  @Test
  void aChangedPasswordSaysWhatRedisHasToBeTold() {
    Credential before = Fixtures.credential(stores());
    Fixtures.drainAll(stores());

    Change.Changed change = Fixtures.changePassword(stores(), before);

    assertThat(loginFloors(change.pending(), before.loginId()))
        .containsExactly(change.version().number());
    assertThat(userFloors(change.pending(), before.account()))
        .containsExactly(user(before).version());
    assertThat(Fixtures.drainAll(stores())).containsExactlyInAnyOrderElementsOf(change.pending());
  }

  @Test
  void aRehashTellsOfTheLogin() {
    Credential before = Fixtures.credential(stores());
    Fixtures.drainAll(stores());

    Change.Changed change =
        (Change.Changed)
            store()
                .rehash(
                    before.account(),
                    before.version(),
                    TestSecrets.newHash(),
                    OperationId.random(),
                    deadline());

    assertThat(loginFloors(change.pending(), before.loginId()))
        .containsExactly(change.version().number());
    assertThat(Fixtures.drainAll(stores())).containsExactlyInAnyOrderElementsOf(change.pending());
  }

  @Test
  void aChangedIdentifierIsFoundUnderTheNewOneAndTellsOfBoth() {
    Credential before = Fixtures.credential(stores());
    Fixtures.drainAll(stores());
    LoginId next = login();

    stores().changeLoginIdBehind(before.account(), next);

    assertThat(store().find(before.loginId(), deadline())).isEmpty();
    Credential after = store().find(next, deadline()).orElseThrow();
    assertThat(after.account()).isEqualTo(before.account());
    assertThat(after.version().number()).isGreaterThan(before.version().number());
    assertBeganAnEpoch(before);
    List<Invalidation> told = Fixtures.drainAll(stores());
    assertThat(loginFloors(told, before.loginId())).containsExactly(after.version().number());
    assertThat(loginFloors(told, next)).containsExactly(after.version().number());
    assertThat(userFloors(told, before.account())).containsExactly(user(before).version());
  }

  @Test
  void aFurtherIdentifierOpensTooAndEveryChangeTellsOfBoth() {
    Credential before = Fixtures.credential(stores());
    LoginId further = login();
    Fixtures.drainAll(stores());

    stores().addLoginIdBehind(before.account(), further);

    Credential found = store().find(further, deadline()).orElseThrow();
    assertThat(found.account()).isEqualTo(before.account());
    assertThat(found.loginId()).isEqualTo(further);
    assertBeganAnEpoch(before);
    Credential first = store().find(before.loginId(), deadline()).orElseThrow();
    assertThat(first.version()).isEqualTo(found.version());
    List<Invalidation> told = Fixtures.drainAll(stores());
    assertThat(loginFloors(told, before.loginId())).containsExactly(found.version().number());
    assertThat(loginFloors(told, further)).containsExactly(found.version().number());

    Change.Changed changed = Fixtures.changePassword(stores(), found);

    assertThat(loginFloors(changed.pending(), before.loginId()))
        .containsExactly(changed.version().number());
    assertThat(loginFloors(changed.pending(), further)).containsExactly(changed.version().number());
  }

  @Test
  void aRenewedVersionEndsSessionsAndIsTold() {
    Credential before = Fixtures.credential(stores());
    Fixtures.drainAll(stores());
    OperationId operation = OperationId.random();

    Change.Changed renewed =
        (Change.Changed) store().renewVersion(before.account(), operation, deadline());
    Change again = store().renewVersion(before.account(), operation, deadline());

    Credential after = store().find(before.account(), deadline()).orElseThrow();
    assertThat(after.hash()).isEqualTo(before.hash());
    assertThat(after.version()).isEqualTo(renewed.version()).isNotEqualTo(before.version());
    assertBeganAnEpoch(before);
    assertThat(loginFloors(renewed.pending(), before.loginId()))
        .containsExactly(after.version().number());
    assertThat(userFloors(renewed.pending(), before.account()))
        .containsExactly(user(before).version());
    assertThat(again).isEqualTo(renewed);
    assertThat(store().renewVersion(AccountId.random(), OperationId.random(), deadline()))
        .isEqualTo(new Change.VersionConflict());
  }

  @Test
  void aDeletedAccountIsGoneAndTellsOfItself() {
    Credential before = Fixtures.credential(stores());
    UserRecord userBefore = user(before);
    Fixtures.drainAll(stores());

    List<Invalidation> pending = store().delete(before.account(), deadline()).orElseThrow();

    assertThat(store().find(before.account(), deadline())).isEmpty();
    assertThat(store().find(before.loginId(), deadline())).isEmpty();
    assertThat(stores().profiles().load(before.account(), deadline())).isEmpty();
    assertThat(loginFloors(pending, before.loginId()))
        .singleElement()
        .satisfies(floor -> assertThat(floor).isGreaterThan(before.version().number()));
    assertThat(userFloors(pending, before.account()))
        .singleElement()
        .satisfies(floor -> assertThat(floor).isGreaterThan(userBefore.version()));
    assertThat(store().delete(before.account(), deadline())).contains(pending);
    assertThat(Fixtures.drainAll(stores())).containsExactlyInAnyOrderElementsOf(pending);
    assertThat(store().delete(before.account(), deadline())).contains(List.of());
    assertThat(store().delete(AccountId.random(), deadline())).isEmpty();
  }

  @Test
  void anIdentifierOfADeletedAccountMayBeTakenUnderAHigherVersion() {
    Credential before = Fixtures.credential(stores());
    List<Invalidation> told = store().delete(before.account(), deadline()).orElseThrow();

    Creation again =
        create(AccountId.random(), before.loginId(), TestSecrets.newHash(), OperationId.random());

    Credential taken = ((Creation.Created) again).credential().orElseThrow();
    assertThat(loginFloors(told, before.loginId()))
        .allSatisfy(floor -> assertThat(taken.version().number()).isGreaterThan(floor));
    assertThat(taken.version().tag()).isNotEqualTo(before.version().tag());
  }

  @Test
  void aFreedIdentifierMayBeTakenAgainUnderAHigherVersion() {
    Credential before = Fixtures.credential(stores());
    stores().changeLoginIdBehind(before.account(), login());

    Creation again =
        create(AccountId.random(), before.loginId(), TestSecrets.newHash(), OperationId.random());

    Credential taken = ((Creation.Created) again).credential().orElseThrow();
    assertThat(taken.version().number()).isGreaterThan(before.version().number());
    assertThat(taken.version().tag()).isNotEqualTo(before.version().tag());
  }

  @Test
  void aHashThatIsChangedBehindTheStoreHasANewVersionAndIsTold() {
    Credential before = Fixtures.credential(stores());
    Fixtures.drainAll(stores());

    stores().changeHashBehind(before.account(), TestSecrets.newHash());

    CredentialVersion after = store().version(before.account(), deadline()).orElseThrow();
    assertThat(after.number()).isGreaterThan(before.version().number());
    assertThat(after.tag()).isNotEqualTo(before.version().tag());
    assertBeganAnEpoch(before);
    List<Invalidation> told = Fixtures.drainAll(stores());
    assertThat(loginFloors(told, before.loginId())).containsExactly(after.number());
    assertThat(userFloors(told, before.account())).containsExactly(user(before).version());
    assertThat(changePassword(before, TestSecrets.newHash(), OperationId.random()))
        .isEqualTo(new Change.VersionConflict());
  }

  @Test
  void noTwoStatesOfAnyAccountLookEqual() {
    Set<Long> numbers = new HashSet<>();
    Set<String> tags = new HashSet<>();
    for (int i = 0; i < 4; i++) {
      Credential credential = Fixtures.credential(stores());
      assertThat(numbers.add(credential.version().number())).isTrue();
      assertThat(tags.add(credential.version().tag())).isTrue();
      CredentialVersion next = Fixtures.changePassword(stores(), credential).version();
      assertThat(numbers.add(next.number())).isTrue();
      assertThat(tags.add(next.tag())).isTrue();
    }
  }

  @Test
  void anAccountWithoutAPasswordHasAVersionAndNoCredential() {
    NewAccount wanted = withoutPassword();
    OperationId operation = OperationId.random();

    Creation creation = store().create(wanted, operation, deadline());

    assertThat(((Creation.Created) creation).credential()).isEmpty();
    assertThat(store().find(wanted.loginId(), deadline())).isEmpty();
    assertThat(store().find(wanted.account(), deadline())).isEmpty();
    AccountState state = stores().directory().state(wanted.account(), deadline());
    assertThat(state.loginIds()).containsExactly(wanted.loginId());
    assertThat(state.status()).contains(AccountStatus.ACTIVE);
    assertThat(state.version()).isPresent();
    assertThat(store().version(wanted.account(), deadline())).isEqualTo(state.version());
    assertThat(store().create(wanted, operation, deadline())).isInstanceOf(Creation.Created.class);
    assertThat(create(AccountId.random(), wanted.loginId(), TestSecrets.newHash(), operation()))
        .isEqualTo(new Creation.Duplicate());
  }

  @Test
  void anAccountWithoutAPasswordChangesLikeAnyOther() {
    NewAccount it = withoutPassword();
    AccountId account = it.account();
    store().create(it, operation(), deadline());
    UserRecord first = load(account);
    LoginId next = login();

    NameChange.Changed renamed = (NameChange.Changed) rename(account, next, operation());
    UserRecord second = load(account);
    Change.Changed disabled =
        (Change.Changed)
            store().changeStatus(account, AccountStatus.DISABLED, operation(), deadline());
    UserRecord third = load(account);
    Change.Changed renewed =
        (Change.Changed) store().renewVersion(account, operation(), deadline());
    UserRecord fourth = load(account);

    assertThat(userFloors(renamed.pending(), account)).contains(second.version());
    assertThat(userFloors(disabled.pending(), account)).contains(third.version());
    assertThat(userFloors(renewed.pending(), account)).contains(fourth.version());
    assertThat(Set.of(first.epoch(), second.epoch(), third.epoch(), fourth.epoch())).hasSize(4);
    assertThat(stores().directory().state(account, deadline()).loginIds()).containsExactly(next);
    assertThat(stores().directory().state(account, deadline()).status())
        .contains(AccountStatus.DISABLED);
    assertThat(store().delete(account, deadline())).isPresent();
    assertThat(stores().profiles().load(account, deadline())).isEmpty();
  }

  @Test
  void anAccountWithoutAPasswordHasNoneToChange() {
    NewAccount it = withoutPassword();
    store().create(it, operation(), deadline());
    CredentialVersion version = store().version(it.account(), deadline()).orElseThrow();

    assertThat(
            store()
                .changePassword(
                    it.account(), version, TestSecrets.newHash(), operation(), deadline()))
        .isEqualTo(new Change.VersionConflict());
    assertThat(store().find(it.account(), deadline())).isEmpty();
    assertThat(store().version(it.account(), deadline())).contains(version);
  }

  @Test
  void apiKeysOutliveAPasswordAndARenameButNoChangeOfStatus() {
    Credential before = Fixtures.credential(stores());
    Epoch keys = user(before).keyEpoch();

    Fixtures.changePassword(stores(), before);
    setPassword(before.account(), TestSecrets.newHash(), operation());
    rename(before.account(), login(), operation());
    store().renewVersion(before.account(), operation(), deadline());
    assertThat(user(before).keyEpoch()).isEqualTo(keys);

    changeStatus(before, AccountStatus.DISABLED, operation());
    Epoch ended = user(before).keyEpoch();
    assertThat(ended).isNotEqualTo(keys);
    changeStatus(before, AccountStatus.ACTIVE, operation());
    assertThat(user(before).keyEpoch()).isNotIn(keys, ended);
  }

  private static NewAccount withoutPassword() {
    return NewAccount.withoutPassword(AccountId.random(), login(), AccountStatus.ACTIVE);
  }

  private static OperationId operation() {
    return OperationId.random();
  }

  private UserRecord load(AccountId account) {
    return stores().profiles().load(account, deadline()).orElseThrow();
  }

  @Test
  void anExpiredDeadlineIsAStoreExceptionAndNotAnAnswer() {
    Credential known = Fixtures.credential(stores());
    assertTimeout(() -> store().find(known.loginId(), expired()));
    assertTimeout(() -> store().find(known.account(), expired()));
    assertTimeout(() -> store().version(known.account(), expired()));
    assertTimeout(
        () ->
            store()
                .create(
                    NewAccount.of(
                        AccountId.random(), login(), AccountStatus.ACTIVE, TestSecrets.newHash()),
                    OperationId.random(),
                    expired()));
    assertTimeout(
        () ->
            store()
                .changePassword(
                    known.account(),
                    known.version(),
                    TestSecrets.newHash(),
                    OperationId.random(),
                    expired()));
    assertTimeout(
        () ->
            store()
                .setPassword(
                    known.account(), TestSecrets.newHash(), OperationId.random(), expired()));
    assertTimeout(
        () ->
            store()
                .changeStatus(
                    known.account(), AccountStatus.DELETED, OperationId.random(), expired()));
    assertTimeout(() -> store().renewVersion(known.account(), OperationId.random(), expired()));
    assertTimeout(() -> store().delete(known.account(), expired()));
    assertThat(store().find(known.account(), deadline())).contains(known);
  }

  private Creation create(
      AccountId account, LoginId login, PasswordHash hash, OperationId operation) {
    Deadline deadline = deadline();
    return store()
        .create(NewAccount.of(account, login, AccountStatus.ACTIVE, hash), operation, deadline);
  }

  private Change changePassword(Credential seen, PasswordHash next, OperationId operation) {
    return store().changePassword(seen.account(), seen.version(), next, operation, deadline());
  }

  private Change setPassword(AccountId account, PasswordHash next, OperationId operation) {
    return store().setPassword(account, next, operation, deadline());
  }

  private Change changeStatus(Credential of, AccountStatus status, OperationId operation) {
    return store().changeStatus(of.account(), status, operation, deadline());
  }

  private NameChange rename(AccountId account, LoginId next, OperationId operation) {
    return stores().names().changeLoginId(account, next, operation, deadline());
  }

  /** Asserts that sessions of before are over: by the user record and by the next login. */
  private void assertBeganAnEpoch(Credential before) {
    Epoch epoch = user(before).epoch();
    assertThat(epoch.number()).isGreaterThan(before.version().number());
    assertThat(epoch.tag()).isNotEqualTo(before.epoch().tag());
    assertThat(store().find(before.account(), deadline()).orElseThrow().epoch()).isEqualTo(epoch);
  }

  private UserRecord user(Credential of) {
    return stores().profiles().load(of.account(), deadline()).orElseThrow();
  }

  private static CredentialVersion changed(Change change) {
    assertThat(change).isInstanceOf(Change.Changed.class);
    return ((Change.Changed) change).version();
  }

  private static void assertTimeout(ThrowingCallable call) {
    assertThatExceptionOfType(StoreException.class).isThrownBy(call);
  }
}
