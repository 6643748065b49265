package io.doorward.auth.redis;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.Deadline;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.ClientSetInfoConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.util.JedisURIHelper;

/**
 * A Jedis client for one server whose calls end: at most pool wait, then connect and command
 * timeout, and never later than the deadline of the store's call that they belong to. A server that
 * sends a byte now and then does not hold a caller either: its connection is cut when the time is
 * over, and a cut connection is never used again.
 *
 * <p>Thread-safe, for virtual threads too. It is created without a connection, so an application
 * starts while its Redis is down. Nothing is retried. Close it when the stores over it are not used
 * any more; it owns its connections and one timer thread.
 *
 * <p>The bound of a command holds for everything that is run as one command; commands that are
 * meant to block longer, subscriptions, pipelines and transactions want a client of their own.
 * Looking up a host name is bounded by the resolver of the JVM only: use an address, or a resolver
 * that answers.
 */
public final class BoundedRedisClient extends UnifiedJedis {
  private final BoundedExecutor commands;
  private final RedisBounds bounds;
  private final HostAndPort server;

  private BoundedRedisClient(Builder builder, BoundedExecutor executor, JedisClientConfig config) {
    super(executor, executor, config, null);
    this.commands = executor;
    this.server = new HostAndPort(builder.host, builder.port);
    this.bounds =
        new RedisBounds(
            Optional.of(builder.poolWait),
            Optional.of(builder.connectTimeout),
            Optional.of(builder.commandTimeout),
            true);
  }

  /**
   * Starts a client for a server.
   *
   * @param host name or address
   * @param port 1 to 65535
   * @return a builder with the documented defaults
   * @throws IllegalArgumentException if the host is empty or the port out of range
   */
  public static Builder builder(String host, int port) {
    return new Builder(host, port);
  }

  /**
   * Starts a client for a server that a URI names: {@code redis://user:password@host:port/database}
   * or {@code rediss://} for TLS. User, password and database may be left out.
   *
   * @param uri the server
   * @return a builder with the documented defaults
   * @throws IllegalArgumentException if it is no such URI; the message does not repeat it
   */
  public static Builder builder(URI uri) {
    boolean tls = JedisURIHelper.isRedisSSLScheme(uri);
    if (!JedisURIHelper.isValid(uri) || (!tls && !JedisURIHelper.isRedisScheme(uri))) {
      throw new IllegalArgumentException("uri must be redis://host:port or rediss://host:port");
    }
    HostAndPort server = JedisURIHelper.getHostAndPort(uri);
    Builder builder = new Builder(server.getHost(), server.getPort());
    builder.user = JedisURIHelper.getUser(uri);
    builder.password = JedisURIHelper.getPassword(uri);
    if (JedisURIHelper.hasDbIndex(uri)) {
      builder.database(JedisURIHelper.getDBIndex(uri));
    }
    return tls ? builder.tls((SSLSocketFactory) SSLSocketFactory.getDefault()) : builder;
  }

  /**
   * Returns how long calls may take.
   *
   * @return the bounds, all known
   */
  public RedisBounds bounds() {
    return bounds;
  }

  /**
   * Returns how many connections are in use, for metrics.
   *
   * @return the number at this moment
   */
  public int connectionsInUse() {
    return commands.connectionsInUse();
  }

  /** Runs a call so that its commands end at the deadline, if that is sooner than their bounds. */
  <T> T within(Deadline deadline, Supplier<T> call) {
    return commands.within(deadline, call);
  }

  /** Returns the server and the bounds, without user and password. */
  @Override
  public String toString() {
    return "BoundedRedisClient[" + server + ", " + bounds + "]";
  }

  /** Collects settings. Not thread-safe. */
  public static final class Builder {
    private static final Duration MAX_BOUND = Duration.ofMinutes(1);

