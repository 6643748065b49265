package io.doorward.examples.howto;

import io.doorward.Doorward;
import io.doorward.auth.AuthService;
import io.doorward.auth.session.SessionPolicy;
import java.time.Duration;

/** What docs/howto/mobile.md shows. */
final class MobileApp {
  private MobileApp() {}

  static AuthService service(String jdbcUrl, String redisUri, byte[] secret) {
    SessionPolicy policy = SessionPolicy.defaults().withRememberedLifetime(Duration.ofDays(180));
    AuthService auth =
        Doorward.builder(jdbcUrl, redisUri)
            .secret("2026-11", secret)
            .migrate()
            .customize(it -> it.sessionPolicy(policy))
            .build();
    return auth;
  }
}
