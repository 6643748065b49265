package io.doorward.auth.jdbc;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.backend.Backend;
import io.doorward.auth.backend.BreakerPolicy;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.jdbc.SqlFailures.Phase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Runs the stores' statements: borrows a connection, ends the call at its deadline, and turns
 * failures into {@link StoreException}. Thread-safe.
 */
final class Database {
  /** The server gives up this much earlier, so that the connection survives. */
  private static final Duration SERVER_FIRST = Duration.ofMillis(50);

  /** A transaction that stands still is ended by the server this much after its deadline. */
  private static final Duration SERVER_LATER = Duration.ofSeconds(1);

  private static final String NAME = "PostgreSQL";

  private final ConnectionSource connections;
  private final JdbcSchema schema;
  private final SchemaGate gate;
  private final @Nullable Backend backend;

  private enum Mode {
    STATEMENT,
    SELF_EVIDENT,
    TRANSACTION,
    LOOK
  }

  /** Work on a connection. */
  @FunctionalInterface
  interface Work<T> {
    T run(Connection connection) throws SQLException;
  }

  /** Work on a connection until a deadline. */
  @FunctionalInterface
  interface TimedWork<T> {
    T run(Connection connection, Deadline given) throws SQLException;
  }

  private Database(ConnectionSource connections, JdbcSchema schema) {
    this.connections = connections;
    this.schema = schema;
    this.gate = new SchemaGate(schema);
    this.backend = null;
  }

  private Database(
      DataSource dataSource, JdbcSchema schema, BreakerPolicy breaker, boolean migrates) {
    this.connections = new ConnectionSource(dataSource, schema);
    this.schema = schema;
    this.gate = new SchemaGate(schema);
    // A pool reports each failure to connect once: both have to hear of it.
    AutomaticMigration migration =
        migrates
            ? new AutomaticMigration(SchemaMigrator.on(new Database(connections, schema)))
            : null;
    this.backend = Backend.of(NAME, breaker, new PostgresConfigCheck(this, dataSource, migration));
  }

  /**
   * For the stores: behind a breaker, and only with the tables that they are made for.
   *
   * @param migrates whether the check of the server runs the pending migrations
   */
  static Database ofStores(
      DataSource dataSource, JdbcSchema schema, BreakerPolicy breaker, boolean migrates) {
    return new Database(
        requireNonNull(dataSource, "dataSource"),
        requireNonNull(schema, "schema"),
        breaker,
        migrates);
  }

  /** For tools that make or verify the tables. */
  static Database ofTools(DataSource dataSource, JdbcSchema schema) {
    requireNonNull(schema, "schema");
    return new Database(
        new ConnectionSource(requireNonNull(dataSource, "dataSource"), schema), schema);
  }

  /** The server, as the stores see it. */
  Backend backend() {
    return requireNonNull(backend, "tools have no backend");
  }

  /** Returns the statement with the tables' names in place. */
  String sql(String template) {
    return schema.sql(template);
  }

  SchemaGate gate() {
    return gate;
  }

  JdbcSchema schema() {
    return schema;
  }

  SqlFailures failures() {
    return connections.failures();
  }

  /**
   * Runs one statement, which commits by itself. An empty result, or a count of zero, is accepted
   * only if row security hides no row, which takes another round trip.
   */
  <T> T statement(String step, Deadline deadline, Work<T> work) {
    return call(step, deadline, untimed(work), Mode.STATEMENT);
  }

  /**
   * Runs one statement that itself detects whether row security hides rows, so that an absent row
   * takes as long as a present one.
   */
  <T> T selfEvident(String step, Deadline deadline, Work<T> work) {
    return call(step, deadline, untimed(work), Mode.SELF_EVIDENT);
  }

  /** Runs several statements in one transaction (READ COMMITTED), which is committed at the end. */
  <T> T transaction(String step, Deadline deadline, Work<T> work) {
    return transaction(step, deadline, untimed(work));
  }

  /** Does the same for work that reads the deadline: its own, not the caller's. */
  <T> T transaction(String step, Deadline deadline, TimedWork<T> work) {
    return call(step, deadline, work, Mode.TRANSACTION);
  }

  /** Runs a statement that needs no tables: a check of the server before the stores' statements. */
  <T> T look(Deadline deadline, Work<T> work) {
    return call("look at the server", deadline, untimed(work), Mode.LOOK);
  }

  private static <T> TimedWork<T> untimed(Work<T> work) {
    return (connection, given) -> work.run(connection);
  }

