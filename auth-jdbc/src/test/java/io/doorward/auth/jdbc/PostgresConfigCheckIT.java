package io.doorward.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.Outbox;
import io.doorward.auth.backend.Finding;
import io.doorward.auth.backend.Finding.Severity;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.testkit.TestPostgres;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

class PostgresConfigCheckIT {
  @Test
  void aServerInOrderIsNoFinding() {
    try (Fixture db = Fixture.fresh()) {
      assertThat(codes(look(db.pool.dataSource())))
          .doesNotContainAnyElementsOf(
              List.of(
                  "postgresql.version",
                  "postgresql.schema",
                  "postgresql.readonly",
                  "postgresql.isolation",
                  "postgresql.synchronous_commit",
                  "postgresql.pool",
                  "postgresql.pooler",
                  "postgresql.driver",
                  "postgresql.encoding",
                  "postgresql.client_encoding",
                  "postgresql.row_security",
                  "postgresql.triggers",
                  "postgresql.search_path",
                  "postgresql.clock",
                  "postgresql.tls"));
    }
  }

  @Test
  void aServerThatConfirmsWhatItMayLoseIsAWarning() {
    try (Fixture db = Fixture.fresh()) {
      PGSimpleDataSource hasty = plain(db.url);
      hasty.setOptions("-c synchronous_commit=off");

      assertThat(look(hasty))
          .filteredOn(found -> found.code().equals("postgresql.synchronous_commit"))
          .singleElement()
          .satisfies(
              found -> {
                assertThat(found.severity()).isEqualTo(Severity.WARNING);
                assertThat(found.meaning()).contains("password change");
                assertThat(found.advice()).contains("synchronous_commit = on");
              });
    }
  }

  @Test
  void connectionsOfAnotherIsolationLevelAreAWarning() {
    try (Fixture db = Fixture.fresh()) {
      PGSimpleDataSource strict = plain(db.url);
      strict.setOptions("-c default_transaction_isolation=serializable");

      assertThat(codes(look(strict))).contains("postgresql.isolation");
    }
  }

  @Test
  void aServerThatIsReadOnlyIsAWarning() {
    try (Fixture db = Fixture.fresh()) {
      PGSimpleDataSource standby = plain(db.url);
      standby.setOptions("-c default_transaction_read_only=on");

      assertThat(codes(look(standby)))
          .contains("postgresql.readonly")
          .doesNotContain("postgresql.schema");
    }
  }

