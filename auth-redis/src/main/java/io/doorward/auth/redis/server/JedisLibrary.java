package io.doorward.auth.redis.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.pool2.impl.GenericObjectPool;
import redis.clients.jedis.UnifiedJedis;

/**
 * The Jedis on the class path, and what cannot be said in the same way to all versions of it. A
 * framework often decides which version an application gets, so all from {@link #NEEDED} on work:
 * nothing but this class and the client's {@code CommandConnections} knows that they differ.
 */
public final class JedisLibrary {
  /** The oldest version that works. */
  public static final String NEEDED = "7.0.0";

  private static final int NEEDED_MAJOR = 7;
  private static final Pattern MAJOR = Pattern.compile("(\\d{1,4})\\..*");

  /** The first one is the second one's name before 7.2. */
  private static final Set<String> CLUSTER_CLIENTS =
      Set.of("redis.clients.jedis.JedisCluster", "redis.clients.jedis.RedisClusterClient");

  private JedisLibrary() {}

  /**
   * Refuses a Jedis that is too old. One whose version is not known is let through, as where an
   * application was packed into one archive without it.
   *
   * @throws IllegalStateException if it is older than {@link #NEEDED}
   */
  public static void requireSupported() {
    requireSupported(version());
  }

  static void requireSupported(Optional<String> version) {
    Matcher major = MAJOR.matcher(version.orElse(""));
    if (major.matches() && Integer.parseInt(major.group(1)) < NEEDED_MAJOR) {
      throw new IllegalStateException(
          "Jedis "
              + version.orElse("")
              + " is on the class path, and "
              + NEEDED
              + " or later is needed: declare redis.clients:jedis in that version, with Spring Boot"
              + " by the property jedis.version");
    }
  }

  /** Returns the version that the library names; empty if it names none. */
  static Optional<String> version() {
    try (InputStream said = UnifiedJedis.class.getResourceAsStream("pom.properties")) {
      Properties properties = new Properties();
      if (said != null) {
        properties.load(said);
      }
      return Optional.ofNullable(properties.getProperty("version"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Tells whether a client of Jedis's own follows a slot to another node.
   *
   * @param client any client but the bounded one
   * @return true if it is one for clusters
   */
  public static boolean isForCluster(UnifiedJedis client) {
    for (Class<?> type = client.getClass(); type != null; type = type.getSuperclass()) {
      if (CLUSTER_CLIENTS.contains(type.getName())) {
        return true;
      }
    }
    return false;
  }

  /**
   * Returns how long a call waits for a connection of the pool that a client shows, as Jedis's own
   * for one server does under whichever name.
   *
   * @param client any client
   * @return empty if it shows no pool or waits for ever
   */
  public static Optional<Duration> poolWait(UnifiedJedis client) {
    try {
      Object pool = client.getClass().getMethod("getPool").invoke(client);
      return pool instanceof GenericObjectPool<?> connections
          ? Optional.of(connections.getMaxWaitDuration()).filter(wait -> !wait.isNegative())
          : Optional.empty();
    } catch (ReflectiveOperationException e) {
      // It shows no pool, which is the answer.
      return Optional.empty();
    }
  }
}
