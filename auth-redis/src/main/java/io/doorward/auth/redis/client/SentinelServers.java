package io.doorward.auth.redis.client;

import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.base.Ticker;
import io.doorward.auth.redis.server.IdentifiedRead;
import io.doorward.auth.redis.server.RedisFailures;
import io.doorward.auth.redis.server.RedisFailures.NotConnectedException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.CommandObject;
import redis.clients.jedis.Connection;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Runs every command on the primary that the sentinels name. Thread-safe.
 *
 * <p>They are asked again every period while the client is used, and at once where a command fails
 * or a server says that it is no primary. As soon as they name another one, the connections to the
 * one before are not given out any more. A primary that cannot be connected to is asked about, and
 * if there is another one by now the command goes there: nothing was sent before. A command that
 * may have been sent is not sent again.
 */
final class SentinelServers implements BoundedExecutor {
  private final Connector connector;
  private final Function<HostAndPort, BoundedPool> pools;
  private final Duration wholeCall;
  private final String description;
  private final TopologyDiscovery sentinels;
  private final SharedLookup<BoundedPool> primary;
  private volatile @Nullable BoundedPool present;
  private volatile boolean closed;

  /** Asks no sentinel yet. */
  SentinelServers(
      Connector connector,
      Topology.Sentinels group,
      ServerAccess sentinelAccess,
      Function<HostAndPort, BoundedPool> pools,
      Duration period,
      Duration wholeCall) {
    this.connector = connector;
    this.pools = pools;
    this.wholeCall = wholeCall;
    this.description = group.name() + " by sentinels " + group.addresses();
    this.sentinels =
        new TopologyDiscovery(
            connector,
            sentinelAccess,
            group.addresses(),
            new CommandArguments(Command.SENTINEL).add("GET-MASTER-ADDR-BY-NAME").add(group.name()),
            new TopologyDiscovery.Errors(
                "no sentinel answered in time",
                "the sentinels that answered know no primary of this name: " + group.name(),
                Kind.MISCONFIGURED,
                "the servers that answered are no sentinels",
                "the sentinels do not let this client ask for the primary: check sentinelUser and"
                    + " sentinelPassword, and that the access rules allow SENTINEL"
                    + " GET-MASTER-ADDR-BY-NAME"));
    this.primary =
        new SharedLookup<>(
            "doorward-redis-sentinels",
            this::lookUp,
            period,
            sentinelAccess.loginTimeout(),
            Ticker.system());
  }

  /** Runs on the look-up's thread. */
  private BoundedPool lookUp() {
    HostAndPort named = sentinels.ask((asked, answer) -> address(answer));
    BoundedPool before = present;
    if (before != null && before.server().equals(named)) {
      return before;
    }
    BoundedPool now = pools.apply(named);
    present = now;
    if (before != null) {
      before.close();
    }
    if (closed) {
      now.close();
    }
    return now;
  }

  /** Reads host and port; empty if it is something else, as for a name that is not known. */
  private static Optional<HostAndPort> address(@Nullable Object answer) {
    if (answer instanceof List<?> parts
        && parts.size() == 2
        && parts.get(0) instanceof byte[] host
        && parts.get(1) instanceof byte[] port) {
      String number = new String(port, StandardCharsets.US_ASCII);
      if (host.length > 0 && number.matches("[1-9][0-9]{0,4}")) {
        String name = new String(host, StandardCharsets.UTF_8);
        return Optional.of(new HostAndPort(name, Integer.parseInt(number)));
      }
    }
    return Optional.empty();
  }

  @Override
  public <T> T executeCommand(CommandObject<T> command) {
    return CallDeadline.within(wholeCall, () -> run(command));
  }

  private <T> T run(CommandObject<T> command) {
    BoundedPool.Lease lease = lease();
    try {
      return lease.run(command);
    } catch (JedisDataException e) {
      if (RedisFailures.saysNoPrimary(e)) {
        doubt();
      }
      throw e;
    } catch (JedisException e) {
      doubt();
      throw e;
    }
  }

  /**
   * Tries no other server and waits for no look-up: a store that learns nothing sends a command,
   * which does both.
   */
  @Override
  public IdentifiedRead.Answer read(IdentifiedRead read) {
    Optional<BoundedPool> pool = primary.atHand();
    return pool.isEmpty()
        ? IdentifiedRead.Answer.unknown()
        : CallDeadline.within(wholeCall, () -> read(pool.get(), read));
  }

  private IdentifiedRead.Answer read(BoundedPool pool, IdentifiedRead read) {
    try {
      return pool.read(read);
    } catch (StoreException e) {
      if (SharedTrips.wasInVain(e)) {
        doubt();
      }
      throw e;
    }
  }

  private BoundedPool.Lease lease() {
    BoundedPool pool = primary.current();
    try {
      return pool.lease();
    } catch (NotConnectedException e) {
      doubt();
      BoundedPool other = primary.renewed();
      if (other == pool) {
        throw e;
      }
      return other.lease();
    }
  }

  private void doubt() {
    sentinels.askAnother();
    primary.doubt();
  }

  @Override
  public Connection getConnection() {
    return CallDeadline.within(wholeCall, () -> lease().connection());
  }

  @Override
  public int connectionsInUse() {
    BoundedPool pool = present;
    return pool == null ? 0 : pool.connectionsInUse();
  }

  @Override
  public void close() {
    closed = true;
    connector.close();
    primary.close();
    BoundedPool pool = present;
    if (pool != null) {
      pool.close();
    }
  }

  @Override
  public String toString() {
    return description;
  }
}
