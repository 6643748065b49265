package io.doorward.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.Admin.FindResult;
import io.doorward.auth.AuthService;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.testkit.TestSecrets;
import java.io.IOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The site as a person's browser sees it: links, forms, redirects, and a cookie store. */
final class ExampleSiteIT {
  private static Servers servers;
  private static AuthService auth;
  private static ExampleSite site;

  private final HttpClient browser =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .cookieHandler(new CookieManager())
          .build();

  @BeforeAll
  static void start() {
    TestSecrets.record(ExampleSite.PASSWORD);
    servers = Servers.start();
    auth = ExampleSite.service(servers);
    site = ExampleSite.start(auth, 0);
  }

  @AfterAll
  static void stop() {
    try {
      site.close();
      auth.close();
    } finally {
      servers.close();
    }
  }

  @Test
  void theHomePageGreetsItsUser() throws Exception {
    assertThat(visit("/").body()).contains("<p id=\"greeting\">Hello</p>", "id=\"login\"");
    HttpResponse<String> login = logIn(ExampleSite.USER, ExampleSite.PASSWORD, "/");
    assertThat(login.statusCode()).isEqualTo(303);
    assertThat(visit("/").body())
        .contains("Hello, ada@example.org", "id=\"logout-button\"")
        .doesNotContain("id=\"login\"");
  }

  @Test
  void aVisitorIsBroughtBackAfterTheLogin() throws Exception {
    HttpResponse<String> refused = visit("/account");
    assertThat(refused.statusCode()).isEqualTo(303);
    assertThat(location(refused)).isEqualTo("/login?return=%2Faccount");
    assertThat(visit(location(refused)).body()).contains("value=\"/account\"");

    assertThat(location(logIn(ExampleSite.USER, ExampleSite.PASSWORD, "/account")))
        .isEqualTo("/account");
    assertThat(visit("/account").body()).contains("<p id=\"login-id\">ada@example.org</p>");
  }

  @Test
  void aWrongPasswordIsToldOnTheLoginPage() throws Exception {
    String page = location(logIn(ExampleSite.USER, "not the pass phrase at all", "/account"));
    assertThat(page).isEqualTo("/login?error=login_rejected&return=%2Faccount");
    assertThat(visit(page).body()).contains("Address or password is wrong.", "value=\"/account\"");
    assertThat(visit("/").body()).contains("<p id=\"greeting\">Hello</p>");
  }

  @Test
  void onlyAnAdministratorSeesThePageForAdministrators() throws Exception {
    logIn(ExampleSite.USER, ExampleSite.PASSWORD, "/");
    HttpResponse<String> refused = visit("/admin");
    assertThat(refused.statusCode()).isEqualTo(403);
    assertThat(refused.body()).contains("<h1 id=\"title\">Error 403</h1>");

    logIn(ExampleSite.ADMIN, ExampleSite.PASSWORD, "/");
    assertThat(visit("/admin").body()).contains("<h1 id=\"title\">Administration</h1>");
  }

  @Test
  void aUserSeesAndEndsTheirSessions() throws Exception {
    logIn(ExampleSite.USER, ExampleSite.PASSWORD, "/");
    AccountId ada = account();
    auth.sessions().logoutAll(ada, Deadline.after(Duration.ofSeconds(10)));
    LoginResult lost =
        auth.login(
            ExampleSite.USER,
            ExampleSite.PASSWORD,
            ClientContext.unknown().withUserAgent("<b>lost</b>"));
    SessionId id = ((LoginResult.Success) lost).principal().session().id();
    logIn(ExampleSite.USER, ExampleSite.PASSWORD, "/");
    assertThat(visit("/sessions").body())
        .contains("(this one)", "&lt;b&gt;lost&lt;/b&gt;", "value=\"" + id + "\"")
        .doesNotContain("<b>");

    assertThat(post("/sessions", "session=no+id").statusCode()).isEqualTo(400);
    HttpResponse<String> ended = post("/sessions", "session=" + id);

    assertThat(ended.statusCode()).isEqualTo(303);
    assertThat(location(ended)).isEqualTo("/sessions");
    assertThat(visit("/sessions").body())
        .contains("(this one)", ": kicked_out</li>")
        .doesNotContain("lost");
  }

  private static AccountId account() {
    Deadline deadline = Deadline.after(Duration.ofSeconds(10));
    FindResult found = auth.admin().find(LoginId.email(ExampleSite.USER), deadline);
    return ((FindResult.Found) found).account().id();
  }

  @Test
  void aLogoutEndsTheSession() throws Exception {
    logIn(ExampleSite.USER, ExampleSite.PASSWORD, "/");
    HttpResponse<String> logout = post("/auth/logout", "");
    assertThat(logout.statusCode()).isEqualTo(303);
    assertThat(location(logout)).isEqualTo("/");
    assertThat(visit("/").body()).contains("<p id=\"greeting\">Hello</p>");
    assertThat(visit("/account").statusCode()).isEqualTo(303);
  }

  @Test
  void aUserWhoIsNotKnownForSureCanLogOutAndIsNotAskedToLogIn() throws Exception {
    HttpRequest unreadable = request("/").header("Cookie", "doorward=a!b").GET().build();
    assertThat(send(unreadable).body())
        .contains("we cannot tell", "id=\"logout-button\"")
        .doesNotContain("id=\"login\"");
  }

  @Test
  void aHostileLinkLeadsNowhereAndShowsNothingOfItself() throws Exception {
    String page = visit("/login?error=%3Cscript%3E&return=%2F%2Fevil.example").body();
    assertThat(page).contains("value=\"/\"").doesNotContain("evil", "<script");
    assertThat(location(logIn(ExampleSite.USER, ExampleSite.PASSWORD, "//evil.example")))
        .isEqualTo("/");
  }

  @Test
  void theSetUpOfTheFilterHasFifteenLinesAtMost() throws IOException {
    String source =
        Files.readString(Path.of("src/main/java/io/doorward/examples/ExampleSite.java"));
    String head = "void mount(AuthService auth, ServletContext context) {\n";
    int start = source.indexOf(head) + head.length();
    assertThat(source.substring(start, source.indexOf("\n  }\n", start)).lines())
        .hasSizeBetween(5, 15);
  }

  private HttpResponse<String> logIn(String email, String password, String back) throws Exception {
    return post(
        "/auth/login",
        "email=" + encoded(email) + "&password=" + encoded(password) + "&return=" + encoded(back));
  }

  private HttpResponse<String> visit(String path) throws Exception {
    return send(request(path).GET().build());
  }

  private HttpResponse<String> post(String path, String form) throws Exception {
    return send(
        request(path)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Sec-Fetch-Site", "same-origin")
            .POST(BodyPublishers.ofString(form))
            .build());
  }

  private static HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(site.uri().resolve("/") + path.substring(1)))
        .header("Accept", "text/html,application/xhtml+xml")
        .header("Sec-Fetch-Mode", "navigate");
  }

  private HttpResponse<String> send(HttpRequest request) throws Exception {
    return browser.send(request, BodyHandlers.ofString());
  }

  private static String location(HttpResponse<?> response) {
    return response.headers().firstValue("Location").orElseThrow();
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, UTF_8);
  }
}
