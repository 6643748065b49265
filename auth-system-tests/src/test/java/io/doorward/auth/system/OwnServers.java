package io.doorward.auth.system;

import io.doorward.auth.testkit.TestPostgres;
import io.doorward.auth.testkit.TestRedis;

/**
 * A PostgreSQL and a Redis that tests may stop, kill and pause: one pair for all such tests of a
 * JVM, which run one after the other and each end with {@link #heal()}.
 */
final class OwnServers {
  private static final TestPostgres POSTGRES = TestPostgres.startNew();
  private static final TestRedis REDIS = TestRedis.startNew();
  private static boolean postgresIsDown;
  private static boolean redisIsDown;

  private OwnServers() {}

  static TestPostgres postgres() {
    return POSTGRES;
  }

  static TestRedis redis() {
    return REDIS;
  }

  static void stopRedis() {
    REDIS.kill();
    redisIsDown = true;
  }

  static void stopPostgres() {
    POSTGRES.kill();
    postgresIsDown = true;
  }

  /** Both are there again, on their old ports. */
  static void heal() {
    REDIS.resume();
    POSTGRES.resume();
    if (redisIsDown) {
      REDIS.start();
      redisIsDown = false;
    }
    if (postgresIsDown) {
      POSTGRES.start();
      postgresIsDown = false;
    }
  }
}
