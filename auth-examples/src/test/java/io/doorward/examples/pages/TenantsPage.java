package io.doorward.examples.pages;

import io.doorward.auth.AuthService;
import io.doorward.auth.AuthService.SignUp;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.TenantId;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.password.Password;
import io.doorward.auth.servlet.WebOptions;
import io.doorward.auth.session.AccessToken;
import java.util.Map;
import java.util.Optional;

/** What docs/tenants.md shows. */
final class TenantsPage {
  private TenantsPage() {}

  static void inTheNorth(
      AuthService auth,
      Password password,
      AccessToken token,
      ClientContext client,
      Deadline deadline) {
    TenantId north = new TenantId("north");
    LoginId ada = LoginId.email("ada@example.org").inTenant(north);

    auth.signUp(new SignUp(ada, password, client), deadline);
    auth.login(new LoginAttempt(ada, password, client), deadline);
    auth.check(token, north, deadline);
  }

  static WebOptions byHost(Map<String, TenantId> tenants) {
    WebOptions options =
        WebOptions.builder()
            .tenant(request -> Optional.ofNullable(tenants.get(request.getServerName())))
            .build();
    return options;
  }
}
