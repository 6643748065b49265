package io.doorward.auth.jdbc;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Everything that the statements rely on, as one connection and its server have it. One statement
 * reads it, so that the start and a new connection are checked in the same way. Immutable and
 * thread-safe.
 *
 * <p>Not here, because nothing relies on them: {@code TimeZone}, {@code DateStyle} and {@code
 * IntervalStyle} (instants and durations travel as numbers or with their offset).
 */
final class ServerLook {
  private static final int OLDEST = 130_000;

  private static final String LOOK =
      """
      WITH ours AS (
        SELECT c.oid, c.relname FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = ? AND c.relname = ANY (?)
      )
      SELECT current_setting('server_version_num')::int AS version_number,
        current_setting('server_version') AS version,
        pg_is_in_recovery() AS standby,
        current_setting('transaction_read_only')::boolean AS read_only,
        current_setting('server_encoding') AS server_encoding,
        current_setting('client_encoding') AS client_encoding,
        current_setting('session_replication_role') AS replication_role,
        current_setting('transaction_isolation') AS isolation,
        current_setting('synchronous_commit') AS synchronous_commit,
        current_setting('fsync') AS fsync,
        current_setting('max_connections')::int AS max_connections,
        (SELECT s FROM unnest(current_schemas(true)) WITH ORDINALITY AS path (s, n)
          WHERE left(s, 7) <> 'pg_temp' ORDER BY n LIMIT 1) AS first_schema,
        coalesce((SELECT ssl FROM pg_catalog.pg_stat_ssl WHERE pid = pg_backend_pid()), false)
          AS encrypted,
        host(inet_server_addr()) AS address,
        pg_backend_pid() AS process,
        clock_timestamp() AS clock,
        to_regclass(?) IS NOT NULL AS has_history,
        ARRAY(SELECT relname::text FROM ours WHERE row_security_active(oid) ORDER BY 1) AS filtered,
        ARRAY(SELECT o.relname || ' ' || t.tgname FROM pg_catalog.pg_trigger t
          JOIN ours o ON o.oid = t.tgrelid WHERE t.tgenabled IN ('O', 'A')) AS running,
        ARRAY(SELECT o.relname || ' ' || t.tgname FROM pg_catalog.pg_trigger t
          JOIN ours o ON o.oid = t.tgrelid
          WHERE t.tgenabled NOT IN ('O', 'A') AND t.tgconstraint <> 0 ORDER BY 1) AS unchecked
      """;

  private static final String FILTERED =
      """
      SELECT c.relname FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = ? AND c.relname = ANY (?) AND row_security_active(c.oid)
      ORDER BY 1 LIMIT 1
      """;

  private final JdbcSchema schema;
  private final int versionNumber;
  private final String version;
  private final boolean standby;
  private final boolean readOnly;
  private final String serverEncoding;
  private final String clientEncoding;
  private final String replicationRole;
  private final String isolation;
  private final String synchronousCommit;
  private final String fsync;
  private final int maxConnections;
  private final String firstSchema;
  private final boolean encrypted;
  private final @Nullable String address;
  private final int process;
  private final Instant clock;
  private final boolean hasHistory;
  private final List<String> filtered;
  private final Set<String> running;
  private final List<String> unchecked;

  private ServerLook(ResultSet row, JdbcSchema schema) throws SQLException {
    this.schema = schema;
    versionNumber = row.getInt("version_number");
    version = row.getString("version");
    standby = row.getBoolean("standby");
    readOnly = row.getBoolean("read_only");
    serverEncoding = row.getString("server_encoding");
    clientEncoding = row.getString("client_encoding");
    replicationRole = row.getString("replication_role");
    isolation = row.getString("isolation");
    synchronousCommit = row.getString("synchronous_commit");
    fsync = row.getString("fsync");
    maxConnections = row.getInt("max_connections");
    firstSchema = row.getString("first_schema");
    encrypted = row.getBoolean("encrypted");
    address = row.getString("address");
    process = row.getInt("process");
    clock = row.getTimestamp("clock").toInstant();
    hasHistory = row.getBoolean("has_history");
    filtered = texts(row.getArray("filtered"));
    running = Set.copyOf(texts(row.getArray("running")));
    unchecked = texts(row.getArray("unchecked"));
  }

