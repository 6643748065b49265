package io.doorward.auth.micrometer;

import io.doorward.auth.event.ServiceEvent.InvalidationBacklog;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The gauges of invalidations that have been pending for too long. Thread-safe. */
final class BacklogGauges {
  /**
   * A node reports a backlog once a minute as long as there is one: when two reports have not come,
   * it is over.
   */
  private static final Duration MEMORY = Duration.ofSeconds(150);

  private final MeterRegistry registry;
  private final AtomicReference<@Nullable Report> last = new AtomicReference<>();

  private BacklogGauges(MeterRegistry registry) {
    this.registry = registry;
  }

  /** Registers the gauges. */
  static BacklogGauges in(MeterRegistry registry) {
    BacklogGauges gauges = new BacklogGauges(registry);
    Gauge.builder("doorward.pending.invalidations", gauges, BacklogGauges::pending)
        .description("Invalidations that have been pending for too long, 0 if there is none")
        .baseUnit("invalidations")
        .register(registry);
    TimeGauge.builder(
            "doorward.oldest.invalidation", gauges, TimeUnit.MILLISECONDS, BacklogGauges::age)
        .description("How long the oldest of them has been pending")
        .register(registry);
    return gauges;
  }

  /** Shows a backlog until the next report, or until reports stop. */
  void reported(InvalidationBacklog event) {
    last.set(new Report(event.pending(), event.oldest(), now()));
  }

  private double pending() {
    return present().map(Report::pending).orElse(0L);
  }

  private double age() {
    return present().map(Report::oldest).orElse(Duration.ZERO).toMillis();
  }

  /** Returns the last report, unless it is too old. */
  private Optional<Report> present() {
    return Optional.ofNullable(last.get())
        .filter(report -> now() - report.heardAt() < MEMORY.toNanos());
  }

  private long now() {
    return registry.config().clock().monotonicTime();
  }

  /**
   * A report of a backlog.
   *
   * @param pending how many
   * @param oldest how long the oldest
   * @param heardAt when it came, on the registry's clock
   */
  private record Report(long pending, Duration oldest, long heardAt) {}
}
