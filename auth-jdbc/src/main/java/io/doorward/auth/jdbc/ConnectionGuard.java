package io.doorward.auth.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cuts one connection at the deadline of the call that uses it. A server that is paused,
 * black-holed or sends a byte now and then defeats every time-out of a socket, which is counted per
 * read; a closed socket ends any read. Used by one call, cut by the watchdog: thread-safe.
 */
final class ConnectionGuard {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectionGuard.class);

  /** More than one thread, because closing a TLS socket may wait for its writer. */
  private static final int THREADS = 2;

  private static final ScheduledThreadPoolExecutor WATCHDOG = watchdog();

  private final ReentrantLock lock = new ReentrantLock();
  private final Connection connection;
  private final String step;
  private @Nullable ScheduledFuture<?> timer;
  private State state = State.ARMED;

  private enum State {
    ARMED,
    DISARMED,
    CUT
  }

  private ConnectionGuard(Connection connection, String step) {
    this.connection = connection;
    this.step = step;
  }

  /** Starts to watch: the connection is cut once {@code left} has passed. */
  static ConnectionGuard arm(Connection connection, String step, Duration left) {
    ConnectionGuard guard = new ConnectionGuard(connection, step);
    guard.timer = WATCHDOG.schedule(guard::cut, left.toNanos(), TimeUnit.NANOSECONDS);
    return guard;
  }

  /** Tells whether the deadline has come and the connection is gone. */
  boolean hasCut() {
    lock.lock();
    try {
      return state == State.CUT;
    } finally {
      lock.unlock();
    }
  }

  /** Ends the watch. After this returns the connection is not cut any more. */
  void disarm() {
    lock.lock();
    try {
      if (state == State.ARMED) {
        state = State.DISARMED;
      }
    } finally {
      lock.unlock();
    }
    if (timer != null) {
      timer.cancel(false);
    }
  }

  private void cut() {
    // Under the lock, so that a connection that went back to its pool is never cut. It does not
    // block: the driver closes the socket on the watchdog's other thread.
    lock.lock();
    try {
      if (state != State.ARMED) {
        return;
      }
      state = State.CUT;
      connection.abort(WATCHDOG);
      LOG.warn("PostgreSQL, {}: no answer before the deadline, the connection was cut", step);
    } catch (SQLException | RuntimeException e) {
      LOG.warn("PostgreSQL, {}: the connection could not be cut at the deadline", step, e);
    } finally {
      lock.unlock();
    }
  }

  private static ScheduledThreadPoolExecutor watchdog() {
    ScheduledThreadPoolExecutor executor =
        new ScheduledThreadPoolExecutor(
            THREADS,
            task -> {
              Thread thread = new Thread(task, "doorward-jdbc-watchdog");
              thread.setDaemon(true);
              return thread;
            });
    executor.setRemoveOnCancelPolicy(true);
    return executor;
  }
}
