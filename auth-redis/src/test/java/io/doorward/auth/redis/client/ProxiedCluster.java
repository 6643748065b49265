package io.doorward.auth.redis.client;

import static org.awaitility.Awaitility.await;

import io.doorward.auth.testkit.FaultProxy;
import io.doorward.auth.testkit.TestPorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Protocol.Command;

/**
 * A real cluster of two primaries, half of the slots each, whose nodes tell everybody the address
 * of a proxy before them.
 */
public final class ProxiedCluster implements AutoCloseable {
  static final int SLOTS = 16384;

  /** A key of each node. */
  private static final List<String> KEYS = List.of("b", "a");

  final List<FaultProxy> proxies = new ArrayList<>();
  private final List<TestRedis> nodes = new ArrayList<>();
  private final List<Path> directories = new ArrayList<>();

  public ProxiedCluster() throws IOException {
    List<Integer> busPorts = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      Path directory = Files.createTempDirectory("doorward-cluster");
      directories.add(directory);
      int bus = TestPorts.take();
      // The port of the server is known to the proxy before the proxy's is known to the server.
      int port = TestPorts.take();
      FaultProxy proxy = FaultProxy.to("127.0.0.1", port);
      proxies.add(proxy);
      busPorts.add(bus);
      nodes.add(
          TestRedis.startOn(
              port,
              "dir " + directory,
              "cluster-enabled yes",
              "cluster-node-timeout 60000",
              "cluster-require-full-coverage no",
              "cluster-port " + bus,
              "cluster-announce-ip 127.0.0.1",
              "cluster-announce-port " + proxy.port(),
              "cluster-announce-bus-port " + bus));
    }
    for (int i = 0; i < 2; i++) {
      try (Jedis admin = admin(i)) {
        admin.clusterSetConfigEpoch(i + 1);
        admin.clusterAddSlotsRange(SLOTS * i / 2, SLOTS * (i + 1) / 2 - 1);
      }
    }
    try (Jedis admin = admin(0)) {
      CommandArguments meet =
          new CommandArguments(Command.CLUSTER)
              .add("MEET")
              .add("127.0.0.1")
              .add(nodes.get(1).port())
              .add(busPorts.get(1));
      admin.getConnection().executeCommand(meet);
    }
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> areAllSlotsKnownTo(0) && areAllSlotsKnownTo(1));
  }

  private boolean areAllSlotsKnownTo(int node) {
    try (Jedis admin = admin(node)) {
      return admin.clusterInfo().contains("cluster_slots_assigned:" + SLOTS)
          && admin.clusterInfo().contains("cluster_state:ok");
    }
  }

  public List<HostAndPort> addresses() {
    return proxies.stream().map(proxy -> new HostAndPort(proxy.host(), proxy.port())).toList();
  }

  public HostAndPort address(int node) {
    return addresses().get(node);
  }

  /** Returns a key that belongs to a node at the beginning. */
  public static String keyOf(int node) {
    return KEYS.get(node);
  }

  /** Returns a connection to a node that goes past its proxy. */
  public Jedis admin(int node) {
    return nodes.get(node).admin();
  }

  public String idOf(int node) {
    try (Jedis admin = admin(node)) {
      return admin.clusterMyId();
    }
  }

  public AutoCloseable pause(int node) {
    return nodes.get(node).pause();
  }

  /** Lets one node believe that a slot is another's; without keys in it, it may. */
  public void tell(int node, int slot, int owner) {
    try (Jedis admin = admin(node)) {
      admin.clusterSetSlotNode(slot, idOf(owner));
    }
  }

  /** The second node gives its slots away, with the keys in them lost. */
  public void giveAllSlotsToTheFirst() {
    try (Jedis first = admin(0);
        Jedis second = admin(1)) {
      second.flushAll();
      second.clusterDelSlotsRange(SLOTS / 2, SLOTS - 1);
      first.clusterBumpEpoch();
      first.clusterDelSlotsRange(SLOTS / 2, SLOTS - 1);
      first.clusterAddSlotsRange(SLOTS / 2, SLOTS - 1);
    }
  }

  /** Counts how often a node has answered with an error. */
  public long answered(int node, String error) {
    try (Jedis admin = admin(node)) {
      Matcher match =
          Pattern.compile("errorstat_" + error + ":count=(\\d+)").matcher(admin.info("errorstats"));
      return match.find() ? Long.parseLong(match.group(1)) : 0;
    }
  }

  @Override
  public void close() {
    proxies.forEach(FaultProxy::close);
    nodes.forEach(TestRedis::close);
    try {
      for (Path directory : directories) {
        Files.deleteIfExists(directory.resolve("nodes.conf"));
        Files.deleteIfExists(directory);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
