package io.doorward.auth.testkit;

import static io.doorward.auth.testkit.Fixtures.SIXTEEN;
import static io.doorward.auth.testkit.Fixtures.deadline;
import static io.doorward.auth.testkit.Fixtures.expired;
import static io.doorward.auth.testkit.Fixtures.login;
import static io.doorward.auth.testkit.Fixtures.loginFloors;
import static io.doorward.auth.testkit.Fixtures.userFloors;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.doorward.auth.account.AccountDirectory.Account;
import io.doorward.auth.account.AccountDirectory.ExternalId;
import io.doorward.auth.account.AccountDirectory.ExternalIdentity;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialStore.NewAccount;
import io.doorward.auth.account.NameStore;
import io.doorward.auth.account.NameStore.NameChange;
import io.doorward.auth.account.Outbox.Invalidation;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.TenantId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Tests the contract of every {@link NameStore}, together with the credentials, the directory and
 * the outbox of the same database. Extend it, name the stores, and run it.
 */
@Tag("contract")
public abstract class NameStoreContract {
  private static final TenantId NORTH = new TenantId("north");

  /** For sub-classes. */
  protected NameStoreContract() {}

  /**
   * Returns the stores under test.
   *
   * @return stores over one database, which need not be empty
   */
  protected abstract AccountStores stores();

  private NameStore names() {
    return stores().names();
  }

  @Test
  void aChangeOfIdentifierMovesTheAccountAndTellsOfBoth() {
    Credential before = newAccount();
    LoginId next = login();

    List<Invalidation> told = pending(rename(before.account(), next));

    assertThat(find(before.loginId())).isEmpty();
    assertTold(before, told, before.loginId(), next);
    assertThat(Fixtures.drainAll(stores())).containsExactlyInAnyOrderElementsOf(told);
  }

  @Test
  void aTakenIdentifierIsTakenAndNothingIsWritten() {
    Credential first = newAccount();
    Credential second = newAccount();

    assertThat(rename(second.account(), first.loginId())).isEqualTo(new NameChange.Taken());
    assertThat(add(second.account(), first.loginId())).isEqualTo(new NameChange.Taken());

    assertThat(find(second.loginId())).containsExactly(second);
    assertThat(find(first.loginId())).containsExactly(first);
    assertThat(Fixtures.drainAll(stores())).isEmpty();
  }

  @Test
  void anIdentifierThatIsFirstAlreadyIsNoChange() {
    Credential before = newAccount();

    assertThat(rename(before.account(), before.loginId())).isEqualTo(done());

    assertThat(find(before.loginId())).containsExactly(before);
    assertThat(Fixtures.drainAll(stores())).isEmpty();
  }

  /** The first one is what the caller wants to get rid of, whatever else the account has. */
  @Test
  void aChangeToOneThatItHasEndsTheFirstWhosePlaceItTakes() {
    Credential before = newAccount();
    AccountId account = before.account();
    LoginId second = login();
    LoginId third = login();
    add(account, second);
    add(account, third);
    Instant since = account(account).logins().get(0).addedAt();
    Credential seen = find(third).get(0);
    Fixtures.drainAll(stores());

    List<Invalidation> told = pending(rename(account, third));

    assertThat(find(before.loginId())).isEmpty();
    assertThat(logins(account)).containsExactly(third, second);
    assertThat(account(account).logins().get(0).addedAt()).isEqualTo(since);
    assertTold(seen, told, before.loginId(), second, third);
    assertThat(Fixtures.drainAll(stores())).containsExactlyInAnyOrderElementsOf(told);
  }

  @Test
  void aFurtherIdentifierComesLastAndEveryOneIsTold() {
    Credential before = newAccount();
    AccountId account = before.account();
    LoginId second = login();
    LoginId third = login();

    assertTold(before, pending(add(account, second)), before.loginId(), second);
    Credential seen = find(second).get(0);
    Fixtures.drainAll(stores());
    List<Invalidation> told = pending(add(account, third));

    assertTold(seen, told, before.loginId(), second, third);
    assertThat(Fixtures.drainAll(stores())).containsExactlyInAnyOrderElementsOf(told);
    assertThat(logins(account)).containsExactly(before.loginId(), second, third);
    assertThat(find(third).get(0).loginId()).isEqualTo(third);
  }

