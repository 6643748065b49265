package io.doorward.auth.jdbc;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Verifies that the database has the tables that this library needs, that their triggers run, and
 * that it is a primary. Writes nothing. Thread-safe. Blocks, at most to the deadline.
 *
 * <p>Nobody has to run it: the service looks when it starts, and the stores verify the tables
 * before their first statement. It is for deployment scripts and health pages.
 */
public final class SchemaCheck {
  private static final String SERVER =
      """
      SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean,
             to_regclass(?) IS NOT NULL
      """;

  private static final String HISTORY =
      "SELECT version, checksum FROM {schema_history} ORDER BY version";

  private static final String TRIGGER =
      """
      SELECT count(*) FROM pg_catalog.pg_trigger
      WHERE tgrelid = ?::regclass AND tgname = ? AND tgenabled IN ('O', 'A')
      """;

  private static final List<Trigger> TRIGGERS =
      List.of(
          new Trigger("accounts", "spread"),
          new Trigger("accounts", "erase"),
          new Trigger("credentials", "stamp"),
          new Trigger("credentials", "spread"),
          new Trigger("user_profiles", "stamp"),
          new Trigger("user_profiles", "spread"),
          new Trigger("sessions", "spread"));

  private final Database database;

  private record Trigger(String table, String name) {}

  private SchemaCheck(Database database) {
    this.database = database;
  }

  /**
   * Creates a check.
   *
   * @param dataSource of the database; not closed here
   * @param schema where the tables should be
   * @return the check
   */
  public static SchemaCheck of(DataSource dataSource, JdbcSchema schema) {
    return new SchemaCheck(Database.ofTools(dataSource, schema));
  }

  /**
   * Looks.
   *
   * @param deadline for the call
   * @return what was found
   * @throws StoreException if the database cannot answer before the deadline, or the user may not
   *     look
   */
  public SchemaState run(Deadline deadline) {
    return database.statement(
        "schema check", deadline, connection -> look(connection, database.schema()));
  }

  /** Looks by means of a connection with auto-commit on. */
  static SchemaState look(Connection connection, JdbcSchema schema) throws SQLException {
    boolean readOnly;
    try (PreparedStatement server = connection.prepareStatement(SERVER)) {
      server.setString(1, schema.qualified("schema_history"));
      try (ResultSet row = server.executeQuery()) {
        row.next();
        if (!row.getBoolean(2)) {
          return new SchemaState.Missing(schema);
        }
        readOnly = row.getBoolean(1);
      }
    }
    SchemaState versions = compare(readHistory(connection, schema), schema);
    SchemaState tables =
        versions.isUsable() ? checkTriggers(connection, versions, schema) : versions;
    return readOnly && tables.isUsable() ? new SchemaState.ReadOnly(schema) : tables;
  }

  /** Reads which migrations ran, with their checksums; empty text where no checksum is known. */
  static SortedMap<Integer, String> readHistory(Connection connection, JdbcSchema schema)
      throws SQLException {
    SortedMap<Integer, String> history = new TreeMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(schema.sql(HISTORY))) {
      while (rows.next()) {
        @Nullable String checksum = rows.getString(2);
        history.put(rows.getInt(1), checksum == null ? "" : checksum);
      }
    }
    return history;
  }

  /** Compares what ran with what this library brings. */
  static SchemaState compare(SortedMap<Integer, String> history, JdbcSchema schema) {
    if (history.isEmpty()) {
      return new SchemaState.Missing(schema);
    }
    int found = history.lastKey();
    if (found > Migrations.NEWEST) {
      return new SchemaState.Ahead(schema, found, Migrations.NEWEST);
    }
    for (Migrations.Migration migration : Migrations.ALL) {
      String checksum = history.getOrDefault(migration.version(), "");
      if (!checksum.isEmpty() && !checksum.equals(migration.checksum())) {
        return new SchemaState.Edited(schema, migration.version());
      }
    }
    return history.size() < Migrations.NEWEST
        ? new SchemaState.Behind(schema, found, Migrations.NEWEST)
        : new SchemaState.Current(schema, found);
  }

  private static SchemaState checkTriggers(
      Connection connection, SchemaState current, JdbcSchema schema) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(TRIGGER)) {
      for (Trigger trigger : TRIGGERS) {
        statement.setString(1, schema.qualified(trigger.table()));
        statement.setString(2, trigger.name());
        try (ResultSet row = statement.executeQuery()) {
          row.next();
          if (row.getInt(1) == 0) {
            return new SchemaState.TriggerOff(schema, trigger.name(), trigger.table());
          }
        }
      }
    }
    return current;
  }
}
