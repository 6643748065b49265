package io.doorward.auth.jdbc;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Verifies that the database has the tables that this library needs, that all their triggers run,
 * that no row of them is hidden from the user, and that it is a primary. Writes nothing.
 * Thread-safe. Blocks, at most to the deadline.
 *
 * <p>Running it is optional: the service runs it when it starts, and the stores verify the tables
 * before their first statement. It is for deployment scripts and health pages.
 */
public final class SchemaCheck {
  private static final String HISTORY =
      "SELECT version, checksum FROM {schema_history} ORDER BY version";

  private final Database database;

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
   * Verifies the database.
   *
   * @param deadline for the call
   * @return the state of the schema
   * @throws StoreException if the database cannot answer before the deadline, or the user may not
   *     read the catalogues
   */
  public SchemaState run(Deadline deadline) {
    return database.statement(
        "schema check",
        deadline,
        connection ->
            judge(ServerLook.at(connection, database.schema()), connection, database.schema()));
  }

  /** Derives the state from the settings of a connection and the history of migrations. */
  static SchemaState judge(ServerLook look, Connection connection, JdbcSchema schema)
      throws SQLException {
    if (!look.hasHistory()) {
      return new SchemaState.Missing(schema);
    }
    Optional<String> filtered = look.filtered();
    if (filtered.isPresent()) {
      return new SchemaState.RowSecurity(schema, filtered.get());
    }
    SchemaState versions = compare(readHistory(connection, schema), schema);
    if (!versions.isUsable()) {
      return versions;
    }
    Optional<SchemaState.TriggerOff> off = look.triggerOff();
    if (off.isPresent()) {
      return off.get();
    }
    if (!look.runsTriggers()) {
      return new SchemaState.TriggersSuspended(schema);
    }
    return look.isReadOnly() ? new SchemaState.ReadOnly(schema) : versions;
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

  /** Compares the migrations that ran with those of this library. */
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
}
