package io.doorward.auth.testkit;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.testkit.EmbeddedRedisProcess.Role;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import redis.clients.jedis.BuilderFactory;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.CommandObject;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.params.MigrateParams;
import redis.clients.jedis.util.JedisClusterCRC16;

/**
 * A real Redis Cluster for tests: three primaries with a third of the slots each, and a replica of
 * each. A primary that does not answer for a second and a half is replaced within a few seconds.
 *
 * <p>{@link #shared()} is one cluster for the whole JVM, started at first use and ended with the
 * JVM; {@link #startNew()} is a cluster of the caller's own, whose nodes may be killed and paused
 * and whose slots may be moved.
 *
 * <p>All six processes come from the binary in a Maven artifact, for every value of {@code
 * DOORWARD_TEST_BACKEND}: clients are redirected to the addresses that the nodes announce to each
 * other, and those of containers are not reachable from everywhere.
 *
 * <p>Thread rule: namespaces and clients may be made by any thread; everything else is for the one
 * thread that owns the cluster. All verbs block until they are true.
 */
public final class TestRedisCluster implements AutoCloseable {
  private static final int PRIMARIES = 3;
  private static final int SLOTS = 16384;
  private static final List<String> SETTINGS =
      List.of(
          "cluster-node-timeout 1500",
          "cluster-replica-validity-factor 0",
          "cluster-allow-replica-migration no",
          "repl-diskless-sync-delay 0",
          "repl-ping-replica-period 1");

  private final List<TestRedisNode> nodes = new ArrayList<>();
  private final boolean shared;

  private TestRedisCluster(boolean shared) {
    this.shared = shared;
    for (int i = 0; i < 2 * PRIMARIES; i++) {
      nodes.add(TestRedisNode.launch(Role.CLUSTER_NODE, SETTINGS, shared));
    }
    for (int i = 0; i < nodes.size(); i++) {
      int epoch = i + 1;
      nodes.get(i).ask(node -> node.clusterSetConfigEpoch(epoch));
    }
    TestRedisNode first = nodes.get(0);
    nodes.stream().skip(1).forEach(node -> meet(first, node));
    await("nodes to meet", () -> nodes.stream().allMatch(node -> view(node).size() == 6));
    for (int i = 0; i < PRIMARIES; i++) {
      int from = SLOTS * i / PRIMARIES;
      int to = SLOTS * (i + 1) / PRIMARIES - 1;
      nodes.get(i).ask(node -> node.clusterAddSlotsRange(from, to));
      String id = nodes.get(i).ask(Jedis::clusterMyId);
      nodes.get(PRIMARIES + i).ask(node -> node.clusterReplicate(id));
    }
    awaitHealth();
  }

  /** The driver's own method takes the second port to be the first one plus 10,000. */
  private static void meet(TestRedisNode asked, TestRedisNode other) {
    CommandArguments meet =
        new CommandArguments(Command.CLUSTER)
            .add("MEET")
            .add(other.address().getHost())
            .add(other.address().getPort())
            .add(other.busPort());
    asked.ask(
        node ->
            node.getConnection().executeCommand(new CommandObject<>(meet, BuilderFactory.STRING)));
  }

  /**
   * Returns the cluster that all test classes of this JVM share.
   *
   * @return the cluster; its nodes cannot be killed or paused, its slots not moved
   */
  public static TestRedisCluster shared() {
    return Shared.CLUSTER;
  }

  /**
   * Starts an empty cluster of the caller's own.
   *
   * @return the running cluster; close it
   */
  public static TestRedisCluster startNew() {
    return new TestRedisCluster(false);
  }

  /**
   * Returns where the nodes are, for a client to begin with.
   *
   * @return six addresses
   */
  public Set<HostAndPort> addresses() {
    return nodes.stream().map(TestRedisNode::address).collect(Collectors.toUnmodifiableSet());
  }

