package io.doorward;

import static io.doorward.Fixture.SECRET;
import static io.doorward.Fixture.login;
import static io.doorward.Fixture.query;
import static io.doorward.Fixture.signsUp;
import static io.doorward.Fixture.threads;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.AuthService;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.testkit.TestDatabase;
import io.doorward.auth.testkit.TestPostgres;
import io.doorward.auth.testkit.TestRedis;
import io.doorward.auth.testkit.TestRedisCluster;
import io.doorward.auth.testkit.TestRedisSentinel;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;

/** Where Redis can fail over, nodes register and believe only its present primary. */
class SentinelIT {
  private static final String GUARD = "doorward-primary-guard";
  private static final String REGISTERED = "SELECT count(*) > 0 FROM doorward.cache_primaries";

  @Test
  void aSentinelClientGetsAGuardThatEndsWithTheService() throws SQLException {
    TestRedisSentinel group = TestRedisSentinel.shared();
    try (BoundedRedisClient client =
        BoundedRedisClient.sentinel(group.primaryName(), group.sentinels()).build()) {
      isGuarded(client, group.newNamespace(), "t");
    }
  }

  @Test
  void aClusterClientGetsAGuardThatEndsWithTheService() throws SQLException {
    TestRedisCluster cluster = TestRedisCluster.shared();
    try (BoundedRedisClient client = BoundedRedisClient.cluster(cluster.addresses()).build()) {
      isGuarded(client, TestRedis.shared().newNamespace(), "t");
    }
  }

  @Test
  void aClientForOneServerNeedsNone() throws SQLException {
    TestRedis redis = TestRedis.shared();
    try (BoundedRedisClient client = BoundedRedisClient.builder(redis.uri()).build()) {
      isGuarded(client, redis.newNamespace(), "f");
    }
  }

  private static void isGuarded(BoundedRedisClient client, String namespace, String registered)
      throws SQLException {
    try (TestDatabase database = TestPostgres.shared().newDatabase()) {
      try (AuthService auth =
          Doorward.builder(database.jdbcUrl(), client)
              .secret("2026-11", SECRET)
              .namespace(namespace.replaceAll("[^a-z0-9]", ""))
              .migrate()
              .build()) {
        signsUp(auth);
        assertThat(login(auth)).isInstanceOf(LoginResult.Success.class);
        assertThat(query(database, REGISTERED)).isEqualTo(registered);
      }
      await().until(() -> !threads().contains(GUARD));
      await().untilAsserted(() -> assertThat(Fixture.connections(database)).isZero());
      client.ping();
    }
  }
}
