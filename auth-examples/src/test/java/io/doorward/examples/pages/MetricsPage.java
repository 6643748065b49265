package io.doorward.examples.pages;

import io.doorward.auth.event.AuditLog;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.micrometer.AuthMetrics;
import io.micrometer.core.instrument.MeterRegistry;

/** What docs/metrics.md shows. */
final class MetricsPage {
  private MetricsPage() {}

  static AuthListener listener(MeterRegistry registry) {
    AuthListener listener = AuthListener.all(AuditLog.create(), AuthMetrics.of(registry));
    return listener;
  }
}
