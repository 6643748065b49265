package io.doorward.auth.testkit;

import io.doorward.auth.account.AccountStore;

final class InMemoryAccountImportTest extends AccountImportContract {
  private final AccountStore accounts = AccountStore.inMemory();

  @Override
  protected AccountStore store() {
    return accounts;
  }
}