  private <T> T call(String step, Deadline deadline, TimedWork<T> work, Mode mode) {
    return backend == null
        ? attempt(step, deadline, work, mode)
        : backend.call(deadline, given -> attempt(step, given, work, mode));
  }

  private <T> T attempt(String step, Deadline deadline, TimedWork<T> work, Mode mode) {
    deadline.check("PostgreSQL, " + step);
    ConnectionGuard guard = connections.borrow(step, deadline);
    Call call = new Call(guard, step);
    try {
      Connection connection = guard.connection();
      if (!connection.getAutoCommit()) {
        throw connections
            .failures()
            .of(
                step,
                Kind.MISCONFIGURED,
                "the connection came with auto-commit off. Doorward's stores end their own"
                    + " transactions: give them a DataSource with auto-commit on");
      }
      call.enter(mode);
      return switch (mode) {
        case TRANSACTION -> call.transaction(deadline, work);
        case STATEMENT -> gate.believe(connection, work.run(connection, deadline));
        case SELF_EVIDENT, LOOK -> work.run(connection, deadline);
      };
    } catch (SQLException e) {
      throw call.failure(Phase.MAYBE_DONE, e);
    } finally {
      guard.end();
    }
  }

  /** One call and its connection. */
  private final class Call {
    private final ConnectionGuard guard;
    private final Connection connection;
    private final String step;

    Call(ConnectionGuard guard, String step) {
      this.guard = guard;
      this.connection = guard.connection();
      this.step = step;
    }

    /** Checks the connection if it is new: the stores use only connections in a known state. */
    void enter(Mode mode) throws SQLException {
      if (mode == Mode.LOOK) {
        return;
      }
      if (backend == null) {
        gate.meet(connection);
        return;
      }
      Optional<SchemaGate.Obstacle> obstacle = gate.pass(connection);
      if (obstacle.isPresent()) {
        if (obstacle.get().ofConnection()) {
          guard.giveUp();
        }
        throw obstacle.get().failure();
      }
    }

    <T> T transaction(Deadline deadline, TimedWork<T> work) throws SQLException {
      Phase phase = Phase.BEFORE_COMMIT;
      boolean committed = false;
      connection.setAutoCommit(false);
      try {
        begin(deadline);
        T result = work.run(connection, deadline);
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
      Duration tenth = deadline.part(10);
      Duration forServer = left.minus(tenth.compareTo(SERVER_FIRST) < 0 ? tenth : SERVER_FIRST);
      try (Statement statement = connection.createStatement()) {
        // One trip together with BEGIN, and over with the transaction. A stricter isolation of the
        // pool's would break the protocols' re-reads after a lock was waited for. A statement from
        // which row security would hide rows fails instead. Where this node dies and its socket
        // stays open, the server ends the transaction by itself, so that its locks hold up the
        // others for little longer than a call may take.
        statement.execute(
            "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; SET LOCAL row_security = off;"
                + " SET LOCAL statement_timeout = "
                + Math.max(1, forServer.toMillis())
                + "; SET LOCAL idle_in_transaction_session_timeout = "
                + left.plus(SERVER_LATER).toMillis());
      }
    }

    private void end(boolean committed) {
      if (guard.hasCut() || guard.isGivenUp()) {
        return;
      }
      try {
        if (!committed) {
          connection.rollback();
        }
        connection.setAutoCommit(true);
      } catch (SQLException e) {
        // Switching auto-commit on would commit open work, so such a connection is not repaired.
        guard.giveUp();
      }
    }

    StoreException failure(Phase phase, SQLException e) {
      if (guard.hasCut()) {
        return connections.failures().cut(step, e);
      }
      if (SqlFailures.isOfWrongServer(e)) {
        guard.giveUp();
        connections.sweep();
      } else if (SqlFailures.isConnectionLost(e)) {
        guard.giveUp();
      }
      return SqlFailures.isAccessDenied(e)
          ? deniedAccess(phase, e)
          : connections.failures().of(step, phase, e);
    }

    /** A right may be missing, or row security be in force: the server says the same of both. */
    private StoreException deniedAccess(Phase phase, SQLException e) {
      try {
        if (!connection.getAutoCommit()) {
          connection.rollback();
        }
        gate.requireAllVisible(connection);
      } catch (StoreException rowSecurity) {
        return rowSecurity;
      } catch (SQLException another) {
        e.addSuppressed(another);
      }
      return connections.failures().of(step, phase, e);
    }
  }
}
