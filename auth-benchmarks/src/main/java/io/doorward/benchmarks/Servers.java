package io.doorward.benchmarks;

import io.doorward.auth.jdbc.PostgresPool;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.testkit.TestDatabase;
import io.doorward.auth.testkit.TestPostgres;
import io.doorward.auth.testkit.TestRedis;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.UnifiedJedis;

/** One PostgreSQL and one Redis on loopback, for all contenders, and clients of the same size. */
final class Servers implements AutoCloseable {
  /** As many connections as the heaviest load has threads. */
  static final int CONNECTIONS = 64;

  static final Duration PATIENCE = Duration.ofSeconds(10);

  private final TestPostgres postgres;
  private final TestRedis redis;
  private final TestDatabase database;
  private final int users;

  private Servers(TestPostgres postgres, TestRedis redis, int users) {
    this.postgres = postgres;
    this.redis = redis;
    this.database = postgres.newDatabase();
    this.users = users;
  }

  static Servers start(int users) {
    TestPostgres postgres = TestPostgres.startNew();
    try {
      return new Servers(postgres, TestRedis.startNew(), users);
    } catch (RuntimeException e) {
      postgres.close();
      throw e;
    }
  }

  /** Which versions they have. */
  String versions() {
    try (UnifiedJedis client = redisClient(1);
        Connection connection = database.dataSource().getConnection()) {
      String version =
          client
              .info("server")
              .lines()
              .filter(line -> line.startsWith("redis_version:"))
              .findFirst()
              .orElseThrow()
              .substring("redis_version:".length());
      return "PostgreSQL "
          + connection.getMetaData().getDatabaseProductVersion()
          + ", Redis "
          + version;
    } catch (SQLException e) {
      throw new IllegalStateException("PostgreSQL does not say its version", e);
    }
  }

  /** How many users each contender has. */
  int users() {
    return users;
  }

  HostAndPort redisAddress() {
    return new HostAndPort(redis.host(), redis.port());
  }

  /** The plain client of the driver. */
  UnifiedJedis redisClient(int connections) {
    ConnectionPoolConfig pool = new ConnectionPoolConfig();
    pool.setMaxTotal(connections);
    pool.setMaxIdle(connections);
    return RedisClient.builder().hostAndPort(redisAddress()).poolConfig(pool).build();
  }

  /** Doorward's client, more patient than by default: one slow answer must not end a run. */
  BoundedRedisClient boundedClient() {
    return BoundedRedisClient.builder(redis.uri())
        .connections(CONNECTIONS)
        .commandTimeout(PATIENCE)
        .poolWait(PATIENCE)
        .build();
  }

  PostgresPool pool() {
    return PostgresPool.builder(database.jdbcUrl()).maximumSize(16).poolWait(PATIENCE).open();
  }

  TestDatabase database() {
    return database;
  }

  @Override
  public void close() {
    try {
      redis.close();
    } finally {
      postgres.close();
    }
  }
}
