package io.doorward.auth.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.util.DriverDataSource;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.base.Ticker;
import io.doorward.auth.jdbc.SqlFailures.Phase;
import java.io.EOFException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection that its owner shares with no other part of the application, so that a pool whose
 * connections are all in use delays nothing here. Opened at the first call, kept, and opened anew
 * when it breaks. Thread-safe: calls take turns.
 *
 * <p>Beside a HikariCP pool it is a connection of its own, with the pool's settings. Any other data
 * source is asked for one connection, which is kept.
 *
 * <p>Failure: {@link Kind#UNREACHABLE} only if no server of the address takes a connection, or no
 * byte comes back for {@link #SILENCE} on the open connection and on a new one.
 */
final class OwnConnection implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OwnConnection.class);

  /** A server that sends no byte for this long counts as away; whole seconds. */
  static final Duration SILENCE = Duration.ofSeconds(2);

  private static final Ticker TICKER = Ticker.system();

  /** The most time that connecting to an answering server may take. */
  private static final Duration LOGIN = Duration.ofSeconds(10);

  private final DataSource dataSource;
  private final ConnectionSource source;
  private final SqlFailures failures;
  private final SchemaGate gate;
  private final ReentrantLock turn = new ReentrantLock();
  private volatile @Nullable Connection connection;
  private volatile boolean closed;

  OwnConnection(DataSource dataSource, JdbcSchema schema, SchemaGate gate) {
    this.dataSource = dataSource;
    this.source = new ConnectionSource(dataSource, schema);
    this.failures = source.failures();
    this.gate = gate;
  }

  /**
   * Runs statements that may be repeated, each of which commits by itself unless the work says
   * otherwise. Where the connection turns out to be broken, they are run once more on a new one.
   */
  <T> T call(String step, Deadline deadline, Database.Work<T> work) {
    deadline.check("PostgreSQL, " + step);
    if (!takeTurn(deadline)) {
      throw failures.of(step, Kind.OVERLOADED, "the connection is in use by another call");
    }
    try {
      if (connection != null) {
        try {
          return run(step, deadline, work);
        } catch (BrokenException e) {
          LOG.debug("PostgreSQL, {}: the connection was lost, another one is opened", step, e);
        }
      }
      open(step, deadline);
      try {
        return run(step, deadline, work);
      } catch (BrokenException e) {
        // It was connected to a moment ago: slow, overloaded or going down, but not away.
        throw e.failure;
      }
    } finally {
      turn.unlock();
    }
  }

  private boolean takeTurn(Deadline deadline) {
    try {
      return turn.tryLock(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private <T> T run(String step, Deadline deadline, Database.Work<T> work) throws BrokenException {
    deadline.check("PostgreSQL, " + step);
    Connection mine = connection;
    if (mine == null) {
      throw failures.of(step, Kind.REFUSED, "the registry is closed");
    }
    ConnectionGuard guard = ConnectionGuard.arm(mine, source, step, deadline.remaining());
    boolean whole = false;
    try {
      Optional<SchemaGate.Obstacle> obstacle = gate.pass(mine);
      if (obstacle.isPresent()) {
        throw obstacle.get().failure();
      }
      T result = gate.believe(mine, work.run(mine));
      whole = true;
      return result;
    } catch (SQLException e) {
      if (guard.hasCut()) {
        throw failures.cut(step, e);
      }
      StoreException failure = failures.of(step, Phase.MAYBE_DONE, e);
      if (SqlFailures.isConnectionLost(e)) {
        throw new BrokenException(failure);
      }
      throw failure;
    } finally {
      if (!guard.disarm()) {
        connection = null;
        guard.end();
      } else if (!whole) {
        // After any failure a fresh connection is the simplest way back to a known state.
        drop();
      }
    }
  }

  private void open(String step, Deadline deadline) {
    if (closed) {
      throw failures.of(step, Kind.REFUSED, "the registry is closed");
    }
    long from = TICKER.nanos();
    Connection fresh = connect(step, deadline, from);
    connection = fresh;
    if (closed) {
      drop();
    }
  }

  private Connection connect(String step, Deadline deadline, long from) {
    @Nullable HikariDataSource pool = pool();
    if (pool != null && pool.isClosed()) {
      throw failures.of(step, Kind.REFUSED, "the pool is closed");
    }
    try {
      Connection fresh = pool == null ? borrow(step, deadline) : connectBeside(pool);
      if (!fresh.getAutoCommit()) {
        fresh.setAutoCommit(true);
      }
      fresh.setNetworkTimeout(Runnable::run, (int) SILENCE.toMillis());
      return fresh;
    } catch (SQLException e) {
      StoreException failure = failures.whileConnecting(step, e);
      boolean atOnce = pool != null && TICKER.nanos() - from < LOGIN.toNanos() / 2;
      if (failure.kind() != Kind.UNREACHABLE || isOutOfReach(e, atOnce)) {
        throw failure;
      }
      throw failures.of(step, Kind.TIMEOUT, "not connected in time, though a server may be there");
    }
  }

  /**
   * A data source of unknown kind may be a pool that is full, which proves nothing about the
   * server.
   */
  private Connection borrow(String step, Deadline deadline) throws SQLException {
    try {
      return source.take(step, deadline);
    } catch (StoreException e) {
      if (e.kind() == Kind.UNREACHABLE && e.getCause() instanceof SQLException failure) {
        throw failure;
      }
      throw e;
    }
  }

  private @Nullable HikariDataSource pool() {
    try {
      if (dataSource instanceof HikariDataSource pool) {
        return pool;
      }
      return dataSource.isWrapperFor(HikariDataSource.class)
          ? dataSource.unwrap(HikariDataSource.class)
          : null;
    } catch (SQLException | RuntimeException e) {
      LOG.debug("PostgreSQL: the data source does not say what it wraps", e);
      return null;
    }
  }

  /** Connects as the pool does, but not through it. */
  private Connection connectBeside(HikariDataSource pool) throws SQLException {
    @Nullable String user = pool.getUsername();
    @Nullable String password = pool.getPassword();
    DataSource raw = pool.getDataSource();
    if (raw != null) {
      return user == null ? raw.getConnection() : raw.getConnection(user, password);
    }
    if (pool.getJdbcUrl() == null) {
      return pool.getConnection();
    }
    Properties settings = new Properties();
    settings.putAll(pool.getDataSourceProperties());
    settings.setProperty("ApplicationName", pool.getPoolName() + " primaries");
    settings.setProperty("connectTimeout", Long.toString(SILENCE.toSeconds()));
    settings.setProperty("socketTimeout", Long.toString(SILENCE.toSeconds()));
    settings.setProperty("loginTimeout", Long.toString(LOGIN.toSeconds()));
    return new DriverDataSource(
            pool.getJdbcUrl(), pool.getDriverClassName(), settings, user, password)
        .getConnection();
  }

  /**
   * Tells whether no server answered: the driver gives the reason of its network as the cause. A
   * failure without one, that comes at once, is that no host of several is a primary; one that
   * comes late is that a server answers too slowly to be logged in to.
   */
  private static boolean isOutOfReach(SQLException failure, boolean atOnce) {
    for (@Nullable Throwable at = failure; at != null; at = at.getCause()) {
      if (at instanceof SocketException
          || at instanceof SocketTimeoutException
          || at instanceof UnknownHostException
          || at instanceof EOFException) {
        return true;
      }
    }
    return atOnce && "08001".equals(failure.getSQLState());
  }

  private void drop() {
    Connection old = connection;
    connection = null;
    if (old != null) {
      source.discard(old);
    }
  }

  /** Closes the connection, and cuts what is under way on it. Later calls fail. */
  @Override
  public void close() {
    closed = true;
    Connection last = connection;
    if (last != null) {
      source.abort(last);
    }
    if (turn.tryLock()) {
      try {
        drop();
      } finally {
        turn.unlock();
      }
    }
  }

  /** The connection was lost. Never leaves this class. */
  private static final class BrokenException extends Exception {
    @java.io.Serial private static final long serialVersionUID = 1L;
    private final transient StoreException failure;

    BrokenException(StoreException failure) {
      super(failure);
      this.failure = failure;
    }
  }
}
