package io.doorward.auth.spring.boot;

import io.doorward.auth.base.TenantId;
import io.doorward.auth.password.PasswordPolicy;
import io.doorward.auth.session.AuthenticatedPrincipal;
import java.util.Optional;
import org.springframework.context.annotation.Bean;
import org.springframework.web.bind.annotation.GetMapping;

/** What docs/spring-boot.md shows. */
final class SpringBootPage {
  @GetMapping("/basket")
  String basket(@CurrentUser AuthenticatedPrincipal user) {
    return "The basket of " + user.loginId().orElseThrow().value();
  }

  @GetMapping("/home")
  String home(@CurrentUser Optional<AuthenticatedPrincipal> user) {
    return user.isPresent() ? "Welcome back" : "Welcome";
  }

  @Bean
  DoorwardCustomizer longerPasswords() {
    return builder -> builder.customize(it -> it.passwordPolicy(PasswordPolicy.lengths(12, 256)));
  }

  @Bean
  WebOptionsCustomizer tenants() {
    return options -> options.tenant(request -> TenantId.parse(request.getServerName()));
  }
}
