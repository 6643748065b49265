package io.doorward.auth.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Borrows connections so that the wait ends at the caller's deadline, whatever the data source
 * does. A Hikari pool that answers soon enough by itself is asked on the caller's thread;
 * everything else is asked on a helper thread, which the caller leaves behind at the deadline.
 * Thread-safe.
 */
final class ConnectionSource {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectionSource.class);

  /** How many borrowings may hang at the same time, for all data sources together. */
  private static final int MAX_HELPERS = 64;

  private static final ThreadPoolExecutor HELPERS =
      new ThreadPoolExecutor(
          0,
          MAX_HELPERS,
          30,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          task -> {
            Thread thread = new Thread(task, "doorward-jdbc-connect");
            thread.setDaemon(true);
            return thread;
          });

  private final DataSource dataSource;

  ConnectionSource(DataSource dataSource) {
    this.dataSource = dataSource;
  }

  /** Borrows one. The caller gives it back with {@link #release} or {@link #discard}. */
  Connection borrow(String step, Deadline deadline) {
    try {
      if (dataSource instanceof HikariDataSource pool
          && deadline.remaining().compareTo(longestWait(pool)) >= 0) {
        return pool.getConnection();
      }
      return borrowOnHelper(step, deadline);
    } catch (SQLException e) {
      throw isFull() ? full(step) : SqlFailures.whileConnecting(step, e);
    } catch (StoreException e) {
      throw e;
    } catch (RuntimeException e) {
      // Hikari's own exceptions while it starts; nothing was sent that could be in their text.
      throw new StoreException(Kind.UNREACHABLE, "PostgreSQL, " + step + ": no connection", e);
    }
  }

  /** Gives a connection back that is in order. */
  void release(Connection connection) {
    try {
      connection.close();
    } catch (SQLException | RuntimeException e) {
      LOG.debug("PostgreSQL: a connection could not be closed", e);
    }
  }

  /** Gives a connection back that nobody may use again. */
  void discard(Connection connection) {
    if (dataSource instanceof HikariDataSource pool) {
      pool.evictConnection(connection);
    }
    release(connection);
  }

  /**
   * Tells whether the pool has all connections that it may have, so that it was their being in use
   * that kept a caller waiting. A pool whose server is away has lost them.
   */
  private boolean isFull() {
    if (!(dataSource instanceof HikariDataSource pool)) {
      return false;
    }
    @Nullable HikariPoolMXBean state = pool.getHikariPoolMXBean();
    return state != null && state.getTotalConnections() >= pool.getMaximumPoolSize();
  }

  private static StoreException full(String step) {
    return new StoreException(
        Kind.OVERLOADED, "PostgreSQL, " + step + ": all connections of the pool are in use");
  }

  private static Duration longestWait(HikariDataSource pool) {
    return Duration.ofMillis(pool.getConnectionTimeout() + pool.getValidationTimeout());
  }

  private Connection borrowOnHelper(String step, Deadline deadline) throws SQLException {
    CompletableFuture<Connection> promise = new CompletableFuture<>();
    try {
      HELPERS.execute(() -> fulfil(promise));
    } catch (RejectedExecutionException e) {
      throw new StoreException(
          Kind.OVERLOADED,
          "PostgreSQL, " + step + ": " + MAX_HELPERS + " callers already wait for connections");
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
            throw isFull()
                ? full(step)
                : new StoreException(
                    Kind.UNREACHABLE,
                    "PostgreSQL, " + step + ": no connection before the deadline");
          }
        }
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof SQLException failure) {
        throw failure;
      }
      throw new StoreException(
          Kind.UNREACHABLE, "PostgreSQL, " + step + ": no connection", e.getCause());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void fulfil(CompletableFuture<Connection> promise) {
    try {
      Connection connection = dataSource.getConnection();
      if (!promise.complete(connection)) {
        // Came too late: the caller has gone.
        release(connection);
      }
    } catch (SQLException | RuntimeException e) {
      promise.completeExceptionally(e);
    }
  }
}
