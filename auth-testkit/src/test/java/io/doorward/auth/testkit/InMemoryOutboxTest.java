package io.doorward.auth.testkit;

class InMemoryOutboxTest extends OutboxContract {
  private final AccountStores stores = new InMemoryStores();

  @Override
  protected AccountStores stores() {
    return stores;
  }
}
