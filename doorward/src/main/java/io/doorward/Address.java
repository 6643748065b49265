package io.doorward;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.jdbc.PostgresPool;
import io.doorward.auth.redis.client.BoundedRedisClient;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.function.Function;
import javax.sql.DataSource;

/**
 * What the application gave for a server: checked at once, and opened when the service is built,
 * unless it is the application's own.
 */
final class Address {
  private Address() {}

  static Function<Opened, DataSource> given(DataSource dataSource) {
    requireNonNull(dataSource, "dataSource");
    return opened -> dataSource;
  }

  static Function<Opened, BoundedRedisClient> given(BoundedRedisClient redis) {
    requireNonNull(redis, "redis");
    return opened -> redis;
  }

  static Function<Opened, DataSource> pool(String jdbcUrl) {
    PostgresPool.Builder pool = PostgresPool.builder(requireNonNull(jdbcUrl, "jdbcUrl"));
    return opened -> opened.add(pool.open()).dataSource();
  }

  static Function<Opened, BoundedRedisClient> client(URI redis) {
    BoundedRedisClient.Builder client = BoundedRedisClient.builder(requireNonNull(redis, "redis"));
    return opened -> opened.add(client.build());
  }

  static Function<Opened, BoundedRedisClient> client(String redis) {
    return client(uri(requireNonNull(redis, "redis")));
  }

  private static URI uri(String redis) {
    try {
      return new URI(redis);
    } catch (URISyntaxException e) {
      // Not the cause: it quotes the text, which may hold a password.
      throw new IllegalArgumentException(
          "redis must be a URI, redis://user:password@host:port/database: in user and password"
              + " everything but letters, digits and -._~ is percent-encoded");
    }
  }
}
