package io.doorward.auth.servlet;

import io.doorward.auth.AuthService;
import jakarta.servlet.ServletContext;

/** The example of docs/servlet.md, compiled here so that it stays right. */
final class MountingExample {
  private MountingExample() {}

  // docs: mounting
  static void mount(ServletContext context, AuthService auth) {
    WebOptions options =
        WebOptions.builder().trustedProxies(ProxyHeader.X_FORWARDED_FOR, "10.0.0.0/8").build();
    AccessRules rules =
        AccessRules.builder()
            .path("/", "/assets/**", "/auth/**")
            .permitAll()
            .path("/admin/**")
            .role("ADMIN")
            .path("/reports/**")
            .methods("GET")
            .anyRole("ADMIN", "AUDITOR")
            .path("/app/**")
            .authenticated()
            .build();
    AuthFilter.of(auth, rules, options).register(context);
    AuthEndpoints.of(auth, options).register(context, "/auth/*");
  }
  // docs: end
}
