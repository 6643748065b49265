package io.doorward.examples.howto;

import io.doorward.auth.AuthService;
import io.doorward.auth.Names.NameAddResult;
import io.doorward.auth.Sessions.HostLogin;
import io.doorward.auth.account.AccountDirectory.ExternalIdentity;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.TenantId;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.servlet.LoginCookies;
import io.doorward.auth.session.AuthenticatedPrincipal;
import io.doorward.auth.session.SessionOptions;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import java.util.Set;

/** What docs/howto/openid-connect.md shows. */
final class OpenIdLogin {
  private final AuthService auth;
  private final LoginCookies cookies;

  OpenIdLogin(AuthService auth, LoginCookies cookies) {
    this.auth = auth;
    this.cookies = cookies;
  }

  LoginResult logIn(String issuer, String subject, HttpServletRequest request) {
    ExternalIdentity identity = new ExternalIdentity(TenantId.DEFAULT, issuer, subject);
    Deadline deadline = Deadline.after(Duration.ofSeconds(5));
    return auth.admin()
        .find(identity, deadline)
        .match(
            found -> open(found.account().id(), request, deadline),
            unknown -> new LoginResult.Rejected(), // not linked yet, see below
            unavailable -> new LoginResult.Unavailable(unavailable.retryAfter()));
  }

  private LoginResult open(AccountId account, HttpServletRequest request, Deadline deadline) {
    ClientContext client = cookies.client(request);
    SessionOptions session = cookies.session(client, false);
    return auth.sessions()
        .open(new HostLogin(account, Set.of("federated"), client, session), deadline);
  }

  void answer(LoginResult result, HttpServletRequest request, HttpServletResponse response) {
    if (result instanceof LoginResult.Success success) {
      Deadline deadline = Deadline.after(Duration.ofSeconds(1));
      cookies.token(request).ifPresent(before -> auth.logout(before, deadline));
      cookies.set(success, response);
      response.setStatus(204);
    } else {
      response.setStatus(result instanceof LoginResult.Unavailable ? 503 : 401);
    }
  }

  NameAddResult link(AuthenticatedPrincipal owner, String issuer, String subject) {
    ExternalIdentity identity = new ExternalIdentity(TenantId.DEFAULT, issuer, subject);
    return auth.admin()
        .linkIdentity(owner.account(), identity, Deadline.after(Duration.ofSeconds(5)));
  }
}