  @Test
  void anIdentifierThatItHasIsNotAddedAgain() {
    Credential before = newAccount();

    assertThat(add(before.account(), before.loginId())).isEqualTo(done());

    assertThat(find(before.loginId())).containsExactly(before);
    assertThat(Fixtures.drainAll(stores())).isEmpty();
  }

  @Test
  void aRemovedIdentifierOpensNothingAndIsTold() {
    Credential before = newAccount();
    AccountId account = before.account();
    LoginId second = login();
    add(account, second);
    Credential seen = find(second).get(0);
    Fixtures.drainAll(stores());

    List<Invalidation> told = pending(remove(account, before.loginId()));

    assertThat(find(before.loginId())).isEmpty();
    assertThat(logins(account)).containsExactly(second);
    assertTold(seen, told, before.loginId(), second);
    assertThat(Fixtures.drainAll(stores())).containsExactlyInAnyOrderElementsOf(told);
  }

  @Test
  void aRemovedIdentifierMayBeTakenByAnotherUnderAHigherVersion() {
    Credential before = newAccount();
    Credential other = newAccount();
    add(before.account(), login());
    List<Invalidation> told = pending(remove(before.account(), before.loginId()));

    add(other.account(), before.loginId());

    Credential taken = find(before.loginId()).get(0);
    assertThat(taken.account()).isEqualTo(other.account());
    assertThat(loginFloors(told, before.loginId()))
        .isNotEmpty()
        .allSatisfy(floor -> assertThat(taken.version().number()).isGreaterThan(floor));
  }

  @Test
  void theLastIdentifierStays() {
    Credential before = newAccount();

    assertThat(remove(before.account(), before.loginId())).isEqualTo(new NameChange.Last());

    assertThat(find(before.loginId())).containsExactly(before);
    assertThat(Fixtures.drainAll(stores())).isEmpty();
  }

  @Test
  void anIdentifierThatItDoesNotHaveIsAbsentAndStaysWhereItIs() {
    Credential before = newAccount();
    Credential other = newAccount();
    LoginId further = login();
    add(before.account(), further);
    Fixtures.drainAll(stores());

    assertThat(remove(before.account(), login())).isEqualTo(new NameChange.Absent());
    assertThat(remove(before.account(), other.loginId())).isEqualTo(new NameChange.Absent());
    assertThat(remove(before.account(), LoginId.ofStored(TenantId.DEFAULT, "x".repeat(500))))
        .isEqualTo(new NameChange.Absent());

    assertThat(find(other.loginId())).containsExactly(other);
    assertThat(logins(before.account())).containsExactly(before.loginId(), further);
    assertThat(Fixtures.drainAll(stores())).isEmpty();
  }

  @Test
  void anAccountHasAtMostSixteenIdentifiers() {
    Credential before = newAccount();
    AccountId account = before.account();
    for (int i = 1; i < SIXTEEN; i++) {
      assertThat(add(account, login())).isInstanceOf(NameChange.Changed.class);
    }
    Credential seen = find(before.loginId()).get(0);
    List<LoginId> full = logins(account);
    LoginId moved = full.get(SIXTEEN - 1);
    Fixtures.drainAll(stores());

    assertThat(add(account, login())).isEqualTo(new NameChange.Full());
    assertThat(find(before.loginId())).containsExactly(seen);
    assertThat(Fixtures.drainAll(stores())).isEmpty();
    assertTold(seen, pending(rename(account, moved)), full.toArray(LoginId[]::new));
    assertThat(add(account, login())).isInstanceOf(NameChange.Changed.class);
    assertThat(logins(account)).hasSize(SIXTEEN).startsWith(moved);
  }

