package io.doorward.examples.pages;

import io.doorward.auth.AuthService;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.password.Password;
import io.doorward.auth.servlet.LoginCookies;
import io.doorward.auth.servlet.SitePages;
import io.doorward.auth.servlet.WebOptions;
import io.doorward.auth.session.SessionOptions;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** What docs/servlet.md shows. */
final class ServletPage {
  private final AuthService auth;
  private final WebOptions options;

  ServletPage(AuthService auth, WebOptions options) {
    this.auth = auth;
    this.options = options;
  }

  static List<WebOptions> pages() {
    WebOptions toLoginAndBack = WebOptions.builder().pages(SitePages.of("/login")).build();
    WebOptions containersPages = WebOptions.builder().pages(SitePages.errorPages()).build();
    return List.of(toLoginAndBack, containersPages);
  }

  void logIn(
      LoginId loginId,
      Password password,
      boolean remember,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException {
    Deadline deadline = Deadline.after(Duration.ofSeconds(5));
    LoginCookies cookies = LoginCookies.of(options);
    if (cookies.isFromAnotherSite(request)) {
      response.sendError(HttpServletResponse.SC_FORBIDDEN);
      return;
    }
    ClientContext client = cookies.client(request);
    SessionOptions session = cookies.session(client, remember);
    LoginAttempt attempt = new LoginAttempt(loginId, password, client, session);
    if (auth.login(attempt, deadline) instanceof LoginResult.Success success) {
      cookies.set(success, response);
    }
  }
}
