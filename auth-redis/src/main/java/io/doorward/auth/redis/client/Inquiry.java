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
 * Puts one question to several servers, one after another, until one has an answer. Each is asked
 * over a connection of its own, and for no longer than connecting and one command may take. Who
 * answered is asked first the next time, who did not is asked last. Thread-safe.
 */
final class Inquiry {
  private final Connector connector;
  private final ServerAccess access;
  private final CommandArguments question;
  private final Advice advice;
  private final ReentrantLock lock = new ReentrantLock();
  private final List<HostAndPort> order;

  /**
   * What to tell a caller when there is no answer.
   *
   * @param silent nobody answered in time
   * @param ignorant those that answered do not know
   * @param ignorance what that is: a mistake in the settings, or something that may pass
   * @param strange those that answered do not understand the question
   * @param locked they do not let this client ask
   */
  record Advice(String silent, String ignorant, Kind ignorance, String strange, String locked) {}

  /** Reads an answer; empty if the server that was asked does not know. */
  @FunctionalInterface
  interface Reading<T> {
    Optional<T> of(HostAndPort asked, Object answer);
  }

  Inquiry(
      Connector connector,
      ServerAccess access,
      Collection<HostAndPort> servers,
      CommandArguments question,
      Advice advice) {
    this.connector = connector;
    this.access = access;
    this.question = question;
    this.advice = advice;
    this.order = new ArrayList<>(servers);
    // Not all nodes of an application turn to the same one.
    Collections.shuffle(order);
  }

  /**
   * Asks until somebody knows.
   *
   * @throws NoServerException if nobody does
   */
  <T> T ask(Reading<T> reading) {
    Map<Word, String> heard = new EnumMap<>(Word.class);
    List<HostAndPort> asked = order();
    for (HostAndPort server : asked) {
      try {
        Optional<T> answer = reading.of(server, put(server));
        if (answer.isPresent()) {
          askFirst(server);
          return answer.get();
        }
        heard.putIfAbsent(Word.IGNORANT, from(server));
      } catch (JedisDataException e) {
        Word word = word(e);
        String detail = word == Word.OLD || word == Word.BUSY ? ": " + RedisFailures.advice(e) : "";
        heard.putIfAbsent(word, from(server) + detail);
      } catch (JedisException e) {
        askLast(server);
      }
    }
    throw nobodyKnows(asked, heard);
  }

  /** What a server says that has no answer, the most telling first. */
  private enum Word {
    LOCKED,
    OLD,
    IGNORANT,
    BUSY,
    STRANGE
  }

  private static Word word(JedisDataException e) {
    if (e instanceof TooOldException) {
      return Word.OLD;
    }
    if (RedisFailures.isAboutAccess(e)) {
      return Word.LOCKED;
    }
    if (RedisFailures.saysNoPrimary(e)) {
      return Word.IGNORANT;
    }
    return RedisFailures.saysNotNow(e) ? Word.BUSY : Word.STRANGE;
  }

  private static String from(HostAndPort server) {
    return " (" + RedisFailures.name(server) + ")";
  }

  private NoServerException nobodyKnows(List<HostAndPort> asked, Map<Word, String> heard) {
    if (heard.isEmpty()) {
      String all = asked.stream().map(RedisFailures::name).collect(Collectors.joining(", "));
      return new NoServerException(Kind.UNREACHABLE, advice.silent() + " (" + all + " were asked)");
    }
    Map.Entry<Word, String> first = heard.entrySet().iterator().next();
    String which = first.getValue();
    return switch (first.getKey()) {
      case LOCKED -> new NoServerException(Kind.MISCONFIGURED, advice.locked() + which);
      case OLD ->
          new NoServerException(Kind.MISCONFIGURED, "a server that was asked is old" + which);
      case IGNORANT -> new NoServerException(advice.ignorance(), advice.ignorant() + which);
      case BUSY -> new NoServerException(Kind.REFUSED, "a server that was asked refuses" + which);
      case STRANGE -> new NoServerException(Kind.MISCONFIGURED, advice.strange() + which);
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

  /** Turns to another server the next time: what the first one says has proved wrong. */
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
