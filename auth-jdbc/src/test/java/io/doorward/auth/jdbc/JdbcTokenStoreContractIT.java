package io.doorward.auth.jdbc;

import io.doorward.auth.session.TokenStore;
import io.doorward.auth.testkit.AccountStores;
import io.doorward.auth.testkit.TokenStoreContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

final class JdbcTokenStoreContractIT extends TokenStoreContract {
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
  protected AccountStores accounts() {
    return db.stores();
  }

  @Override
  protected TokenStore store() {
    return db.tokens;
  }
}
