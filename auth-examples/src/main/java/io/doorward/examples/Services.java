package io.doorward.examples;

import io.doorward.Doorward;
import io.doorward.auth.AuthService;
import io.doorward.auth.Budgets;
import io.doorward.auth.account.CredentialCache.CacheFill;
import io.doorward.auth.account.RoleModel;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.jdbc.PostgresPool;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.throttle.AttemptBudgets;
import java.time.Duration;
import javax.sql.DataSource;

/**
 * Puts two authentication services together. They share a database and a Redis, and are isolated:
 * each has a schema, a namespace and keys of its own. They differ in one thing, where sessions are
 * kept.
 */
final class Services {
  /** Five wrong guesses, four of one network, then waits of 2, 4, 8 seconds and so on. */
  private static final AttemptBudgets BUDGETS =
      new AttemptBudgets(
          5,
          Duration.ofSeconds(2),
          Duration.ofMinutes(15),
          50,
          Duration.ofMinutes(10),
          Duration.ofSeconds(30));

  private static final RoleModel ROLES =
      RoleModel.builder()
          .role("editor")
          .grants("article:write")
          .role("admin")
          .includes("editor")
          .build();

  private final DataSource database;
  private final BoundedRedisClient redis;
  private final AuthListener listener;

  Services(PostgresPool database, BoundedRedisClient redis, AuthListener listener) {
    this.database = database.dataSource();
    this.redis = redis;
    this.listener = listener;
  }

  /** PostgreSQL owns the sessions and Redis answers for them: losing Redis ends none. */
  AuthService withDurableSessions() {
    return service("durable").durableSessions().build();
  }

  /** A request check needs Redis only; sessions end when Redis loses them. */
  AuthService withSessionsInRedis() {
    return service("fleeting").redisSessions().build();
  }

  private Doorward.Builder service(String name) {
    return Doorward.builder(database, redis)
        .keys(KeyRing.ephemeral())
        .name(name)
        .migrate()
        .budgets(Budgets.defaults().withAttempts(BUDGETS))
        .roleModel(ROLES)
        .listener(listener)
        // Before the answer, so that the next login is sure to find the cache filled.
        .customize(it -> it.cacheFill(CacheFill.BLOCKING));
  }
}
