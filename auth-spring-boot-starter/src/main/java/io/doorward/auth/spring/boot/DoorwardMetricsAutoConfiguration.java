package io.doorward.auth.spring.boot;

import io.doorward.auth.micrometer.AuthMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;

/** Counts the events in the application's {@link MeterRegistry}. */
@AutoConfiguration(
    before = DoorwardAutoConfiguration.class,
    afterName = {
      "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration",
      "org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration"
    })
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnSingleCandidate(MeterRegistry.class)
public final class DoorwardMetricsAutoConfiguration {
  /** Called by Spring. */
  public DoorwardMetricsAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean
  AuthMetrics doorwardMetrics(MeterRegistry registry) {
    return AuthMetrics.of(registry);
  }
}