  @Test
  void onlyOneOfSixteenAccountsGetsAnIdentifier() {
    LoginId renamed = login();
    LoginId added = login();
    ExternalId externalId = new ExternalId(TenantId.DEFAULT, text());
    ExternalIdentity identity = identity();
    List<AccountId> accounts =
        IntStream.range(0, SIXTEEN).mapToObj(i -> newAccount().account()).toList();

    assertOneGetsIt(accounts, account -> rename(account, renamed));
    assertOneGetsIt(accounts, account -> add(account, added));
    assertOneGetsIt(accounts, account -> set(account, externalId));
    assertOneGetsIt(accounts, account -> link(account, identity));
    assertThat(find(added)).hasSize(1);
  }

  private static void assertOneGetsIt(
      List<AccountId> accounts, Function<AccountId, NameChange> change) {
    List<NameChange> outcomes =
        Concurrently.call(
            accounts.stream()
                .map(account -> (Callable<NameChange>) () -> change.apply(account))
                .toList());
    assertThat(outcomes).filteredOn(NameChange.Changed.class::isInstance).hasSize(1);
    assertThat(outcomes).filteredOn(NameChange.Taken.class::isInstance).hasSize(SIXTEEN - 1);
  }

  @Test
  void sixteenAdditionsAtOnceStayWithinTheLimit() {
    AccountId account = newAccount().account();
    for (int i = 0; i < SIXTEEN / 2; i++) {
      add(account, login());
      link(account, identity());
    }

    List<NameChange> added = Concurrently.call(SIXTEEN, () -> add(account, login()));
    List<NameChange> linked = Concurrently.call(SIXTEEN, () -> link(account, identity()));

    assertThat(logins(account)).hasSize(SIXTEEN);
    assertThat(account(account).identities()).hasSize(SIXTEEN);
    assertThat(added).filteredOn(NameChange.Changed.class::isInstance).hasSize(7);
    assertThat(added).filteredOn(NameChange.Full.class::isInstance).hasSize(9);
    assertThat(linked).filteredOn(NameChange.Changed.class::isInstance).hasSize(8);
    assertThat(linked).filteredOn(NameChange.Full.class::isInstance).hasSize(8);
  }

  @Test
  void ofRemovalsOfAllIdentifiersAtOnceOneIsRefused() {
    Credential before = newAccount();
    AccountId account = before.account();
    for (int i = 0; i < 3; i++) {
      add(account, login());
    }

    List<NameChange> outcomes =
        Concurrently.call(
            logins(account).stream()
                .map(each -> (Callable<NameChange>) () -> remove(account, each))
                .toList());

    assertThat(outcomes).filteredOn(NameChange.Changed.class::isInstance).hasSize(3);
    assertThat(outcomes).filteredOn(NameChange.Last.class::isInstance).hasSize(1);
    assertThat(logins(account)).hasSize(1);
  }

  @Test
  void aRepeatedChangeReportsTheFirstOutcomeAndChangesNothing() {
    Credential before = newAccount();
    AccountId account = before.account();
    LoginId second = login();
    LoginId third = login();
    ExternalId externalId = new ExternalId(TenantId.DEFAULT, text());
    ExternalIdentity identity = identity();

    assertOnce(operation -> names().addLoginId(account, second, operation, deadline()));
    assertOnce(operation -> names().changeLoginId(account, third, operation, deadline()));
    OperationId removal = OperationId.random();
    NameChange removed = names().removeLoginId(account, second, removal, deadline());
    assertThat(names().removeLoginId(account, second, removal, deadline())).isEqualTo(removed);
    assertThat(logins(account)).containsExactly(third);
    add(account, second);
    assertThat(names().removeLoginId(account, second, removal, deadline()))
        .isInstanceOf(NameChange.Changed.class);
    assertThat(logins(account)).as("added by a later call").containsExactly(third, second);

    assertOnce(operation -> names().setExternalId(account, externalId, operation, deadline()));
    assertOnce(operation -> names().linkIdentity(account, identity, operation, deadline()));
    assertOnce(operation -> names().unlinkIdentity(account, identity, operation, deadline()));
    assertOnce(operation -> names().clearExternalId(account, operation, deadline()));
    assertThat(account(account).identities()).isEmpty();
    assertThat(account(account).externalId()).isEmpty();
  }

