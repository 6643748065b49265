package io.doorward.auth.jdbc;

import io.doorward.auth.account.PrimaryRegistry;
import io.doorward.auth.testkit.PrimaryRegistryContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

final class JdbcPrimaryRegistryContractIT extends PrimaryRegistryContract {
  private static Fixture db;

  @BeforeAll
  static void open() {
    db = Fixture.fresh();
  }

  @AfterAll
  static void close() {
    db.close();
  }

  @Override
  protected PrimaryRegistry registry() {
    return JdbcStores.of(db.pool.dataSource(), db.schema).primaryRegistry();
  }
}
