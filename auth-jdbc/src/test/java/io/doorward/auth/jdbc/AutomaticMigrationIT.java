package io.doorward.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.backend.Backend;
import io.doorward.auth.backend.Finding;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.testkit.TestDatabase;
import io.doorward.auth.testkit.TestPostgres;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Migrations that take longer than a check, because another node has the lock. */
class AutomaticMigrationIT {
  private static final Duration SHORT = Duration.ofSeconds(1);
  private static final JdbcSchema SCHEMA = JdbcSchema.of("shop");

  /** The server's processes that wait for the lock, for longer than a read of the pool may take. */
  private static final String WAITING =
      """
      SELECT string_agg(pid::text, ' ') FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event = 'advisory'
        AND query_start < clock_timestamp() - interval '2500 milliseconds'
      """;

  private final TestDatabase database = TestPostgres.shared().newDatabase();
  private final PostgresPool pool =
      PostgresPool.builder(database.jdbcUrl())
          .statementTimeout(Duration.ofSeconds(1))
          .socketTimeout(Duration.ofSeconds(2))
          .maximumSize(4)
          .poolWait(Duration.ofSeconds(10))
          .open();
  private final Backend backend =
      JdbcStores.builder(pool.dataSource(), SCHEMA).migrate().build().backend();
  private Connection other;

  /** The pool has a connection: a migration begins at once. */
  @BeforeEach
  void lock() throws SQLException {
    pool.dataSource().getConnection().close();
    other = database.dataSource().getConnection();
    other.setAutoCommit(false);
    execute("SELECT pg_advisory_xact_lock(hashtextextended('doorward:" + SCHEMA + "', 0))");
  }

  @AfterEach
  void close() throws SQLException {
    other.close();
    pool.close();
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = other.createStatement()) {
      statement.execute(sql);
    }
  }

  private String waiting() throws SQLException {
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(WAITING)) {
      row.next();
      return row.getString(1);
    }
  }

  private static Deadline soon() {
    return Deadline.after(SHORT);
  }

  @Test
  void aStartWaitsForMigrationsThatHaveBegun() throws Exception {
    CompletableFuture<List<Finding>> start =
        CompletableFuture.supplyAsync(() -> backend.prepare(soon()));
    await().until(() -> waiting() != null);
    assertThat(start).isNotDone();

    other.commit();

    assertThat(start.get()).extracting(Finding::code).doesNotContain("postgresql.schema");
    assertThat(SchemaCheck.of(pool.dataSource(), SCHEMA).run(Deadline.after(Duration.ofMinutes(1))))
        .isInstanceOf(SchemaState.Current.class);
  }

  private AbstractThrowableAssert<?, ? extends Throwable> assertStillRunning() {
    return assertThatThrownBy(() -> backend.inspect(soon()))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.TIMEOUT));
  }

  @Test
  void aLaterCheckWaitsForItsDeadlineOnly() throws Exception {
    // A slow machine may need more than one deadline for the connection.
    await()
        .untilAsserted(
            () -> {
              assertStillRunning();
              assertThat(waiting()).isNotNull();
            });
    assertStillRunning().hasMessage("PostgreSQL: the migrations are still running");
    assertThat(waiting()).as("one process waits, from the first check on").doesNotContain(" ");

    other.commit();

    await()
        .untilAsserted(
            () ->
                assertThat(backend.inspect(Deadline.after(Duration.ofSeconds(5))))
                    .extracting(Finding::code)
                    .doesNotContain("postgresql.schema"));
  }
}
