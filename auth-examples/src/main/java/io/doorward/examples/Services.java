package io.doorward.examples;

import io.doorward.auth.AuthService;
import io.doorward.auth.Budgets;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.CredentialCache.CacheFill;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.jdbc.JdbcSchema;
import io.doorward.auth.jdbc.JdbcStores;
import io.doorward.auth.jdbc.PostgresPool;
import io.doorward.auth.jdbc.SchemaMigrator;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.redis.RedisStores;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.session.DurableTokenStore;
import io.doorward.auth.session.TokenStore;
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
    KeyRing keys = KeyRing.ephemeral();
    JdbcSchema schema = migrated("durable");
    JdbcStores onPostgres = JdbcStores.of(database, schema);
    AccountStore accounts = onPostgres.accounts();
    RedisStores stores = RedisStores.builder(redis, keys).namespace("durable").build();
    TokenStore tokens =
        DurableTokenStore.builder(onPostgres.tokenStore(), stores.sessionView().build())
            .listener(listener)
            .build();
    return service(accounts, tokens, keys, stores);
  }

  /** A request check needs Redis only; sessions end when Redis loses them. */
  AuthService withSessionsInRedis() {
    KeyRing keys = KeyRing.ephemeral();
    JdbcSchema schema = migrated("fleeting");
    AccountStore accounts = JdbcStores.of(database, schema).accounts();
    RedisStores stores = RedisStores.builder(redis, keys).namespace("fleeting").build();
    return service(accounts, stores.tokenStore(accounts).build(), keys, stores);
  }

  private AuthService service(
      AccountStore accounts, TokenStore tokens, KeyRing keys, RedisStores stores) {
    return AuthService.builder(accounts, tokens, keys)
        .credentialCache(stores.credentialCache().build())
        .attemptLimiter(stores.attemptLimiter().budgets(BUDGETS).build())
        .budgets(Budgets.defaults().withAttempts(BUDGETS))
        // Before the answer, so that the next login is sure to find the cache filled.
        .cacheFill(CacheFill.BLOCKING)
        .listener(listener)
        .build();
  }

  private JdbcSchema migrated(String name) {
    JdbcSchema schema = JdbcSchema.of(name);
    SchemaMigrator.of(database, schema).migrate(Deadline.after(Duration.ofMinutes(1)));
    return schema;
  }
}
