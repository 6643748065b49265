package io.doorward.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Response;
import com.microsoft.playwright.options.Cookie;
import com.microsoft.playwright.options.SameSiteAttribute;
import io.doorward.auth.AuthService;
import io.doorward.auth.servlet.AccessRules;
import io.doorward.auth.servlet.AuthEndpoints;
import io.doorward.auth.servlet.AuthFilter;
import io.doorward.auth.servlet.WebOptions;
import io.doorward.auth.testkit.TestSecrets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What a real browser lets the pages of other origins do to the example's user. {@code
 * http://localhost} with another port is another origin of the same site: it gets the cookie.
 * {@code http://127.0.0.1} is another site.
 */
@ExtendWith(ChromiumLab.Shared.class)
final class ChromiumOriginsIT {
  /** Sends what a form sends: the browser shows what comes back. */
  private static final String SUBMIT_FORM =
      """
      ([action, fields]) => {
        const form = document.createElement('form');
        form.method = 'post';
        form.action = action;
        for (const [name, value] of Object.entries(fields)) {
          const input = document.createElement('input');
          input.name = name;
          input.value = value;
          form.append(input);
        }
        document.body.append(form);
        form.submit();
      }
      """;

  /** Sends what a script sends: its status and text, or the name of what went wrong. */
  private static final String FETCH =
      """
      async ([url, body]) => {
        try {
          const options = { credentials: 'include', headers: { 'Content-Type': 'application/json' } };
          const answer = await fetch(url, body ? { method: 'POST', body, ...options } : options);
          return answer.status + ' ' + await answer.text();
        } catch (e) {
          return e.name;
        }
      }
      """;

  private static final String CREDENTIALS =
      "{\"email\": \"" + ExampleSite.USER + "\", \"password\": \"" + ExampleSite.PASSWORD + "\"}";

  private static OtherOrigin friend;
  private static OtherOrigin stranger;
  private static Server callable;

  private final ChromiumLab lab;
  private final BrowserContext person;
  private final Page page;

  ChromiumOriginsIT(ChromiumLab lab) {
    this.lab = lab;
    this.person = lab.person();
    this.page = lab.page();
  }

  @BeforeAll
  static void start(ChromiumLab lab) throws Exception {
    friend = new OtherOrigin();
    stranger = new OtherOrigin();
    callable = endpointsFor(friend.sameSite(), lab.auth());
  }

  @AfterAll
  static void stop() throws Exception {
    callable.stop();
    stranger.close();
    friend.close();
  }

  @Test
  void noFormOfAnotherOriginLogsAUserOut() {
    logIn();
    for (String origin : List.of(stranger.sameSite(), stranger.crossSite())) {
      page.navigate(origin);
      Response refused = submit("/auth/logout", Map.of("return", "/"));
      assertThat(refused.status()).as(origin).isEqualTo(403);
      assertThat(isLoggedIn()).as(origin).isTrue();
    }
  }

  @Test
  void noFormOfAnotherOriginLogsAVictimInAsTheAttacker() {
    for (String origin : List.of(stranger.sameSite(), stranger.crossSite())) {
      page.navigate(origin);
      Response refused =
          submit(
              "/auth/login",
              Map.of("email", ExampleSite.USER, "password", ExampleSite.PASSWORD, "return", "/"));
      assertThat(refused.status()).as(origin).isEqualTo(403);
      assertThat(person.cookies()).as(origin).isEmpty();
      assertThat(isLoggedIn()).as(origin).isFalse();
    }
  }

  @Test
  void noPageOfAnotherOriginFramesTheSite() {
    page.navigate(stranger.sameSite());
    page.evaluate(
        "url => { const it = document.createElement('iframe'); it.src = url;"
            + " document.body.append(it);"
            + " return new Promise(done => it.onload = () => done(true)); }",
        url("/login"));
    assertThat(page.frameLocator("iframe").locator("#login-form").count()).isZero();
  }

  @Test
  void aLinkFromAnotherSiteArrivesLoggedIn() {
    logIn();
    page.navigate(stranger.crossSite());
    page.evaluate("url => location.assign(url)", url("/account"));
    assertThat(page.textContent("#login-id")).isEqualTo(ExampleSite.USER);
  }

  @Test
  void aScriptOfAnAllowedOriginLogsInAndReadsItsUser() {
    page.navigate(friend.sameSite());
    assertThat(call("/auth/login", CREDENTIALS)).startsWith("200 ");
    assertThat(call("/auth/me", null))
        .startsWith("200 ")
        .contains("\"loginId\":\"" + ExampleSite.USER + "\"");
    assertThat(call("/auth/logout", "{}")).startsWith("204 ");
    assertThat(call("/auth/me", null)).startsWith("401 ").contains("code");
  }

  @Test
  void aScriptOfAnotherOriginReadsAndChangesNothing() {
    page.navigate(friend.sameSite());
    assertThat(call("/auth/login", CREDENTIALS)).startsWith("200 ");
    Cookie before = lab.session(person);

    for (String origin : List.of(stranger.sameSite(), stranger.crossSite(), friend.crossSite())) {
      page.navigate(origin);
      assertThat(call("/auth/me", null)).as(origin).isEqualTo("TypeError");
      assertThat(call("/auth/logout", "{}")).as(origin).isEqualTo("TypeError");
      assertThat(call("/auth/login", CREDENTIALS)).isEqualTo("TypeError");
    }

    page.navigate(friend.sameSite());
    assertThat(call("/auth/me", null)).startsWith("200 ");
    assertThat(lab.session(person).value).isEqualTo(before.value);
  }

  @Test
  void overTlsTheCookieIsBoundToTheHost() {
    LocalCertificate certificate = LocalCertificate.make();
    try (WebServer server = WebServer.start(lab.auth(), certificate);
        BrowserContext secure =
            lab.chromium().person(new NewContextOptions().setIgnoreHTTPSErrors(true))) {
      Page ours = secure.newPage();
      assertThat(ours.navigate(server.uri() + "/account").status()).isEqualTo(401);
      assertThat(ours.evaluate(FETCH, List.of("/auth/login", CREDENTIALS)).toString())
          .startsWith("200 ");

      assertThat(secure.cookies())
          .extracting(cookie -> cookie.name)
          .containsExactlyInAnyOrder("__Host-doorward", "__Host-doorward-device");
      for (Cookie cookie : secure.cookies()) {
        TestSecrets.record(cookie.value);
        assertThat(cookie.secure).as(cookie.name).isTrue();
        assertThat(cookie.httpOnly).as(cookie.name).isTrue();
        assertThat(cookie.sameSite).as(cookie.name).isEqualTo(SameSiteAttribute.LAX);
        assertThat(cookie.path).as(cookie.name).isEqualTo("/");
      }
      assertThat(ours.navigate(server.uri() + "/account").status()).isEqualTo(200);
    }
  }

  /** Starts endpoints without pages, which the pages of one other origin may call. */
  private static Server endpointsFor(String origin, AuthService auth) throws Exception {
    Server jetty = new Server();
    ServerConnector http = new ServerConnector(jetty);
    http.setHost("localhost");
    jetty.addConnector(http);
    WebOptions options = WebOptions.builder().allowedOrigins(origin).development().build();
    AccessRules rules = AccessRules.builder().path("/auth/**").permitAll().build();
    ServletContextHandler application = new ServletContextHandler();
    application.addServletContainerInitializer(
        (classes, context) -> {
          AuthFilter.of(auth, rules, options).register(context);
          AuthEndpoints.of(auth, options).register(context, "/auth/*");
        });
    jetty.setHandler(application);
    jetty.start();
    return jetty;
  }

  private void logIn() {
    lab.logIn(page, ExampleSite.USER);
    lab.session(person);
  }

  private boolean isLoggedIn() {
    page.navigate(url("/"));
    return page.textContent("#greeting").contains(ExampleSite.USER);
  }

  private Response submit(String path, Map<String, String> fields) {
    String action = url(path);
    Response response =
        page.waitForResponse(action, () -> page.evaluate(SUBMIT_FORM, List.of(action, fields)));
    page.waitForURL(action);
    return response;
  }

  /** Calls the endpoints that the friend may call, from the page that is open. */
  private String call(String path, String body) {
    String url = callable.getURI().resolve(path).toString();
    return page.evaluate(FETCH, Arrays.asList(url, body)).toString();
  }

  private String url(String path) {
    return lab.url(path);
  }
}
