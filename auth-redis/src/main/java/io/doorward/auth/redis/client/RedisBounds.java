package io.doorward.auth.redis.client;

import io.doorward.auth.redis.server.JedisLibrary;
import java.time.Duration;
import java.util.Optional;
import redis.clients.jedis.UnifiedJedis;

/**
 * What can be told of how long a client's calls may take. Immutable and thread-safe.
 *
 * @param poolWait how long a call waits for a connection; empty if it is not known or has no end
 * @param connectTimeout how long connecting may take; empty if it is not known
 * @param commandTimeout how long a command may take; empty if it is not known
 * @param keepsDeadlines true if a call never outlasts its deadline, whatever the server does
 */
public record RedisBounds(
    Optional<Duration> poolWait,
    Optional<Duration> connectTimeout,
    Optional<Duration> commandTimeout,
    boolean keepsDeadlines) {

  /**
   * Reads what a client shows. A {@link BoundedRedisClient} shows everything, Jedis's own client
   * for one server its pool, its other clients nothing.
   *
   * @param client any client
   * @return its bounds
   */
  public static RedisBounds of(UnifiedJedis client) {
    if (client instanceof BoundedRedisClient bounded) {
      return bounded.bounds();
    }
    return new RedisBounds(
        JedisLibrary.poolWait(client), Optional.empty(), Optional.empty(), false);
  }

  /**
   * Tells whether every bound is known and deadlines are kept.
   *
   * @return false if a warning is due
   */
  public boolean areKnown() {
    return keepsDeadlines
        && poolWait.isPresent()
        && connectTimeout.isPresent()
        && commandTimeout.isPresent();
  }

  /** Returns the bounds as a line for logs. */
  @Override
  public String toString() {
    return "pool wait "
        + show(poolWait)
        + ", connect "
        + show(connectTimeout)
        + ", command "
        + show(commandTimeout)
        + (keepsDeadlines ? ", deadlines are kept" : ", deadlines are not enforced");
  }

  private static String show(Optional<Duration> bound) {
    return bound.map(d -> d.toMillis() + " ms").orElse("unknown");
  }
}
