package io.doorward.auth.jdbc;

import io.doorward.auth.testkit.AccountStores;
import io.doorward.auth.testkit.OperationLogContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

final class JdbcOperationLogContractIT extends OperationLogContract {
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
