package io.doorward.auth.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

class TestPostgresIT {
  @Test
  void sharedIsOneServerThatNobodyCanStop() throws SQLException {
    TestPostgres server = TestPostgres.shared();

    assertThat(TestPostgres.shared()).isSameAs(server);
    assertThatThrownBy(server::stop).isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(server::pause).isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(server::kill).isInstanceOf(UnsupportedOperationException.class);
    server.close();
    try (TestDatabase database = server.newDatabase()) {
      assertThat(count(database.dataSource(), "SELECT 7")).isEqualTo(7);
    }
  }

  @Test
  void databasesDoNotSeeEachOther() throws SQLException {
    try (TestDatabase one = TestPostgres.shared().newDatabase();
        TestDatabase two = TestPostgres.shared().newDatabase()) {
      one.execute("CREATE TABLE t (i int); INSERT INTO t VALUES (1)");
      two.execute("CREATE TABLE t (i int)");

      assertThat(count(one.dataSource(), "SELECT count(*) FROM t")).isEqualTo(1);
      assertThat(count(two.dataSource(), "SELECT count(*) FROM t")).isZero();
    }
  }

  @Test
  void aCopyHasWhatTheOriginalHadAndGoesItsOwnWay() throws SQLException {
    try (TestDatabase original = TestPostgres.shared().newDatabase()) {
      original.execute("CREATE TABLE t (i int); INSERT INTO t VALUES (1)");
      try (TestDatabase copy = original.copy()) {
        copy.execute("INSERT INTO t VALUES (2)");

        assertThat(count(copy.dataSource(), "SELECT count(*) FROM t")).isEqualTo(2);
        assertThat(count(original.dataSource(), "SELECT count(*) FROM t")).isEqualTo(1);
      }
    }
  }

  @Test
  void aClosedDatabaseIsGoneEvenWithAConnectionOpen() throws SQLException {
    TestDatabase database = TestPostgres.shared().newDatabase();
    try (Connection open = database.dataSource().getConnection()) {
      database.close();

      assertThat(open.isValid(5)).isFalse();
      assertThatThrownBy(() -> database.dataSource().getConnection().close())
          .isInstanceOf(SQLException.class);
    }
  }

  @Test
  void whatWasCommittedSurvivesAStopAndAKillOnTheSamePort() throws SQLException {
    try (TestPostgres server = TestPostgres.startNew()) {
      TestDatabase database = server.newDatabase();
      int port = server.port();
      database.execute("CREATE TABLE t (i int); INSERT INTO t VALUES (1)");

      server.stop();
      assertThatThrownBy(() -> database.execute("SELECT 1"))
          .isInstanceOf(IllegalStateException.class);
      server.start();
      database.execute("INSERT INTO t VALUES (2)");
      server.kill();
      assertThatThrownBy(() -> database.execute("SELECT 1"))
          .isInstanceOf(IllegalStateException.class);
      server.start();

      assertThat(server.port()).isEqualTo(port);
      assertThat(count(database.dataSource(), "SELECT count(*) FROM t")).isEqualTo(2);
    }
  }

  @Test
  void aPausedServerTakesConnectionsAndDoesNotAnswer() throws SQLException {
    try (TestPostgres server = TestPostgres.startNew()) {
      TestDatabase database = server.newDatabase();
      PGSimpleDataSource impatient = new PGSimpleDataSource();
      impatient.setURL(database.jdbcUrl());
      impatient.setLoginTimeout(1);
      try (Connection open = database.dataSource().getConnection()) {
        open.setNetworkTimeout(Runnable::run, 300);
        server.pause();
        assertThatThrownBy(() -> open.createStatement().execute("SELECT 1"))
            .isInstanceOf(SQLException.class);
        assertThatThrownBy(() -> impatient.getConnection().close())
            .isInstanceOf(SQLException.class);
      } finally {
        server.resume();
      }

      assertThat(count(database.dataSource(), "SELECT 7")).isEqualTo(7);
    }
  }

  @Test
  void aFailOverLosesWhatCameAfterTheStandbyAndIsAnotherTimeline() throws SQLException {
    try (TestPostgres server = TestPostgres.startEmbedded()) {
      assertThatThrownBy(server::failOver)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("keepStandby");
      TestDatabase database = server.newDatabase();
      DataSource source = database.dataSource();
      database.execute("CREATE TABLE t (i int); CREATE SEQUENCE s; INSERT INTO t VALUES (1)");
      server.keepStandby();
      database.execute("INSERT INTO t SELECT nextval('s')");
      String timeline = "SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)::int";
      int before = count(source, timeline);

      server.failOver();

      assertThat(count(source, "SELECT count(*) FROM t")).isEqualTo(1);
      assertThat(count(source, "SELECT nextval('s')")).isEqualTo(1);
      assertThat(count(source, timeline)).isGreaterThan(before);
    }
  }

  private static int count(DataSource source, String sql) throws SQLException {
    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getInt(1);
    }
  }
}
