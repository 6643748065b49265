package io.doorward.auth.testkit;

import io.doorward.auth.account.AccountDirectory;
import io.doorward.auth.account.AccountDirectory.ExternalId;
import io.doorward.auth.account.AccountDirectory.ExternalIdentity;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.CredentialStore;
import io.doorward.auth.account.NameStore;
import io.doorward.auth.account.Outbox;
import io.doorward.auth.account.ProfileStore;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.password.PasswordHash;

/** There is no back door into memory, so changes "behind" go through the front. */
record InMemoryStores(AccountStore accounts) implements AccountStores {
  InMemoryStores() {
    this(AccountStore.inMemory());
  }

  @Override
  public CredentialStore credentials() {
    return accounts;
  }

  @Override
  public ProfileStore profiles() {
    return accounts;
  }

  @Override
  public NameStore names() {
    return accounts;
  }

  @Override
  public Outbox outbox() {
    return accounts;
  }

  @Override
  public AccountStore all() {
    return accounts;
  }

  @Override
  public AccountDirectory directory() {
    return accounts;
  }

  @Override
  public void changeLoginIdBehind(AccountId account, LoginId next) {
    accounts.changeLoginId(account, next, OperationId.random(), Fixtures.deadline());
  }

  @Override
  public void addLoginIdBehind(AccountId account, LoginId further) {
    accounts.addLoginId(account, further, OperationId.random(), Fixtures.deadline());
  }

  @Override
  public void setExternalIdBehind(AccountId account, ExternalId externalId) {
    accounts.setExternalId(account, externalId, OperationId.random(), Fixtures.deadline());
  }

  @Override
  public void addExternalIdentityBehind(AccountId account, ExternalIdentity identity) {
    accounts.linkIdentity(account, identity, OperationId.random(), Fixtures.deadline());
  }

  @Override
  public void changeHashBehind(AccountId account, PasswordHash next) {
    accounts.changePassword(
        account,
        accounts.version(account, Fixtures.deadline()).orElseThrow(),
        next,
        OperationId.random(),
        Fixtures.deadline());
  }
}
