package io.doorward.auth.redis.client;

import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.base.Ticker;
import io.doorward.auth.redis.server.IdentifiedRead;
import io.doorward.auth.redis.server.RedisFailures;
import io.doorward.auth.redis.server.RedisFailures.NotConnectedException;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.CommandObject;
import redis.clients.jedis.Connection;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisAskDataException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.exceptions.JedisMovedDataException;
import redis.clients.jedis.util.JedisClusterCRC16;

/**
 * Runs every command on the node of a cluster that has its keys' slot. Thread-safe.
 *
 * <p>A node that answers MOVED or ASK has not run the command, and one that cannot be connected to
 * has not been sent it: then it goes to another node, a few times. All of that ends one command
 * timeout after the first sending. A command that may have been sent is not sent again.
 *
 * <p>The map of the slots is read again every period while the client is used, and at once where a
 * command fails or was sent elsewhere. A command without keys goes to any one primary.
 */
final class ClusterServers implements BoundedExecutor {
  /** A slot that moves costs one redirection or two; more are a cluster that is being rebuilt. */
  private static final int MAX_HOPS = 5;

  private static final int NO_SLOT = -1;

  private final Connector connector;
  private final Set<HostAndPort> seeds;
  private final Duration wholeCall;
  private final Duration commandTimeout;
  private final NodePools pools;
  private final TopologyDiscovery nodes;
  private final SharedLookup<SlotMap> slots;
  private final AtomicInteger turn = new AtomicInteger();

  /** Asks no node yet. */
  ClusterServers(
      Connector connector,
      Collection<HostAndPort> seeds,
      ServerAccess access,
      Function<HostAndPort, BoundedPool> pools,
      Duration period,
      Duration wholeCall) {
    this.connector = connector;
    this.seeds = new LinkedHashSet<>(seeds);
    this.wholeCall = wholeCall;
    this.commandTimeout = access.commandTimeout();
    this.pools = new NodePools(pools);
    this.nodes =
        new TopologyDiscovery(
            connector,
            access,
            seeds,
            new CommandArguments(Command.CLUSTER).add("SLOTS"),
            new TopologyDiscovery.Errors(
                "no node of the cluster answered in time",
                "no node that answered knows where the slots of the cluster are",
                Kind.REFUSED,
                "the servers that answered are no nodes of a cluster",
                "the nodes do not let this client ask for the slots: check user and password, and"
                    + " that the access rules allow CLUSTER SLOTS"));
    this.slots =
        new SharedLookup<>(
            "doorward-redis-slots", this::lookUp, period, access.loginTimeout(), Ticker.system());
  }

  /** Runs on the look-up's thread. */
  private SlotMap lookUp() {
    SlotMap map = nodes.ask(SlotMap::parse);
    Set<HostAndPort> toAsk = new LinkedHashSet<>(map.nodes());
    toAsk.addAll(seeds);
    nodes.askOnly(toAsk);
    pools.retain(map.primaries());
    return map;
  }

  @Override
  public <T> T executeCommand(CommandObject<T> command) {
    return CallDeadline.within(wholeCall, () -> run(command));
  }

  private <T> T run(CommandObject<T> command) {
    int slot = slotOf(command.getArguments());
    HostAndPort node = nodeFor(slots.current(), slot);
    boolean asking = false;
    boolean sending = false;
    for (int hops = 0; ; hops++) {
      boolean mayGoOn = hops < MAX_HOPS;
      BoundedPool pool = pools.of(node);
      try {
        BoundedPool.Lease lease = pool.lease();
        if (!sending) {
          sending = true;
          CallDeadline.tighten(commandTimeout);
        }
        return asking ? lease.runAsking(command) : lease.run(command);
      } catch (JedisMovedDataException e) {
        HostAndPort target = SlotMap.from(node, e.getTargetNode());
        nodes.askFirst(target);
        slots.doubt();
        node = orThrow(mayGoOn, target, e);
        asking = false;
      } catch (JedisAskDataException e) {
        node = orThrow(mayGoOn, SlotMap.from(node, e.getTargetNode()), e);
        asking = true;
      } catch (NotConnectedException e) {
        if (pool.isClosed()) {
          // The map that left this node out may be behind: it gets another pool.
          node = orThrow(mayGoOn, node, e);
          continue;
        }
        doubt(node);
        HostAndPort other = nodeFor(slots.renewed(), slot);
        node = orThrow(mayGoOn && !other.equals(node), other, e);
        asking = false;
      } catch (JedisDataException e) {
        if (RedisFailures.saysNoPrimary(e)) {
          doubt(node);
        }
        throw e;
      } catch (JedisException e) {
        doubt(node);
        throw e;
      }
    }
  }

  /**
   * Asks the node that the map names, once, and waits for no map. Where the keys have moved, their
   * values are unknown, and the command that the store sends next finds out where they are.
   */
  @Override
  public IdentifiedRead.Answer read(IdentifiedRead read) {
    Optional<SlotMap> map = slots.atHand();
    return map.isEmpty()
        ? IdentifiedRead.Answer.unknown()
        : CallDeadline.within(
            wholeCall, () -> read(nodeFor(map.get(), slotOf(read.keys().get(0))), read));
  }

  private IdentifiedRead.Answer read(HostAndPort node, IdentifiedRead read) {
    try {
      return pools.of(node).read(read);
    } catch (StoreException e) {
      if (SharedTrips.wasInVain(e)) {
        doubt(node);
      }
      throw e;
    }
  }

  private static HostAndPort orThrow(boolean go, HostAndPort there, JedisException otherwise) {
    if (!go) {
      throw otherwise;
    }
    return there;
  }

  private void doubt(HostAndPort node) {
    nodes.askLast(node);
    slots.doubt();
  }

  /** Returns the slot of the first key: if others lie elsewhere, it is the server that says so. */
  private static int slotOf(CommandArguments command) {
    return command.getKeys().stream().findFirst().map(ClusterServers::slotOf).orElse(NO_SLOT);
  }

  private static int slotOf(Object key) {
    return key instanceof byte[] bytes
        ? JedisClusterCRC16.getSlot(bytes)
        : JedisClusterCRC16.getSlot(key.toString());
  }

  private HostAndPort nodeFor(SlotMap map, int slot) {
    Optional<HostAndPort> owner = slot == NO_SLOT ? Optional.empty() : map.owner(slot);
    List<HostAndPort> any = map.primaries();
    return owner.orElseGet(() -> any.get(Math.floorMod(turn.getAndIncrement(), any.size())));
  }

  /** A connection to any one primary. */
  @Override
  public Connection getConnection() {
    return CallDeadline.within(
        wholeCall, () -> pools.of(nodeFor(slots.current(), NO_SLOT)).lease().connection());
  }

  @Override
  public int connectionsInUse() {
    return pools.connectionsInUse();
  }

  @Override
  public void close() {
    pools.close();
    connector.close();
    slots.close();
  }

  @Override
  public String toString() {
    return "cluster of " + seeds;
  }
}
