package io.doorward.auth.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.base.Ticker;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Borrows connections of one data source so that the wait ends at the caller's deadline, also if
 * the data source hangs. A Hikari pool that answers soon enough by itself is called on the caller's
 * thread; any other data source is called on a helper thread, which the caller abandons at the
 * deadline. Thread-safe.
 *
 * <p>A Hikari pool connects in the background, with pauses of up to five seconds after failures,
 * and reports each failure only once. So this class remembers the failure until a connection
 * succeeds or another failure is reported: otherwise a server that refuses the password would seem
 * to be away in between.
 */
final class ConnectionSource {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectionSource.class);

  /** Longer than a pool's pause after a failure, and connecting once more. */
  private static final long REMEMBERED = TimeUnit.SECONDS.toNanos(10);

  /** The least time between two evictions of a pool's idle connections. */
  private static final long SWEEP = TimeUnit.SECONDS.toNanos(1);

  private final DataSource dataSource;
  private final ServerName server;
  private final SqlFailures failures;
  private final Ticker ticker = Ticker.system();
  private final ConnectionThreads threads = new ConnectionThreads();
  private final AtomicLong sweptAt = new AtomicLong(ticker.nanos() - SWEEP);
  private volatile @Nullable Met met;
  private volatile boolean warm;

  /** A failure to connect, and its time. */
  private record Met(SQLException failure, long at) {}

  ConnectionSource(DataSource dataSource, JdbcSchema schema) {
    this.dataSource = dataSource;
    this.server = ServerName.of(dataSource);
    this.failures = new SqlFailures(server, schema);
  }

  SqlFailures failures() {
    return failures;
  }

  ConnectionThreads threads() {
    return threads;
  }

  /** Takes one for a call, and cuts it at the call's deadline. The caller ends the guard. */
  ConnectionGuard borrow(String step, Deadline deadline) {
    return ConnectionGuard.arm(take(step, deadline), this, step, deadline.remaining());
  }

  /**
   * Takes one, which the caller gives back with {@link #release} or {@link #discard}.
   *
   * <p>A pool's own wait is for a connection that other calls hold. The pool's first connection may
   * take until the deadline.
   */
  Connection take(String step, Deadline deadline) {
    while (true) {
      try {
        Connection connection = connect(step, deadline);
        warm = true;
        met = null;
        server.learn(connection);
        return connection;
      } catch (SQLException e) {
        remember(e);
        if (!isConnecting(e) || deadline.isExpired()) {
          throw explained(step, e);
        }
      }
    }
  }

  private Connection connect(String step, Deadline deadline) throws SQLException {
    try {
      return dataSource instanceof HikariDataSource pool
              && deadline.remaining().compareTo(longestWait(pool)) >= 0
          ? pool.getConnection()
          : connectOnHelper(step, deadline);
    } catch (StoreException e) {
      throw e;
    } catch (RuntimeException e) {
      throw unwrapped(e);
    }
  }

  /** Returns the driver's failure inside an exception of a starting data source. */
  private static SQLException unwrapped(Throwable failure) {
    for (Throwable at = failure; at != null; at = at.getCause()) {
      if (at instanceof SQLException sql) {
        return sql;
      }
    }
    return new SQLException("no connection", failure);
  }

  private void remember(SQLException failure) {
    if (SqlFailures.saysWhy(failure)) {
      met = new Met(failure, ticker.nanos());
    }
  }

  /** Returns why there is no connection, if that failure is recent and the latest. */
  private @Nullable SQLException lastMet() {
    Met last = met;
    return last == null || ticker.nanos() - last.at() > REMEMBERED ? null : last.failure();
  }

  /** Tells whether a pool is still at its first connection, and has had no failure. */
  private boolean isConnecting(SQLException failure) {
    boolean waited = failure instanceof SQLTransientConnectionException;
    HikariPoolMXBean state = state();
    boolean empty = state != null && state.getTotalConnections() == 0;
    return waited && empty && !warm && lastMet() == null;
  }

  private StoreException explained(String step, SQLException failure) {
    if (isFull()) {
      return failures.of(step, Kind.OVERLOADED, "all connections of the pool are in use");
    }
    SQLException why = lastMet();
    if (why != null) {
      return failures.whileConnecting(step, why);
    }
    if (connectionsInUse() > 0) {
      return failures.of(
          step,
          Kind.OVERLOADED,
          "all connections that the pool has are in use, and another one is being made");
    }
    return failures.withoutConnection(
        step,
        dataSource instanceof HikariDataSource
            ? "no connection, the server does not answer"
            : "no connection, the server does not answer or the DataSource has none to spare",
        failure);
  }

  /** Gives a connection back that is in order. */
  void release(Connection connection) {
    try {
      connection.close();
    } catch (SQLException | RuntimeException e) {
      LOG.debug("{}: a connection could not be closed", server, e);
    }
  }

  /**
   * Ends a connection that no other call may get. Returns at once: the end of a connection may
   * wait, for a server or for a pool.
   */
  void discard(Connection connection) {
    threads.close(
        () -> {
          abort(connection);
          remove(connection);
        });
  }

  /** Cuts a connection, also in the middle of a statement. */
  void abort(Connection connection) {
    try {
      connection.abort(ConnectionThreads.onThisThread());
    } catch (SQLException | RuntimeException e) {
      LOG.warn("{}: a connection could not be cut", server, e);
    }
  }

  /** Takes a connection that was cut out of its pool. */
  void remove(Connection connection) {
    if (dataSource instanceof HikariDataSource pool) {
      pool.evictConnection(connection);
    }
    release(connection);
  }

  /**
   * Evicts the idle connections of a pool, because a server has answered that it is no primary: all
   * of them were made while the address led there. Does so at most once a second, so that such a
   * server is not flooded with connections.
   */
  void sweep() {
    long last = sweptAt.get();
    long now = ticker.nanos();
    if (now - last >= SWEEP && sweptAt.compareAndSet(last, now)) {
      HikariPoolMXBean state = state();
      if (state != null) {
        state.softEvictConnections();
      }
    }
  }

  /**
   * Tells whether the pool has all connections that it may have, so that a caller waited because
   * all are in use. A pool whose server is away has lost them.
   */
  private boolean isFull() {
    HikariPoolMXBean state = state();
    return state != null
        && dataSource instanceof HikariDataSource pool
        && state.getTotalConnections() >= pool.getMaximumPoolSize();
  }

  private int connectionsInUse() {
    HikariPoolMXBean state = state();
    return state == null ? 0 : state.getActiveConnections();
  }

  private @Nullable HikariPoolMXBean state() {
    return dataSource instanceof HikariDataSource pool ? pool.getHikariPoolMXBean() : null;
  }

  private static Duration longestWait(HikariDataSource pool) {
    return Duration.ofMillis(pool.getConnectionTimeout() + pool.getValidationTimeout());
  }

  private Connection connectOnHelper(String step, Deadline deadline) throws SQLException {
    CompletableFuture<Connection> promise = new CompletableFuture<>();
    try {
      threads.borrow(() -> fulfil(promise));
    } catch (RejectedExecutionException e) {
      throw failures.of(
          step,
          Kind.OVERLOADED,
          ConnectionThreads.BORROWERS
              + " callers already wait for a connection of this DataSource");
    }
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return promise.get(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
          // The wait is short and bounded. The caller finds its flag set when it is over.
          interrupted = true;
        } catch (TimeoutException e) {
          if (promise.cancel(false)) {
            throw new SQLException("no connection before the deadline", e);
          }
        }
      }
    } catch (ExecutionException e) {
      throw unwrapped(e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Returns the server's name, for the beginning of a message. */
  @Override
  public String toString() {
    return server.toString();
  }

  private void fulfil(CompletableFuture<Connection> promise) {
    try {
      Connection connection = dataSource.getConnection();
      if (!promise.complete(connection)) {
        // Too late: the caller has given up.
        release(connection);
      }
    } catch (SQLException | RuntimeException e) {
      if (!promise.completeExceptionally(e)) {
        remember(unwrapped(e));
      }
    }
  }
}
