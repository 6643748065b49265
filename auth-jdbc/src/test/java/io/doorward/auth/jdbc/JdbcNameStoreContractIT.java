package io.doorward.auth.jdbc;

import io.doorward.auth.testkit.AccountStores;
import io.doorward.auth.testkit.NameStoreContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

final class JdbcNameStoreContractIT extends NameStoreContract {
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
  protected AccountStores stores() {
    return db.stores();
  }
}
