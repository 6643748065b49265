package io.doorward.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.lang.reflect.Proxy;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.ds.PGSimpleDataSource;

/** Connects to no server. */
class ServerNameTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "jdbc:postgresql://db/app | db:5432 (database app)",
        "jdbc:postgresql://db:6543/app?user=ada&password=quiet | db:6543 (database app, role ada)",
        "jdbc:postgresql://a:1,b/app?password=quiet&user=a%20b | a:1,b:5432 (database app, role a b)",
        "jdbc:postgresql://[::1]/app | [::1]:5432 (database app)",
        "jdbc:postgresql:app | localhost:5432 (database app)",
        "jdbc:postgresql://db | db:5432 (database of the role's name)",
        "jdbc:postgresql://ada:quiet@db/app | db:5432 (database app)",
      })
  void aUrlNamesItsServersAndNoPassword(String url, String name) {
    assertThat(ServerName.ofUrl(url, null)).isEqualTo("PostgreSQL at " + name);
  }

  @Test
  void aPoolIsNamedByItsUrlAndUser() {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl("jdbc:postgresql://db/app");
    config.setUsername("ada");
    config.setPassword("quiet");
    config.setInitializationFailTimeout(-1);
    config.setMinimumIdle(0);
    try (HikariDataSource pool = new HikariDataSource(config)) {
      assertThat(ServerName.of(pool)).hasToString("PostgreSQL at db:5432 (database app, role ada)");
    }
  }

  @Test
  void aDriversDataSourceIsNamedByItsSettings() {
    PGSimpleDataSource plain = new PGSimpleDataSource();
    plain.setServerNames(new String[] {"db"});
    plain.setPortNumbers(new int[] {6543});
    plain.setDatabaseName("app");
    plain.setUser("ada");
    plain.setPassword("quiet");

    assertThat(ServerName.of(plain)).hasToString("PostgreSQL at db:6543 (database app, role ada)");
  }

  @Test
  void aDataSourceThatSaysNothingIsNamedByItsClass() {
    DataSource silent =
        (DataSource)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {DataSource.class},
                (proxy, method, arguments) -> null);

    assertThat(ServerName.of(silent).toString())
        .startsWith("PostgreSQL behind a ")
        .contains("Proxy");
  }
}