  @Test
  void aStandbyIsNotRead() throws IOException, SQLException {
    try (TestPostgres server = TestPostgres.startNew();
        Fixture db = Fixture.on(server)) {
      Credential alice = db.newAccount();
      JdbcStores stores = JdbcStores.of(plain(db.url), db.schema);
      assertThat(stores.credentials().find(alice.loginId(), soon())).isPresent();
      Path data = Path.of(db.query("SHOW data_directory").get(0));
      server.stop();
      Files.createFile(data.resolve("standby.signal"));
      server.start();

      assertThatThrownBy(() -> stores.credentials().find(alice.loginId(), soon()))
          .isInstanceOfSatisfying(
              StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.REFUSED))
          .hasMessageContaining("connect to the primary");
      assertThat(codes(stores.backend().inspect(soon())))
          .contains("postgresql.readonly")
          .doesNotContain("postgresql.schema");
    }
  }

  @Test
  void aDataSourceWithoutKnownBoundsIsANote() {
    try (Fixture db = Fixture.fresh()) {
      assertThat(look(plain(db.url)))
          .filteredOn(found -> found.code().equals("postgresql.pool"))
          .extracting(Finding::severity)
          .containsExactly(Severity.NOTE);
    }
  }

  @Test
  void aPoolThatTheServerCannotServeIsAWarning() {
    try (Fixture db = Fixture.fresh()) {
      HikariConfig config = new HikariConfig();
      config.setJdbcUrl(db.url);
      config.setMaximumPoolSize(100_000);
      config.setMinimumIdle(1);
      try (HikariDataSource pool = new HikariDataSource(config)) {
        assertThat(look(pool))
            .filteredOn(found -> found.code().equals("postgresql.pool"))
            .singleElement()
            .satisfies(found -> assertThat(found.meaning()).contains("100000"));
      }
    }
  }

  @Test
  void aSchemaThatIsNotThereIsARefusal() {
    DataSource empty = plain(TestPostgres.shared().newDatabase().jdbcUrl());

    assertThat(look(empty))
        .filteredOn(found -> found.code().equals("postgresql.schema"))
        .singleElement()
        .satisfies(
            found -> {
              assertThat(found.severity()).isEqualTo(Severity.REFUSAL);
              assertThat(found.meaning()).contains("run SchemaMigrator");
            });
  }

  @Test
  void aConnectionThatSuspendsTriggersIsARefusal() {
    try (Fixture db = Fixture.fresh()) {
      PGSimpleDataSource replica = plain(db.url);
      replica.setOptions("-c session_replication_role=replica");

      assertThat(look(replica))
          .filteredOn(found -> found.severity() == Severity.REFUSAL)
          .singleElement()
          .satisfies(
              found -> {
                assertThat(found.code()).isEqualTo("postgresql.triggers");
                assertThat(found.meaning()).contains("RESET session_replication_role");
              });
    }
  }

  @Test
  void aSchemaBeforeTheCatalogueIsAWarning() {
    try (Fixture db = Fixture.fresh()) {
      PGSimpleDataSource odd = plain(db.url);
      odd.setOptions("-c search_path=public,pg_catalog");

      assertThat(codes(look(odd))).contains("postgresql.search_path");
    }
  }

  @Test
  void whatNothingReliesOnIsNoFinding() {
    try (Fixture db = Fixture.fresh()) {
      PGSimpleDataSource odd = plain(db.url);
      odd.setOptions(
          "-c TimeZone=Pacific/Apia -c IntervalStyle=sql_standard -c search_path=public");

      assertThat(codes(look(odd))).containsExactlyElementsOf(codes(look(plain(db.url))));
    }
  }

  @Test
  void aConnectionThatIsNewIsLookedAt() {
    try (Fixture db = Fixture.fresh();
        Fixture other = Fixture.fresh()) {
      AtomicReference<DataSource> server = new AtomicReference<>(plain(db.url));
      Outbox outbox = JdbcStores.of(through(server), db.schema).outbox();
      assertThat(outbox.backlog(soon()).pending()).isZero();
      sql(other, "ALTER TABLE {accounts} DISABLE TRIGGER erase");
      server.set(plain(other.url));

      assertThatThrownBy(() -> outbox.backlog(soon()))
          .isInstanceOfSatisfying(
              StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.MISCONFIGURED))
          .hasMessageContaining("ENABLE TRIGGER \"erase\"");
      server.set(plain(db.url));
      assertThat(outbox.backlog(soon()).pending()).isZero();
    }
  }

  @Test
  void aConnectionInOrderTakesThePlaceOfOneThatIsNot() throws SQLException {
    try (Fixture db = Fixture.fresh();
        PostgresPool pool = PostgresPool.builder(db.url).maximumSize(1).open()) {
      try (Connection connection = pool.dataSource().getConnection()) {
        execute(connection, "SET session_replication_role = replica");
      }
      Outbox outbox = JdbcStores.of(pool.dataSource(), db.schema).outbox();

      assertThatThrownBy(() -> outbox.backlog(soon())).isInstanceOf(StoreException.class);
      assertThat(outbox.backlog(soon()).pending()).isZero();
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** One address, behind which there is now this server and now that one. */
  private static DataSource through(AtomicReference<DataSource> server) {
    return (DataSource)
        Proxy.newProxyInstance(
            DataSource.class.getClassLoader(),
            new Class<?>[] {DataSource.class},
            (proxy, method, arguments) -> method.invoke(server.get(), arguments));
  }

  @Test
  void storesServeNothingUntilTheirTablesAreVerified() {
    try (Fixture db = Fixture.fresh()) {
      Outbox before = JdbcStores.of(db.pool.dataSource(), db.schema).outbox();
      assertThat(before.backlog(soon()).pending()).isZero();
      sql(db, "ALTER TABLE {credentials} DISABLE TRIGGER spread");
      Outbox late = JdbcStores.of(db.pool.dataSource(), db.schema).outbox();

      assertThatThrownBy(() -> late.backlog(soon()))
          .isInstanceOfSatisfying(
              StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.MISCONFIGURED))
          .hasMessageContaining("ENABLE TRIGGER");
      sql(db, "ALTER TABLE {credentials} ENABLE TRIGGER spread");
      assertThat(late.backlog(soon()).pending()).isZero();
    }
  }

  @Test
  void aLookThatFindsTheTablesChangedClosesTheStores() {
    try (Fixture db = Fixture.fresh()) {
      JdbcStores stores = JdbcStores.of(db.pool.dataSource(), db.schema);
      Outbox outbox = stores.outbox();
      assertThat(outbox.backlog(soon()).pending()).isZero();
      sql(db, "ALTER TABLE {credentials} DISABLE TRIGGER spread");

      assertThat(codes(stores.backend().inspect(soon()))).contains("postgresql.schema");
      assertThatThrownBy(() -> outbox.backlog(soon())).isInstanceOf(StoreException.class);
    }
  }

  private static void sql(Fixture db, String statement) {
    try {
      db.sql(statement);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<Finding> look(DataSource dataSource) {
    return JdbcStores.of(dataSource, JdbcSchema.defaults()).backend().inspect(soon());
  }

  private static List<String> codes(List<Finding> findings) {
    return findings.stream().map(Finding::code).toList();
  }

  private static PGSimpleDataSource plain(String url) {
    PGSimpleDataSource dataSource = new PGSimpleDataSource();
    dataSource.setUrl(url);
    return dataSource;
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(10));
  }
}
