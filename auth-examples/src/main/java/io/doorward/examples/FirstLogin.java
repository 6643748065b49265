package io.doorward.examples;

import io.doorward.auth.AuthService;
import io.doorward.auth.AuthService.SignUp;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.jdbc.JdbcSchema;
import io.doorward.auth.jdbc.JdbcStores;
import io.doorward.auth.jdbc.PostgresPool;
import io.doorward.auth.jdbc.SchemaMigrator;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.password.Password;
import io.doorward.auth.redis.RedisStores;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.session.TokenStore;
import java.net.URI;
import java.time.Duration;

/** The shortest program that signs a user up and logs the user in. */
public final class FirstLogin {
  private FirstLogin() {}

  /**
   * Prints {@code Success}.
   *
   * @param args a JDBC URL of PostgreSQL, a URI of Redis
   */
  public static void main(String[] args) {
    KeyRing keys = KeyRing.ephemeral();
    Deadline deadline = Deadline.after(Duration.ofSeconds(30));
    try (PostgresPool pool = PostgresPool.builder(args[0]).open();
        BoundedRedisClient redis = BoundedRedisClient.builder(URI.create(args[1])).build()) {
      SchemaMigrator.of(pool.dataSource(), JdbcSchema.defaults()).migrate(deadline);
      AccountStore accounts = JdbcStores.of(pool.dataSource(), JdbcSchema.defaults()).accounts();
      TokenStore sessions = RedisStores.of(redis, keys).tokenStore(accounts).build();
      try (AuthService auth = AuthService.builder(accounts, sessions, keys).build()) {
        LoginId ada = LoginId.email("ada@example.org");
        Password password = Password.of("a long enough pass phrase");
        auth.signUp(new SignUp(ada, password, ClientContext.unknown()), deadline);
        LoginAttempt attempt = new LoginAttempt(ada, password, ClientContext.unknown());
        System.out.println(auth.login(attempt, deadline).getClass().getSimpleName());
      }
    }
  }
}
