package io.doorward.auth.spring.boot;

import io.doorward.auth.AuthService;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.context.annotation.Bean;

/** Shows the health of the servers, as the calls of this node see them. */
@AutoConfiguration(after = DoorwardAutoConfiguration.class)
@ConditionalOnClass({CompositeHealthContributor.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnBean(AuthService.class)
@ConditionalOnEnabledHealthIndicator("doorward")
public final class DoorwardHealthAutoConfiguration {
  /** Called by Spring. */
  public DoorwardHealthAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean(name = "doorwardHealthContributor")
  CompositeHealthContributor doorwardHealthContributor(AuthService service) {
    return DoorwardHealth.of(service.operations());
  }
}
