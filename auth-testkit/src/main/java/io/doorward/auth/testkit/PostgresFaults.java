package io.doorward.auth.testkit;

import static java.util.Objects.requireNonNull;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Faults of a running PostgreSQL towards its clients. Servers that stop, freeze or cannot be
 * reached are verbs of {@link TestPostgres} and of {@link FaultProxy}.
 *
 * <p>Thread-safe. Every method blocks until its fault is in effect.
 */
public final class PostgresFaults {
  private PostgresFaults() {}

  /** Something that goes on until it is closed. Not thread-safe. */
  public interface Fault extends AutoCloseable {
    /** Ends it. */
    @Override
    void close();
  }

  /**
   * Makes every statement on a table wait, as one does that is very slow.
   *
   * @param database whose
   * @param table its name as SQL has it, with its schema
   * @return the lock; closing gives it back
   * @throws IllegalStateException if the database refuses
   */
  public static Fault lock(TestDatabase database, String table) {
    requireNonNull(table, "table");
    Fault connections = drain(database.dataSource(), 1);
    try {
      Connection connection = ((Drained) connections).connections().get(0);
      connection.setAutoCommit(false);
      try (Statement statement = connection.createStatement()) {
        statement.execute("LOCK TABLE " + table + " IN ACCESS EXCLUSIVE MODE");
      }
      return connections;
    } catch (SQLException e) {
      connections.close();
      throw refused("LOCK TABLE " + table, e);
    }
  }

  /**
   * Makes the database fail the next changes of a table with an error of a client's own bad luck,
   * for instance {@code 40001} (serialisation) or {@code 40P01} (deadlock). What the transaction
   * did is undone.
   *
   * @param database whose
   * @param table its name as SQL has it, with its schema
   * @param sqlState what to fail with
   * @param times how many rows' inserts, updates or deletes fail; positive
   * @return the fault; closing ends it
   * @throws IllegalArgumentException if {@code times} is not positive or the state is none
   */
  public static Fault fail(TestDatabase database, String table, String sqlState, int times) {
    requireNonNull(database, "database");
    requireNonNull(table, "table");
    if (times <= 0) {
      throw new IllegalArgumentException("times must be positive: " + times);
    }
    if (!requireNonNull(sqlState, "sqlState").matches("[0-9A-Z]{5}")) {
      throw new IllegalArgumentException("sqlState must be 5 digits or letters: " + sqlState);
    }
    String drop =
        "DROP TRIGGER IF EXISTS testkit_failure ON "
            + table
            + "; DROP FUNCTION IF EXISTS testkit_failure();"
            + " DROP SEQUENCE IF EXISTS testkit_failures";
    database.execute(drop);
    // A rollback does not undo the numbers of a sequence.
    database.execute(
        """
        CREATE SEQUENCE testkit_failures;
        CREATE FUNCTION testkit_failure() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF nextval('public.testkit_failures') <= {times} THEN
            RAISE EXCEPTION 'a failure of the test kit' USING ERRCODE = '{state}';
          END IF;
          IF TG_OP = 'DELETE' THEN
            RETURN OLD;
          END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER testkit_failure BEFORE INSERT OR UPDATE OR DELETE ON {table}
          FOR EACH ROW EXECUTE FUNCTION testkit_failure();
        """
            .replace("{times}", Integer.toString(times))
            .replace("{state}", sqlState)
            .replace("{table}", table));
    return () -> database.execute(drop);
  }

  /**
   * Lets new connections to a database find it read-only, as where its address leads to a standby.
   * Those that are open stay as they are, also when the fault is over.
   *
   * @param database which one
   * @return the fault; closing ends it
   */
  public static Fault readOnly(TestDatabase database) {
    String setting = "default_transaction_read_only";
    database.execute("ALTER DATABASE " + database.name() + " SET " + setting + " = on");
    return () -> {
      PGSimpleDataSource writing = new PGSimpleDataSource();
      writing.setURL(database.jdbcUrl());
      writing.setOptions("-c " + setting + "=off");
      String reset = "ALTER DATABASE " + database.name() + " RESET " + setting;
      try (Connection connection = writing.getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute(reset);
      } catch (SQLException e) {
        throw refused(reset, e);
      }
    };
  }

  /**
   * Takes connections and keeps them: all of a pool's leave it exhausted.
   *
   * @param source where from
   * @param connections how many; positive
   * @return the connections; closing gives them back
   * @throws IllegalStateException if there are fewer
   */
  public static Fault drain(DataSource source, int connections) {
    if (connections <= 0) {
      throw new IllegalArgumentException("connections must be positive: " + connections);
    }
    Drained drained = new Drained(new ArrayList<>());
    try {
      for (int i = 0; i < connections; i++) {
        drained.connections().add(source.getConnection());
      }
      return drained;
    } catch (SQLException e) {
      drained.close();
      throw refused("a connection", e);
    }
  }

  /**
   * Runs something whenever a transaction is about to be committed, for instance a fault of the
   * proxy behind which the source is: the server commits and the client never learns of it.
   *
   * @param source whose transactions
   * @param hook what to run, on the thread that commits
   * @return a source of the same connections
   */
  public static DataSource beforeCommit(DataSource source, Runnable hook) {
    requireNonNull(source, "source");
    requireNonNull(hook, "hook");
    return wrap(
        DataSource.class,
        source,
        (method, result) ->
            result instanceof Connection connection ? wrapConnection(connection, hook) : result,
        method -> {});
  }

  /**
   * Runs something whenever a connection is asked for, before there is one: with a hook that waits,
   * the source is one that hangs.
   *
   * @param source which one
   * @param hook what to run, on the thread that asks
   * @return a source of the same connections
   */
  public static DataSource beforeConnect(DataSource source, Runnable hook) {
    requireNonNull(source, "source");
    requireNonNull(hook, "hook");
    return wrap(
        DataSource.class,
        source,
        (method, result) -> result,
        method -> {
          if (method.equals("getConnection")) {
            hook.run();
          }
        });
  }

  private static Connection wrapConnection(Connection connection, Runnable hook) {
    return wrap(
        Connection.class,
        connection,
        (method, result) -> result,
        method -> {
          if (method.equals("commit")) {
            hook.run();
          }
        });
  }

  private interface After {
    Object run(String method, Object result);
  }

  private interface Before {
    void run(String method);
  }

  private static <T> T wrap(Class<T> type, T real, After after, Before before) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              before.run(method.getName());
              try {
                return after.run(method.getName(), method.invoke(real, arguments));
              } catch (InvocationTargetException e) {
                throw e.getTargetException();
              }
            }));
  }

  private static IllegalStateException refused(String what, SQLException e) {
    return new IllegalStateException("the test's PostgreSQL refused: " + what, e);
  }

  /** Connections that no other caller gets. */
  private record Drained(List<Connection> connections) implements Fault {
    @Override
    public void close() {
      for (Connection connection : connections) {
        try {
          if (!connection.getAutoCommit()) {
            connection.rollback();
            connection.setAutoCommit(true);
          }
          connection.close();
        } catch (SQLException e) {
          throw refused("the end of a connection", e);
        }
      }
    }
  }
}
