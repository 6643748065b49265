package io.doorward.auth.testkit;

class InMemoryProfileStoreTest extends ProfileStoreContract {
  private final AccountStores stores = new InMemoryStores();

  @Override
  protected AccountStores stores() {
    return stores;
  }
}
