package io.doorward.auth.testkit;

class InMemoryCredentialStoreTest extends CredentialStoreContract {
  private final AccountStores stores = new InMemoryStores();

  @Override
  protected AccountStores stores() {
    return stores;
  }
}
