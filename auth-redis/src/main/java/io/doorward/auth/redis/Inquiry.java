package io.doorward.auth.redis;

import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.redis.RedisFailures.NoServerException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
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
    boolean ignorant = false;
    boolean strange = false;
    boolean locked = false;
    for (HostAndPort server : order()) {
      try {
        Optional<T> answer = reading.of(server, put(server));
        if (answer.isPresent()) {
          askFirst(server);
          return answer.get();
        }
        ignorant = true;
      } catch (JedisDataException e) {
        if (RedisFailures.isAboutAccess(e)) {
          locked = true;
        } else if (RedisFailures.saysNoPrimary(e)) {
          ignorant = true;
        } else {
          strange = true;
        }
      } catch (JedisException e) {
        askLast(server);
      }
    }
    if (locked) {
      throw new NoServerException(Kind.MISCONFIGURED, advice.locked());
    }
    if (ignorant) {
      throw new NoServerException(advice.ignorance(), advice.ignorant());
    }
    if (strange) {
      throw new NoServerException(Kind.MISCONFIGURED, advice.strange());
    }
    throw new NoServerException(Kind.UNREACHABLE, advice.silent());
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
