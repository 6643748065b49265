package io.doorward.examples;

import io.doorward.auth.AuthService;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.jdbc.JdbcSchema;
import io.doorward.auth.jdbc.JdbcStores;
import io.doorward.auth.jdbc.SchemaMigrator;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.redis.RedisStores;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.session.DurableTokenStore;
import io.doorward.auth.session.TokenStore;
import java.time.Duration;
import javax.sql.DataSource;

/**
 * What {@link io.doorward.Doorward} does, part by part, for an application that puts other parts in
 * their places: stores of its own, another Redis for sessions, several services.
 */
final class PutTogetherByHand {
  private PutTogetherByHand() {}

  /** Returns a service with durable sessions on one Redis server. The caller closes it first. */
  static AuthService service(
      DataSource database, BoundedRedisClient redis, KeyRing keys, AuthListener listener) {
    JdbcSchema schema = JdbcSchema.of("shop");
    SchemaMigrator.of(database, schema).migrate(Deadline.after(Duration.ofMinutes(1)));
    JdbcStores onPostgres = JdbcStores.of(database, schema);
    RedisStores onRedis =
        RedisStores.builder(redis, keys).namespace("shop").listener(listener).build();

    AccountStore accounts = onPostgres.accounts();
    TokenStore sessions =
        DurableTokenStore.builder(onPostgres.tokenStore(), onRedis.sessionView().build())
            .listener(listener)
            .build();
    return AuthService.builder(accounts, sessions, keys)
        .credentialCache(onRedis.credentialCache().build())
        .attemptLimiter(onRedis.attemptLimiter().build())
        .issuer("shop")
        .audience("shop")
        .listener(listener)
        .build();
  }
}
