package io.doorward.auth.spring.boot;

import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * Hides Doorward's secrets in the actuator's {@code env} and {@code configprops}, also where these
 * show the values of all properties.
 */
@AutoConfiguration
@ConditionalOnClass(SanitizingFunction.class)
public final class DoorwardSanitizingAutoConfiguration {
  /** Called by Spring. */
  public DoorwardSanitizingAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean(name = "doorwardSanitizingFunction")
  SanitizingFunction doorwardSanitizingFunction() {
    return data -> SecretSettings.contains(data.getKey()) ? data.withSanitizedValue() : data;
  }
}
