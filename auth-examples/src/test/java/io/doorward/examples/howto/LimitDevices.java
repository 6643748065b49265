package io.doorward.examples.howto;

import io.doorward.Doorward;
import io.doorward.auth.AuthService;
import io.doorward.auth.session.SessionLimits;
import io.doorward.auth.session.SessionLimits.WhenFull;
import io.doorward.auth.session.SessionPolicy;

/** What docs/howto/limit-devices.md shows. */
final class LimitDevices {
  private LimitDevices() {}

  static AuthService service(String jdbcUrl, String redisUri, byte[] secret) {
    SessionLimits limits =
        SessionLimits.defaults()
            .withPerAccount(4)
            .withDeviceKind("phone", 1)
            .withDeviceKind("browser", 3)
            .withWhenFull(WhenFull.REFUSE);
    AuthService auth =
        Doorward.builder(jdbcUrl, redisUri)
            .secret("2026-11", secret)
            .migrate()
            .customize(it -> it.sessionPolicy(SessionPolicy.defaults().withLimits(limits)))
            .build();
    return auth;
  }
}
