package io.doorward.auth.spring.boot;

import io.doorward.auth.session.AuthenticatedPrincipal;
import java.util.List;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.authority.SimpleGrantedAuthority;

/** An account of ours as Spring Security sees it. */
final class Authorities {
  private static final String ROLE = "ROLE_";

  private Authorities() {}

  /** Returns the roles as authorities. */
  static List<GrantedAuthority> of(AuthenticatedPrincipal user) {
    return user.roles().stream()
        .sorted()
        .<GrantedAuthority>map(role -> new SimpleGrantedAuthority(authority(role)))
        .toList();
  }

  /** The role {@code admin} is what {@code hasRole("admin")} asks for. */
  private static String authority(String role) {
    return role.startsWith(ROLE) ? role : ROLE + role;
  }
}
