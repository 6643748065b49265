package io.doorward.auth.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.doorward.auth.backend.Finding;
import io.doorward.auth.base.Deadline;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Looks at a PostgreSQL server and the pool in front of it. Writes nothing. Thread-safe. */
final class PostgresPosture {
  private static final int OLDEST = 130_000;
  private static final Duration SKEW = Duration.ofSeconds(60);

  private static final String SERVER =
      """
      SELECT current_setting('server_version_num')::int,
             current_setting('server_version'),
             current_setting('synchronous_commit'),
             current_setting('fsync'),
             current_setting('transaction_isolation'),
             current_setting('max_connections')::int,
             coalesce((SELECT ssl FROM pg_catalog.pg_stat_ssl WHERE pid = pg_backend_pid()), false),
             host(inet_server_addr()),
             clock_timestamp()
      """;

  private final Database database;
  private final DataSource dataSource;
  private final InstantSource clock = InstantSource.system();

  PostgresPosture(Database database, DataSource dataSource) {
    this.database = database;
    this.dataSource = dataSource;
  }

  List<Finding> inspect(Deadline deadline) {
    return database.look(deadline, this::look);
  }

  private List<Finding> look(Connection connection) throws SQLException {
    List<Finding> found = new ArrayList<>();
    boolean oldEnough;
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(SERVER)) {
      row.next();
      oldEnough = row.getInt(1) >= OLDEST;
      if (!oldEnough) {
        found.add(tooOld(row.getString(2)));
      }
      lookAtPromises(row, found);
      lookAtWay(row, found);
      lookAtPool(row.getInt(6), found);
      lookAtClock(row.getTimestamp(9).toInstant(), found);
    }
    if (oldEnough) {
      lookAtSchema(connection, found);
    }
    return found;
  }

  private static Finding tooOld(String version) {
    return Finding.refusal(
        "postgresql.version",
        "PostgreSQL " + version + " is older than 13",
        "Upgrade the server to 13 or later");
  }

  private static void lookAtPromises(ResultSet row, List<Finding> found) throws SQLException {
    if (row.getString(3).equals("off")) {
      found.add(
          Finding.warning(
              "postgresql.synchronous_commit",
              "synchronous_commit is off: a crash of the server can take back a password change or"
                  + " a revocation that was answered as done",
              "Set synchronous_commit to on, at least for this user"
                  + " (ALTER ROLE ... SET synchronous_commit = on)"));
    }
    if (row.getString(4).equals("off")) {
      found.add(
          Finding.warning(
              "postgresql.fsync",
              "fsync is off: a crash of the machine can destroy the database",
              "Set fsync to on; off is for tests"));
    }
    if (!row.getString(5).equals("read committed")) {
      found.add(
          Finding.warning(
              "postgresql.isolation",
              "connections come with the isolation level "
                  + row.getString(5)
                  + ": single statements can fail for others' sake and be tried again",
              "Hand in a DataSource whose connections are READ COMMITTED, as PostgresPool's are"));
    }
  }

  private static void lookAtWay(ResultSet row, List<Finding> found) throws SQLException {
    @Nullable String address = row.getString(8);
    if (!row.getBoolean(7) && address != null && !isLoopback(address)) {
      found.add(
          Finding.warning(
              "postgresql.tls",
              "the connection is not encrypted: password hashes pass the network in clear",
              "Add sslmode=verify-full to the JDBC URL"));
    }
  }

  /** The address is the server's own word, in digits: no name is looked up. */
  private static boolean isLoopback(String address) {
    try {
      return InetAddress.getByName(address).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }

  private void lookAtPool(int maxConnections, List<Finding> found) {
    if (!(dataSource instanceof HikariDataSource pool)) {
      found.add(
          Finding.note(
              "postgresql.pool",
              "the DataSource is no HikariCP pool: connections are waited for on helper threads, and"
                  + " a full pool cannot be told from a server that is away",
              "Use PostgresPool, or see to it that the pool's wait is shorter than a deadline"));
      return;
    }
    if (pool.getMaximumPoolSize() > maxConnections) {
      found.add(
          Finding.warning(
              "postgresql.pool",
              "the pool of "
                  + pool.getMaximumPoolSize()
                  + " is larger than the server's max_connections of "
                  + maxConnections
                  + ": under load connections are refused",
              "Make the pool smaller; a login holds a connection for a millisecond or two"));
    }
  }

  private void lookAtClock(Instant server, List<Finding> found) {
    Duration skew = Duration.between(clock.instant(), server);
    if (skew.abs().compareTo(SKEW) > 0) {
      found.add(
          Finding.warning(
              "postgresql.clock",
              "the server's clock and this node's differ by "
                  + skew.abs().toSeconds()
                  + " s: sessions end sooner or later than they should",
              "Synchronise both with NTP"));
    }
  }

  private void lookAtSchema(Connection connection, List<Finding> found) throws SQLException {
    SchemaState state = database.gate().look(connection);
    if (state instanceof SchemaState.ReadOnly) {
      found.add(
          Finding.warning(
              "postgresql.readonly",
              state.message(),
              "Until a primary answers, sign-ups and changes are unavailable"));
    } else if (!state.isUsable()) {
      found.add(
          Finding.refusal(
              "postgresql.schema", state.message(), "Until that is done nothing can be served"));
    }
  }
}
