package io.doorward.auth.spring.boot;

import io.doorward.auth.AuthService;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.autoconfigure.condition.NoneNestedConditions;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.security.authentication.AuthenticationManager;
import org.springframework.security.authentication.AuthenticationProvider;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.userdetails.UserDetailsService;

/**
 * Lets Doorward check the logins of Spring Security (a form, HTTP Basic), unless the application
 * has users of its own. In front of Boot's configuration of a generated user, which then is not
 * made.
 */
@AutoConfiguration(
    after = DoorwardAutoConfiguration.class,
    beforeName =
        "org.springframework.boot.security.autoconfigure.UserDetailsServiceAutoConfiguration")
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnClass({AuthenticationProvider.class, HttpSecurity.class})
@ConditionalOnBean(AuthService.class)
@Conditional(DoorwardLoginAutoConfiguration.NoUserInProperties.class)
public final class DoorwardLoginAutoConfiguration {
  /** Called by Spring. */
  public DoorwardLoginAutoConfiguration() {}

  /** A user of {@code spring.security.user.*} is one that the application has. */
  static final class NoUserInProperties extends NoneNestedConditions {
    NoUserInProperties() {
      super(ConfigurationPhase.PARSE_CONFIGURATION);
    }

    @ConditionalOnProperty("spring.security.user.name")
    static final class Name {}

    @ConditionalOnProperty("spring.security.user.password")
    static final class Password {}
  }

  @Bean
  @ConditionalOnMissingBean({
    AuthenticationManager.class,
    AuthenticationProvider.class,
    UserDetailsService.class
  })
  DoorwardAuthenticationProvider doorwardAuthenticationProvider(AuthService service) {
    return new DoorwardAuthenticationProvider(service);
  }
}