  /**
   * Returns the nodes that slots belong to.
   *
   * @return three nodes, one of them dead perhaps
   */
  public List<TestRedisNode> primaries() {
    return view(witness()).stream()
        .filter(seen -> !seen.slots().isEmpty())
        .map(seen -> node(seen.address()))
        .toList();
  }

  /**
   * Returns the node that a key belongs to.
   *
   * @param key any key; a part in braces decides
   * @return its primary at this moment
   */
  public TestRedisNode primaryFor(String key) {
    return ownerBy(witness(), slotOf(key));
  }

  /**
   * Returns the slot of a key.
   *
   * @param key any key; a part in braces decides
   * @return 0 to 16383
   */
  public static int slotOf(String key) {
    return JedisClusterCRC16.getSlot(requireNonNull(key, "key"));
  }

  /**
   * Waits until every node that answers sees another primary for a key than before, and the cluster
   * as whole.
   *
   * @param key a key that belonged to {@code before}
   * @param before the primary that was killed or paused
   * @return the key's primary now
   */
  public TestRedisNode awaitFailover(String key, TestRedisNode before) {
    int slot = slotOf(key);
    await(
        "another primary",
        () ->
            nodes.stream()
                .filter(node -> node != before && node.answers())
                .allMatch(node -> ownerBy(node, slot) != before && isWhole(node)));
    return nodes.stream()
        .filter(node -> node != before && node.answers())
        .map(node -> ownerBy(node, slot))
        .findFirst()
        .orElseThrow();
  }

  /**
   * Begins to move a slot to another primary. Until the move is finished, both nodes answer for the
   * slot: the old one for the keys that it still has, the new one for all others.
   *
   * @param slot 0 to 16383
   * @param to a primary that does not have it
   * @return the move; close it
   */
  public Move move(int slot, TestRedisNode to) {
    requireOwn("moved");
    TestRedisNode from = ownerBy(witness(), slot);
    if (from == to) {
      throw new IllegalArgumentException("the slot must be another node's: " + slot);
    }
    String source = from.ask(Jedis::clusterMyId);
    String target = to.ask(Jedis::clusterMyId);
    to.ask(node -> node.clusterSetSlotImporting(slot, source));
    from.ask(node -> node.clusterSetSlotMigrating(slot, target));
    return new Move(slot, from, to, target);
  }

  /**
   * Undoes all faults of the nodes, and waits until the cluster is whole and every primary has a
   * replica.
   */
  public void heal() {
    requireOwn("healed");
    nodes.forEach(TestRedisNode::revive);
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

  /** Ends a cluster of the caller's own and deletes its data. Does nothing to a shared one. */
  @Override
  public void close() {
    if (!shared) {
      nodes.forEach(TestRedisNode::close);
    }
  }

  private void awaitHealth() {
    await(
        "a whole cluster",
        () -> nodes.stream().allMatch(node -> isWhole(node) && isHealthyBy(node)));
  }

  private static boolean isWhole(TestRedisNode node) {
    String info = node.ask(Jedis::clusterInfo);
    return TestRedisNode.field(info, "cluster_state").equals("ok")
        && TestRedisNode.field(info, "cluster_slots_ok").equals(Integer.toString(SLOTS));
  }

  private boolean isHealthyBy(TestRedisNode node) {
    List<Seen> view = view(node);
    boolean replica = node.info("replication", "role").equals("slave");
    return view.size() == nodes.size()
        && view.stream().noneMatch(seen -> seen.flags().contains("fail"))
        && view.stream().filter(seen -> seen.flags().contains("slave")).count() == PRIMARIES
        && (!replica || node.info("replication", "master_link_status").equals("up"));
  }

  /** Whose word is taken for how the cluster is. */
  private TestRedisNode witness() {
    return nodes.stream()
        .filter(TestRedisNode::answers)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no node of the cluster answers"));
  }

  private TestRedisNode ownerBy(TestRedisNode asked, int slot) {
    return view(asked).stream()
        .filter(seen -> seen.has(slot))
        .map(seen -> node(seen.address()))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("slot " + slot + " is nobody's"));
  }

