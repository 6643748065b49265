package io.doorward.auth.testkit;

import static io.doorward.auth.testkit.Fixtures.deadline;
import static io.doorward.auth.testkit.Fixtures.login;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.doorward.auth.account.AccountDirectory.Account;
import io.doorward.auth.account.AccountDirectory.ExternalId;
import io.doorward.auth.account.AccountImport;
import io.doorward.auth.account.AccountImport.Row;
import io.doorward.auth.account.AccountImport.Written;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialStore.Creation;
import io.doorward.auth.account.CredentialStore.NewAccount;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.TenantId;
import io.doorward.auth.password.PasswordHash;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests the contract of every {@link AccountImport}. Extend it, name the store, and run it. */
@Tag("contract")
public abstract class AccountImportContract {
  private static final Instant LONG_AGO = Instant.parse("2009-03-01T12:00:00.123456Z");

  /** For sub-classes. */
  protected AccountImportContract() {}

  /**
   * Returns the store under test.
   *
   * @return a store that need not be empty, whose outbox no other process drains
   */
  protected abstract AccountStore store();

  @Test
  void aRowHasNoMoreRolesThanAnAccountMayHave() {
    Set<String> roles = IntStream.range(0, 65).mapToObj(i -> "r" + i).collect(Collectors.toSet());
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new Row(
                    AccountId.random(),
                    List.of(login()),
                    AccountStatus.ACTIVE,
                    Optional.empty(),
                    roles,
                    Optional.empty(),
                    Optional.empty()))
        .withMessage("roles must be at most 64: 65");
  }

  @Test
  void anImportedAccountIsWhatTheRowSays() {
    TenantId tenant = new TenantId("importers");
    LoginId first = login().inTenant(tenant);
    LoginId second = LoginId.phone("+4930" + randomDigits()).inTenant(tenant);
    ExternalId external = new ExternalId(tenant, "crm\\\t\"" + UUID.randomUUID());
    Row row =
        new Row(
            AccountId.random(tenant),
            List.of(first, second),
            AccountStatus.DISABLED,
            Optional.of(TestSecrets.newHash()),
            Set.of("admin", "NULL", "a.b:c-d_e"),
            Optional.of(external),
            Optional.of(LONG_AGO));

    assertThat(write(row)).containsExactly(Written.CREATED);

    Account account = store().lookUp(external, deadline()).orElseThrow();
    assertThat(account.id()).isEqualTo(row.account());
    assertThat(account.status()).isEqualTo(AccountStatus.DISABLED);
    assertThat(account.logins()).extracting(Account.Login::loginId).containsExactly(first, second);
    assertThat(account.logins()).allMatch(it -> it.verifiedAt().isEmpty());
    assertThat(account.roles()).isEqualTo(row.roles());
    assertThat(account.createdAt()).isEqualTo(LONG_AGO);
    assertThat(store().load(row.account(), deadline()).orElseThrow().roles())
        .isEqualTo(row.roles());
    Credential credential = store().find(second, deadline()).orElseThrow();
    assertThat(credential.account()).isEqualTo(row.account());
    assertThat(credential.hash()).isEqualTo(row.hash().orElseThrow());
  }

  @Test
  void anAccountNeedHaveNoPassword() {
    Row row = passwordless(login());

    assertThat(write(row)).containsExactly(Written.CREATED);
    assertThat(store().find(row.account(), deadline())).isEmpty();
    assertThat(store().lookUp(row.account(), deadline()))
        .hasValueSatisfying(it -> assertThat(it.credentials()).isEmpty());
  }

  @Test
  void thereIsNothingToTellOfAnImportedAccount() {
    Row row = row(login());
    write(row);

    assertThat(store().state(row.account(), deadline()).pending()).isFalse();
  }

  @Test
  void theSameRowIsPresentHoweverItsAccountHasChanged() {
    Row row = row(login());
    write(row);
    store().changeStatus(row.account(), AccountStatus.DISABLED, OperationId.random(), deadline());

    assertThat(write(again(row), again(row))).containsOnly(Written.PRESENT);
    assertThat(store().lookUp(row.account(), deadline()).orElseThrow().status())
        .isEqualTo(AccountStatus.DISABLED);
  }

  @Test
  void aRepeatOfACallAnswersWhatTheCallDid() {
    Row row = row(login());

    assertThat(write(row)).containsExactly(Written.CREATED);
    assertThat(write(row)).containsExactly(Written.CREATED);
  }

  @Test
  void anIdentifierOfAnotherAccountIsTaken() {
    LoginId taken = login();
    store()
        .create(
            NewAccount.of(AccountId.random(), taken, AccountStatus.ACTIVE, TestSecrets.newHash()),
            OperationId.random(),
            deadline());
    Row clash =
        new Row(
            AccountId.random(),
            List.of(login(), taken),
            AccountStatus.ACTIVE,
            Optional.empty(),
            Set.of(),
            Optional.empty(),
            Optional.empty());
    Row other = row(login());

    assertThat(write(clash, other)).containsExactly(Written.LOGIN_ID_TAKEN, Written.CREATED);
    assertThat(store().lookUp(clash.loginIds().get(0), deadline())).isEmpty();
  }

  @Test
  void anotherRowOfTheSameIdentifierIsRefused() {
    Row first = row(login());
    Row second = row(first.loginIds().get(0));

    assertThat(write(first, second, again(first)))
        .containsExactly(Written.CREATED, Written.LOGIN_ID_TAKEN, Written.PRESENT);
    assertThat(write(again(second))).containsExactly(Written.LOGIN_ID_TAKEN);
  }

  @Test
  void anExternalIdIsGivenOnce() {
    Row first = withExternalId(row(login()), "one-" + UUID.randomUUID());
    Row second = withExternalId(row(login()), first.externalId().orElseThrow().value());

    assertThat(write(first, second)).containsExactly(Written.CREATED, Written.EXTERNAL_ID_TAKEN);
    assertThat(write(again(second))).containsExactly(Written.EXTERNAL_ID_TAKEN);
  }

  @Test
  void oneAddressMayBeInTwoTenants() {
    LoginId address = login();
    Row here = row(address);
    Row there = row(address.inTenant(new TenantId("elsewhere")));

    assertThat(write(here, there)).containsOnly(Written.CREATED);
  }

  @Test
  void aSignUpFindsAnImportedIdentifierTaken() {
    Row row = row(login());
    write(row);

    assertThat(
            store()
                .create(
                    NewAccount.of(
                        AccountId.random(),
                        row.loginIds().get(0),
                        AccountStatus.ACTIVE,
                        TestSecrets.newHash()),
                    OperationId.random(),
                    deadline()))
        .isEqualTo(new Creation.Duplicate());
  }

  @Test
  void nothingIsWrittenAfterTheDeadline() {
    Row row = row(login());

    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> store().write(List.of(row), Fixtures.expired()));
    assertThat(store().lookUp(row.account(), deadline())).isEmpty();
  }

  private List<Written> write(Row... rows) {
    return store().write(List.of(rows), deadline());
  }

  private static Row row(LoginId loginId) {
    return of(loginId, Optional.of(TestSecrets.newHash()));
  }

  private static Row passwordless(LoginId loginId) {
    return of(loginId, Optional.empty());
  }

  private static Row of(LoginId loginId, Optional<PasswordHash> hash) {
    return new Row(
        AccountId.random(loginId.tenant()),
        List.of(loginId),
        AccountStatus.ACTIVE,
        hash,
        Set.of(),
        Optional.empty(),
        Optional.empty());
  }

  /** As the import reads the same line again: with another id. */
  private static Row again(Row row) {
    return new Row(
        AccountId.random(row.account().tenant()),
        row.loginIds(),
        row.status(),
        row.hash(),
        row.roles(),
        row.externalId(),
        row.createdAt());
  }

  private static Row withExternalId(Row row, String value) {
    return new Row(
        row.account(),
        row.loginIds(),
        row.status(),
        row.hash(),
        row.roles(),
        Optional.of(new ExternalId(row.account().tenant(), value)),
        row.createdAt());
  }

  private static String randomDigits() {
    return String.valueOf(
        Math.floorMod(UUID.randomUUID().getMostSignificantBits(), 100_000_000L) + 100_000_000L);
  }
}
