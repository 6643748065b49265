package io.doorward.auth.redis;

import io.doorward.auth.redis.CuttableConnection.Sockets;
import io.doorward.auth.redis.RedisFailures.NotSentException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Makes every connection of one client, and bounds what is said over it: a connection over which an
 * answer did not come in time is cut. Owns the watchdog's thread. Thread-safe.
 *
 * <p>Closing cuts all connections that were made and not cut before, whoever has them.
 */
final class Connector implements AutoCloseable {
  private final Watchdog watchdog = new Watchdog("doorward-redis-watchdog");
  private final Set<Sockets> open = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /** Connects and logs in, within the call's deadline. */
  CuttableConnection connect(HostAndPort server, ServerAccess access) {
    Duration budget = CallDeadline.cap(access.loginTimeout());
    if (budget.isZero()) {
      throw new NotSentException("the deadline has passed", null);
    }
    Sockets sockets =
        new Sockets(
            server,
            access.tls(),
            CallDeadline.cap(access.connectTimeout()),
            CallDeadline.cap(access.commandTimeout()),
            open::remove);
    open.add(sockets);
    if (closed) {
      sockets.cut();
    }
    Watchdog.Watch watch = watchdog.watch(sockets::cut, budget);
    boolean inTime = false;
    try {
      CuttableConnection connection = new CuttableConnection(sockets, access.config());
      inTime = watch.end();
      if (!inTime) {
        throw new JedisConnectionException("connecting took too long");
      }
      return connection;
    } finally {
      if (!inTime) {
        watch.end();
        sockets.cut();
      }
    }
  }

  /**
   * Says something over a connection and hears the answer, all within the budget. A connection that
   * comes out of it out of step is broken and cut: an answer that is still on its way reaches
   * nobody.
   */
  <T> T talk(CuttableConnection connection, Duration budget, Supplier<T> talk) {
    if (budget.isZero()) {
      throw new NotSentException("the deadline has passed", null);
    }
    Watchdog.Watch watch = watchdog.watch(connection::cut, budget);
    boolean inStep = false;
    try {
      connection.setSoTimeout(Sockets.millis(budget));
      T answer = talk.get();
      inStep = true;
      return answer;
    } catch (JedisDataException e) {
      // An error is an answer: the connection stays in step.
      inStep = true;
      throw e;
    } finally {
      if (!watch.end() || !inStep) {
        connection.setBroken();
        connection.cut();
      }
    }
  }

  /** Returns how many connections there are, of whatever use. */
  int connections() {
    return open.size();
  }

  @Override
  public void close() {
    closed = true;
    open.forEach(Sockets::cut);
    watchdog.close();
  }
}
