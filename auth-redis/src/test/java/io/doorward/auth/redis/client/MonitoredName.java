package io.doorward.auth.redis.client;

import io.doorward.auth.testkit.FaultProxy;
import io.doorward.auth.testkit.TestRedisSentinel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * A name that real sentinels are told to know a primary by, with a proxy before each of them. They
 * never promote anybody by themselves: whom they name is the test's to say.
 */
final class MonitoredName implements AutoCloseable {
  final String name;
  final List<FaultProxy> proxies = new ArrayList<>();
  private final List<HostAndPort> sentinels;

  MonitoredName(TestRedisSentinel group) {
    name = "name-" + group.newNamespace();
    sentinels = List.copyOf(group.sentinels());
    sentinels.forEach(each -> proxies.add(FaultProxy.to(each.getHost(), each.getPort())));
  }

  List<HostAndPort> addresses() {
    return proxies.stream().map(proxy -> new HostAndPort(proxy.host(), proxy.port())).toList();
  }

  /** All sentinels name the server on this port of this machine. */
  void point(int port) {
    sentinels.forEach(each -> point(each, port));
  }

  /** Only one of them does. */
  void pointFirst(int port) {
    point(sentinels.get(0), port);
  }

  private void point(HostAndPort sentinel, int port) {
    try (Jedis admin = new Jedis(sentinel)) {
      remove(admin);
      admin.sentinelMonitor(name, "127.0.0.1", port, sentinels.size());
      admin.sentinelSet(name, Map.of("down-after-milliseconds", "600000"));
    }
  }

  private void remove(Jedis admin) {
    try {
      admin.sentinelRemove(name);
    } catch (JedisDataException e) {
      // It does not know the name yet.
    }
  }

  @Override
  public void close() {
    proxies.forEach(FaultProxy::close);
    for (HostAndPort sentinel : sentinels) {
      try (Jedis admin = new Jedis(sentinel)) {
        remove(admin);
      }
    }
  }
}
