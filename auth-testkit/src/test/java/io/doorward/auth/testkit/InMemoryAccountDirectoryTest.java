package io.doorward.auth.testkit;

class InMemoryAccountDirectoryTest extends AccountDirectoryContract {
  private final AccountStores stores = new InMemoryStores();

  @Override
  protected AccountStores stores() {
    return stores;
  }
}
