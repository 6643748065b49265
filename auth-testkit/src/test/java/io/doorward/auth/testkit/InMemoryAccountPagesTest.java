package io.doorward.auth.testkit;

class InMemoryAccountPagesTest extends AccountPagesContract {
  private final AccountStores stores = new InMemoryStores();

  @Override
  protected AccountStores stores() {
    return stores;
  }
}
