package io.doorward.auth.spring.boot;

import io.doorward.auth.session.AuthenticatedPrincipal;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.authority.SimpleGrantedAuthority;

/** An account of ours as Spring Security sees it. */
final class Authorities {
  private static final String ROLE = "ROLE_";

  private Authorities() {}

  /**
   * Returns the roles with all that they include, and what they grant, as authorities. A permission
   * that would be read as a role is none.
   */
  static List<GrantedAuthority> of(AuthenticatedPrincipal user) {
    Stream<String> roles = user.effectiveRoles().stream().map(Authorities::authority).sorted();
    Stream<String> permissions =
        user.permissions().stream().filter(it -> !it.startsWith(ROLE)).sorted();
    return Stream.concat(roles, permissions)
        .<GrantedAuthority>map(SimpleGrantedAuthority::new)
        .toList();
  }

  /** The role {@code admin} is what {@code hasRole("admin")} asks for. */
  private static String authority(String role) {
    return role.startsWith(ROLE) ? role : ROLE + role;
  }
}
