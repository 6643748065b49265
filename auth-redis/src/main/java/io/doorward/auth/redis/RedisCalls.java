package io.doorward.auth.redis;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.exceptions.JedisNoScriptException;

/**
 * Runs scripts for one store: within the deadline where the client can, sent by digest first, and
 * with every failure turned into a {@link StoreException}. Thread-safe.
 */
final class RedisCalls {
  private static final Logger LOG = LoggerFactory.getLogger(RedisCalls.class);

  private final UnifiedJedis client;
  private final String store;

  /** Takes a client, which stays the caller's to close, and the store's name for messages. */
  RedisCalls(UnifiedJedis client, String store) {
    this.client = requireNonNull(client, "client");
    this.store = store;
    RedisBounds bounds = RedisBounds.of(client);
    if (bounds.areKnown()) {
      LOG.info("{}: {}", store, bounds);
    } else {
      LOG.warn(
          "{}: {}. With this client a call may take longer than its deadline: its own settings are"
              + " the bound. BoundedRedisClient keeps deadlines.",
          store,
          bounds);
    }
  }

  /** Runs a script. All keys lie in one slot. */
  Object run(
      RedisScript script, List<String> keys, List<byte[]> args, Deadline deadline, String step) {
    List<byte[]> rawKeys = new ArrayList<>(keys.size());
    keys.forEach(key -> rawKeys.add(bytes(key)));
    try {
      return within(deadline, step, () -> client.evalsha(script.digest(), rawKeys, args));
    } catch (JedisNoScriptException e) {
      // A restarted or flushed server has forgotten it. EVAL also makes it known again.
      return translated(
          step, () -> within(deadline, step, () -> client.eval(script.source(), rawKeys, args)));
    } catch (JedisException e) {
      throw RedisFailures.translate(store, step, e);
    }
  }

  /** Lets a key live for so many milliseconds from now, if it is there. */
  boolean expire(String key, long millis, Deadline deadline, String step) {
    return translated(
        step, () -> within(deadline, step, () -> client.pexpire(bytes(key), millis)) == 1);
  }

  private <T> T within(Deadline deadline, String step, Supplier<T> call) {
    deadline.check(store + ": " + step);
    return client instanceof BoundedRedisClient bounded
        ? bounded.within(deadline, call)
        : call.get();
  }

  private <T> T translated(String step, Supplier<T> call) {
    try {
      return call.get();
    } catch (JedisException e) {
      throw RedisFailures.translate(store, step, e);
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
