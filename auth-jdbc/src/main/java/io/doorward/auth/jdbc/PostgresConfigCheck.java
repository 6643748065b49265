package io.doorward.auth.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.doorward.auth.backend.Backend;
import io.doorward.auth.backend.Finding;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
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
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Checks the settings of a PostgreSQL server and the pool in front of it, after it has run the
 * pending migrations, if it shall. Writes nothing else. Thread-safe.
 */
final class PostgresConfigCheck implements Backend.Inspection {
  /** For the check after migrations that took longer than a check may. */
  private static final Duration LATE_LOOK = Duration.ofSeconds(5);

  private static final Duration SKEW = Duration.ofSeconds(60);

  private static final String HISTORY = "SELECT {server_history}()";

  private final Database database;
  private final DataSource dataSource;
  private final @Nullable AutomaticMigration migration;
  private final InstantSource clock = InstantSource.system();

  PostgresConfigCheck(
      Database database, DataSource dataSource, @Nullable AutomaticMigration migration) {
    this.database = database;
    this.dataSource = dataSource;
    this.migration = migration;
  }

  @Override
  public List<Finding> inspect(Deadline deadline) {
    return inspect(deadline, false);
  }

  @Override
  public List<Finding> prepare(Deadline deadline) {
    return inspect(deadline, true);
  }

  private List<Finding> inspect(Deadline deadline, boolean atStart) {
    Optional<StoreException> unmigrated =
        migration == null ? Optional.empty() : migration.await(deadline, atStart);
    boolean late = atStart && migration != null && deadline.remaining().compareTo(LATE_LOOK) < 0;
    return database.look(
        late ? Deadline.after(LATE_LOOK) : deadline, connection -> look(connection, unmigrated));
  }

  private List<Finding> look(Connection connection, Optional<StoreException> unmigrated)
      throws SQLException {
    SchemaGate.Seen seen = database.gate().look(connection);
    ServerLook server = seen.server();
    List<Finding> found = new ArrayList<>();
    if (server.isTooOld()) {
      found.add(tooOld(server));
    } else if (unmigrated.isPresent() && isIncomplete(seen.tables())) {
      found.add(
          Finding.refusal(
              "postgresql.migration",
              String.valueOf(unmigrated.get().getMessage()),
              "Until the migrations have run nothing can be served"));
    } else {
      lookAtTables(seen.tables(), found);
    }
    if (seen.tables() instanceof SchemaState.Current) {
      lookAtHistory(connection, found);
    }
    lookAtText(server, found);
    lookAtPromises(server, found);
    lookAtSession(server, found);
    lookAtWay(seen, found);
    lookAtPool(server.maxConnections(), found);
    lookAtClock(server.clock(), found);
    return found;
  }

  static Finding tooOld(ServerLook server) {
    return Finding.refusal(
        "postgresql.version",
        "PostgreSQL " + server.version() + " is older than 13",
        "Upgrade the server to 13 or later");
  }

  static Finding clientEncoding(ServerLook server) {
    return Finding.refusal(
        "postgresql.client_encoding",
        "PostgreSQL: connections have the client_encoding "
            + server.clientEncoding()
            + ", so that a login identifier can arrive as another one",
        "Remove allowEncodingChanges from the JDBC URL and client_encoding from what the pool"
            + " sets");
  }

  private static boolean isIncomplete(SchemaState state) {
    return state instanceof SchemaState.Missing || state instanceof SchemaState.Behind;
  }

  private static void lookAtTables(SchemaState state, List<Finding> found) {
    if (state instanceof SchemaState.ReadOnly) {
      found.add(
          Finding.warning(
              "postgresql.readonly",
              state.message(),
              "Until a primary answers, sign-ups and changes are unavailable, and on a standby"
                  + " everything that needs the database"));
    } else if (!state.isUsable()) {
      found.add(
          Finding.refusal(
              codeOf(state), state.message(), "Until that is done nothing can be served"));
    }
  }

  private static String codeOf(SchemaState state) {
    if (state instanceof SchemaState.RowSecurity) {
      return "postgresql.row_security";
    }
    return state instanceof SchemaState.TriggersSuspended
        ? "postgresql.triggers"
        : "postgresql.schema";
  }