  private void assertOnce(Function<OperationId, NameChange> change) {
    OperationId operation = OperationId.random();
    NameChange first = change.apply(operation);
    assertThat(first).isInstanceOf(NameChange.Changed.class);
    assertThat(Concurrently.call(4, () -> change.apply(operation))).containsOnly(first);
  }

  @Test
  void anExternalIdIsSetReplacedAndClearedAndTellsNothing() {
    Credential before = newAccount();
    AccountId account = before.account();
    ExternalId first = new ExternalId(TenantId.DEFAULT, "Kunde ä " + text());
    ExternalId second = new ExternalId(TenantId.DEFAULT, text());

    assertThat(clear(account)).isEqualTo(new NameChange.Absent());
    assertThat(set(account, first)).isEqualTo(done());
    assertThat(set(account, first)).isEqualTo(done());
    assertThat(stores().directory().lookUp(first, deadline())).hasValue(account(account));
    assertThat(set(account, second)).isEqualTo(done());
    assertThat(account(account).externalId()).hasValue(second);
    assertThat(stores().directory().lookUp(first, deadline())).isEmpty();
    assertThat(clear(account)).isEqualTo(done());

    assertThat(account(account).externalId()).isEmpty();
    assertThat(find(before.loginId())).containsExactly(before);
    assertThat(Fixtures.drainAll(stores())).isEmpty();
  }

  @Test
  void aNameOfAnotherAccountIsTakenUntilItIsGivenUp() {
    AccountId one = newAccount().account();
    AccountId two = newAccount().account();
    ExternalId externalId = new ExternalId(TenantId.DEFAULT, text());
    ExternalIdentity identity = identity();
    set(one, externalId);
    link(one, identity);

    assertThat(set(two, externalId)).isEqualTo(new NameChange.Taken());
    assertThat(link(two, identity)).isEqualTo(new NameChange.Taken());
    assertThat(unlink(two, identity)).isEqualTo(new NameChange.Absent());
    assertThat(account(one).identities()).containsExactly(identity);

    clear(one);
    unlink(one, identity);
    assertThat(set(two, externalId)).isEqualTo(done());
    assertThat(link(two, identity)).isEqualTo(done());
    stores().credentials().delete(two, deadline());
    assertThat(set(one, externalId)).isEqualTo(done());
    assertThat(link(one, identity)).isEqualTo(done());
  }

  @Test
  void anIdentityIsLinkedOnceAndUnlinkedAndTellsNothing() {
    Credential before = newAccount();
    AccountId account = before.account();
    ExternalIdentity identity = identity();
    ExternalIdentity sameSubject =
        new ExternalIdentity(TenantId.DEFAULT, "https://other.example", identity.subject());

    assertThat(unlink(account, identity)).isEqualTo(new NameChange.Absent());
    assertThat(link(account, identity)).isEqualTo(done());
    assertThat(link(account, identity)).isEqualTo(done());
    assertThat(link(account, sameSubject)).isEqualTo(done());
    assertThat(account(account).identities()).containsExactlyInAnyOrder(identity, sameSubject);
    assertThat(unlink(account, identity)).isEqualTo(done());

    assertThat(account(account).identities()).containsExactly(sameSubject);
    assertThat(stores().directory().lookUp(identity, deadline())).isEmpty();
    assertThat(find(before.loginId())).containsExactly(before);
    assertThat(Fixtures.drainAll(stores())).isEmpty();
  }

