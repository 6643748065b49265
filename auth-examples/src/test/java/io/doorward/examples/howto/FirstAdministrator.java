package io.doorward.examples.howto;

import io.doorward.auth.Admin.FindResult;
import io.doorward.auth.AuthService;
import io.doorward.auth.Roles.RoleChangeResult;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import java.time.Duration;
import java.util.Set;

/** What docs/howto/first-administrator.md shows. */
final class FirstAdministrator {
  private FirstAdministrator() {}

  static RoleChangeResult grant(AuthService auth, String email) {
    Deadline deadline = Deadline.after(Duration.ofSeconds(10));
    FindResult result = auth.admin().find(LoginId.email(email), deadline);
    if (!(result instanceof FindResult.Found found)) {
      throw new IllegalStateException("no account to grant it to: " + result);
    }
    return auth.admin().changeRoles(found.account().id(), Set.of("admin"), Set.of(), deadline);
  }
}
