package io.doorward.auth.testkit;

import io.doorward.auth.account.PrimaryRegistry;
import io.doorward.auth.base.Ticker;

final class InMemoryPrimaryRegistryTest extends PrimaryRegistryContract {
  private static final PrimaryRegistry REGISTRY = PrimaryRegistry.inMemory(Ticker.system());

  @Override
  protected PrimaryRegistry registry() {
    return REGISTRY;
  }
}
