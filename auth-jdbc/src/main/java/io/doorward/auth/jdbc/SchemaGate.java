package io.doorward.auth.jdbc;

import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.base.Ticker;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.postgresql.jdbc.PgConnection;

/**
 * Lets statements pass only where the server, its settings and the tables are as they need. Checks
 * each physical connection once, before its first statement: an address may lead to another server
 * by then, or to the same one with other settings. So an application that starts before its
 * database works as soon as the database is there, and never on a schema of another version.
 * Thread-safe.
 *
 * <p>Behind a pooler (PgBouncer) a connection has no session of its own: named statements, which
 * the driver keeps on the server, may belong to another connection the next time. There they are
 * switched off. A pooler is recognised by the server process that answers: its id differs from the
 * one that the driver got at the start of the connection.
 */
final class SchemaGate {
  /** How long a check is valid where new connections cannot be distinguished from known ones. */
  private static final Duration COUNTS = Duration.ofSeconds(1);

  private final JdbcSchema schema;
  private final Ticker ticker = Ticker.system();
  private final ReentrantLock lock = new ReentrantLock();

  /** The physical connections that may be used; by identity, as the driver's have no equality. */
  private final Map<PgConnection, Boolean> passed = new WeakHashMap<>();

  private boolean lookedAtUnknown;
  private long unknownAt;
  private volatile boolean storesUnicode = true;

  /**
   * The result of a check.
   *
   * @param server the settings that the statements rely on
   * @param tables the state of the tables
   * @param way how the connection leads there
   */
  record Seen(ServerLook server, SchemaState tables, Way way) {}

  /** How a connection leads to its server. */
  enum Way {
    DIRECT,
    /** A pooler in between shares the server's sessions. */
    POOLED,
    /** The connection does not unwrap to the driver's. */
    UNKNOWN
  }

  /**
   * Why a connection must not be used.
   *
   * @param failure the failure for its caller
   * @param ofConnection true if another connection may be usable
   */
  record Obstacle(StoreException failure, boolean ofConnection) {}

  SchemaGate(JdbcSchema schema) {
    this.schema = schema;
  }

  /** Prepares a connection for tools, which need no tables. */
  void meet(Connection connection) throws SQLException {
    @Nullable PgConnection driver = driverOf(connection);
    if (driver == null || hasPassed(driver)) {
      return;
    }
    lookAtServer(connection, driver);
    remember(driver);
  }

  /** Passes a connection if everything is in order; else returns why it must not be used. */
  Optional<Obstacle> pass(Connection connection) throws SQLException {
    @Nullable PgConnection driver = driverOf(connection);
    if (hasPassed(driver)) {
      return Optional.empty();
    }
    Seen seen = look(connection);
    return obstacle(seen.server(), seen.tables());
  }

  /** Checks in any case, and remembers whether the connection may be used. */
  Seen look(Connection connection) throws SQLException {
    @Nullable PgConnection driver = driverOf(connection);
    ServerLook server = lookAtServer(connection, driver);
    SchemaState tables =
        server.isTooOld()
            ? new SchemaState.Missing(schema)
            : SchemaCheck.judge(server, connection, schema);
    storesUnicode = server.storesUnicode();
    if (obstacle(server, tables).isPresent()) {
      forget();
    } else if (tables.isUsable()) {
      remember(driver);
    }
    Way way = Way.UNKNOWN;
    if (driver != null) {
      way = server.process() == driver.getBackendPID() ? Way.DIRECT : Way.POOLED;
    }
    return new Seen(server, tables, way);
  }

  /**
   * Switches named statements off during the check, and leaves them off where they could not be
   * kept.
   */
  private ServerLook lookAtServer(Connection connection, @Nullable PgConnection driver)
      throws SQLException {
    if (driver == null) {
      return ServerLook.at(connection, schema);
    }
    int threshold = driver.getPrepareThreshold();
    driver.setPrepareThreshold(0);
    ServerLook server = ServerLook.at(connection, schema);
    if (server.process() == driver.getBackendPID()) {
      driver.setPrepareThreshold(threshold);
    }
    return server;
  }

  private static Optional<Obstacle> obstacle(ServerLook server, SchemaState tables) {
    if (server.isTooOld()) {
      return Optional.of(misconfigured(PostgresConfigCheck.tooOld(server).toString(), false));
    }
    if (!server.sendsUnicode()) {
      return Optional.of(
          misconfigured(PostgresConfigCheck.clientEncoding(server).toString(), true));
    }
    if (tables instanceof SchemaState.ReadOnly) {
      // A server that only refuses to write has the present data.
      return server.isStandby()
          ? Optional.of(new Obstacle(new StoreException(Kind.REFUSED, tables.message()), true))
          : Optional.empty();
    }
    return tables.isUsable()
        ? Optional.empty()
        : Optional.of(
            misconfigured(tables.message(), tables instanceof SchemaState.TriggersSuspended));
  }

  private static Obstacle misconfigured(String message, boolean ofConnection) {
    return new Obstacle(new StoreException(Kind.MISCONFIGURED, message), ofConnection);
  }

  /** Tells whether the server that was checked last can store every text. */
  boolean storesUnicode() {
    return storesUnicode;
  }

  /**
   * Accepts an answer, unless it is empty and row security may have hidden rows.
   *
   * @throws StoreException if it may have
   */
  <T> T believe(Connection connection, T answer) throws SQLException {
    if (isEmpty(answer)) {
      requireAllVisible(connection);
    }
    return answer;
  }

  private static boolean isEmpty(Object answer) {
    return (answer instanceof Optional<?> optional && optional.isEmpty())
        || (answer instanceof Collection<?> rows && rows.isEmpty())
        || (answer instanceof Integer count && count == 0);
  }

  /**
   * Verifies that row security hides no row from this user.
   *
   * @throws StoreException if it may; then every connection is checked again
   */
  void requireAllVisible(Connection connection) throws SQLException {
    Optional<String> table = ServerLook.filtered(connection, schema);
    if (table.isPresent()) {
      throw filtered(table.get());
    }
  }

  /**
   * Returns the failure of a statement that ran into row security on a table, given without prefix.
   */
  StoreException filtered(String table) {
    forget();
    return new StoreException(
        Kind.MISCONFIGURED, new SchemaState.RowSecurity(schema, table).message());
  }

  /**
   * Returns the driver's connection; null also where a host's wrapper unwraps to another wrapper.
   */
  private static @Nullable PgConnection driverOf(Connection connection) throws SQLException {
    Class<? extends Connection> driver = PgConnection.class;
    return connection.isWrapperFor(driver)
            && connection.unwrap(driver) instanceof PgConnection unwrapped
        ? unwrapped
        : null;
  }

  private boolean hasPassed(@Nullable PgConnection driver) {
    lock.lock();
    try {
      return driver == null
          ? lookedAtUnknown && ticker.nanos() - unknownAt < COUNTS.toNanos()
          : passed.containsKey(driver);
    } finally {
      lock.unlock();
    }
  }

  private void remember(@Nullable PgConnection driver) {
    lock.lock();
    try {
      if (driver == null) {
        lookedAtUnknown = true;
        unknownAt = ticker.nanos();
      } else {
        passed.put(driver, true);
      }
    } finally {
      lock.unlock();
    }
  }

  private void forget() {
    lock.lock();
    try {
      passed.clear();
      lookedAtUnknown = false;
    } finally {
      lock.unlock();
    }
  }
}
