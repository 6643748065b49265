package io.doorward.auth.testkit;

import io.doorward.auth.testkit.EmbeddedRedisProcess.Role;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import redis.clients.jedis.BuilderFactory;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.CommandObject;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Protocol.Command;

/**
 * A real Redis with sentinels for tests: one primary, two replicas and three sentinels, of which
 * two must agree before a replica is promoted. A primary that does not answer for a second is
 * replaced within a few seconds.
 *
 * <p>{@link #shared()} is one group for the whole JVM, started at first use and ended with the JVM;
 * {@link #startNew()} is a group of the caller's own, whose processes may be killed and paused.
 *
 * <p>All six processes come from the binary in a Maven artifact, for every value of {@code
 * DOORWARD_TEST_BACKEND}: clients are redirected to the addresses that the servers announce to each
 * other, and those of containers are not reachable from everywhere.
 *
 * <p>Thread rule: namespaces and clients may be made by any thread; everything else is for the one
 * thread that owns the group. All verbs block until they are true.
 */
public final class TestRedisSentinel implements AutoCloseable {
  private static final String NAME = "doorward-primary";
  private static final int REPLICAS = 2;
  private static final int SENTINELS = 3;

  /** Sentinels check more often than by default, so that tests are short. */
  private static final List<String> HASTE =
      List.of(
          "info-period", "500", "ping-period", "200", "ask-period", "200", "publish-period", "500");

  private final List<TestRedisNode> servers = new ArrayList<>();
  private final List<TestRedisNode> sentinels = new ArrayList<>();
  private final boolean shared;

  private TestRedisSentinel(boolean shared) {
    this.shared = shared;
    List<String> settings = List.of("repl-diskless-sync-delay 0", "repl-ping-replica-period 1");
    TestRedisNode first = TestRedisNode.launch(Role.SERVER, settings, shared);
    servers.add(first);
    String address = first.address().getHost() + " " + first.address().getPort();
    List<String> replica = new ArrayList<>(settings);
    replica.add("replicaof " + address);
    for (int i = 0; i < REPLICAS; i++) {
      servers.add(TestRedisNode.launch(Role.SERVER, replica, shared));
    }
    await("replicas to follow", () -> isFollowed(first));
    for (int i = 0; i < SENTINELS; i++) {
      sentinels.add(
          TestRedisNode.launch(
              Role.SENTINEL,
              List.of(
                  "sentinel monitor " + NAME + " " + address + " 2",
                  "sentinel down-after-milliseconds " + NAME + " 1000",
                  "sentinel failover-timeout " + NAME + " 3000",
                  "sentinel parallel-syncs " + NAME + " 2"),
              shared));
    }
    awaitHealth();
  }

  /**
   * Returns the group that all test classes of this JVM share.
   *
   * @return the group; its processes cannot be killed or paused
   */
  public static TestRedisSentinel shared() {
    return Shared.GROUP;
  }

  /**
   * Starts an empty group of the caller's own.
   *
   * @return the running group; close it
   */
  public static TestRedisSentinel startNew() {
    return new TestRedisSentinel(false);
  }

  /**
   * Returns the name by which the sentinels know the primary.
   *
   * @return the name that a client asks them for
   */
  public String primaryName() {
    return NAME;
  }

  /**
   * Returns where the sentinels are.
   *
   * @return three addresses
   */
  public Set<HostAndPort> sentinels() {
    return sentinels.stream().map(TestRedisNode::address).collect(Collectors.toUnmodifiableSet());
  }

  /**
   * Returns the server that the sentinels call the primary.
   *
   * @return the primary at this moment
   * @throws IllegalStateException if no sentinel answers or they do not agree
   */
  public TestRedisNode primary() {
    Set<HostAndPort> named = new HashSet<>();
    for (TestRedisNode sentinel : sentinels) {
      if (sentinel.answers()) {
        named.add(primaryBy(sentinel));
      }
    }
    if (named.size() != 1) {
      throw new IllegalStateException("the sentinels must name one primary: " + named);
    }
    return server(named.iterator().next());
  }

  /**
   * Returns the servers besides the primary.
   *
   * @return two servers, dead ones too
   */
  public List<TestRedisNode> replicas() {
    TestRedisNode primary = primary();
    return servers.stream().filter(server -> server != primary).toList();
  }

