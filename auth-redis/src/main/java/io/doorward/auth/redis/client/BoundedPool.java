package io.doorward.auth.redis.client;

import io.doorward.auth.redis.server.IdentifiedRead;
import io.doorward.auth.redis.server.RedisFailures.CrowdedException;
import io.doorward.auth.redis.server.RedisFailures.NotConnectedException;
import io.doorward.auth.redis.server.RedisFailures.NotSentException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.commons.pool2.PooledObject;
import org.apache.commons.pool2.PooledObjectFactory;
import org.apache.commons.pool2.impl.DefaultPooledObject;
import redis.clients.jedis.CommandObject;
import redis.clients.jedis.Connection;
import redis.clients.jedis.ConnectionPool;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * The connections to one server. Bounds every wait: for a free connection, for connecting, for the
 * answer. Jedis's own pool does not know the deadline of the call that waits. Thread-safe.
 *
 * <p>Closing lets commands that are under way end within their bounds; their connections are not
 * kept, and no other is handed out.
 */
final class BoundedPool implements AutoCloseable {
  /** Bounds the memory that callers take while a server hangs. */
  private static final int WAITING_READS = 16_384;

  private final HostAndPort server;
  private final ServerAccess access;
  private final Limits limits;
  private final Connector connector;

  /** Callers wait here and not in the pool, which would interrupt its waiters when it is closed. */
  private final Semaphore free;

  private final Connections connections;
  private final SharedTrips<IdentifiedRead, IdentifiedRead.Answer> trips;

  /** How many connections a server gets, and how long a call waits for one. */
  record Limits(int connections, Duration poolWait) {}

  BoundedPool(HostAndPort server, ServerAccess access, Limits limits, Connector connector) {
    this.server = server;
    this.access = access;
    this.limits = limits;
    this.connector = connector;
    this.free = new Semaphore(limits.connections(), true);
    this.connections = new Connections();
    this.trips =
        new SharedTrips<>(
            limits.poolWait(),
            limits.poolWait().plus(access.loginTimeout()).plus(access.commandTimeout()),
            WAITING_READS,
            reads -> reads.get(0).trip().asOneCall(() -> lease().readAll(reads)));
  }

  HostAndPort server() {
    return server;
  }

  /**
   * Reads strings in a trip that callers share.
   *
   * @throws JedisException as {@link #lease} throws it, or if no answer came in time
   */
  IdentifiedRead.Answer read(IdentifiedRead read) {
    return trips.ask(read);
  }

  /**
   * Takes a connection that no other caller has.
   *
   * @throws NotConnectedException if the server cannot be connected to, or this is closed
   * @throws CrowdedException if all are in use, and none became free in time
   * @throws NotSentException if the caller was interrupted
   * @throws JedisDataException if the server refuses the login
   */
  Lease lease() {
    await();
    boolean taken = false;
    try {
      CuttableConnection connection = (CuttableConnection) connections.borrowObject();
      connection.setHandlingPool(connections);
      taken = true;
      return new Lease(connection);
    } catch (JedisDataException e) {
      throw e;
    } catch (Exception e) {
      throw new NotConnectedException("no connection", e);
    } finally {
      if (!taken) {
        free.release();
      }
    }
  }

  private void await() {
    try {
      Duration wait = CallDeadline.cap(limits.poolWait());
      if (free.tryAcquire() || free.tryAcquire(wait.toNanos(), TimeUnit.NANOSECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new NotSentException("interrupted while waiting for a connection", e);
    }
    throw new CrowdedException();
  }

  boolean isClosed() {
    return connections.isClosed();
  }

  int connectionsInUse() {
    return limits.connections() - free.availablePermits();
  }

  @Override
  public void close() {
    connections.close();
  }

  /** A connection that one caller has, for one command. */
  final class Lease {
    private final CuttableConnection connection;

    private Lease(CuttableConnection connection) {
      this.connection = connection;
    }

    /** Runs the command and gives the connection back. */
    <T> T run(CommandObject<T> command) {
      return run(command, false);
    }

    /** Does the same for a command that another node has sent here for this once. */
    <T> T runAsking(CommandObject<T> command) {
      return run(command, true);
    }

    private <T> T run(CommandObject<T> command, boolean asking) {
      return talk(
          () -> {
            if (asking) {
              connection.executeCommand(Protocol.Command.ASKING);
            }
            return connection.executeCommand(command);
          });
    }

    /** Reads for many callers at once and gives the connection back. */
    List<IdentifiedRead.Answer> readAll(List<IdentifiedRead> reads) {
      return talk(() -> connection.readAll(reads));
    }

    private <T> T talk(Supplier<T> talk) {
      try {
        return connector.talk(connection, CallDeadline.cap(access.commandTimeout()), talk);
      } finally {
        if (connection.isBroken()) {
          // What happened to this one happened to its idle neighbours if the server is gone.
          connections.clear();
        }
        connection.close();
      }
    }

    /** Hands the connection out; closing it gives it back. */
    Connection connection() {
      return connection;
    }
  }

  /** Keeps idle connections. How many there are in all is {@link #free}'s to say. */
  private final class Connections extends ConnectionPool {
    Connections() {
      super(new Factory(), settings(limits.connections()));
    }

    private static ConnectionPoolConfig settings(int most) {
      ConnectionPoolConfig settings = new ConnectionPoolConfig();
      settings.setMaxTotal(-1);
      settings.setMaxIdle(most);
      settings.setBlockWhenExhausted(false);
      settings.setJmxEnabled(false);
      return settings;
    }

    @Override
    public void returnResource(Connection connection) {
      try {
        super.returnResource(connection);
      } finally {
        free.release();
      }
    }

    /** Not the pool's own way, which makes another connection while the caller waits. */
    @Override
    public void returnBrokenResource(Connection connection) {
      returnResource(connection);
    }
  }

  /** Makes, checks and ends connections. */
  private final class Factory implements PooledObjectFactory<Connection> {
    @Override
    public PooledObject<Connection> makeObject() {
      return new DefaultPooledObject<>(connector.connect(server, access));
    }

    /** Asks an idle connection whether its server is still there; runs on the pool's thread. */
    @Override
    public boolean validateObject(PooledObject<Connection> pooled) {
      CuttableConnection connection = (CuttableConnection) pooled.getObject();
      if (connection.isBroken() || !connection.isConnected()) {
        return false;
      }
      try {
        return connector.talk(connection, access.commandTimeout(), connection::ping)
            && !connection.isBroken();
      } catch (JedisException e) {
        // A failed ping means that the connection is dead. A caller that needs one makes a new one.
        return false;
      }
    }

    @Override
    public void destroyObject(PooledObject<Connection> pooled) {
      ((CuttableConnection) pooled.getObject()).cut();
    }

    @Override
    public void activateObject(PooledObject<Connection> pooled) {
      // Nothing to prepare.
    }

    /** Has nothing to reset: the stores change no state of a connection. Keeps no broken one. */
    @Override
    public void passivateObject(PooledObject<Connection> pooled) {
      if (pooled.getObject().isBroken()) {
        throw new JedisException("broken");
      }
    }
  }
}
