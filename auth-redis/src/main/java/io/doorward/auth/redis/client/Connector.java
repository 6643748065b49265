package io.doorward.auth.redis.client;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.redis.client.CuttableConnection.Sockets;
import io.doorward.auth.redis.server.RedisFailures;
import io.doorward.auth.redis.server.RedisFailures.NotSentException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import redis.clients.jedis.BuilderFactory;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.CommandObject;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Makes every connection of one client, and cuts one over which an answer did not come in time. One
 * for all pools and discoveries of a client, so that closing it ends every wait. Owns the
 * watchdog's thread. Thread-safe.
 *
 * <p>Closing cuts all connections that were made and not cut before, also those in use.
 */
final class Connector implements AutoCloseable {
  private static final CommandObject<String> INFO =
      new CommandObject<>(new CommandArguments(Command.INFO).add("server"), BuilderFactory.STRING);

  private final Watchdog watchdog = new Watchdog("doorward-redis-watchdog");
  private final Set<Sockets> open = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /** Connects and logs in, within the call's deadline. */
  CuttableConnection connect(HostAndPort server, ServerAccess access) {
    Duration budget = CallDeadline.cap(access.loginTimeout());
    if (budget.isZero()) {
      throw RedisFailures.at(server, new NotSentException("the deadline has passed", null));
    }
    Deadline end = Deadline.after(budget);
    try {
      return open(server, access, access.config(), budget);
    } catch (JedisDataException e) {
      throw RedisFailures.at(
          server, RedisFailures.knowsNoHello(e) ? withoutHello(server, access, e, end) : e);
    } catch (JedisException e) {
      throw RedisFailures.at(server, e);
    }
  }

  /** Asks a server that does not know how connections begin today of which version it is. */
  private JedisDataException withoutHello(
      HostAndPort server, ServerAccess access, JedisDataException failure, Deadline end) {
    for (JedisClientConfig config : access.beforeHello()) {
      try {
        CuttableConnection plain = open(server, access, config, end.remaining());
        try {
          String info = talk(plain, end.remaining(), () -> plain.executeCommand(INFO));
          Optional<JedisDataException> known = RedisFailures.withoutHello(info, failure);
          if (known.isPresent()) {
            return known.get();
          }
        } finally {
          plain.cut();
        }
      } catch (JedisException e) {
        // It is known to be old all the same, and that is what there is to mend.
      }
    }
    return RedisFailures.withoutHello();
  }

  private CuttableConnection open(
      HostAndPort server, ServerAccess access, JedisClientConfig config, Duration budget) {
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
      CuttableConnection connection = new CuttableConnection(sockets, config);
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
   * Runs an exchange over a connection within the budget. A connection that comes out of it out of
   * step is broken and cut, so that a late answer reaches no later caller.
   */
  <T> T talk(CuttableConnection connection, Duration budget, Supplier<T> talk) {
    if (budget.isZero()) {
      throw RedisFailures.at(
          connection.server(), new NotSentException("the deadline has passed", null));
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
      throw RedisFailures.at(connection.server(), e);
    } catch (JedisException e) {
      throw RedisFailures.at(connection.server(), e);
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
