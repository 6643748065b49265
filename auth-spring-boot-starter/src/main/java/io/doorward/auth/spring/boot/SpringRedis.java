package io.doorward.auth.spring.boot;

import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.spring.boot.RedisTarget.Kind;
import io.doorward.auth.spring.boot.RedisTarget.Login;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindResult;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.core.env.Environment;
import redis.clients.jedis.HostAndPort;

/**
 * What {@code spring.data.redis.*} says of a server, with Boot's names, defaults and precedence, so
 * that an application need not say it twice. Boot's own classes for it come with Spring Data only.
 * Settings of other clients ({@code lettuce}, {@code jedis}, {@code client-name}) are not for ours.
 *
 * @param url overrides host, port, username, password and database
 * @param host one server
 * @param port its port
 * @param username login of the servers
 * @param password login of the servers
 * @param database its number
 * @param timeout of a command; null for the client's default
 * @param connectTimeout of a connection; null for the client's default
 * @param sentinel how sentinels name the server; null without them
 * @param cluster its nodes; null without one
 * @param masterreplica refused: only primaries are read
 * @param ssl whether connections use TLS
 */
record SpringRedis(
    @Nullable String url,
    @DefaultValue("localhost") String host,
    @DefaultValue("6379") int port,
    @Nullable String username,
    @Nullable String password,
    @DefaultValue("0") int database,
    @Nullable Duration timeout,
    @Nullable Duration connectTimeout,
    @Nullable Sentinel sentinel,
    @Nullable Cluster cluster,
    @Nullable Cluster masterreplica,
    @DefaultValue Ssl ssl) {
  static final String PREFIX = "spring.data.redis";

  private static final List<String> ONE_SERVER = List.of("url", "host", "port");
  private static final List<String> SERVERS =
      List.of("sentinel.nodes", "cluster.nodes", "masterreplica.nodes");

  /** Sentinels, see Boot's documentation. */
  record Sentinel(
      @Nullable String master,
      @DefaultValue List<String> nodes,
      @Nullable String username,
      @Nullable String password) {}

  /** A cluster, see Boot's documentation. */
  record Cluster(@DefaultValue List<String> nodes) {}

  /** TLS, see Boot's documentation. */
  record Ssl(@Nullable Boolean enabled, @Nullable String bundle) {
    boolean isOn() {
      return enabled == null ? bundle != null : enabled;
    }
  }

  static SpringRedis of(Environment environment) {
    return Binder.get(environment).bindOrCreate(PREFIX, SpringRedis.class);
  }

  /** Tells whether the application has said where its Redis is. */
  static boolean namesServer(Environment environment) {
    Binder binder = Binder.get(environment);
    return ONE_SERVER.stream()
            .anyMatch(name -> binder.bind(PREFIX + '.' + name, String.class).isBound())
        || SERVERS.stream()
            .map(name -> binder.bind(PREFIX + '.' + name, Bindable.listOf(String.class)))
            .anyMatch(BindResult::isBound);
  }

  /**
   * Starts a client with all of it.
   *
   * @param bundles where {@code ssl.bundle} is looked for; null if there are none
   * @throws DoorwardConfigurationException if it contradicts itself or cannot be read
   * @throws IllegalArgumentException if a value cannot be used
   */
  BoundedRedisClient.Builder client(@Nullable SslBundles bundles) {
    if (masterreplica != null) {
      throw new DoorwardConfigurationException(
          PREFIX + ".masterreplica names replicas, and Doorward reads primaries only",
          "Name the server by url or host, by sentinels or as a cluster.");
    }
    SSLSocketFactory tls = ssl.isOn() ? sockets(bundles) : null;
    BoundedRedisClient.Builder client = url == null ? target().client(tls) : byUrl(url, tls);
    withTimeouts(client);
    return client;
  }

  void withTimeouts(BoundedRedisClient.Builder client) {
    if (timeout != null) {
      client.commandTimeout(timeout);
    }
    if (connectTimeout != null) {
      client.connectTimeout(connectTimeout);
    }
  }

  private BoundedRedisClient.Builder byUrl(String url, @Nullable SSLSocketFactory tls) {
    if (sentinel != null || cluster != null) {
      throw new DoorwardConfigurationException(
          PREFIX + ".url names one server, and there are sentinels or nodes of a cluster as well",
          "Keep one of them.");
    }
    BoundedRedisClient.Builder client = client(PREFIX + ".url", url);
    return tls == null ? client : client.tls(tls);
  }

  /**
   * Starts a client for a URI.
   *
   * @param property where it stands, for the message, which does not repeat it
   * @throws DoorwardConfigurationException if it cannot be used
   */
  static BoundedRedisClient.Builder client(String property, String url) {
    try {
      return BoundedRedisClient.builder(new URI(url));
    } catch (URISyntaxException | IllegalArgumentException e) {
      // Not the cause: it may quote the text, which may hold a password.
      throw new DoorwardConfigurationException(
          property
              + " cannot be read"
              + (e instanceof IllegalArgumentException ? ": " + e.getMessage() : ""),
          "Write redis://user:password@host:port/database, or rediss:// for TLS; in user and"
              + " password everything but letters, digits and -._~ is percent-encoded.");
    }
  }

  private RedisTarget target() {
    Login login = password == null ? Login.NONE : new Login(username, password);
    if (sentinel != null && cluster != null) {
      throw new DoorwardConfigurationException(
          PREFIX + ".sentinel and " + PREFIX + ".cluster are both set", "Keep one of them.");
    }
    if (sentinel != null) {
      List<HostAndPort> nodes = RedisTarget.nodes(PREFIX + ".sentinel.nodes", sentinel.nodes());
      return new RedisTarget(
          Kind.SENTINEL,
          nodes,
          sentinel.master(),
          database,
          login,
          new Login(sentinel.username(), sentinel.password()));
    }
    if (cluster != null) {
      List<HostAndPort> nodes = RedisTarget.nodes(PREFIX + ".cluster.nodes", cluster.nodes());
      return new RedisTarget(Kind.CLUSTER, nodes, null, 0, login, Login.NONE);
    }
    return new RedisTarget(
        Kind.ONE, List.of(new HostAndPort(host, port)), null, database, login, Login.NONE);
  }

  private SSLSocketFactory sockets(@Nullable SslBundles bundles) {
    if (ssl.bundle() == null) {
      return SslBundle.systemDefault().createSslContext().getSocketFactory();
    }
    if (bundles == null) {
      throw new DoorwardConfigurationException(
          PREFIX + ".ssl.bundle is set, and the application has no SSL bundles",
          "Define it under spring.ssl.bundle.");
    }
    return bundles.getBundle(ssl.bundle()).createSslContext().getSocketFactory();
  }

  /** Shows no address and no secret. */
  @Override
  public String toString() {
    return "SpringRedis[redacted]";
  }
}
