package io.doorward.auth.jdbc;

import java.sql.Connection;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection for one call, which is cut at the call's deadline. A server that is paused,
 * black-holed or sends a byte now and then defeats every time-out of a socket, which is counted per
 * read; a closed socket ends any read. Thread-safe: used by one call, cut by the watchdog.
 *
 * <p>A connection goes back to its pool once the watch has ended, so one that is back is never cut.
 * One that was cut ends when both are through with it: the call, and the thread that cuts it.
 */
final class ConnectionGuard {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectionGuard.class);

  private final ReentrantLock lock = new ReentrantLock();
  private final Connection connection;
  private final ConnectionSource source;
  private final String step;
  private @Nullable ScheduledFuture<?> timer;
  private final AtomicInteger users = new AtomicInteger(2);
  private State state = State.ARMED;
  private boolean givenUp;

  private enum State {
    ARMED,
    ENDED,
    CUT
  }

  private ConnectionGuard(Connection connection, ConnectionSource source, String step) {
    this.connection = connection;
    this.source = source;
    this.step = step;
  }

  /** Starts to watch: the connection is cut once {@code left} has passed. */
  static ConnectionGuard arm(
      Connection connection, ConnectionSource source, String step, Duration left) {
    ConnectionGuard guard = new ConnectionGuard(connection, source, step);
    guard.timer = source.threads().later(guard::cut, left);
    return guard;
  }

  Connection connection() {
    return connection;
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

  /** Marks the connection as one that no other call may get. For the call's own thread. */
  void giveUp() {
    givenUp = true;
  }

  boolean isGivenUp() {
    return givenUp;
  }

  /** Stops to watch, and then gives the connection back. */
  void end() {
    if (!disarm()) {
      leave();
    } else if (givenUp) {
      source.discard(connection);
    } else {
      source.release(connection);
    }
  }

  /** Stops to watch. Returns true if the connection was not cut and will not be. */
  boolean disarm() {
    boolean inTime = enter(State.ENDED);
    if (timer != null) {
      timer.cancel(false);
    }
    return inTime;
  }

  private void cut() {
    if (enter(State.CUT)) {
      LOG.warn("{}, {}: no answer before the deadline, the connection is cut", source, step);
      source
          .threads()
          .close(
              () -> {
                source.abort(connection);
                leave();
              });
    }
  }

  private void leave() {
    if (users.decrementAndGet() == 0) {
      source.threads().close(() -> source.remove(connection));
    }
  }

  /** Returns true if it was armed until now. */
  private boolean enter(State next) {
    lock.lock();
    try {
      if (state != State.ARMED) {
        return false;
      }
      state = next;
      return true;
    } finally {
      lock.unlock();
    }
  }
}
