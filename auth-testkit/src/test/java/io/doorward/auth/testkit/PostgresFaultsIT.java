package io.doorward.auth.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.testkit.FaultProxy.Direction;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class PostgresFaultsIT {
  private static TestDatabase database;

  @BeforeAll
  static void create() {
    database = TestPostgres.shared().newDatabase();
    database.execute("CREATE TABLE t (i int); INSERT INTO t VALUES (1)");
  }

  @AfterAll
  static void drop() {
    database.close();
  }

  @Test
  void aLockedTableMakesStatementsWaitUntilItIsGivenBack() throws SQLException {
    String impatient = "SET lock_timeout = '50ms'; SELECT count(*) FROM public.t";
    try (PostgresFaults.Fault lock = PostgresFaults.lock(database, "public.t")) {
      assertState("55P03", () -> run(database.dataSource(), impatient));
      assertThat(lock).isNotNull();
    }

    run(database.dataSource(), impatient);
  }

  @Test
  void changesFailAsOftenAsTheyAreToldAndReadsDoNot() throws SQLException {
    String change = "UPDATE public.t SET i = 2";
    try (PostgresFaults.Fault fault = PostgresFaults.fail(database, "public.t", "40001", 2)) {
      assertState("40001", () -> run(database.dataSource(), change));
      run(database.dataSource(), "SELECT i FROM public.t");
      assertState("40001", () -> run(database.dataSource(), change));
      run(database.dataSource(), change);
      assertThat(fault).isNotNull();
    }
    try (PostgresFaults.Fault fault = PostgresFaults.fail(database, "public.t", "40P01", 9)) {
      assertState("40P01", () -> run(database.dataSource(), "DELETE FROM public.t"));
      assertThat(fault).isNotNull();
    }

    run(database.dataSource(), change);
  }

  @Test
  void drainedConnectionsAreOpenUntilTheyAreGivenBack() throws SQLException {
    String mine =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            + " AND backend_type = 'client backend' AND pid <> pg_backend_pid()";
    int before = number(database.dataSource(), mine);
    try (PostgresFaults.Fault drained = PostgresFaults.drain(database.dataSource(), 3)) {
      assertThat(number(database.dataSource(), mine)).isGreaterThanOrEqualTo(before + 3);
      assertThat(drained).isNotNull();
    }
  }

  @Test
  void aCommitWhoseAnswerIsLostWasCommitted() throws SQLException {
    TestPostgres server = TestPostgres.shared();
    AtomicInteger commits = new AtomicInteger();
    try (FaultProxy proxy = FaultProxy.to(server.host(), server.port())) {
      DataSource source =
          PostgresFaults.beforeCommit(
              database.dataSource(proxy.host(), proxy.port()),
              () -> {
                commits.incrementAndGet();
                proxy.resetAfter(Direction.DOWN, 0);
              });
      Connection connection = source.getConnection();
      connection.setAutoCommit(false);
      try (Statement statement = connection.createStatement()) {
        statement.execute("CREATE TABLE committed (i int)");
      }
      assertThat(commits).hasValue(0);

      assertState("08006", connection::commit);

      assertThat(commits).hasValue(1);
    }
    assertThat(number(database.dataSource(), "SELECT count(*) FROM committed")).isZero();
  }

  private static void assertState(String state, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo(state));
  }

  private static void run(DataSource source, String sql) throws SQLException {
    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static int number(DataSource source, String sql) throws SQLException {
    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getInt(1);
    }
  }
}
