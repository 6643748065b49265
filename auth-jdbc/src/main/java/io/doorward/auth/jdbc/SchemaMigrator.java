package io.doorward.auth.jdbc;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.guard.Retries;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Creates Doorward's tables and brings them up to date, for applications without a migration tool.
 * Thread-safe. Blocks, at most to the deadline.
 *
 * <p>Any number of nodes may start at the same time: an advisory lock lets one work while the
 * others wait. Each file runs in a transaction of its own, so a failure leaves a whole older
 * version, and the next run goes on from there. A run without pending migrations is a no-op.
 *
 * <p>Flyway runs the same files: give it {@link #FLYWAY_LOCATION} and {@link #flywayPlaceholders}.
 * This class accepts migrations that Flyway ran.
 */
public final class SchemaMigrator {
  /** Where Flyway finds the migration files. */
  public static final String FLYWAY_LOCATION = Migrations.FLYWAY_LOCATION;

  private static final Logger LOG = LoggerFactory.getLogger(SchemaMigrator.class);

  private static final String LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(?, 0))";

  /** From the catalogues, not by a cast to regclass: that may answer from before the lock. */
  private static final String EXISTS =
      """
      SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = ?),
        EXISTS (SELECT FROM pg_catalog.pg_class c
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          WHERE n.nspname = ? AND c.relname = ?)
      """;

  private static final String RECORD = "UPDATE {schema_history} SET checksum = ? WHERE version = ?";

  private final Database database;

  /** A node of the version before may hold what a migration locks next, and win the deadlock. */
  private final Retries retries = Retries.of(5, Duration.ofMillis(200), Duration.ofSeconds(2));

  /**
   * The result of a run.
   *
   * @param from the version before; 0 if there was none
   * @param to the version now
   */
  public record Migrated(int from, int to) {}

  private SchemaMigrator(Database database) {
    this.database = database;
  }

  /**
   * Creates a migrator.
   *
   * @param dataSource of the database, whose user may create tables; not closed here
   * @param schema where the tables shall be; the PostgreSQL schema is created if it is not there
   * @return the migrator
   */
  public static SchemaMigrator of(DataSource dataSource, JdbcSchema schema) {
    return on(Database.ofTools(dataSource, schema));
  }

  /** Creates one that shares the connections of the stores. */
  static SchemaMigrator on(Database tools) {
    return new SchemaMigrator(tools);
  }

  /**
   * Returns the placeholders that Flyway needs to run the files.
   *
   * @param schema where the tables shall be
   * @return {@code schema} and {@code prefix}
   */
  public static Map<String, String> flywayPlaceholders(JdbcSchema schema) {
    return Map.of("schema", schema.schema(), "prefix", schema.prefix());
  }

  /**
   * Runs the pending migrations. One that lost to another transaction, as in a deadlock, is tried
   * up to five times within the deadline; one that was cancelled is not.
   *
   * @param deadline for the whole run; a minute is plenty
   * @return the versions before and after
   * @throws StoreException if the database cannot answer before the deadline, its schema is newer
   *     than this library, or a migration that ran was edited; the message states the remedy
   */
  public Migrated migrate(Deadline deadline) {
    return migrate(deadline, () -> {});
  }

  /** Does the same, and tells when there is a connection. */
  Migrated migrate(Deadline deadline, Runnable connected) {
    int from = Migrations.NEWEST;
    for (Migrations.Migration migration : Migrations.ALL) {
      boolean ran =
          retries.onlyAfter(
              SqlFailures::isLostToAnother,
              deadline,
              () ->
                  database.transaction(
                      "migration " + migration.file(),
                      deadline,
                      connection -> {
                        connected.run();
                        return runWithoutBound(connection, migration);
                      }));
      if (ran) {
        from = Math.min(from, migration.version() - 1);
        LOG.info("PostgreSQL: {} ran in the schema {}", migration.file(), database.schema());
      }
    }
    return new Migrated(from, Migrations.NEWEST);
  }

  private boolean runWithoutBound(Connection connection, Migrations.Migration migration)
      throws SQLException {
    int usual = connection.getNetworkTimeout();
    // A pool bounds reads for the stores' statements. A migration, or waiting for another node's,
    // may take longer; it is cut at the deadline.
    connection.setNetworkTimeout(Runnable::run, 0);
    try {
      return runOnce(connection, migration);
    } finally {
      restore(connection, usual);
    }
  }

  private static void restore(Connection connection, int networkTimeout) {
    try {
      connection.setNetworkTimeout(Runnable::run, networkTimeout);
    } catch (SQLException e) {
      LOG.debug("The connection is gone, so it needs no bound", e);
    }
  }

  private boolean runOnce(Connection connection, Migrations.Migration migration)
      throws SQLException {
    JdbcSchema schema = database.schema();
    try (PreparedStatement lock = connection.prepareStatement(LOCK)) {
      lock.setString(1, "doorward:" + schema);
      lock.execute();
    }
    SortedMap<Integer, String> history = new TreeMap<>();
    try (PreparedStatement exists = connection.prepareStatement(EXISTS)) {
      exists.setString(1, schema.schema());
      exists.setString(2, schema.schema());
      exists.setString(3, schema.prefix() + "schema_history");
      try (ResultSet row = exists.executeQuery()) {
        row.next();
        if (row.getBoolean(2)) {
          history.putAll(SchemaCheck.readHistory(connection, schema));
        } else if (!row.getBoolean(1)) {
          // Not IF NOT EXISTS: that needs the right to create one even where it is there.
          createSchema(connection, schema);
        }
      }
    }
    SchemaState state = SchemaCheck.compare(history, schema);
    if (state instanceof SchemaState.Ahead || state instanceof SchemaState.Edited) {
      throw new StoreException(Kind.MISCONFIGURED, state.message());
    }
    if (history.containsKey(migration.version())) {
      return false;
    }
    run(connection, migration, schema);
    try (PreparedStatement record = connection.prepareStatement(schema.sql(RECORD))) {
      record.setString(1, migration.checksum());
      record.setInt(2, migration.version());
      record.executeUpdate();
    }
    return true;
  }

  private void createSchema(Connection connection, JdbcSchema schema) throws SQLException {
    try {
      execute(connection, "CREATE SCHEMA \"" + schema.schema() + '"');
    } catch (SQLException e) {
      if (!SqlFailures.isAccessDenied(e)) {
        throw e;
      }
      throw database
          .failures()
          .accessDenied(
              "creation of the schema \"" + schema.schema() + '"',
              "the role may not create a schema",
              "GRANT CREATE ON DATABASE to the role that migrates, or create the schema first, as"
                  + " its owner: CREATE SCHEMA \""
                  + schema.schema()
                  + "\" AUTHORIZATION",
              e);
    }
  }

  private void run(Connection connection, Migrations.Migration migration, JdbcSchema schema)
      throws SQLException {
    try {
      execute(connection, migration.render(schema));
    } catch (SQLException e) {
      if (!SqlFailures.isAccessDenied(e)) {
        throw e;
      }
      throw database
          .failures()
          .accessDenied(
              "migration " + migration.file(),
              "the role may not make or change tables",
              "GRANT CREATE, USAGE ON SCHEMA \""
                  + schema.schema()
                  + "\" to the role that migrates, or let the owner of the schema and its tables do"
                  + " it",
              e);
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      // Our own files with checked names. Not escape processing: PL/pgSQL is not JDBC syntax.
      statement.setEscapeProcessing(false);
      statement.execute(sql);
    }
  }
}
