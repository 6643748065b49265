package io.doorward.auth.redis;

import io.doorward.auth.account.AccountDirectory;
import io.doorward.auth.account.AccountDirectory.ExternalId;
import io.doorward.auth.account.AccountDirectory.ExternalIdentity;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.CredentialStore;
import io.doorward.auth.account.NameStore;
import io.doorward.auth.account.Outbox;
import io.doorward.auth.account.ProfileStore;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.testkit.AccountStores;
import java.time.Duration;

/** There is no back door into memory, so changes "behind" go through the front. */
record MemoryAccounts(AccountStore memory) implements AccountStores {
  @Override
  public CredentialStore credentials() {
    return memory;
  }

  @Override
  public ProfileStore profiles() {
    return memory;
  }

  @Override
  public NameStore names() {
    return memory;
  }

  @Override
  public Outbox outbox() {
    return memory;
  }

  @Override
  public AccountStore all() {
    return memory;
  }

  @Override
  public AccountDirectory directory() {
    return memory;
  }

  @Override
  public void changeLoginIdBehind(AccountId account, LoginId next) {
    memory.changeLoginId(account, next, OperationId.random(), soon());
  }

  @Override
  public void addLoginIdBehind(AccountId account, LoginId further) {
    memory.addLoginId(account, further, OperationId.random(), soon());
  }

  @Override
  public void setExternalIdBehind(AccountId account, ExternalId externalId) {
    memory.setExternalId(account, externalId, OperationId.random(), soon());
  }

  @Override
  public void addExternalIdentityBehind(AccountId account, ExternalIdentity identity) {
    memory.linkIdentity(account, identity, OperationId.random(), soon());
  }

  @Override
  public void changeHashBehind(AccountId account, PasswordHash next) {
    memory.changePassword(
        account, memory.version(account, soon()).orElseThrow(), next, OperationId.random(), soon());
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(30));
  }
}
