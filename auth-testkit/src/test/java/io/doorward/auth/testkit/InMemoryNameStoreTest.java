package io.doorward.auth.testkit;

class InMemoryNameStoreTest extends NameStoreContract {
  private final AccountStores stores = new InMemoryStores();

  @Override
  protected AccountStores stores() {
    return stores;
  }
}