  /**
   * Waits until every sentinel that answers names another primary than before and that one says so
   * too.
   *
   * @param before the primary that was killed or paused
   * @return the primary now
   */
  public TestRedisNode awaitFailover(TestRedisNode before) {
    await(
        "another primary",
        () -> {
          TestRedisNode now = primary();
          return now != before && isPrimary(now);
        });
    return primary();
  }

  /**
   * Freezes the sentinels: no replica is promoted any more, and an old primary that comes back is
   * not told that it is past. So it goes on answering, as one that is cut off does.
   */
  public void pauseSentinels() {
    sentinels.forEach(TestRedisNode::pause);
  }

  /** Thaws the sentinels. */
  public void resumeSentinels() {
    sentinels.forEach(TestRedisNode::resume);
  }

  /**
   * Undoes all faults of the processes, and waits until there are one primary and two replicas
   * again and every sentinel knows them.
   */
  public void heal() {
    if (shared) {
      throw new UnsupportedOperationException("nothing happens to a shared group: use startNew()");
    }
    servers.forEach(TestRedisNode::revive);
    sentinels.forEach(TestRedisNode::revive);
    awaitHealth();
  }

  /**
   * Makes a namespace that was never used: put it in front of every key.
   *
   * @return 14 characters of {@code a-z 0-9}
   */
  public String newNamespace() {
    return TestRedis.unusedNamespace();
  }

  /** Ends a group of the caller's own and deletes its data. Does nothing to a shared one. */
  @Override
  public void close() {
    if (!shared) {
      sentinels.forEach(TestRedisNode::close);
      servers.forEach(TestRedisNode::close);
    }
  }

  private void awaitHealth() {
    sentinels.forEach(TestRedisSentinel::hurry);
    await("a primary with its replicas", () -> isFollowed(primary()) && areAllKnown());
  }

  /** They forget it when they end. */
  private static void hurry(TestRedisNode sentinel) {
    CommandArguments debug = new CommandArguments(Command.SENTINEL).add("DEBUG");
    HASTE.forEach(debug::add);
    sentinel.ask(
        server ->
            server
                .getConnection()
                .executeCommand(new CommandObject<>(debug, BuilderFactory.STRING)));
  }

  private static boolean isPrimary(TestRedisNode server) {
    return server.answers() && server.info("replication", "role").equals("master");
  }

  private boolean isFollowed(TestRedisNode primary) {
    String replication = primary.ask(server -> server.info("replication"));
    return TestRedisNode.field(replication, "role").equals("master")
        && replication.lines().filter(line -> line.contains("state=online")).count() == REPLICAS;
  }

  private boolean areAllKnown() {
    return sentinels.stream()
        .allMatch(
            sentinel ->
                sentinel.ask(
                    asked ->
                        asked.sentinelSentinels(NAME).size() == SENTINELS - 1
                            && flagsOf(asked).equals("master")
                            && areFine(asked.sentinelReplicas(NAME))));
  }

  private static String flagsOf(Jedis sentinel) {
    return String.valueOf(sentinel.sentinelMaster(NAME).get("flags"));
  }

  private static boolean areFine(List<Map<String, String>> replicas) {
    return replicas.size() == REPLICAS
        && replicas.stream()
            .allMatch(
                replica ->
                    "slave".equals(replica.get("flags"))
                        && "ok".equals(replica.get("master-link-status")));
  }

  private static HostAndPort primaryBy(TestRedisNode sentinel) {
    List<String> named = sentinel.ask(asked -> asked.sentinelGetMasterAddrByName(NAME));
    return new HostAndPort(named.get(0), Integer.parseInt(named.get(1)));
  }

  private TestRedisNode server(HostAndPort address) {
    return servers.stream()
        .filter(server -> server.address().equals(address))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no server of this group: " + address));
  }

  private static void await(String what, Callable<Boolean> condition) {
    Processes.awaitReady(what, condition);
  }

  /** Returns where the sentinels listen. */
  @Override
  public String toString() {
    return "TestRedisSentinel[" + sentinels() + "]";
  }

  /** Starts it at first use. */
  private static final class Shared {
    static final TestRedisSentinel GROUP = new TestRedisSentinel(true);
  }
}
