package io.doorward.examples.howto;

import io.doorward.auth.AuthService;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.servlet.AccessRules;
import io.doorward.auth.servlet.AuthEndpoints;
import io.doorward.auth.servlet.AuthFilter;
import io.doorward.auth.servlet.ProxyHeader;
import io.doorward.auth.servlet.WebOptions;
import io.doorward.auth.session.AuthenticatedPrincipal;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** What docs/howto/servlet-app.md shows. */
final class ServletApp {
  private ServletApp() {}

  static void mount(ServletContext context, AuthService auth) {
    AccessRules rules =
        AccessRules.builder()
            .path("/auth/**")
            .permitAll()
            .path("/account")
            .authenticated()
            .path("/admin/**")
            .role("admin")
            .build();
    WebOptions options =
        WebOptions.builder().trustedProxies(ProxyHeader.X_FORWARDED_FOR, "10.0.0.0/8").build();
    AuthFilter.of(auth, rules, options).register(context);
    AuthEndpoints.of(auth, options).register(context, "/auth/*");
  }

  /** The page of a user. */
  static final class AccountPage extends HttpServlet {
    private static final long serialVersionUID = 1L;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      AuthenticatedPrincipal user = AuthFilter.principal(request).orElseThrow();
      response.setContentType("text/plain;charset=utf-8");
      response.getWriter().print("Hello " + user.loginId().map(LoginId::value).orElse("you"));
    }
  }
}
