package io.doorward.auth.redis.client;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.redis.server.JedisLibrary;
import java.net.URI;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.UnifiedJedis;

/**
 * A Jedis client whose calls end, for one server, for the primary that sentinels name, or for a
 * cluster: at most pool wait, then connect and command timeout, and never later than the deadline
 * of the store's call that they belong to. A server that sends a byte now and then does not hold a
 * caller either: its connection is cut when the time is over, and a cut connection is never used
 * again.
 *
 * <p>Thread-safe, for virtual threads too. It is created without a connection, so an application
 * starts while all its servers are down. Close it when the stores over it are not used any more; it
 * owns its connections, one timer thread, and with sentinels or a cluster one thread that asks them
 * which servers to use.
 *
 * <p>Nothing is retried: a command that may have been sent is not sent again. It goes to another
 * server only where it certainly was not run: where a node of a cluster answers that another one
 * has the slot, or where the server could not be connected to and another one has its place by now.
 * That happens within the same bounds.
 *
 * <p>With sentinels, the primary is remembered and asked for again every topology period, and at
 * once when a command fails or a server says that it is no primary. As soon as the sentinels name
 * another one, no connection to the one before is given out. If none of them answers, the last
 * primary they named is used. One sentinel's word is taken: the stores' {@code PrimaryGuard} is
 * what keeps a node that is cut off together with one from believing an old primary.
 *
 * <p>In a cluster the map of the slots is read in the same way. All keys of a command must be in
 * one slot, as those of the stores are; a command without keys goes to any one primary.
 *
 * <p>The bound of a command holds for everything that is run as one command; commands that are
 * meant to block longer, subscriptions, pipelines and transactions want a client of their own.
 * Looking up a host name is bounded by the resolver of the JVM only: use an address, or a resolver
 * that answers.
 */
public final class BoundedRedisClient extends UnifiedJedis {
  private final BoundedExecutor commands;
  private final ServerAccess access;
  private final Duration poolWait;
  private final boolean remote;
  private final boolean cluster;
  private final boolean failsOver;
  private final int connections;

  private BoundedRedisClient(BoundedExecutor executor, ServerAccess access, Builder builder) {
    super(new CommandConnections(executor), ServerAccess.PROTOCOL);
    this.access = access;
    this.poolWait = builder.poolWait;
    this.remote = !builder.topology.remoteHosts().isEmpty();
    this.cluster = builder.topology instanceof Topology.Cluster;
    this.failsOver = !(builder.topology instanceof Topology.One);
    this.connections = builder.connections;
    this.commands = executor;
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
    return new Builder(new Topology.One(new HostAndPort(host, port)));
  }

  /**
   * Starts a client for a server that a URI names: {@code redis://user:password@host:port/database}
   * or {@code rediss://} for TLS. Every part of the URI is used or refused.
   *
   * <p>The host may have underscores; an IPv6 address stands in brackets. Without a port it is
   * 6379, without a database 0, without {@code user:password@} there is no login; {@code
   * :password@} is a login of the default user. In user and password everything but letters, digits
   * and {@code -._~} is percent-encoded. A query or a fragment is refused.
   *
   * @param uri the server
   * @return a builder with the documented defaults
   * @throws IllegalArgumentException if a part of it cannot be used; the message says which, and
   *     repeats none of it
   */
  public static Builder builder(URI uri) {
    RedisAddress address = RedisAddress.parse(uri);
    Builder builder = new Builder(new Topology.One(address.server()));
    address
        .login()
        .ifPresent(
            login -> {
              builder.user = login.user().orElse(null);
              builder.password(login.password());
            });
    builder.database(address.database());
    return address.tls() ? builder.tls((SSLSocketFactory) SSLSocketFactory.getDefault()) : builder;
  }

  /**
   * Starts a client for the primary that sentinels name, whichever it is at the moment.
   *
   * @param primaryName the name by which they know it
   * @param sentinels some of them or all; others are not looked for
   * @return a builder with the documented defaults
   * @throws IllegalArgumentException if name or sentinels are empty, or an address is none
   */
  public static Builder sentinel(String primaryName, Collection<HostAndPort> sentinels) {
    return new Builder(
        new Topology.Sentinels(primaryName, List.copyOf(requireNonNull(sentinels, "sentinels"))));
  }

  /**
   * Starts a client for a cluster.
   *
   * @param nodes some of them or all; the others are learned from them
   * @return a builder with the documented defaults
   * @throws IllegalArgumentException if there are none, or an address is none
   */
  public static Builder cluster(Collection<HostAndPort> nodes) {
    return new Builder(new Topology.Cluster(List.copyOf(requireNonNull(nodes, "nodes"))));
  }

  /**
   * Returns how long connecting may take.
   *
   * @return the builder's {@link Builder#connectTimeout}
   */
  public Duration connectTimeout() {
    return access.connectTimeout();
  }

  /**
   * Returns how long a command may take.
   *
   * @return the builder's {@link Builder#commandTimeout}
   */
  public Duration commandTimeout() {
    return access.commandTimeout();
  }

  /**
   * Returns how many connections are in use, at all servers together, for metrics.
   *
   * @return the number at this moment
   */
  public int connectionsInUse() {
    return commands.connectionsInUse();
  }

  /**
   * Returns how many connections there may be, at each server.
   *
   * @return the builder's {@link Builder#connections}
   */
  public int connections() {
    return connections;
  }

  /**
   * Tells whether commands follow a slot to another node.
   *
   * @return true if it is a client for a cluster
   */
  public boolean isForCluster() {
    return cluster;
  }

  /**
   * Tells whether another server may take the place of the one that answers, so that the stores
   * need a {@code PrimaryGuard}.
   *
   * @return true with sentinels and for a cluster
   */
  public boolean mayFailOver() {
    return failsOver;
  }

