package io.doorward.examples.howto;

import io.doorward.auth.AuthService;
import io.doorward.auth.servlet.AccessRules;
import io.doorward.auth.servlet.AuthEndpoints;
import io.doorward.auth.servlet.AuthFilter;
import io.doorward.auth.servlet.RefusedPage;
import io.doorward.auth.servlet.SitePages;
import io.doorward.auth.servlet.WebOptions;
import jakarta.servlet.ServletContext;

/** What docs/howto/error-pages.md shows. */
final class ErrorPages {
  private ErrorPages() {}

  static void mount(ServletContext context, AuthService auth) {
    SitePages pages =
        SitePages.builder()
            .loginPage("/login")
            .afterLogin("/account")
            .refusals(
                (page, request, response) -> {
                  if (page.status() == 503) {
                    response.setStatus(503);
                    request.getRequestDispatcher("/busy.html").forward(request, response);
                  } else {
                    RefusedPage.Handler.loginPage().answer(page, request, response);
                  }
                })
            .build();
    WebOptions options = WebOptions.builder().pages(pages).build();
    AccessRules rules =
        AccessRules.builder()
            .path("/login", "/busy.html", "/auth/**")
            .permitAll()
            .path("/account")
            .authenticated()
            .path("/admin/**")
            .role("admin")
            .build();
    AuthFilter.of(auth, rules, options).register(context);
    AuthEndpoints.of(auth, options).register(context, "/auth/*");
  }
}
