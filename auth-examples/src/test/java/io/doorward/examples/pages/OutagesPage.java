package io.doorward.examples.pages;

import io.doorward.auth.AuthService;
import io.doorward.auth.Operations.ServiceHealth;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.backend.Backend.BackendHealth;
import io.doorward.auth.backend.Degradation;
import io.doorward.auth.backend.Finding;
import io.doorward.auth.backend.StartPolicy;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.session.TokenStore;
import java.time.Duration;
import java.util.List;

/** What docs/outages.md shows. */
final class OutagesPage {
  private OutagesPage() {}

  static AuthService chosen(AccountStore accounts, TokenStore sessions, KeyRing keys) {
    Degradation choices =
        Degradation.defaults()
            .refusingChangesWithoutRedis()
            .allowingUnverified(Duration.ofMinutes(2));
    StartPolicy start = StartPolicy.defaults().requiringServers().tolerating("redis.eviction");
    AuthService auth =
        AuthService.builder(accounts, sessions, keys)
            .degradation(choices)
            .startPolicy(start)
            .build();
    return auth;
  }

  static String show(AuthService auth) {
    ServiceHealth health = auth.operations().health();
    boolean everythingAnswers = health.isUp();
    List<BackendHealth> servers = health.backends(); // UP, FAILING or LOST, and for how long
    List<Finding> findings = health.findings();
    return everythingAnswers + " " + servers + " " + findings;
  }
}
