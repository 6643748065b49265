package io.doorward.auth.system;

import io.doorward.auth.jdbc.PostgresPool;
import io.doorward.auth.testkit.TestDatabase;
import io.doorward.auth.testkit.TestSecrets;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;

/** A user of an application's database that owns nothing, as an application's should be. */
final class LeastUser implements AutoCloseable {
  private static final List<String> TABLES =
      List.of(
          "accounts",
          "login_ids",
          "credentials",
          "user_profiles",
          "sessions",
          "operations",
          "outbox");

  private final TestDatabase database;
  private final String name = "app_" + UUID.randomUUID().toString().replace("-", "");
  private final PostgresPool pool;

  private LeastUser(TestDatabase database) {
    this.database = database;
    String password = TestSecrets.record(UUID.randomUUID().toString());
    database.execute(
        """
        CREATE ROLE {user} LOGIN PASSWORD '{password}';
        GRANT USAGE ON SCHEMA doorward TO {user};
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA doorward TO {user};
        GRANT USAGE ON ALL SEQUENCES IN SCHEMA doorward TO {user};
        """
            .replace("{user}", name)
            .replace("{password}", password));
    String url = database.jdbcUrl();
    pool =
        PostgresPool.builder(url.substring(0, url.indexOf('?')))
            .user(name)
            .password(password)
            .maximumSize(2)
            .open();
  }

  static LeastUser of(TestDatabase database) {
    return new LeastUser(database);
  }

  DataSource dataSource() {
    return pool.dataSource();
  }

  /** Switches row security on, without a policy that would let this user see a row, or off. */
  void hideRows(boolean hide) {
    for (String table : TABLES) {
      database.execute(
          "ALTER TABLE doorward."
              + table
              + (hide ? " ENABLE" : " DISABLE")
              + " ROW LEVEL SECURITY");
    }
  }

  @Override
  public void close() {
    pool.close();
    database.execute("DROP OWNED BY " + name + "; DROP ROLE " + name);
  }
}
