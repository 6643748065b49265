package io.doorward.auth.redis;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.redis.CuttableConnection.Sockets;
import io.doorward.auth.redis.RedisFailures.NotSentException;
import java.time.Duration;
import java.util.function.Supplier;
import javax.net.ssl.SSLSocketFactory;
import org.apache.commons.pool2.PooledObject;
import org.apache.commons.pool2.PooledObjectFactory;
import org.apache.commons.pool2.impl.DefaultPooledObject;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.CommandObject;
import redis.clients.jedis.Connection;
import redis.clients.jedis.ConnectionPool;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.executors.CommandExecutor;
import redis.clients.jedis.providers.ConnectionProvider;

/**
 * Runs one command on one pooled connection, and bounds every wait in it: for the connection, for
 * connecting, for the answer. Thread-safe.
 */
final class BoundedExecutor implements CommandExecutor, ConnectionProvider {
  /** Set while a store's call runs on this thread: Jedis has no way to hand a deadline down. */
  private static final ThreadLocal<Deadline> DEADLINE = new ThreadLocal<>();

  private final Watchdog watchdog;
  private final ConnectionPool pool;
  private final Duration poolWait;
  private final Duration connectTimeout;
  private final Duration commandTimeout;

  BoundedExecutor(
      String host,
      int port,
      @Nullable SSLSocketFactory tls,
      JedisClientConfig config,
      int connections,
      Duration poolWait) {
    this.poolWait = poolWait;
    this.connectTimeout = Duration.ofMillis(config.getConnectionTimeoutMillis());
    this.commandTimeout = Duration.ofMillis(config.getSocketTimeoutMillis());
    this.watchdog = new Watchdog("doorward-redis-watchdog");
    ConnectionPoolConfig settings = new ConnectionPoolConfig();
    settings.setMaxTotal(connections);
    settings.setMaxIdle(connections);
    settings.setMaxWait(poolWait);
    settings.setJmxEnabled(false);
    this.pool = new ConnectionPool(new Factory(host, port, tls, config), settings);
  }

  <T> T within(Deadline deadline, Supplier<T> call) {
    Deadline outer = DEADLINE.get();
    DEADLINE.set(deadline);
    try {
      return call.get();
    } finally {
      if (outer == null) {
        DEADLINE.remove();
      } else {
        DEADLINE.set(outer);
      }
    }
  }

  @Override
  public <T> T executeCommand(CommandObject<T> command) {
    CuttableConnection connection = acquire();
    Duration budget = cap(commandTimeout);
    if (budget.isZero()) {
      connection.close();
      throw new NotSentException("the deadline has passed", null);
    }
    Watchdog.Watch watch = watchdog.watch(connection::cut, budget);
    boolean inStep = false;
    try {
      connection.setSoTimeout(Sockets.millis(budget));
      T answer = connection.executeCommand(command);
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
        // What happened to this one happened to its idle neighbours if the server is gone.
        pool.clear();
      }
      connection.close();
    }
  }

  private CuttableConnection acquire() {
    try {
      CuttableConnection connection = (CuttableConnection) pool.borrowObject(cap(poolWait));
      connection.setHandlingPool(pool);
      return connection;
    } catch (JedisDataException e) {
      throw e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new NotSentException("interrupted while waiting for a connection", e);
    } catch (Exception e) {
      throw new NotSentException("no connection", e);
    }
  }

  int connectionsInUse() {
    return pool.getNumActive();
  }

  private Duration cap(Duration bound) {
    Deadline deadline = DEADLINE.get();
    return deadline == null ? bound : deadline.cap(bound);
  }

  @Override
  public Connection getConnection() {
    return acquire();
  }

  @Override
  public Connection getConnection(CommandArguments command) {
    return acquire();
  }

  @Override
  public void close() {
    pool.close();
    watchdog.close();
  }

  /** Makes, checks and ends connections for the pool. */
  private final class Factory implements PooledObjectFactory<Connection> {
    private final String host;
    private final int port;
    private final @Nullable SSLSocketFactory tls;
    private final JedisClientConfig config;

    Factory(String host, int port, @Nullable SSLSocketFactory tls, JedisClientConfig config) {
      this.host = host;
      this.port = port;
      this.tls = tls;
      this.config = config;
    }

    @Override
    public PooledObject<Connection> makeObject() {
      Duration budget = cap(connectTimeout.plus(commandTimeout));
      if (budget.isZero()) {
        throw new JedisConnectionException("the deadline has passed");
      }
      Sockets sockets = new Sockets(host, port, tls, cap(connectTimeout), cap(commandTimeout));
      Watchdog.Watch watch = watchdog.watch(sockets::cut, budget);
      boolean inTime = false;
      try {
        Connection connection = new CuttableConnection(sockets, config);
        inTime = watch.end();
        if (!inTime) {
          throw new JedisConnectionException("connecting took too long");
        }
        return new DefaultPooledObject<>(connection);
      } finally {
        if (!inTime) {
          watch.end();
          sockets.cut();
        }
      }
    }

    /** Asks an idle connection whether its server is still there; runs on the pool's thread. */
    @Override
    public boolean validateObject(PooledObject<Connection> pooled) {
      CuttableConnection connection = (CuttableConnection) pooled.getObject();
      if (connection.isBroken() || !connection.isConnected()) {
        return false;
      }
      Watchdog.Watch watch = watchdog.watch(connection::cut, commandTimeout);
      boolean alive = false;
      try {
        alive = connection.ping();
      } catch (JedisException e) {
        // Not alive is all there is to know; who needs a connection makes a new one.
        connection.cut();
      } finally {
        alive &= watch.end();
      }
      return alive;
    }

    @Override
    public void destroyObject(PooledObject<Connection> pooled) {
      ((CuttableConnection) pooled.getObject()).cut();
    }

    @Override
    public void activateObject(PooledObject<Connection> pooled) {
      // Nothing to prepare.
    }

    @Override
    public void passivateObject(PooledObject<Connection> pooled) {
      // Nothing to reset: the stores change no state of a connection.
    }
  }
}
