package io.doorward.auth.redis;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.PrimaryRegistry.Primary;
import io.doorward.auth.backend.Finding;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.redis.server.IdentifiedRead;
import io.doorward.auth.redis.server.JedisLibrary;
import io.doorward.auth.redis.server.RedisFailures;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.UnifiedJedis;

/**
 * Checks the settings of a Redis server and of the client in front of it. In a cluster it checks
 * one node. Apart from the stores, because its findings are for an operator and change no answer.
 * Writes nothing. Thread-safe.
 */
final class RedisConfigCheck {
  private static final Pattern LINE = Pattern.compile("^(\\w+):(.*)$", Pattern.MULTILINE);
  private static final Pattern NAME = Pattern.compile("[0-9a-f]{40}");

  private final UnifiedJedis client;
  private final String namespace;
  private final @Nullable PrimaryGuard guard;
  private final InstantSource clock;
  private @Nullable Scripts scripts;
  private volatile boolean sessions;

  RedisConfigCheck(
      UnifiedJedis client, String namespace, @Nullable PrimaryGuard guard, InstantSource clock) {
    this.client = client;
    this.namespace = namespace;
    this.guard = guard;
    this.clock = clock;
  }

  /**
   * Sets the way to the server. Called once, before the first check: the way knows the server,
   * which knows this check.
   */
  void through(Scripts way) {
    this.scripts = way;
  }

  /** Notes that sessions are kept in Redis only. */
  void keepsSessions() {
    sessions = true;
  }

  /**
   * Checks server and client.
   *
   * @throws StoreException if the server cannot be looked at, or does not let this client do all
   *     that is needed
   */
  List<Finding> inspect(Deadline deadline) {
    Scripts way = requireNonNull(scripts, "scripts");
    Reply reply;
    try {
      reply = check(way).runAnywhere(deadline);
    } catch (StoreException e) {
      return RedisFailures.tooOld(e)
          .map(RedisConfigCheck::tooOld)
          .map(List::of)
          .orElseThrow(() -> e);
    }
    String text = reply.at(0).text().replace("\r", "");
    Optional<String> complaint = RedisFailures.tooOld(text);
    if (complaint.isPresent()) {
      return List.of(tooOld(complaint.get()));
    }
    lookAtRights(way, texts(reply.at(2)), texts(reply.at(3)), deadline);
    Map<String, String> info = new HashMap<>();
    Matcher lines = LINE.matcher(text);
    while (lines.find()) {
      info.put(lines.group(1), lines.group(2).strip());
    }
    List<Finding> found = new ArrayList<>();
    lookAtMemory(info, found);
    lookAtPersistence(info, found);
    lookAtTopology(info, found);
    lookAtClock(Instant.ofEpochSecond(Long.parseLong(reply.at(1).text())), found);
    lookAtClient(info, found);
    lookAtPrimary(info, deadline, found);
    return found;
  }

  private Scripts.Call check(Scripts way) {
    return way.call(RedisScript.CONFIG_CHECK)
        .keys(StoreContext.key(namespace, "config_check", "look"));
  }

  private static List<String> texts(Reply list) {
    return list.items().stream().map(Reply::text).toList();
  }

  /** Finds a missing right now, and not when a server has restarted or a script is first needed. */
  private void lookAtRights(
      Scripts way, List<String> denied, List<String> unknown, Deadline deadline) {
    Optional<String> missing = RedisFailures.missing(denied, unknown);
    if (missing.isPresent()) {
      throw new StoreException(
          Kind.MISCONFIGURED, RedisScript.CONFIG_CHECK.step() + ": " + missing.get());
    }
    Reply unused = check(way).run(deadline);
    if (client instanceof BoundedRedisClient) {
      way.ping(deadline, RedisScript.CONFIG_CHECK.step());
    }
  }

  private static Finding tooOld(String complaint) {
    return Finding.refusal(
        "redis.version",
        complaint,
        "Upgrade the server to " + RedisFailures.NEEDED_VERSION + " or later");
  }

  private static void lookAtMemory(Map<String, String> info, List<Finding> found) {
    long most = number(info, "maxmemory");
    if (most == 0) {
      return;
    }
    String policy = info.getOrDefault("maxmemory_policy", "noeviction");
    if (!policy.equals("noeviction")) {
      found.add(
          Finding.warning(
              "redis.eviction",
              "with maxmemory-policy "
                  + policy
                  + " a full server forgets counted attempts, and sessions that are kept in Redis"
                  + " only",
              "Set maxmemory-policy to noeviction, or give Doorward a Redis of its own"));
    } else if (number(info, "used_memory") > most / 10 * 9) {
      found.add(
          Finding.warning(
              "redis.memory",
              "more than nine tenths of maxmemory are used: a full server refuses writes, and"
                  + " Doorward counts as away from it",
              "Raise maxmemory, or find out what fills it"));
    }
  }

