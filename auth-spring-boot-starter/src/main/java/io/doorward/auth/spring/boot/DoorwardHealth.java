package io.doorward.auth.spring.boot;

import io.doorward.auth.Operations;
import io.doorward.auth.backend.Backend.BackendHealth;
import io.doorward.auth.backend.Finding;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * The health of each server and of the settings. A look calls no server, so a probe may ask often.
 */
final class DoorwardHealth {
  private DoorwardHealth() {}

  /** Makes an indicator for each server, which stay the same, and one for the settings. */
  static CompositeHealthContributor of(Operations operations) {
    Map<String, HealthIndicator> indicators = new LinkedHashMap<>();
    for (BackendHealth backend : operations.health().backends()) {
      String name = backend.name();
      indicators.put(name.toLowerCase(Locale.ROOT), () -> server(operations, name));
    }
    indicators.put("settings", () -> settings(operations));
    return CompositeHealthContributor.fromMap(indicators);
  }

  private static Health server(Operations operations, String name) {
    return operations.health().backends().stream()
        .filter(backend -> backend.name().equals(name))
        .findFirst()
        .map(DoorwardHealth::server)
        .orElseGet(() -> Health.unknown().build());
  }

  private static Health server(BackendHealth backend) {
    Health.Builder health = backend.isUp() ? Health.up() : Health.down();
    health.withDetail("state", backend.state());
    backend.lastFailure().ifPresent(kind -> health.withDetail("lastFailure", kind));
    backend.lostFor().ifPresent(lost -> health.withDetail("lostFor", lost.toString()));
    return health.build();
  }

  private static Health settings(Operations operations) {
    List<Finding> findings = operations.health().findings();
    boolean refused = findings.stream().anyMatch(it -> it.severity() == Finding.Severity.REFUSAL);
    Health.Builder health = refused ? Health.down() : Health.up();
    if (!findings.isEmpty()) {
      health.withDetail("findings", findings.stream().map(Finding::toString).toList());
    }
    return health.build();
  }
}
