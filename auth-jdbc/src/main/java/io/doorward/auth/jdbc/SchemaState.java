package io.doorward.auth.jdbc;

/**
 * The result of a {@link SchemaCheck}. The stores work only with {@link Current}; the {@link
 * #message()} of every other state tells an operator what to do. Immutable and thread-safe.
 */
public sealed interface SchemaState {
  /**
   * Returns the finding and its remedy. Holds names of tables, no data.
   *
   * @return a sentence for a log or a health page
   */
  String message();

  /**
   * Tells whether the stores can work with it.
   *
   * @return true for {@link Current} only
   */
  default boolean isUsable() {
    return this instanceof Current;
  }

  /**
   * The schema is complete.
   *
   * @param schema where
   * @param version of the schema
   */
  record Current(JdbcSchema schema, int version) implements SchemaState {
    @Override
    public String message() {
      return "PostgreSQL: the schema " + schema + " has version " + version + ", as needed";
    }
  }

  /**
   * There are no tables.
   *
   * @param schema where
   */
  record Missing(JdbcSchema schema) implements SchemaState {
    @Override
    public String message() {
      return "PostgreSQL: the schema "
          + schema
          + " has no Doorward tables: "
          + runMigrations(schema);
    }
  }

  /**
   * The tables are older than this library.
   *
   * @param schema where
   * @param found its version
   * @param needed the version that this library needs
   */
  record Behind(JdbcSchema schema, int found, int needed) implements SchemaState {
    @Override
    public String message() {
      return "PostgreSQL: the schema "
          + schema
          + " has version "
          + found
          + ", needed is "
          + needed
          + ": "
          + runMigrations(schema);
    }
  }

  /**
   * The tables are newer than this library.
   *
   * @param schema where
   * @param found its version
   * @param known the newest version that this library knows
   */
  record Ahead(JdbcSchema schema, int found, int known) implements SchemaState {
    @Override
    public String message() {
      return "PostgreSQL: the schema "
          + schema
          + " has version "
          + found
          + ", newer than the "
          + known
          + " that this library knows: use the Doorward release that made it, or a later one";
    }
  }

  /**
   * A migration that ran is not the one that this library brings.
   *
   * @param schema where
   * @param version of the migration
   */
  record Edited(JdbcSchema schema, int version) implements SchemaState {
    @Override
    public String message() {
      return "PostgreSQL: migration "
          + version
          + " of the schema "
          + schema
          + " ran with another text than this library brings: restore the released file, and put"
          + " changes of your own into migrations of your own";
    }
  }

  /**
   * A trigger is missing or disabled, so changes would not reach caches and sessions, or a foreign
   * key is not enforced.
   *
   * @param schema where
   * @param trigger its name
   * @param table its table
   */
  record TriggerOff(JdbcSchema schema, String trigger, String table) implements SchemaState {
    @Override
    public String message() {
      return "PostgreSQL: the trigger "
          + trigger
          + " on "
          + schema.qualified(table)
          + " is missing or disabled, so old passwords could live on in caches: ALTER TABLE "
          + schema.qualified(table)
          + " ENABLE TRIGGER \""
          + trigger
          + "\", or restore it from the migration files";
    }
  }

  /**
   * Triggers are suspended for what this connection changes.
   *
   * @param schema where
   */
  record TriggersSuspended(JdbcSchema schema) implements SchemaState {
    @Override
    public String message() {
      return "PostgreSQL: session_replication_role is replica, so no trigger of the schema "
          + schema
          + " runs and old passwords could live on in caches: ALTER ROLE ... RESET"
          + " session_replication_role for the application's user, and look for it in ALTER DATABASE"
          + " ... SET, in postgresql.conf and in the JDBC URL";
    }
  }

  /**
   * Row security may hide rows from this user, so an empty result proves nothing.
   *
   * @param schema where
   * @param table for which it is in force; others may follow
   */
  record RowSecurity(JdbcSchema schema, String table) implements SchemaState {
    @Override
    public String message() {
      return "PostgreSQL: row security is in force for this user on "
          + schema.qualified(table)
          + ", so that rows can be hidden and an empty result says nothing: ALTER TABLE "
          + schema.qualified(table)
          + " DISABLE ROW LEVEL SECURITY, or ALTER ROLE ... BYPASSRLS for the application's user";
    }
  }

  /**
   * The tables are as needed, but the server is a standby, or transactions are read-only by
   * default.
   *
   * @param schema where
   */
  record ReadOnly(JdbcSchema schema) implements SchemaState {
    @Override
    public String message() {
      return "PostgreSQL: the server is read-only, so its data may be old: connect to the primary,"
          + " with several hosts by targetServerType=primary in the JDBC URL (schema "
          + schema
          + ")";
    }
  }

  private static String runMigrations(JdbcSchema schema) {
    return "run SchemaMigrator, or give Flyway the location "
        + Migrations.FLYWAY_LOCATION
        + " with the placeholders schema="
        + schema.schema()
        + " and prefix="
        + schema.prefix();
  }
}
