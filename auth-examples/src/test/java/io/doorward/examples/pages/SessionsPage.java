package io.doorward.examples.pages;

import io.doorward.auth.AuthService;
import io.doorward.auth.Sessions.HostLogin;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.jdbc.JdbcSchema;
import io.doorward.auth.jdbc.JdbcStores;
import io.doorward.auth.jdbc.PostgresPool;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.redis.PrimaryGuard;
import io.doorward.auth.redis.RedisStores;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.DurableTokenStore;
import io.doorward.auth.session.RefreshToken;
import io.doorward.auth.session.SessionOptions;
import io.doorward.auth.session.TokenStore;
import java.util.Set;
import redis.clients.jedis.UnifiedJedis;

/** What docs/sessions.md shows. */
final class SessionsPage {
  private SessionsPage() {}

  static TokenStore durable(
      PostgresPool pool,
      JdbcSchema schema,
      UnifiedJedis redis,
      KeyRing keys,
      AuthListener listener) {
    JdbcStores onPostgres = JdbcStores.of(pool.dataSource(), schema);
    PrimaryGuard guard = PrimaryGuard.builder(redis, onPostgres.primaryRegistry()).build();
    RedisStores onRedis =
        RedisStores.builder(redis, keys).primaries(guard).listener(listener).build();
    TokenStore tokens =
        DurableTokenStore.builder(onPostgres.tokenStore(), onRedis.sessionView().build())
            .listener(listener)
            .build();
    return tokens;
  }

  static int refresh(AuthService auth, String sent, Deadline deadline) {
    int status =
        auth.refresh(RefreshToken.of(sent), deadline)
            .match(
                refreshed -> answer(refreshed.token(), refreshed.refreshToken()),
                rejected -> 401,
                unavailable -> 503);
    return status;
  }

  static String why(AuthService auth, String sent, Deadline deadline) {
    String why =
        auth.sessions()
            .explain(AccessToken.of(sent), deadline)
            .match(
                live -> "live",
                ended -> ended.record().reason().text(),
                unrecorded -> "no record",
                unavailable -> "try again later");
    return why;
  }

  static LoginResult open(
      AuthService auth, AccountId account, ClientContext client, Deadline deadline) {
    LoginResult result =
        auth.sessions()
            .open(new HostLogin(account, Set.of("hwk"), client, SessionOptions.cookie()), deadline);
    return result;
  }

  private static int answer(AccessToken token, RefreshToken refreshToken) {
    System.out.println("the client gets " + token + " and " + refreshToken);
    return 200;
  }
}