  private static void lookAtText(ServerLook server, List<Finding> found) {
    if (!server.sendsUnicode()) {
      found.add(clientEncoding(server));
    }
    if (!server.storesUnicode()) {
      found.add(
          Finding.warning(
              "postgresql.encoding",
              "the database has the encoding "
                  + server.serverEncoding()
                  + ": login identifiers with other characters cannot sign up, and are unknown at a"
                  + " login",
              "Move to a database that was created WITH ENCODING 'UTF8'"));
    }
  }

  private static void lookAtPromises(ServerLook server, List<Finding> found) {
    if (server.synchronousCommit().equals("off")) {
      found.add(
          Finding.warning(
              "postgresql.synchronous_commit",
              "synchronous_commit is off: a crash of the server can take back a password change or"
                  + " a revocation that was answered as done",
              "Set synchronous_commit to on, at least for this user"
                  + " (ALTER ROLE ... SET synchronous_commit = on)"));
    }
    if (server.fsync().equals("off")) {
      found.add(
          Finding.warning(
              "postgresql.fsync",
              "fsync is off: a crash of the machine can destroy the database",
              "Set fsync to on; off is for tests"));
    }
  }

  private static void lookAtSession(ServerLook server, List<Finding> found) {
    if (!server.isolation().equals("read committed")) {
      found.add(
          Finding.warning(
              "postgresql.isolation",
              "connections come with the isolation level "
                  + server.isolation()
                  + ": single statements can fail for others' sake and be tried again",
              "Hand in a DataSource whose connections are READ COMMITTED, as PostgresPool's are"));
    }
    if (!server.firstSchema().equals("pg_catalog")) {
      found.add(
          Finding.warning(
              "postgresql.search_path",
              "the search_path puts the schema "
                  + server.firstSchema()
                  + " before pg_catalog: a function or an operator there would be taken for"
                  + " PostgreSQL's own, such as now()",
              "Leave pg_catalog out of the user's search_path, or put it first"));
    }
  }

  private static void lookAtWay(SchemaGate.Seen seen, List<Finding> found) {
    ServerLook server = seen.server();
    @Nullable String address = server.address();
    if (!server.isEncrypted() && address != null && !isLoopback(address)) {
      found.add(
          Finding.warning(
              "postgresql.tls",
              "the connection is not encrypted: password hashes pass the network in clear",
              "Add sslmode=verify-full to the JDBC URL"));
    }
    if (seen.way() == SchemaGate.Way.POOLED) {
      found.add(
          Finding.note(
              "postgresql.pooler",
              "a pooler is in between: time-outs that the pool sends as options do not arrive, and"
                  + " named statements are switched off on the connections that are used here",
              "Set prepareThreshold=0 in the JDBC URL, for whatever else uses these connections,"
                  + " and the time-outs on the user (ALTER ROLE ... SET statement_timeout ="
                  + " '10s')"));
    } else if (seen.way() == SchemaGate.Way.UNKNOWN) {
      found.add(
          Finding.note(
              "postgresql.driver",
              "the DataSource's connections do not unwrap to org.postgresql.jdbc.PgConnection:"
                  + " neither a pooler in between nor a new connection can be noticed",
              "Behind a pooler set prepareThreshold=0 in the JDBC URL"));
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
              "the DataSource is no HikariCP pool: connections are waited for on helper threads,"
                  + " and a full pool cannot be told from a server that is away",
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

  private void lookAtHistory(Connection connection, List<Finding> found) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(database.sql(HISTORY))) {
      row.next();
      if (row.getString(1) == null) {
        found.add(
            Finding.warning(
                "postgresql.history",
                "the server does not tell the owner of "
                    + database.schema().qualified("era")
                    + " its system identifier and timeline (pg_control_system, pg_walfile_name): a"
                    + " fail-over that loses commits is not noticed, so a right password may be"
                    + " unavailable for an hour after it where sessions are in Redis only",
                "Grant that owner EXECUTE on both functions; where the service refuses that, flush"
                    + " our keys in Redis after a fail-over that lost commits"));
      }
    }
  }
}
