package io.doorward.auth.spring.boot;

import io.doorward.auth.redis.client.BoundedRedisClient;
import java.util.Optional;

/** A place beside the properties that may say where Redis is. */
@FunctionalInterface
interface RedisSource {
  /**
   * Starts a client.
   *
   * @return a builder; empty if the properties say it
   */
  Optional<BoundedRedisClient.Builder> client();
}
