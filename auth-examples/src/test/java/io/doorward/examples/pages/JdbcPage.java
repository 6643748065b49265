package io.doorward.examples.pages;

import io.doorward.auth.account.AccountStore;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.jdbc.JdbcSchema;
import io.doorward.auth.jdbc.JdbcStores;
import io.doorward.auth.jdbc.PostgresPool;
import io.doorward.auth.jdbc.SchemaMigrator;
import io.doorward.auth.session.TokenStore;
import java.time.Duration;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;

/** What docs/jdbc.md shows. */
final class JdbcPage {
  private JdbcPage() {}

  static void stores(String secret) {
    String url = "jdbc:postgresql://db/app";
    try (PostgresPool pool = PostgresPool.builder(url).user("app").password(secret).open()) {
      JdbcSchema schema = JdbcSchema.defaults();
      SchemaMigrator.of(pool.dataSource(), schema).migrate(Deadline.after(Duration.ofMinutes(1)));
      JdbcStores stores = JdbcStores.of(pool.dataSource(), schema);
      AccountStore accounts = stores.accounts();
      TokenStore sessions = stores.tokenStore();
      run(accounts, sessions); // until your application ends
    }
  }

  /** Stands for an application. */
  private static void run(AccountStore accounts, TokenStore sessions) {
    System.out.println(accounts + " " + sessions);
  }

  static void flyway(DataSource dataSource, JdbcSchema schema) {
    Flyway.configure()
        .dataSource(dataSource)
        .locations(SchemaMigrator.FLYWAY_LOCATION) // classpath:META-INF/doorward/postgresql
        .placeholders(SchemaMigrator.flywayPlaceholders(schema)) // schema, prefix
        .defaultSchema(schema.schema())
        .table("flyway_history")
        .load()
        .migrate();
  }
}
