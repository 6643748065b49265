package io.doorward.auth.testkit;

import static io.doorward.auth.testkit.Fixtures.deadline;
import static io.doorward.auth.testkit.Fixtures.expired;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.doorward.auth.account.AccountDirectory;
import io.doorward.auth.account.AccountDirectory.Account;
import io.doorward.auth.account.AccountDirectory.AccountState;
import io.doorward.auth.account.AccountDirectory.ExternalId;
import io.doorward.auth.account.AccountDirectory.ExternalIdentity;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialStore.Change;
import io.doorward.auth.account.CredentialStore.Creation;
import io.doorward.auth.account.CredentialStore.NewAccount;
import io.doorward.auth.account.Outbox.Invalidation;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.TenantId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests the contract of every {@link AccountDirectory}. Extend it, name the stores, and run it. */
@Tag("contract")
public abstract class AccountDirectoryContract {
  /** For sub-classes. */
  protected AccountDirectoryContract() {}

  /**
   * Returns the stores under test.
   *
   * @return stores over one database, which need not be empty
   */
  protected abstract AccountStores stores();

  private AccountDirectory directory() {
    return stores().directory();
  }

  @Test
  void aWalkMeetsEveryAccountOnce() {
    List<AccountId> accounts = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      accounts.add(Fixtures.credential(stores()).account());
    }

    List<AccountId> met = walk(3);

