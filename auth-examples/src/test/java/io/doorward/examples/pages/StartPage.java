package io.doorward.examples.pages;

import io.doorward.Doorward;
import io.doorward.Secrets;
import io.doorward.auth.AuthService;
import io.doorward.auth.backend.StartPolicy;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.event.AuditLog;
import io.doorward.auth.password.PasswordPolicy;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.session.CheckResult;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;
import redis.clients.jedis.HostAndPort;

/** What docs/start.md shows. */
final class StartPage {
  private StartPage() {}

  static AuthService start() {
    AuthService auth =
        Doorward.builder("jdbc:postgresql://db/shop?user=shop", "redis://cache:6379")
            .secret("2026-11", Secrets.fromEnvironment("DOORWARD_SECRET"))
            .name("shop") // schema, namespace, issuer and audience
            .migrate()
            .listener(AuditLog.create())
            .build();
    return auth;
  }

  static CheckResult use(AuthService auth, String email, String password, ClientContext client) {
    auth.signUp(email, password, client); // Created, Duplicate, PasswordRefused, ...
    auth.login(email, password, client); // Success with a token, Rejected, Throttled, ...
    String token = "the text of the token, as the request brought it";
    CheckResult result = auth.check(token); // Active with account and roles, Rejected, ...
    auth.logout(token);
    return result;
  }

  static AuthService withOwnPoolAndSentinels(DataSource dataSource) {
    BoundedRedisClient redis =
        BoundedRedisClient.sentinel("primary", List.of(new HostAndPort("sentinel-1", 26379)))
            .build();
    AuthService auth =
        Doorward.builder(dataSource, redis)
            .secret("2026-11", Secrets.fromFile(Path.of("/run/secrets/doorward")))
            .startPolicy(StartPolicy.defaults().waiting(Duration.ofSeconds(30)).requiringServers())
            .customize(it -> it.passwordPolicy(PasswordPolicy.lengths(12, 256)))
            .build();
    return auth;
  }
}