    private final String host;
    private final int port;
    private @Nullable String user;
    private @Nullable String password;
    private int database;
    private @Nullable SSLSocketFactory tls;
    private Duration connectTimeout = Duration.ofMillis(250);
    private Duration commandTimeout = Duration.ofMillis(250);
    private Duration poolWait = Duration.ofMillis(250);
    private int connections = 64;

    private Builder(String host, int port) {
      if (host.isBlank()) {
        throw new IllegalArgumentException("host must not be empty");
      }
      if (port < 1 || port > 65535) {
        throw new IllegalArgumentException("port must be 1 to 65535: " + port);
      }
      this.host = host;
      this.port = port;
    }

    /**
     * Logs in as a user of an access control list.
     *
     * @param name the user's name
     * @param secret the password; never printed
     * @return this
     */
    public Builder user(String name, String secret) {
      this.user = requireNonNull(name, "name");
      return password(secret);
    }

    /**
     * Logs in as the default user.
     *
     * @param secret the password; never printed
     * @return this
     */
    public Builder password(String secret) {
      this.password = requireNonNull(secret, "secret");
      return this;
    }

    /**
     * Selects a database.
     *
     * @param number its number; default 0
     * @return this
     * @throws IllegalArgumentException if it is negative
     */
    public Builder database(int number) {
      if (number < 0) {
        throw new IllegalArgumentException("database must not be negative: " + number);
      }
      this.database = number;
      return this;
    }

    /**
     * Uses TLS. The server's certificate must be good for the host that was named (RFC 2818).
     *
     * @param sockets makes TLS connections, and so decides which certificates are trusted
     * @return this
     */
    public Builder tls(SSLSocketFactory sockets) {
      this.tls = requireNonNull(sockets, "sockets");
      return this;
    }

    /**
     * Sets how long connecting may take; after it the new connection has one command timeout more
     * to log in.
     *
     * @param timeout 1 ms to 1 min; default 250 ms
     * @return this
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder connectTimeout(Duration timeout) {
      this.connectTimeout = requireBound("connectTimeout", timeout);
      return this;
    }

    /**
     * Sets how long a command may take, from sending it to the last byte of the answer.
     *
     * @param timeout 1 ms to 1 min; default 250 ms
     * @return this
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder commandTimeout(Duration timeout) {
      this.commandTimeout = requireBound("commandTimeout", timeout);
      return this;
    }

    /**
     * Sets how long a call waits for a connection when all are in use.
     *
     * @param wait 1 ms to 1 min; default 250 ms
     * @return this
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder poolWait(Duration wait) {
      this.poolWait = requireBound("poolWait", wait);
      return this;
    }

    /**
     * Sets how many connections there may be.
     *
     * @param max positive; default 64
     * @return this
     * @throws IllegalArgumentException if it is not positive
     */
    public Builder connections(int max) {
      if (max < 1) {
        throw new IllegalArgumentException("connections must be positive: " + max);
      }
      this.connections = max;
      return this;
    }

    /**
     * Makes the client. Does not connect.
     *
     * @return the client, to be closed by the caller
     */
    public BoundedRedisClient build() {
      JedisClientConfig config =
          DefaultJedisClientConfig.builder()
              .resp2()
              .user(user)
              .password(password)
              .database(database)
              .connectionTimeoutMillis(Math.toIntExact(connectTimeout.toMillis()))
              .socketTimeoutMillis(Math.toIntExact(commandTimeout.toMillis()))
              .clientSetInfoConfig(ClientSetInfoConfig.DISABLED)
              .build();
      BoundedExecutor executor =
          new BoundedExecutor(host, port, tls, config, connections, poolWait);
      return new BoundedRedisClient(this, executor, config);
    }

    private static Duration requireBound(String what, Duration bound) {
      if (bound.compareTo(Duration.ofMillis(1)) < 0 || bound.compareTo(MAX_BOUND) > 0) {
        throw new IllegalArgumentException(what + " must be 1 ms to 1 min: " + bound);
      }
      return bound;
    }
  }
}
