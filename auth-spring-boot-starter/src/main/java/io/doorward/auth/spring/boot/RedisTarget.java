package io.doorward.auth.spring.boot;

import io.doorward.auth.redis.client.BoundedRedisClient;
import java.util.List;
import java.util.stream.IntStream;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;

/**
 * The Redis that Boot's properties or connection details name, as a client of ours takes it.
 *
 * @param kind how its servers are found
 * @param nodes the server, some sentinels, or some nodes of the cluster
 * @param primary the name by which sentinels know it; null without them
 * @param database its number
 * @param login for the servers
 * @param sentinelLogin for the sentinels
 */
record RedisTarget(
    Kind kind,
    List<HostAndPort> nodes,
    @Nullable String primary,
    int database,
    Login login,
    Login sentinelLogin) {
  /** How servers are found. */
  enum Kind {
    ONE,
    SENTINEL,
    CLUSTER
  }

  /**
   * A login.
   *
   * @param user null for the default user
   * @param password null where none is needed
   */
  record Login(@Nullable String user, @Nullable String password) {
    static final Login NONE = new Login(null, null);

    /** Shows nothing. */
    @Override
    public String toString() {
      return "Login[redacted]";
    }
  }

  /**
   * Starts a client.
   *
   * @param tls makes connections; null without TLS
   * @throws IllegalArgumentException if a value cannot be used
   */
  BoundedRedisClient.Builder client(@Nullable SSLSocketFactory tls) {
    BoundedRedisClient.Builder client =
        switch (kind) {
          case ONE -> BoundedRedisClient.builder(nodes.get(0).getHost(), nodes.get(0).getPort());
          case SENTINEL -> BoundedRedisClient.sentinel(primary == null ? "" : primary, nodes);
          case CLUSTER -> BoundedRedisClient.cluster(nodes);
        };
    if (kind != Kind.CLUSTER) {
      client.database(database);
    }
    if (login.password() != null) {
      if (login.user() == null) {
        client.password(login.password());
      } else {
        client.user(login.user(), login.password());
      }
    }
    if (tls != null) {
      client.tls(tls);
    }
    if (kind == Kind.SENTINEL) {
      toSentinels(client, tls);
    }
    return client;
  }

  private void toSentinels(BoundedRedisClient.Builder client, @Nullable SSLSocketFactory tls) {
    if (sentinelLogin.password() != null) {
      if (sentinelLogin.user() == null) {
        client.sentinelPassword(sentinelLogin.password());
      } else {
        client.sentinelUser(sentinelLogin.user(), sentinelLogin.password());
      }
    }
    if (tls != null) {
      client.sentinelTls(tls);
    }
  }

  /**
   * Reads addresses.
   *
   * @param property where they stand, for the message
   * @param texts each {@code host:port}
   * @throws DoorwardConfigurationException if one is no address, or there is none
   */
  static List<HostAndPort> nodes(String property, List<String> texts) {
    if (texts.isEmpty()) {
      throw new DoorwardConfigurationException(
          property + " names no server", "List some of them, host:port each.");
    }
    return IntStream.range(0, texts.size())
        .mapToObj(i -> node(property + '[' + i + ']', texts.get(i).strip()))
        .toList();
  }

  /** The message does not repeat the text, which may have a password in front of its host. */
  private static HostAndPort node(String property, String text) {
    int colon = text.lastIndexOf(':');
    try {
      // A URI, or a login in front of the host, is no host.
      if (colon > 0 && text.indexOf('/') < 0 && text.indexOf('@') < 0) {
        return new HostAndPort(
            text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
      }
    } catch (NumberFormatException e) {
      // Said below, like an address without a port.
    }
    throw new DoorwardConfigurationException(
        property + " is an address that is not host:port", "Write each as host:port.");
  }
}
