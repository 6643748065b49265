package io.doorward.auth.spring.boot;

import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.spring.boot.RedisTarget.Kind;
import io.doorward.auth.spring.boot.RedisTarget.Login;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails.Cluster;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails.Node;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails.Sentinel;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails.Standalone;
import org.springframework.boot.ssl.SslBundle;
import redis.clients.jedis.HostAndPort;

/**
 * A client for the Redis that Boot has connection details of: those of Testcontainers, of Docker
 * Compose or of a platform. Loaded only where Spring Data's module of Boot is there.
 */
final class ConnectionDetailsRedis implements RedisSource {
  private final DataRedisConnectionDetails details;

  ConnectionDetailsRedis(DataRedisConnectionDetails details) {
    this.details = details;
  }

  /** Boot's own details repeat the properties, which are read by themselves. */
  @Override
  public Optional<BoundedRedisClient.Builder> client() {
    String boots = DataRedisConnectionDetails.class.getPackageName();
    return details.getClass().getPackageName().equals(boots)
        ? Optional.empty()
        : Optional.of(client(details));
  }

  private static BoundedRedisClient.Builder client(DataRedisConnectionDetails details) {
    String password = details.getPassword();
    Login login = password == null ? Login.NONE : new Login(details.getUsername(), password);
    SSLSocketFactory tls = sockets(details.getSslBundle());
    Sentinel sentinel = details.getSentinel();
    if (sentinel != null) {
      return new RedisTarget(
              Kind.SENTINEL,
              nodes(sentinel.getNodes()),
              sentinel.getMaster(),
              sentinel.getDatabase(),
              login,
              new Login(sentinel.getUsername(), sentinel.getPassword()))
          .client(tls);
    }
    Cluster cluster = details.getCluster();
    if (cluster != null) {
      return new RedisTarget(Kind.CLUSTER, nodes(cluster.getNodes()), null, 0, login, Login.NONE)
          .client(tls);
    }
    Standalone one = details.getStandalone();
    if (one == null) {
      throw new DoorwardConfigurationException(
          "The connection details of Redis name neither one server nor sentinels nor a cluster",
          "Define a bean of type BoundedRedisClient.");
    }
    HostAndPort server = new HostAndPort(one.getHost(), one.getPort());
    return new RedisTarget(Kind.ONE, List.of(server), null, one.getDatabase(), login, Login.NONE)
        .client(tls);
  }

  private static List<HostAndPort> nodes(List<Node> nodes) {
    return nodes.stream().map(node -> new HostAndPort(node.host(), node.port())).toList();
  }

  private static @Nullable SSLSocketFactory sockets(@Nullable SslBundle bundle) {
    return bundle == null ? null : bundle.createSslContext().getSocketFactory();
  }
}
