package io.doorward.auth.testkit;

class InMemoryOperationLogTest extends OperationLogContract {
  private final AccountStores stores = new InMemoryStores();

  @Override
  protected AccountStores stores() {
    return stores;
  }
}