  @Test
  void aNameIsFreeInEveryOtherTenant() {
    Credential here = newAccount();
    LoginId further = login();
    AccountId there = newAccountInNorth();
    String text = text();
    add(here.account(), further);
    set(here.account(), new ExternalId(TenantId.DEFAULT, text));
    link(here.account(), new ExternalIdentity(TenantId.DEFAULT, "issuer", text));

    assertThat(add(there, further.inTenant(NORTH))).isInstanceOf(NameChange.Changed.class);
    assertThat(rename(there, here.loginId().inTenant(NORTH)))
        .isInstanceOf(NameChange.Changed.class);
    assertThat(set(there, new ExternalId(NORTH, text))).isEqualTo(done());
    assertThat(link(there, new ExternalIdentity(NORTH, "issuer", text))).isEqualTo(done());

    assertThat(find(further.inTenant(NORTH)).get(0).account()).isEqualTo(there);
    List<Invalidation> told = pending(remove(there, further.inTenant(NORTH)));
    assertThat(loginFloors(told, further.inTenant(NORTH))).isNotEmpty();
    assertThat(loginFloors(told, further)).isEmpty();
    assertThat(find(further).get(0).account()).isEqualTo(here.account());
    assertThat(unlink(there, new ExternalIdentity(NORTH, "issuer", text))).isEqualTo(done());
    assertThat(clear(there)).isEqualTo(done());
    assertThat(account(here.account()).externalId()).isPresent();
    assertThat(account(here.account()).identities()).hasSize(1);
  }

  @Test
  void aNameOfAnotherTenantIsRefused() {
    Credential here = newAccount();
    LoginId login = login().inTenant(NORTH);
    ExternalIdentity identity = new ExternalIdentity(NORTH, "issuer", text());

    for (Callable<NameChange> each :
        List.<Callable<NameChange>>of(
            () -> rename(here.account(), login),
            () -> add(here.account(), login),
            () -> remove(here.account(), login),
            () -> set(here.account(), new ExternalId(NORTH, text())),
            () -> link(here.account(), identity),
            () -> unlink(here.account(), identity))) {
      assertThatIllegalArgumentException()
          .isThrownBy(each::call)
          .withMessageEndingWith("must be in the tenant of its account, default, was in north");
    }
    assertThat(find(here.loginId())).containsExactly(here);
  }

  /** Also an id that names an account of another tenant, which must not be reached. */
  @Test
  void anAccountThatIsNotThereHasNoNamesToChange() {
    Credential here = newAccount();
    List<AccountId> absent =
        List.of(
            AccountId.random(NORTH),
            AccountId.of(NORTH, here.account().local()),
            AccountId.of(NORTH, "not-a-uuid"));
    ExternalIdentity identity = new ExternalIdentity(NORTH, "issuer", text());
    NameChange unknown = new NameChange.Unknown();

    for (AccountId account : absent) {
      assertThat(rename(account, login().inTenant(NORTH))).isEqualTo(unknown);
      assertThat(add(account, login().inTenant(NORTH))).isEqualTo(unknown);
      assertThat(remove(account, here.loginId().inTenant(NORTH))).isEqualTo(unknown);
      assertThat(set(account, new ExternalId(NORTH, text()))).isEqualTo(unknown);
      assertThat(clear(account)).isEqualTo(unknown);
      assertThat(link(account, identity)).isEqualTo(unknown);
      assertThat(unlink(account, identity)).isEqualTo(unknown);
    }
    assertThat(find(here.loginId())).containsExactly(here);
    assertThat(Fixtures.drainAll(stores())).isEmpty();
  }

  @Test
  void anAccountWithoutAPasswordHasNamesLikeAnyOther() {
    AccountId account = AccountId.random();
    LoginId first = login();
    LoginId second = login();
    stores()
        .credentials()
        .create(
            NewAccount.withoutPassword(account, first, AccountStatus.ACTIVE),
            OperationId.random(),
            deadline());
    Fixtures.drainAll(stores());

    List<Invalidation> added = pending(add(account, second));
    List<Invalidation> removed = pending(remove(account, first));

    assertThat(loginFloors(added, second)).hasSize(1);
    assertThat(loginFloors(removed, first)).isNotEmpty();
    assertThat(logins(account)).containsExactly(second);
  }

