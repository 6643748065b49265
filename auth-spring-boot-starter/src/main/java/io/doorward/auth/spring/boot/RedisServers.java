package io.doorward.auth.spring.boot;

import io.doorward.auth.redis.client.BoundedRedisClient;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.core.env.Environment;

/** Finds the one Redis of the service. */
final class RedisServers {
  private RedisServers() {}

  /**
   * Starts a client for the Redis of the application.
   *
   * @param properties may name one of Doorward's own
   * @param environment may name the application's
   * @param details where Spring Data is there; else null
   * @param bundles for TLS; null if there are none
   * @throws DoorwardConfigurationException if there is none, or there are two
   */
  static BoundedRedisClient.Builder client(
      DoorwardProperties properties,
      Environment environment,
      @Nullable RedisSource details,
      @Nullable SslBundles bundles) {
    String own = properties.redisUri();
    boolean applications = SpringRedis.namesServer(environment);
    if (own != null && applications) {
      throw new DoorwardConfigurationException(
          "Redis is named twice, by doorward.redis-uri and by " + SpringRedis.PREFIX + ".*",
          "Remove doorward.redis-uri to use the application's. For another Redis define a bean of"
              + " type BoundedRedisClient in its place.");
    }
    if (own != null) {
      return SpringRedis.client("doorward.redis-uri", own);
    }
    Optional<BoundedRedisClient.Builder> detailed =
        details == null ? Optional.empty() : details.client();
    if (detailed.isPresent()) {
      // Details say where the server is; how long it may take is the application's in any case.
      SpringRedis.of(environment).withTimeouts(detailed.get());
      return detailed.get();
    }
    if (!applications && details == null) {
      throw new DoorwardConfigurationException(
          "Redis is missing: there is neither " + SpringRedis.PREFIX + ".* nor doorward.redis-uri",
          "Set " + SpringRedis.PREFIX + ".url, or doorward.redis-uri.");
    }
    return SpringRedis.of(environment).client(bundles);
  }
}