  private void lookAtPersistence(Map<String, String> info, List<Finding> found) {
    if (sessions && info.getOrDefault("aof_enabled", "0").equals("0")) {
      found.add(
          Finding.warning(
              "redis.persistence",
              "sessions are kept in Redis only, and appendonly is off: a restart logs people out, or"
                  + " brings back sessions that had been revoked since the last snapshot",
              "Set appendonly to yes, or keep sessions in PostgreSQL with DurableTokenStore"));
    }
  }

  private void lookAtTopology(Map<String, String> info, List<Finding> found) {
    if (!info.getOrDefault("role", "master").equals("master")) {
      found.add(
          Finding.warning(
              "redis.topology",
              "the server is a replica: nothing can be written, so it counts as away",
              "Connect to the primary, by BoundedRedisClient.sentinel where sentinels choose it"));
    }
    if (number(info, "cluster_enabled") == 1 && isForOneServer()) {
      found.add(
          Finding.warning(
              "redis.topology",
              "the server is a node of a cluster, the client is for one server: what lies on other"
                  + " nodes counts as away",
              "Use BoundedRedisClient.cluster"));
    }
    if (number(info, "connected_slaves") > 0 && guard == null) {
      found.add(
          Finding.warning(
              "redis.primaries",
              "the server has replicas and no guard watches the change of primaries: nodes that are cut"
                  + " off together with an old primary go on believing it",
              "Give RedisStores a PrimaryGuard, and set min-replicas-to-write to 1"));
    }
  }

  private boolean isForOneServer() {
    return client instanceof BoundedRedisClient bounded
        ? !bounded.isForCluster()
        : !JedisLibrary.isForCluster(client);
  }

  private void lookAtClock(Instant server, List<Finding> found) {
    Duration skew = Duration.between(clock.instant(), server).abs();
    if (skew.compareTo(StoreContext.SKEW) > 0) {
      found.add(
          Finding.warning(
              "redis.clock",
              "the server's clock and this node's differ by " + skew.toSeconds() + " s",
              "Synchronise both with NTP"));
    }
  }

  private void lookAtClient(Map<String, String> info, List<Finding> found) {
    if (!(client instanceof BoundedRedisClient bounded)) {
      found.add(
          Finding.warning(
              "redis.bounds",
              "the client keeps no deadlines (it waits for a connection "
                  + JedisLibrary.poolWait(client)
                      .map(wait -> "up to " + wait.toMillis() + " ms")
                      .orElse("without a known end")
                  + "): a call may take as long as its settings allow",
              "Use BoundedRedisClient"));
      return;
    }
    if (bounded.isExposed()) {
      found.add(
          Finding.warning(
              "redis.tls",
              "the connection is not encrypted: a listener learns session ids and counts, though"
                  + " no password hash, since entries are sealed",
              "Use TLS: rediss:// or the builder's tls"));
    }
    long most = number(info, "maxclients");
    if (most > 0 && bounded.connections() > most) {
      found.add(
          Finding.warning(
              "redis.pool",
              "the client may open "
                  + bounded.connections()
                  + " connections, the server's maxclients is "
                  + most,
              "Lower connections(...), or raise maxclients"));
    }
  }

  private void lookAtPrimary(Map<String, String> info, Deadline deadline, List<Finding> found) {
    String run = info.getOrDefault("run_id", "");
    String history = info.getOrDefault("master_replid", "");
    String previous = info.getOrDefault("master_replid2", "0".repeat(40));
    if (guard == null
        || !info.getOrDefault("role", "").equals("master")
        || !NAME.matcher(history).matches()
        || !NAME.matcher(previous).matches()) {
      return;
    }
    String identity = IdentifiedRead.sha1Hex(Scripts.bytes(run + ':' + history));
    boolean alone = !info.getOrDefault("redis_mode", "standalone").equals("cluster");
    guard.inspect(new Primary(identity, history, previous, alone), deadline).ifPresent(found::add);
  }

  private static long number(Map<String, String> info, String name) {
    String value = info.getOrDefault(name, "");
    return value.matches("\\d{1,18}") ? Long.parseLong(value) : 0;
  }
}