  @Test
  void anExpiredDeadlineIsAStoreExceptionAndNotAnAnswer() {
    Credential known = newAccount();
    AccountId account = known.account();
    BiFunction<OperationId, Deadline, Stream<Callable<NameChange>>> calls =
        (operation, late) ->
            Stream.of(
                () -> names().changeLoginId(account, login(), operation, late),
                () -> names().addLoginId(account, login(), operation, late),
                () -> names().removeLoginId(account, known.loginId(), operation, late),
                () ->
                    names()
                        .setExternalId(
                            account, new ExternalId(TenantId.DEFAULT, text()), operation, late),
                () -> names().clearExternalId(account, operation, late),
                () -> names().linkIdentity(account, identity(), operation, late),
                () -> names().unlinkIdentity(account, identity(), operation, late));

    assertThat(calls.apply(OperationId.random(), expired()))
        .allSatisfy(call -> assertThatExceptionOfType(StoreException.class).isThrownBy(call::call));
    assertThat(find(known.loginId())).containsExactly(known);
  }

  /** Asserts that the account has another version and epoch, and each of its caches is told so. */
  private void assertTold(Credential before, List<Invalidation> told, LoginId... logins) {
    Credential after = stores().credentials().find(before.account(), deadline()).orElseThrow();
    UserRecord user = stores().profiles().load(before.account(), deadline()).orElseThrow();
    long version = after.version().number();
    assertThat(version).isGreaterThan(before.version().number());
    assertThat(after.epoch()).isEqualTo(user.epoch()).isNotEqualTo(before.epoch());
    List<LoginId> named = new ArrayList<>();
    for (LoginId login : logins) {
      assertThat(loginFloors(told, login)).contains(version);
      named.add(login);
    }
    assertThat(told.stream().filter(Invalidation.OfLogin.class::isInstance))
        .allSatisfy(it -> assertThat(named).contains(((Invalidation.OfLogin) it).loginId()));
    assertThat(userFloors(told, before.account())).contains(user.version());
  }

  private Credential newAccount() {
    Credential credential = Fixtures.credential(stores());
    Fixtures.drainAll(stores());
    return credential;
  }

  private AccountId newAccountInNorth() {
    AccountId account = AccountId.random(NORTH);
    stores()
        .credentials()
        .create(
            NewAccount.of(
                account, login().inTenant(NORTH), AccountStatus.ACTIVE, TestSecrets.newHash()),
            OperationId.random(),
            deadline());
    return account;
  }

  private static String text() {
    return OperationId.random().value();
  }

  private static ExternalIdentity identity() {
    return new ExternalIdentity(TenantId.DEFAULT, "https://id.example", text());
  }

  private static NameChange done() {
    return new NameChange.Changed(List.of());
  }

  private static List<Invalidation> pending(NameChange change) {
    assertThat(change).isInstanceOf(NameChange.Changed.class);
    return ((NameChange.Changed) change).pending();
  }

  private List<Credential> find(LoginId loginId) {
    return stores().credentials().find(loginId, deadline()).stream().toList();
  }

  private Account account(AccountId account) {
    return stores().directory().lookUp(account, deadline()).orElseThrow();
  }

  private List<LoginId> logins(AccountId account) {
    return account(account).logins().stream().map(Account.Login::loginId).toList();
  }

  private NameChange rename(AccountId account, LoginId next) {
    return names().changeLoginId(account, next, OperationId.random(), deadline());
  }

  private NameChange add(AccountId account, LoginId further) {
    return names().addLoginId(account, further, OperationId.random(), deadline());
  }

  private NameChange remove(AccountId account, LoginId loginId) {
    return names().removeLoginId(account, loginId, OperationId.random(), deadline());
  }

  private NameChange set(AccountId account, ExternalId externalId) {
    return names().setExternalId(account, externalId, OperationId.random(), deadline());
  }

  private NameChange clear(AccountId account) {
    return names().clearExternalId(account, OperationId.random(), deadline());
  }

  private NameChange link(AccountId account, ExternalIdentity identity) {
    return names().linkIdentity(account, identity, OperationId.random(), deadline());
  }

  private NameChange unlink(AccountId account, ExternalIdentity identity) {
    return names().unlinkIdentity(account, identity, OperationId.random(), deadline());
  }
}
