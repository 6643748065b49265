package io.doorward.auth.jdbc;

import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * Lets statements pass only to tables that they are made for. Looks once, before the first
 * statement, with that statement's connection: an application that starts before its database does
 * so works as soon as the database is there, and never on a schema that is not its own.
 * Thread-safe.
 */
final class SchemaGate {
  private final JdbcSchema schema;
  private volatile boolean verified;

  SchemaGate(JdbcSchema schema) {
    this.schema = schema;
  }

  /**
   * Passes if the tables are verified, or can be now.
   *
   * @throws StoreException if they are not as needed; the message says what to do
   */
  void pass(Connection connection) throws SQLException {
    if (verified) {
      return;
    }
    SchemaState state = look(connection);
    // A standby with the right tables can be read; it is asked again until it is a primary.
    if (!state.isUsable() && !(state instanceof SchemaState.ReadOnly)) {
      throw new StoreException(Kind.MISCONFIGURED, state.message());
    }
  }

  /** Looks in any case, and remembers what was found. */
  SchemaState look(Connection connection) throws SQLException {
    SchemaState state = SchemaCheck.look(connection, schema);
    verified = state.isUsable();
    return state;
  }
}
