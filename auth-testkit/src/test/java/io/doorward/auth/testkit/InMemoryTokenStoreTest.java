package io.doorward.auth.testkit;

import io.doorward.auth.session.TokenStore;

class InMemoryTokenStoreTest extends TokenStoreContract {
  private final AccountStores accounts = new InMemoryStores();
  private final TokenStore store = TokenStore.inMemory(accounts.profiles());

  @Override
  protected AccountStores accounts() {
    return accounts;
  }

  @Override
  protected TokenStore store() {
    return store;
  }
}