  private TestRedisNode node(HostAndPort address) {
    return nodes.stream()
        .filter(node -> node.address().equals(address))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no node of this cluster: " + address));
  }

  private static List<Seen> view(TestRedisNode asked) {
    return asked.ask(Jedis::clusterNodes).lines().map(Seen::parse).toList();
  }

  private static void await(String what, Callable<Boolean> condition) {
    Processes.awaitReady(what, condition);
  }

  private void requireOwn(String verb) {
    if (shared) {
      throw new UnsupportedOperationException(
          "the shared cluster cannot be " + verb + ": use startNew()");
    }
  }

  /** Returns where the nodes listen. */
  @Override
  public String toString() {
    return "TestRedisCluster[" + addresses() + "]";
  }

  /** A slot on its way from one primary to another. For the thread that owns the cluster. */
  public final class Move implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 10_000;

    private final int slot;
    private final TestRedisNode from;
    private final TestRedisNode to;
    private final String target;
    private boolean finished;

    private Move(int slot, TestRedisNode from, TestRedisNode to, String target) {
      this.slot = slot;
      this.from = from;
      this.to = to;
      this.target = target;
    }

    /**
     * Moves some of the keys that the old node still has.
     *
     * @param most how many
     * @return how many were moved
     */
    public int moveKeys(int most) {
      List<byte[]> keys = from.ask(node -> node.clusterGetKeysInSlotBinary(slot, most));
      if (!keys.isEmpty()) {
        send(keys.toArray(new byte[0][]));
      }
      return keys.size();
    }

    /**
     * Moves one key. Does nothing if the old node does not have it.
     *
     * @param key a key of the slot
     */
    public void moveKey(String key) {
      send(key.getBytes(StandardCharsets.UTF_8));
    }

    private void send(byte[]... keys) {
      from.ask(
          node ->
              node.migrate(
                  to.address().getHost(),
                  to.address().getPort(),
                  TIMEOUT_MILLIS,
                  MigrateParams.migrateParams(),
                  keys));
    }

    /** Moves the keys that are left, and gives the slot to the new node. */
    public void finish() {
      if (finished) {
        return;
      }
      finished = true;
      int moved;
      do {
        moved = moveKeys(100);
      } while (moved > 0);
      to.ask(node -> node.clusterSetSlotNode(slot, target));
      from.ask(node -> node.clusterSetSlotNode(slot, target));
      await(
          "all nodes to know the slot's place",
          () -> nodes.stream().allMatch(node -> ownerBy(node, slot) == to));
    }

    /** Finishes the move if that was not done. */
    @Override
    public void close() {
      finish();
    }
  }

  /** A node as another one sees it: a line of {@code CLUSTER NODES}. */
  private record Seen(HostAndPort address, Set<String> flags, List<String> slots) {
    static Seen parse(String line) {
      String[] parts = line.split(" ", -1);
      String address = parts[1].substring(0, parts[1].indexOf('@'));
      // Slots in brackets are still moving and do not count yet.
      List<String> slots =
          IntStream.range(8, parts.length)
              .mapToObj(i -> parts[i])
              .filter(range -> !range.startsWith("["))
              .toList();
      return new Seen(HostAndPort.from(address), Set.of(parts[2].split(",", -1)), slots);
    }

    boolean has(int slot) {
      return slots.stream()
          .map(range -> range.split("-", -1))
          .anyMatch(
              ends ->
                  slot >= Integer.parseInt(ends[0])
                      && slot <= Integer.parseInt(ends[ends.length - 1]));
    }
  }

  /** Starts it at first use. */
  private static final class Shared {
    static final TestRedisCluster CLUSTER = new TestRedisCluster(true);
  }
}
