package io.doorward.auth.redis.client;

import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.redis.server.RedisFailures;
import io.doorward.auth.redis.server.RedisFailures.NoServerException;
import io.doorward.auth.redis.server.RedisFailures.TooOldException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Asks several servers which ones to use, one after another, until one has an answer: sentinels for
 * the primary, nodes of a cluster for the slots. One class for both, because they fail in the same
 * ways and differ in the question and in what an operator has to mend.
 *
 * <p>Each server is asked over a connection of its own, and for no longer than connecting and one
 * command may take. A server that answered is asked first the next time, one that did not is asked
 * last. Thread-safe.
 */
final class TopologyDiscovery {
  private final Connector connector;
  private final ServerAccess access;
  private final CommandArguments question;
  private final Errors errors;
  private final ReentrantLock lock = new ReentrantLock();
  private final List<HostAndPort> order;

  /**
   * The messages for a discovery that fails.
   *
   * @param unreachable no server answered in time
   * @param unknownName those that answered do not know what they were asked for
   * @param unknownKind whether that is a mistake in the settings, or something that may pass
   * @param unexpectedReply those that answered do not understand the question
   * @param accessDenied they do not let this client ask
   */
  record Errors(
      String unreachable,
      String unknownName,
      Kind unknownKind,
      String unexpectedReply,
      String accessDenied) {}

  /** Reads an answer; empty if the server that was asked does not know. */
  @FunctionalInterface
  interface Reading<T> {
    Optional<T> of(HostAndPort asked, Object answer);
  }

  TopologyDiscovery(
      Connector connector,
      ServerAccess access,
      Collection<HostAndPort> servers,
      CommandArguments question,
      Errors errors) {
    this.connector = connector;
    this.access = access;
    this.question = question;
    this.errors = errors;
    this.order = new ArrayList<>(servers);
    // Spreads the nodes of an application over the servers.
    Collections.shuffle(order);
  }

  /**
   * Asks until a server knows.
   *
   * @throws NoServerException if none does
   */
  <T> T ask(Reading<T> reading) {
    Map<Reason, String> reasons = new EnumMap<>(Reason.class);
    List<HostAndPort> asked = order();
    for (HostAndPort server : asked) {
      try {
        Optional<T> answer = reading.of(server, put(server));
        if (answer.isPresent()) {
          askFirst(server);
          return answer.get();
        }
        reasons.putIfAbsent(Reason.UNKNOWN_NAME, from(server));
      } catch (JedisDataException e) {
        Reason reason = reason(e);
        String detail =
            reason == Reason.TOO_OLD || reason == Reason.BUSY ? ": " + RedisFailures.advice(e) : "";
        reasons.putIfAbsent(reason, from(server) + detail);
      } catch (JedisException e) {
        askLast(server);
      }
    }
    throw noServer(asked, reasons);
  }

  /** Why a server has no answer, the most telling reason first. */
  private enum Reason {
    ACCESS_DENIED,
    TOO_OLD,
    UNKNOWN_NAME,
    BUSY,
    UNEXPECTED_REPLY
  }

  private static Reason reason(JedisDataException e) {
    if (e instanceof TooOldException) {
      return Reason.TOO_OLD;
    }
    if (RedisFailures.isAboutAccess(e)) {
      return Reason.ACCESS_DENIED;
    }
    if (RedisFailures.saysNoPrimary(e)) {
      return Reason.UNKNOWN_NAME;
    }
    return RedisFailures.saysNotNow(e) ? Reason.BUSY : Reason.UNEXPECTED_REPLY;
  }

  private static String from(HostAndPort server) {
    return " (" + RedisFailures.name(server) + ")";
  }

  private NoServerException noServer(List<HostAndPort> asked, Map<Reason, String> reasons) {
    if (reasons.isEmpty()) {
      String all = asked.stream().map(RedisFailures::name).collect(Collectors.joining(", "));
      return new NoServerException(
          Kind.UNREACHABLE, errors.unreachable() + " (" + all + " were asked)");
    }
    Map.Entry<Reason, String> first = reasons.entrySet().iterator().next();
    String which = first.getValue();
    return switch (first.getKey()) {
      case ACCESS_DENIED ->
          new NoServerException(Kind.MISCONFIGURED, errors.accessDenied() + which);
      case TOO_OLD ->
          new NoServerException(Kind.MISCONFIGURED, "a server that was asked is old" + which);
      case UNKNOWN_NAME ->
          new NoServerException(errors.unknownKind(), errors.unknownName() + which);
      case BUSY -> new NoServerException(Kind.REFUSED, "a server that was asked refuses" + which);
      case UNEXPECTED_REPLY ->
          new NoServerException(Kind.MISCONFIGURED, errors.unexpectedReply() + which);
    };
  }

  private Object put(HostAndPort server) {
    CuttableConnection connection = connector.connect(server, access);
    try {
      return connector.talk(
          connection, access.commandTimeout(), () -> connection.executeCommand(question));
    } finally {
      connection.cut();
    }
  }

  /** Asks a server before the others the next time, also one that was not known before. */
  void askFirst(HostAndPort server) {
    lock.lock();
    try {
      order.remove(server);
      order.add(0, server);
    } finally {
      lock.unlock();
    }
  }

  /** Asks a server after all others the next time, if it is asked at all. */
  void askLast(HostAndPort server) {
    lock.lock();
    try {
      if (order.remove(server)) {
        order.add(server);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Asks another server first the next time: what the first one said has proved wrong. */
  void askAnother() {
    lock.lock();
    try {
      Collections.rotate(order, -1);
    } finally {
      lock.unlock();
    }
  }

  /** Asks these and no others from now on, in the order in which they were asked before. */
  void askOnly(Collection<HostAndPort> servers) {
    lock.lock();
    try {
      Set<HostAndPort> kept = new LinkedHashSet<>(order);
      kept.retainAll(servers);
      kept.addAll(servers);
      order.clear();
      order.addAll(kept);
    } finally {
      lock.unlock();
    }
  }

  private List<HostAndPort> order() {
    lock.lock();
    try {
      return List.copyOf(order);
    } finally {
      lock.unlock();
    }
  }
}