  /** Reads the settings over a connection with auto-commit on. */
  static ServerLook at(Connection connection, JdbcSchema schema) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(LOOK)) {
      statement.setString(1, schema.schema());
      statement.setArray(2, tables(connection, schema));
      statement.setString(3, schema.qualified("schema_history"));
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return new ServerLook(row, schema);
      }
    }
  }

  /**
   * Returns a table, without the prefix, of which row security may hide rows from this user; empty
   * if there is none.
   */
  static Optional<String> filtered(Connection connection, JdbcSchema schema) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(FILTERED)) {
      statement.setString(1, schema.schema());
      statement.setArray(2, tables(connection, schema));
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? Optional.of(ours(row.getString(1), schema)) : Optional.empty();
      }
    }
  }

  private static Array tables(Connection connection, JdbcSchema schema) throws SQLException {
    return connection.createArrayOf(
        "text", Migrations.TABLES.stream().map(table -> schema.prefix() + table).toArray());
  }

  private static List<String> texts(Array array) throws SQLException {
    return List.of((String[]) array.getArray());
  }

  boolean isTooOld() {
    return versionNumber < OLDEST;
  }

  String version() {
    return version;
  }

  /** Tells whether the server is a standby, so that its data may be old. */
  boolean isStandby() {
    return standby;
  }

  boolean isReadOnly() {
    return standby || readOnly;
  }

  String serverEncoding() {
    return serverEncoding;
  }

  /** Tells whether every text can be stored. */
  boolean storesUnicode() {
    return serverEncoding.equals("UTF8");
  }

  String clientEncoding() {
    return clientEncoding;
  }

  /** Tells whether every text arrives as it was sent. */
  boolean sendsUnicode() {
    return clientEncoding.equals("UTF8");
  }

  /** Tells whether ordinary triggers run for what this connection changes. */
  boolean runsTriggers() {
    return !replicationRole.equals("replica");
  }

  String isolation() {
    return isolation;
  }

  String synchronousCommit() {
    return synchronousCommit;
  }

  String fsync() {
    return fsync;
  }

  int maxConnections() {
    return maxConnections;
  }

  /** The schema in which functions and operators are looked for first. */
  String firstSchema() {
    return firstSchema;
  }

  boolean isEncrypted() {
    return encrypted;
  }

  /** The server's own address in digits; null where the connection is no TCP connection. */
  @Nullable String address() {
    return address;
  }

  /** The process that answered. */
  int process() {
    return process;
  }

  Instant clock() {
    return clock;
  }

  boolean hasHistory() {
    return hasHistory;
  }

  /** A table, without the prefix, of which row security may hide rows from this user. */
  Optional<String> filtered() {
    return filtered.stream().findFirst().map(table -> ours(table, schema));
  }

  /** A trigger of ours that does not run, or one with which a foreign key of ours is enforced. */
  Optional<SchemaState.TriggerOff> triggerOff() {
    for (Migrations.Trigger trigger : Migrations.TRIGGERS) {
      if (!running.contains(schema.prefix() + trigger.table() + ' ' + trigger.name())) {
        return Optional.of(new SchemaState.TriggerOff(schema, trigger.name(), trigger.table()));
      }
    }
    return unchecked.stream()
        .findFirst()
        .map(found -> found.split(" ", 2))
        .map(found -> new SchemaState.TriggerOff(schema, found[1], ours(found[0], schema)));
  }

  /** Takes the prefix away from the name of one of our tables. */
  private static String ours(String table, JdbcSchema schema) {
    return table.substring(schema.prefix().length());
  }
}