    assertThat(met).doesNotHaveDuplicates().containsAll(accounts);
    assertThat(walk(1_000)).isEqualTo(met);
  }

  @Test
  void aPageBeginsAfterTheAccountBeforeAlsoIfThatIsGone() {
    Fixtures.account(stores());
    Fixtures.account(stores());
    List<AccountState> page = directory().page(Optional.empty(), 2, deadline());
    AccountId first = page.get(0).account();
    stores().credentials().delete(first, deadline());

    assertThat(directory().page(Optional.of(first), 1, deadline()))
        .extracting(AccountState::account)
        .containsExactly(page.get(1).account());
  }

  @Test
  void aStateIsWhatTheOtherStoresSay() {
    Creation.Created created = Fixtures.account(stores());
    Credential credential = created.credential().orElseThrow();
    AccountId account = credential.account();
    stores()
        .profiles()
        .changeRoles(account, Set.of("admin"), Set.of(), OperationId.random(), deadline());

    AccountState state = directory().state(account, deadline());

    assertThat(state.account()).isEqualTo(account);
    assertThat(state.loginIds()).containsExactly(credential.loginId());
    assertThat(state.status()).hasValue(credential.status());
    assertThat(state.version()).hasValue(credential.version());
    assertThat(state.user()).isEqualTo(stores().profiles().load(account, deadline()));
    assertThat(directory().page(Optional.empty(), 100_000, deadline())).contains(state);
  }

  @Test
  void aStateNamesEveryIdentifierTheOldestFirst() {
    Credential credential = Fixtures.credential(stores());
    AccountId account = credential.account();
    LoginId second = Fixtures.login();
    LoginId third = Fixtures.login();

    stores().addLoginIdBehind(account, second);
    stores().addLoginIdBehind(account, third);

    AccountState state = directory().state(account, deadline());
    assertThat(state.loginIds()).containsExactly(credential.loginId(), second, third);
    assertThat(directory().page(Optional.empty(), 100_000, deadline())).contains(state);
  }

  @Test
  void anIdentifierTakesThePlaceOfTheOneThatItReplaces() {
    Credential credential = Fixtures.credential(stores());
    AccountId account = credential.account();
    LoginId second = Fixtures.login();
    LoginId next = Fixtures.login();
    stores().addLoginIdBehind(account, second);

    stores().names().changeLoginId(account, next, OperationId.random(), deadline());

    assertThat(directory().state(account, deadline()).loginIds()).containsExactly(next, second);
    assertThat(stores().credentials().find(account, deadline()).map(Credential::loginId))
        .hasValue(next);
  }

  @Test
  void aStateTellsWhetherSomethingIsPending() {
    Creation.Created created = Fixtures.account(stores());
    AccountId account = created.credential().orElseThrow().account();
    assertThat(directory().state(account, deadline()).pending()).isTrue();

    stores().outbox().done(created.pending(), deadline());
    assertThat(directory().state(account, deadline()).pending()).isFalse();

    Change.Changed changed = Fixtures.changePassword(stores(), created.credential().orElseThrow());
    assertThat(directory().state(account, deadline()).pending()).isTrue();
    stores().outbox().done(changed.pending(), deadline());
    assertThat(directory().state(account, deadline()).pending()).isFalse();
  }

  @Test
  void whatIsPendingForAnotherAccountIsNotPendingForThisOne() {
    Creation.Created created = Fixtures.account(stores());
    stores().outbox().done(created.pending(), deadline());
    Fixtures.account(stores());

    AccountId account = created.credential().orElseThrow().account();
    assertThat(directory().state(account, deadline()).pending()).isFalse();
  }

  @Test
  void anAccountThatIsGoneHasAStateAndMayBePending() {
    Creation.Created created = Fixtures.account(stores());
    AccountId account = created.credential().orElseThrow().account();
    stores().outbox().done(created.pending(), deadline());
    List<Invalidation> told = stores().credentials().delete(account, deadline()).orElseThrow();

    assertThat(directory().state(account, deadline())).isEqualTo(AccountState.gone(account, true));
    stores().outbox().done(told, deadline());
    assertThat(directory().state(account, deadline())).isEqualTo(AccountState.gone(account, false));
    AccountId never = AccountId.random();
    assertThat(directory().state(never, deadline())).isEqualTo(AccountState.gone(never, false));
  }

  @Test
  void anAccountIsFoundByEveryNameThatItHas() {
    Credential credential = Fixtures.credential(stores());
    AccountId account = credential.account();
    LoginId further = Fixtures.login();
    ExternalId externalId = new ExternalId(TenantId.DEFAULT, "Kunde \u20ac " + account.value());
    ExternalIdentity identity =
        new ExternalIdentity(TenantId.DEFAULT, "https://id.example", "sub " + account.value());
    ExternalIdentity other =
        new ExternalIdentity(TenantId.DEFAULT, "https://other.example", "sub " + account.value());
    stores().addLoginIdBehind(account, further);
    stores().setExternalIdBehind(account, externalId);
    stores().addExternalIdentityBehind(account, identity);
    stores().addExternalIdentityBehind(account, other);
    stores()
        .profiles()
        .changeRoles(account, Set.of("admin"), Set.of(), OperationId.random(), deadline());

    Account found = directory().lookUp(account, deadline()).orElseThrow();

    assertThat(found.id()).isEqualTo(account);
    assertThat(found.status()).isEqualTo(credential.status());
    assertThat(found.logins())
        .extracting(Account.Login::loginId)
        .containsExactly(credential.loginId(), further);
    assertThat(found.logins()).allSatisfy(it -> assertThat(it.verifiedAt()).isEmpty());
    assertThat(found.logins().get(0).addedAt()).isEqualTo(found.createdAt());
    assertThat(found.logins().get(1).addedAt()).isAfterOrEqualTo(found.createdAt());
    assertThat(found.externalId()).hasValue(externalId);
    assertThat(found.identities()).containsExactlyInAnyOrder(identity, other);
    assertThat(found.credentials()).containsExactly("password");
    assertThat(found.roles()).containsExactly("admin");
    assertThat(directory().lookUp(credential.loginId(), deadline())).hasValue(found);
    assertThat(directory().lookUp(further, deadline())).hasValue(found);
    assertThat(directory().lookUp(externalId, deadline())).hasValue(found);
    assertThat(directory().lookUp(identity, deadline())).hasValue(found);
    assertThat(directory().lookUp(other, deadline())).hasValue(found);
  }

  @Test
  void anAccountThatHasNothingElseIsFoundWithNothingElse() {
    AccountId account = AccountId.random();
    stores()
        .credentials()
        .create(
            NewAccount.withoutPassword(account, Fixtures.login(), AccountStatus.PENDING),
            OperationId.random(),
            deadline());

    Account found = directory().lookUp(account, deadline()).orElseThrow();

    assertThat(found.status()).isEqualTo(AccountStatus.PENDING);
    assertThat(found.logins()).hasSize(1);
    assertThat(found.externalId()).isEmpty();
    assertThat(found.identities()).isEmpty();
    assertThat(found.credentials()).isEmpty();
    assertThat(found.roles()).isEmpty();
  }

  @Test
  void anotherNameOrAnotherTenantFindsNone() {
    Credential credential = Fixtures.credential(stores());
    AccountId account = credential.account();
    String text = account.value();
    TenantId elsewhere = new TenantId("elsewhere");
    stores().setExternalIdBehind(account, new ExternalId(TenantId.DEFAULT, text));
    stores().addExternalIdentityBehind(account, new ExternalIdentity(TenantId.DEFAULT, "id", text));

    assertThat(directory().lookUp(AccountId.random(), deadline())).isEmpty();
    assertThat(directory().lookUp(AccountId.of(elsewhere, text), deadline())).isEmpty();
    assertThat(directory().lookUp(Fixtures.login(), deadline())).isEmpty();
    assertThat(directory().lookUp(credential.loginId().inTenant(elsewhere), deadline())).isEmpty();
    assertThat(directory().lookUp(new ExternalId(elsewhere, text), deadline())).isEmpty();
    assertThat(directory().lookUp(new ExternalId(TenantId.DEFAULT, text + "0"), deadline()))
        .isEmpty();
    assertThat(directory().lookUp(new ExternalIdentity(elsewhere, "id", text), deadline()))
        .isEmpty();
    assertThat(directory().lookUp(new ExternalIdentity(TenantId.DEFAULT, "ID", text), deadline()))
        .isEmpty();
    assertThat(directory().lookUp(new ExternalId(TenantId.DEFAULT, "nul \0"), deadline()))
        .isEmpty();
  }

  @Test
  void aTenantIsListedInTheOrderOfItsIdsAndNoOther() {
    TenantId tenant = new TenantId("listed-" + AccountId.random().local());
    List<AccountId> accounts = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      accounts.add(createIn(tenant));
      Fixtures.account(stores());
    }
    accounts.sort(Comparator.comparing(AccountId::value));

    List<AccountId> listed = new ArrayList<>();
    Optional<AccountId> last = Optional.empty();
    List<Account> page;
    do {
      page = directory().list(tenant, last, 2, deadline());
      page.forEach(it -> listed.add(it.id()));
      last = Optional.of(listed.get(listed.size() - 1));
    } while (page.size() == 2);

    assertThat(listed).isEqualTo(accounts);
    assertThat(page).isEqualTo(List.of(directory().lookUp(last.get(), deadline()).orElseThrow()));
    assertThat(directory().list(tenant, last, 2, deadline())).isEmpty();
    stores().credentials().delete(accounts.get(0), deadline());
    assertThat(directory().list(tenant, Optional.of(accounts.get(0)), 100, deadline()))
        .extracting(Account::id)
        .isEqualTo(accounts.subList(1, 5));
  }

  private AccountId createIn(TenantId tenant) {
    AccountId account = AccountId.random(tenant);
    stores()
        .credentials()
        .create(
            NewAccount.of(
                account,
                Fixtures.login().inTenant(tenant),
                AccountStatus.ACTIVE,
                TestSecrets.newHash()),
            OperationId.random(),
            deadline());
    return account;
  }

  @Test
  void aListIsOfOneTenantAndHasASize() {
    TenantId tenant = new TenantId("one");
    Optional<AccountId> other = Optional.of(AccountId.random());

    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> directory().list(tenant, Optional.empty(), 0, deadline()))
        .withMessage("max must be positive: 0");
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> directory().list(tenant, other, 1, deadline()))
        .withMessageStartingWith("after must be of the tenant one: ");
  }

  @Test
  void aPageHasASize() {
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> directory().page(Optional.empty(), 0, deadline()))
        .withMessage("max must be positive: 0");
  }

  @Test
  void anExpiredDeadlineIsAStoreExceptionAndNotAnEnd() {
    AccountId account = Fixtures.credential(stores()).account();
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> directory().page(Optional.empty(), 1, expired()));
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> directory().state(account, expired()));
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> directory().lookUp(account, expired()));
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> directory().list(TenantId.DEFAULT, Optional.empty(), 1, expired()));
  }

  private List<AccountId> walk(int max) {
    List<AccountId> met = new ArrayList<>();
    Optional<AccountId> last = Optional.empty();
    List<AccountState> page;
    do {
      page = directory().page(last, max, deadline());
      page.forEach(state -> met.add(state.account()));
      last = met.isEmpty() ? last : Optional.of(met.get(met.size() - 1));
    } while (page.size() == max);
    return met;
  }
}
