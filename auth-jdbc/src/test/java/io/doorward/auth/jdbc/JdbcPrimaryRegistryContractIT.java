package io.doorward.auth.jdbc;

import io.doorward.auth.account.PrimaryRegistry;
import io.doorward.auth.testkit.PrimaryRegistryContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

final class JdbcPrimaryRegistryContractIT extends PrimaryRegistryContract {
  private static Fixture db;
  private static JdbcPrimaryRegistry registry;

  @BeforeAll
  static void open() {
    db = Fixture.fresh();
    registry = JdbcStores.of(db.pool.dataSource(), db.schema).primaryRegistry();
  }

  @AfterAll
  static void close() {
    registry.close();
    db.close();
  }

  @Override
  protected PrimaryRegistry registry() {
    return registry;
  }
}
