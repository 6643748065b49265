package io.doorward.auth.spring.boot;

import io.doorward.auth.servlet.AuthEndpoints;
import io.doorward.auth.servlet.AuthFilter;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.DefaultSecurityFilterChain;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.ExceptionTranslationFilter;
import org.springframework.security.web.context.SecurityContextHolderFilter;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;

/**
 * Tells Spring Security who the user of a request is, where both are there: every filter chain gets
 * a {@link PrincipalBridge} and an {@link OutageFilter}, and the endpoints, which have checks of
 * their own, pass none. Logins of Spring Security (a form, HTTP Basic) are checked by Doorward,
 * unless the application has users of its own.
 */
@AutoConfiguration(
    after = DoorwardWebAutoConfiguration.class,
    afterName =
        "org.springframework.boot.security.autoconfigure.web.servlet.ServletWebSecurityAutoConfiguration")
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnClass({HttpSecurity.class, SecurityFilterChain.class})
@ConditionalOnBean(AuthFilter.class)
@EnableConfigurationProperties(DoorwardProperties.class)
public final class DoorwardSecurityAutoConfiguration {
  /** Called by Spring. */
  public DoorwardSecurityAutoConfiguration() {}

  @Bean
  Customizer<HttpSecurity> doorwardPrincipalBridge() {
    return http ->
        http.addFilterAfter(new PrincipalBridge(), SecurityContextHolderFilter.class)
            .addFilterAfter(new OutageFilter(), ExceptionTranslationFilter.class);
  }

  @Bean
  @Order(Ordered.HIGHEST_PRECEDENCE)
  @ConditionalOnBean(AuthEndpoints.class)
  @ConditionalOnMissingBean(name = "doorwardEndpointsChain")
  SecurityFilterChain doorwardEndpointsChain(DoorwardProperties properties) {
    String paths = new WebSettings(properties.web()).endpoints();
    return new DefaultSecurityFilterChain(PathPatternRequestMatcher.withDefaults().matcher(paths));
  }
}
