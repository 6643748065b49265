import org.jspecify.annotations.NullMarked;

/** The Redis stores of Doorward: credential cache, sessions and the attempt limiter. */
@NullMarked
module io.doorward.auth.redis {
  requires transitive io.doorward.auth.core;
  requires transitive redis.clients.jedis;
  requires com.github.benmanes.caffeine;
  requires org.apache.commons.pool2;
  requires transitive org.jspecify;
  requires org.slf4j;

  exports io.doorward.auth.redis;
  exports io.doorward.auth.redis.client;
}