  /**
   * Tells whether its connections could be read on their way: whether they leave this machine
   * without TLS.
   *
   * @return false if TLS is used, or all servers were named by addresses of this machine
   */
  public boolean isExposed() {
    return access.tls() == null && remote;
  }

  /**
   * Runs a call whose commands end at a deadline, if that is sooner than their bounds, as all calls
   * of the stores do. Commands of other threads are not bounded by it.
   *
   * @param <T> what the call returns
   * @param deadline when its commands must have ended
   * @param call runs commands of this client on this thread
   * @return what the call returned
   */
  public <T> T within(Deadline deadline, Supplier<T> call) {
    return CallDeadline.within(deadline, call);
  }

  /** Returns the servers and the bounds, without users and passwords. */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "BoundedRedisClient[%s, pool wait %d ms, connect %d ms, command %d ms]",
        commands,
        poolWait.toMillis(),
        connectTimeout().toMillis(),
        commandTimeout().toMillis());
  }

  /** Collects settings. Not thread-safe. */
  public static final class Builder {
    private static final Duration MAX_BOUND = Duration.ofMinutes(1);

    private final Topology topology;
    private @Nullable String user;
    private @Nullable String password;
    private int database;
    private @Nullable SSLSocketFactory tls;
    private @Nullable String sentinelUser;
    private @Nullable String sentinelPassword;
    private @Nullable SSLSocketFactory sentinelTls;
    private Duration topologyPeriod = Duration.ofSeconds(1);
    private Duration connectTimeout = Duration.ofMillis(250);
    private Duration commandTimeout = Duration.ofMillis(250);
    private Duration poolWait = Duration.ofMillis(250);
    private int connections = 64;

    private Builder(Topology topology) {
      this.topology = topology;
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
     * @throws IllegalArgumentException if it is negative, or not 0 in a cluster
     */
    public Builder database(int number) {
      if (number < 0) {
        throw new IllegalArgumentException("database must not be negative: " + number);
      }
      if (number > 0 && topology instanceof Topology.Cluster) {
        throw new IllegalArgumentException("database must be 0 in a cluster: " + number);
      }
      this.database = number;
      return this;
    }

    /**
     * Uses TLS. A server's certificate must be good for the host that was named (RFC 2818): by this
     * client's user, by the sentinels, or by the nodes of the cluster.
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
     * Sets how many connections there may be; in a cluster, to each node.
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
     * Sets how often sentinels or cluster are asked which servers to use, while the client is used
     * and nothing fails. It costs one question over a connection of its own.
     *
     * @param period 100 ms to 1 h; default 1 s
     * @return this
     * @throws IllegalArgumentException if it is out of range, or there is one server only
     */
    public Builder topologyPeriod(Duration period) {
      if (topology instanceof Topology.One) {
        throw new IllegalArgumentException("topologyPeriod is for sentinels and clusters");
      }
      Duration least = Duration.ofMillis(100);
      Duration most = Duration.ofHours(1);
      if (period.compareTo(least) < 0 || period.compareTo(most) > 0) {
        throw new IllegalArgumentException(
            "topologyPeriod must be " + least + " to " + most + ": " + period);
      }
      this.topologyPeriod = period;
      return this;
    }

    /**
     * Logs in to the sentinels as a user of their access control list. What servers are told is not
     * told to sentinels.
     *
     * @param name the user's name
     * @param secret the password; never printed
     * @return this
     * @throws IllegalArgumentException if there are no sentinels
     */
    public Builder sentinelUser(String name, String secret) {
      this.sentinelUser = requireNonNull(name, "name");
      return sentinelPassword(secret);
    }

    /**
     * Logs in to the sentinels as their default user.
     *
     * @param secret the password; never printed
     * @return this
     * @throws IllegalArgumentException if there are no sentinels
     */
    public Builder sentinelPassword(String secret) {
      requireSentinels("sentinelPassword");
      this.sentinelPassword = requireNonNull(secret, "secret");
      return this;
    }

    /**
     * Uses TLS to the sentinels. Their certificates must be good for the hosts that were named.
     *
     * @param sockets makes TLS connections
     * @return this
     * @throws IllegalArgumentException if there are no sentinels
     */
    public Builder sentinelTls(SSLSocketFactory sockets) {
      requireSentinels("sentinelTls");
      this.sentinelTls = requireNonNull(sockets, "sockets");
      return this;
    }

    private void requireSentinels(String what) {
      if (!(topology instanceof Topology.Sentinels)) {
        throw new IllegalArgumentException(what + " is for sentinels");
      }
    }

    /**
     * Makes the client. Does not connect.
     *
     * @return the client, to be closed by the caller
     * @throws IllegalStateException if the Jedis on the class path is older than 7.0.0
     */
    public BoundedRedisClient build() {
      JedisLibrary.requireSupported();
      ServerAccess servers =
          new ServerAccess(user, password, database, tls, connectTimeout, commandTimeout);
      ServerAccess sentinels =
          new ServerAccess(
              sentinelUser, sentinelPassword, 0, sentinelTls, connectTimeout, commandTimeout);
      BoundedExecutor executor =
          topology.open(
              new Topology.Settings(
                  servers,
                  sentinels,
                  new BoundedPool.Limits(connections, poolWait),
                  topologyPeriod));
      return new BoundedRedisClient(executor, servers, this);
    }

    private static Duration requireBound(String what, Duration bound) {
      if (requireNonNull(bound, what).compareTo(Duration.ofMillis(1)) < 0
          || bound.compareTo(MAX_BOUND) > 0) {
        throw new IllegalArgumentException(what + " must be 1 ms to 1 min: " + bound);
      }
      return bound;
    }
  }
}
