package io.doorward.auth.spring.boot;

import io.doorward.auth.servlet.AccessRules;
import io.doorward.auth.servlet.ProxyHeader;
import io.doorward.auth.servlet.SitePages;
import io.doorward.auth.servlet.WebOptions;
import io.doorward.auth.spring.boot.DoorwardProperties.Access;
import io.doorward.auth.spring.boot.DoorwardProperties.Pages;
import io.doorward.auth.spring.boot.DoorwardProperties.Rule;
import io.doorward.auth.spring.boot.DoorwardProperties.Web;
import java.util.Optional;

/** Rules and options of filter and endpoints, as the properties say them. */
final class WebSettings {
  private final Web web;

  WebSettings(Web web) {
    this.web = web;
  }

  /** Everything below the path of the endpoints. */
  String endpoints() {
    return web.endpoints().path() + "/**";
  }

  /**
   * The rules, the endpoints, what is permitted, the login page, the error page, and the rest.
   *
   * @param errorPage path that Boot's errors are dispatched to
   */
  AccessRules rules(String errorPage) {
    AccessRules.Builder rules = AccessRules.builder();
    for (Rule rule : web.rules()) {
      add(rules, rule);
    }
    if (web.endpoints().enabled()) {
      rules.path(endpoints()).permitAll();
    }
    if (!web.permit().isEmpty()) {
      rules.path(web.permit().toArray(String[]::new)).permitAll();
    }
    if (web.pages().login() != null) {
      rules.path(web.pages().login()).permitAll();
    }
    rules.path(errorPage).permitAll();
    finish(rules.path("/**"), web.otherwise());
    return rules.build();
  }

  private static void add(AccessRules.Builder rules, Rule rule) {
    AccessRules.Path path = rules.path(rule.paths().toArray(String[]::new));
    if (!rule.methods().isEmpty()) {
      path.methods(rule.methods().toArray(String[]::new));
    }
    if (rule.access() != null) {
      finish(path, rule.access());
    } else if (rule.roles().isEmpty()) {
      path.anyPermission(rule.permissions().toArray(String[]::new));
    } else {
      path.anyRole(rule.roles().toArray(String[]::new));
    }
  }

  private static void finish(AccessRules.Path path, Access access) {
    switch (access) {
      case PERMIT_ALL -> path.permitAll();
      case OPTIONAL -> path.optional();
      case AUTHENTICATED -> path.authenticated();
      case DENY_ALL -> path.denyAll();
    }
  }

  /** Starts the options; what is not set has the default of the library. */
  WebOptions.Builder options() {
    WebOptions.Builder options = WebOptions.builder();
    if (web.cookie().name() != null) {
      options.cookieName(web.cookie().name());
    }
    if (web.cookie().sameSite() != null) {
      options.sameSite(web.cookie().sameSite());
    }
    options.allowedOrigins(web.allowedOrigins().toArray(String[]::new));
    options.trustedProxies(
        web.proxyHeader() == null ? ProxyHeader.X_FORWARDED_FOR : web.proxyHeader(),
        web.trustedProxies().toArray(String[]::new));
    if (web.limits().loginDeadline() != null) {
      options.loginDeadline(web.limits().loginDeadline());
    }
    if (web.limits().checkDeadline() != null) {
      options.checkDeadline(web.limits().checkDeadline());
    }
    if (web.limits().bodyLimit() != null) {
      options.bodyLimit(web.limits().bodyLimit());
    }
    if (web.development()) {
      options.development();
    }
    pages().ifPresent(options::pages);
    return options;
  }

  private Optional<SitePages> pages() {
    Pages pages = web.pages();
    if (pages.login() == null) {
      return pages.errors() ? Optional.of(SitePages.errorPages()) : Optional.empty();
    }
    SitePages.Builder site = SitePages.builder().loginPage(pages.login());
    if (pages.afterLogin() != null) {
      site.afterLogin(pages.afterLogin());
    }
    if (pages.afterLogout() != null) {
      site.afterLogout(pages.afterLogout());
    }
    return Optional.of(site.build());
  }
}
