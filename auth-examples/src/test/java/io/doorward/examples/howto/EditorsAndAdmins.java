package io.doorward.examples.howto;

import io.doorward.Doorward;
import io.doorward.auth.AuthService;
import io.doorward.auth.Roles.RoleChangeResult;
import io.doorward.auth.account.RoleModel;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.servlet.AccessRules;
import io.doorward.auth.session.AuthenticatedPrincipal;
import java.time.Duration;
import java.util.Set;

/** What docs/howto/editors-and-admins.md shows. */
final class EditorsAndAdmins {
  private EditorsAndAdmins() {}

  static final RoleModel ROLES =
      RoleModel.builder()
          .role("reader")
          .grants("article:read")
          .role("editor")
          .includes("reader")
          .grants("article:write")
          .role("admin")
          .includes("editor")
          .grants("*")
          .build();

  static AuthService service(String jdbcUrl, String redis, byte[] secret) {
    return Doorward.builder(jdbcUrl, redis).secret("2026-11", secret).roleModel(ROLES).build();
  }

  static AccessRules rules() {
    return AccessRules.builder()
        .path("/auth/**")
        .permitAll()
        .path("/articles/**")
        .methods("GET")
        .permission("article:read")
        .path("/articles/**")
        .permission("article:write")
        .path("/admin/**")
        .role("admin")
        .build();
  }

  static boolean mayDelete(AuthenticatedPrincipal user, String author) {
    return user.hasPermission("article:delete")
        || (user.hasPermission("article:write") && user.getName().equals(author));
  }

  static RoleChangeResult promote(AuthService auth, AccountId account) {
    Deadline deadline = Deadline.after(Duration.ofSeconds(5));
    return auth.admin().changeRoles(account, Set.of("editor"), Set.of("reader"), deadline);
  }
}
