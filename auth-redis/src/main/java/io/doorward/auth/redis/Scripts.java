package io.doorward.auth.redis;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.PrimaryRegistry.Primary;
import io.doorward.auth.backend.Backend;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.redis.server.RedisFailures;
import java.io.Serial;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.exceptions.JedisNoScriptException;

/**
 * Runs scripts for one store: within the deadline where the client can, sent by digest first, and
 * with every failure turned into a {@link StoreException}. Thread-safe.
 */
final class RedisCalls {
  private static final byte[] NOT_ASKED = {};

  private final UnifiedJedis client;
  private final Backend server;
  private final String store;
  private final @Nullable PrimaryGuard primaries;

  /**
   * Takes a client, which stays the caller's to close, the server behind it, the store's name for
   * messages, and who knows which primaries may be believed, if anybody does.
   */
  RedisCalls(UnifiedJedis client, Backend server, String store, @Nullable PrimaryGuard primaries) {
    this.client = requireNonNull(client, "client");
    this.server = requireNonNull(server, "server");
    this.store = store;
    this.primaries = primaries;
  }

  Backend server() {
    return server;
  }

  /** Runs a script. All keys lie in one slot. */
  Object run(
      RedisScript script, List<String> keys, List<byte[]> args, Deadline deadline, String step) {
    List<byte[]> rawKeys = new ArrayList<>(keys.size());
    keys.forEach(key -> rawKeys.add(bytes(key)));
    PrimaryGuard guard = primaries;
    if (guard == null) {
      return send(script, rawKeys, and(args, NOT_ASKED), deadline, step);
    }
    for (boolean again = false; ; again = true) {
      String believed = guard.believed(deadline);
      try {
        Object answer = send(script, rawKeys, and(args, bytes(believed)), deadline, step);
        // A server that hung meanwhile may answer long after another one has taken over from it.
        if (guard.stillBelieves(believed, deadline)) {
          return answer;
        }
        throw new StoreException(
            StoreException.Kind.REFUSED,
            store + ": " + step + ": another primary took over while the answer was on its way");
      } catch (UnbelievedException e) {
        if (again) {
          throw new StoreException(
              StoreException.Kind.REFUSED, store + ": " + step + ": the primary has just changed");
        }
        guard.meet(e.primary, deadline);
      }
    }
  }

  /** Runs a script of one key that is believed whatever primary it meets, and sends all of it. */
  Object runWhole(RedisScript script, List<String> keys, Deadline deadline, String step) {
    List<byte[]> rawKeys = keys.stream().map(RedisCalls::bytes).toList();
    return asked(
        deadline,
        step,
        given ->
            within(given, step, () -> client.eval(script.source(), rawKeys, List.of(NOT_ASKED))));
  }

  /** Asks any one server for a sign of life, as the pool does where a connection was idle. */
  void ping(Deadline deadline, String step) {
    String unused = asked(deadline, step, given -> within(given, step, client::ping));
  }

  /** Tells whether what the primary of this stamp has just been told binds every node. */
  boolean isSettled(String stamp, Deadline deadline) {
    return primaries == null || primaries.isSettled(stamp, deadline);
  }

  private Object send(
      RedisScript script, List<byte[]> keys, List<byte[]> args, Deadline deadline, String step) {
    return asked(deadline, step, given -> evaluate(script, keys, args, given, step));
  }

  private Object evaluate(
      RedisScript script, List<byte[]> keys, List<byte[]> args, Deadline deadline, String step) {
    try {
      return within(deadline, step, () -> client.evalsha(script.digest(), keys, args));
    } catch (JedisNoScriptException e) {
      // A restarted or flushed server has forgotten it. EVAL also makes it known again.
      return within(deadline, step, () -> client.eval(script.source(), keys, args));
    }
  }

  /**
   * Asks the server, unless its circuit breaker is open. What Lua calls false comes back as null; a
   * script's caller knows whether it may.
   */
  @SuppressWarnings("NullAway")
  private <T> T asked(Deadline deadline, String step, Function<Deadline, T> call) {
    Answer<T> answer =
        server.call(
            deadline,
            given -> {
              try {
                return new Answer<>(call.apply(given), null);
              } catch (JedisException e) {
                return new Answer<>(null, unbelieved(step, e));
              }
            });
    if (answer.unbelieved() != null) {
      throw answer.unbelieved();
    }
    return answer.value();
  }

  /** What a server said: a value, or that it is not one that its caller believes. */
  private record Answer<T>(@Nullable T value, @Nullable UnbelievedException unbelieved) {}

  private static List<byte[]> and(List<byte[]> args, byte[] last) {
    List<byte[]> all = new ArrayList<>(args);
    all.add(last);
    return all;
  }

  private UnbelievedException unbelieved(String step, JedisException e) {
    return PrimaryGuard.primaryIn(String.valueOf(e.getMessage()))
        .map(UnbelievedException::new)
        .orElseThrow(() -> RedisFailures.translate(store, step, e));
  }

  private <T> T within(Deadline deadline, String step, Supplier<T> call) {
    deadline.check(store + ": " + step);
    return client instanceof BoundedRedisClient bounded
        ? bounded.within(deadline, call)
        : call.get();
  }

  /** A script met a primary that its caller does not believe. Never leaves this class. */
  private static final class UnbelievedException extends RuntimeException {
    @Serial private static final long serialVersionUID = 1L;
    private final transient Primary primary;

    UnbelievedException(Primary primary) {
      super("another primary", null, false, false);
      this.primary = primary;
    }
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static byte[] bytes(long number) {
    return bytes(Long.toString(number));
  }

  /** Reads a string of a script's answer. */
  static String text(Object answer) {
    return new String((byte[]) answer, StandardCharsets.UTF_8);
  }

  /** Reads a list of a script's answer; what Lua calls false is null in it. */
  static List<?> items(Object answer) {
    return (List<?>) answer;
  }
}
