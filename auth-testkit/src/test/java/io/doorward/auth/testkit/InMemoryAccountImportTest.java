package io.doorward.auth.testkit;

import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.InMemoryAccounts;

final class InMemoryAccountImportTest extends AccountImportContract {
  private final InMemoryAccounts accounts = InMemoryAccounts.create();

  @Override
  protected AccountStore store() {
    return accounts;
  }
}
