package io.doorward.auth.redis.client;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import redis.clients.jedis.HostAndPort;

/** Which servers a client uses, as the application names them. Immutable. */
sealed interface Topology {
  /** One server. */
  record One(HostAndPort server) implements Topology {
    public One {
      server = RedisAddress.require("", server);
    }
  }

  /** The primary that sentinels name. */
  record Sentinels(String name, List<HostAndPort> addresses) implements Topology {
    public Sentinels {
      if (requireNonNull(name, "primaryName").isBlank()) {
        throw new IllegalArgumentException("primaryName must not be empty");
      }
      addresses = requireAddresses("sentinels", addresses);
    }
  }

  /** A cluster, of which some nodes are known. */
  record Cluster(List<HostAndPort> nodes) implements Topology {
    public Cluster {
      nodes = requireAddresses("nodes", nodes);
    }
  }

  /** How its servers are used: all that the executors need besides the addresses. */
  record Settings(
      ServerAccess servers,
      ServerAccess sentinels,
      BoundedPool.Limits limits,
      Duration topologyPeriod) {}

  /** Makes what runs commands. Does not connect. */
  default BoundedExecutor open(Settings settings) {
    Connector connector = new Connector();
    ServerAccess access = settings.servers();
    BoundedPool.Limits limits = settings.limits();
    Function<HostAndPort, BoundedPool> pools =
        server -> new BoundedPool(server, access, limits, connector);
    Duration wholeCall =
        limits.poolWait().plus(access.loginTimeout()).plus(access.commandTimeout());
    if (this instanceof Sentinels group) {
      return new SentinelServers(
          connector, group, settings.sentinels(), pools, settings.topologyPeriod(), wholeCall);
    }
    if (this instanceof Cluster cluster) {
      return new ClusterServers(
          connector, cluster.nodes(), access, pools, settings.topologyPeriod(), wholeCall);
    }
    return new OneServer(connector, pools.apply(((One) this).server()));
  }

  /**
   * The hosts that were named and are not this machine, as far as their names tell: nothing is
   * looked up.
   */
  default List<String> remoteHosts() {
    List<HostAndPort> named =
        this instanceof Sentinels group
            ? group.addresses()
            : this instanceof Cluster cluster ? cluster.nodes() : List.of(((One) this).server());
    return named.stream()
        .map(HostAndPort::getHost)
        .filter(host -> !host.equals("localhost") && !host.equals("::1"))
        .filter(host -> !host.startsWith("127."))
        .toList();
  }

  private static List<HostAndPort> requireAddresses(String what, Collection<HostAndPort> all) {
    if (all.isEmpty()) {
      throw new IllegalArgumentException(what + " must not be empty");
    }
    return all.stream().map(address -> RedisAddress.require(what + ": ", address)).toList();
  }
}
