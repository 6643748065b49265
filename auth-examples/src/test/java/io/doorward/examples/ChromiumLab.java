package io.doorward.examples;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.Cookie;
import io.doorward.auth.AuthService;
import io.doorward.auth.testkit.TestSecrets;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * The example's site and Chromium on it, one of each for all tests of a run. A test gets it as a
 * parameter, with a browser that remembers nothing of the test before.
 */
final class ChromiumLab implements AutoCloseable {
  private static final String SESSION = "doorward";

  private final Chromium chromium = new Chromium();
  private final Servers servers = Servers.start();
  private final AuthService auth;
  private final ExampleSite site;
  private final BrowserContext person;
  private final Page page;

  private ChromiumLab() {
    TestSecrets.record(ExampleSite.PASSWORD);
    auth = ExampleSite.service(servers);
    site = ExampleSite.start(auth, 0);
    person = chromium.person();
    page = person.newPage();
  }

  AuthService auth() {
    return auth;
  }

  Chromium chromium() {
    return chromium;
  }

  /** The browser that most tests use; others come from {@link #chromium}. */
  BrowserContext person() {
    return person;
  }

  /** The one page of that browser. */
  Page page() {
    return page;
  }

  /** Returns the URL of a path of the site. */
  String url(String path) {
    return site.uri().resolve(path).toString();
  }

  void logIn(Page page, String email) {
    page.navigate(url("/login"));
    fillIn(page, email, ExampleSite.PASSWORD);
    page.waitForSelector("#greeting");
  }

  /** Fills in the login page and sends it. */
  void fillIn(Page page, String email, String password) {
    page.fill("#email", email);
    page.fill("#password", password);
    page.click("#login-button");
  }

  /** Returns the session's cookie, whose value no log may have. */
  Cookie session(BrowserContext person) {
    Cookie cookie =
        person.cookies().stream().filter(it -> it.name.equals(SESSION)).findFirst().orElseThrow();
    TestSecrets.record(cookie.value);
    return cookie;
  }

  boolean hasSession(BrowserContext person) {
    return person.cookies().stream().anyMatch(it -> it.name.equals(SESSION));
  }

  @Override
  public void close() {
    try {
      chromium.close();
      site.close();
      auth.close();
    } finally {
      servers.close();
    }
  }

  /** Starts the lab for the first test, and ends it after the last. */
  static final class Shared implements ParameterResolver {
    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
      return parameter.getParameter().getType() == ChromiumLab.class;
    }

    @Override
    public ChromiumLab resolveParameter(ParameterContext parameter, ExtensionContext test) {
      ChromiumLab lab =
          test.getRoot()
              .getStore(Namespace.GLOBAL)
              .computeIfAbsent(ChromiumLab.class, type -> new ChromiumLab(), ChromiumLab.class);
      lab.person.clearCookies();
      return lab;
    }
  }
}
