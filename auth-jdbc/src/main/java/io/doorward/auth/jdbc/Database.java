package io.doorward.auth.jdbc;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.jdbc.SqlFailures.Phase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import javax.sql.DataSource;

/**
 * Runs the stores' statements: borrows a connection, sees to it that the call ends at its deadline,
 * and turns failures into {@link StoreException}. Thread-safe.
 */
final class Database {
  /** The server is told to give up this much earlier, so that the connection survives. */
  private static final Duration SERVER_FIRST = Duration.ofMillis(50);

  private final ConnectionSource connections;
  private final JdbcSchema schema;

  /** What is done with a connection. */
  @FunctionalInterface
  interface Work<T> {
    T run(Connection connection) throws SQLException;
  }

  Database(DataSource dataSource, JdbcSchema schema) {
    this.connections = new ConnectionSource(requireNonNull(dataSource, "dataSource"));
    this.schema = requireNonNull(schema, "schema");
  }

  /** Returns the statement with the tables' names in place. */
  String sql(String template) {
    return schema.sql(template);
  }

  JdbcSchema schema() {
    return schema;
  }

  /** Runs one statement, which commits by itself. */
  <T> T statement(String step, Deadline deadline, Work<T> work) {
    return call(step, deadline, work, false);
  }

  /** Runs several statements in one transaction (READ COMMITTED), which is committed at the end. */
  <T> T transaction(String step, Deadline deadline, Work<T> work) {
    return call(step, deadline, work, true);
  }

  private <T> T call(String step, Deadline deadline, Work<T> work, boolean inTransaction) {
    deadline.check("PostgreSQL, " + step);
    Connection connection = connections.borrow(step, deadline);
    ConnectionGuard guard = ConnectionGuard.arm(connection, step, deadline.remaining());
    Call call = new Call(connection, guard, step);
    try {
      if (!connection.getAutoCommit()) {
        throw new StoreException(
            Kind.MISCONFIGURED,
            "PostgreSQL, "
                + step
                + ": the connection came with auto-commit off. Doorward's stores end their own"
                + " transactions: give them a DataSource with auto-commit on");
      }
      return inTransaction ? call.transaction(deadline, work) : work.run(connection);
    } catch (SQLException e) {
      throw call.failure(Phase.MAYBE_DONE, e);
    } finally {
      guard.disarm();
      if (call.broken || guard.hasCut()) {
        connections.discard(connection);
      } else {
        connections.release(connection);
      }
    }
  }

  /** One call and its connection. */
  private final class Call {
    private final Connection connection;
    private final ConnectionGuard guard;
    private final String step;
    private boolean broken;

    Call(Connection connection, ConnectionGuard guard, String step) {
      this.connection = connection;
      this.guard = guard;
      this.step = step;
    }

    <T> T transaction(Deadline deadline, Work<T> work) throws SQLException {
      Phase phase = Phase.BEFORE_COMMIT;
      boolean committed = false;
      connection.setAutoCommit(false);
      try {
        begin(deadline);
        T result = work.run(connection);
        phase = Phase.MAYBE_DONE;
        connection.commit();
        committed = true;
        return result;
      } catch (SQLException e) {
        throw failure(phase, e);
      } finally {
        end(committed);
      }
    }

    private void begin(Deadline deadline) throws SQLException {
      Duration left = deadline.remaining();
      Duration tenth = left.dividedBy(10);
      Duration forServer = left.minus(tenth.compareTo(SERVER_FIRST) < 0 ? tenth : SERVER_FIRST);
      try (Statement statement = connection.createStatement()) {
        // One trip together with BEGIN. A stricter default of the pool's would break the protocols'
        // re-reads after a lock was waited for.
        statement.execute(
            "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; SET LOCAL"
                + " statement_timeout = "
                + Math.max(1, forServer.toMillis()));
      }
    }

    private void end(boolean committed) {
      if (guard.hasCut()) {
        return;
      }
      try {
        if (!committed) {
          connection.rollback();
        }
        connection.setAutoCommit(true);
      } catch (SQLException e) {
        // Switching auto-commit on would commit what is open, so such a connection is not mended.
        broken = true;
      }
    }

    StoreException failure(Phase phase, SQLException e) {
      return guard.hasCut() ? SqlFailures.cut(step, e) : SqlFailures.of(step, phase, e, schema);
    }
  }
}
