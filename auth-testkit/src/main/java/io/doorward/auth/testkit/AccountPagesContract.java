package io.doorward.auth.testkit;

import static io.doorward.auth.testkit.Fixtures.deadline;
import static io.doorward.auth.testkit.Fixtures.expired;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.doorward.auth.account.AccountPages;
import io.doorward.auth.account.AccountPages.AccountState;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialStore.Change;
import io.doorward.auth.account.CredentialStore.Creation;
import io.doorward.auth.account.Outbox.Invalidation;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests the contract of every {@link AccountPages}. Extend it, name the stores, and run it. */
@Tag("contract")
public abstract class AccountPagesContract {
  /** For sub-classes. */
  protected AccountPagesContract() {}

  /**
   * Returns the stores under test.
   *
   * @return stores over one database, which need not be empty
   */
  protected abstract AccountStores stores();

  private AccountPages pages() {
    return stores().pages();
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
    List<AccountState> page = pages().page(Optional.empty(), 2, deadline());
    AccountId first = page.get(0).account();
    stores().credentials().delete(first, deadline());

    assertThat(pages().page(Optional.of(first), 1, deadline()))
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

    AccountState state = pages().state(account, deadline());

    assertThat(state.account()).isEqualTo(account);
    assertThat(state.loginIds()).containsExactly(credential.loginId());
    assertThat(state.status()).hasValue(credential.status());
    assertThat(state.version()).hasValue(credential.version());
    assertThat(state.user()).isEqualTo(stores().profiles().load(account, deadline()));
    assertThat(pages().page(Optional.empty(), 100_000, deadline())).contains(state);
  }

  @Test
  void aStateNamesEveryIdentifierTheOldestFirst() {
    Credential credential = Fixtures.credential(stores());
    AccountId account = credential.account();
    LoginId second = Fixtures.login();
    LoginId third = Fixtures.login();

    stores().addLoginIdBehind(account, second);
    stores().addLoginIdBehind(account, third);

    AccountState state = pages().state(account, deadline());
    assertThat(state.loginIds()).containsExactly(credential.loginId(), second, third);
    assertThat(pages().page(Optional.empty(), 100_000, deadline())).contains(state);
  }

  @Test
  void anIdentifierThatIsReplacedComesLast() {
    Credential credential = Fixtures.credential(stores());
    AccountId account = credential.account();
    LoginId second = Fixtures.login();
    LoginId next = Fixtures.login();
    stores().addLoginIdBehind(account, second);

    stores().credentials().changeLoginId(account, next, OperationId.random(), deadline());

    assertThat(pages().state(account, deadline()).loginIds()).containsExactly(second, next);
    assertThat(stores().credentials().find(account, deadline()).map(Credential::loginId))
        .hasValue(second);
  }

  @Test
  void aStateTellsWhetherSomethingIsPending() {
    Creation.Created created = Fixtures.account(stores());
    AccountId account = created.credential().orElseThrow().account();
    assertThat(pages().state(account, deadline()).pending()).isTrue();

    stores().outbox().done(created.pending(), deadline());
    assertThat(pages().state(account, deadline()).pending()).isFalse();

    Change.Changed changed = Fixtures.changePassword(stores(), created.credential().orElseThrow());
    assertThat(pages().state(account, deadline()).pending()).isTrue();
    stores().outbox().done(changed.pending(), deadline());
    assertThat(pages().state(account, deadline()).pending()).isFalse();
  }

  @Test
  void whatIsPendingForAnotherAccountIsNotPendingForThisOne() {
    Creation.Created created = Fixtures.account(stores());
    stores().outbox().done(created.pending(), deadline());
    Fixtures.account(stores());

    AccountId account = created.credential().orElseThrow().account();
    assertThat(pages().state(account, deadline()).pending()).isFalse();
  }

  @Test
  void anAccountThatIsGoneHasAStateAndMayBePending() {
    Creation.Created created = Fixtures.account(stores());
    AccountId account = created.credential().orElseThrow().account();
    stores().outbox().done(created.pending(), deadline());
    List<Invalidation> told = stores().credentials().delete(account, deadline()).orElseThrow();

    assertThat(pages().state(account, deadline())).isEqualTo(AccountState.gone(account, true));
    stores().outbox().done(told, deadline());
    assertThat(pages().state(account, deadline())).isEqualTo(AccountState.gone(account, false));
    AccountId never = AccountId.random();
    assertThat(pages().state(never, deadline())).isEqualTo(AccountState.gone(never, false));
  }

  @Test
  void aPageHasASize() {
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> pages().page(Optional.empty(), 0, deadline()))
        .withMessage("max must be positive: 0");
  }

  @Test
  void anExpiredDeadlineIsAStoreExceptionAndNotAnEnd() {
    AccountId account = Fixtures.credential(stores()).account();
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> pages().page(Optional.empty(), 1, expired()));
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> pages().state(account, expired()));
  }

  private List<AccountId> walk(int max) {
    List<AccountId> met = new ArrayList<>();
    Optional<AccountId> last = Optional.empty();
    List<AccountState> page;
    do {
      page = pages().page(last, max, deadline());
      page.forEach(state -> met.add(state.account()));
      last = met.isEmpty() ? last : Optional.of(met.get(met.size() - 1));
    } while (page.size() == max);
    return met;
  }
}
