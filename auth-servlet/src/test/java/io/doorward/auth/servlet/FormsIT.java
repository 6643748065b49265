package io.doorward.auth.servlet;

import static io.doorward.auth.servlet.App.EMAIL;
import static io.doorward.auth.servlet.App.PASSWORD;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.servlet.WebServer.Reply;
import io.doorward.auth.session.SessionKind;
import io.doorward.auth.throttle.AttemptBudgets;
import java.net.URLEncoder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Login and logout by the form of a page. */
@OnEveryStack
class FormsIT extends SharedApp {
  private static final String LOGIN = "/shop/public/login";

  @BeforeParameterizedClassInvocation
  static void start(Stack stack) {
    SitePages pages =
        SitePages.builder()
            .loginPage("/public/login")
            .afterLogin("/home")
            .afterLogout("/public/bye")
            .build();
    app =
        new App(
            stack,
            "/shop",
            false,
            App.options().pages(pages).bodyLimit(1024).build(),
            Map.of(403, "/error", 500, "/error", 503, "/error"),
            context -> {});
  }

  @Test
  void aLoginSetsTheCookieAndLeadsToThePageAfterIt() {
    app.signUp(EMAIL);
    Reply reply = login(EMAIL, PASSWORD, "");
    assertThat(reply.status()).isEqualTo(303);
    assertThat(reply.header("Location")).contains("/shop/home");
    assertThat(reply.header("Cache-Control")).contains("no-store");
    assertThat(reply.body()).isEmpty();
    assertThat(reply.setCookie())
        .contains("__Host-doorward=" + reply.token() + "; Path=/; Secure; HttpOnly; SameSite=Lax");
    assertThat(reply.setDeviceCookie()).isPresent();
    assertThat(app.engine.sessions(EMAIL).get(0).kind()).isEqualTo(SessionKind.COOKIE);
    assertThat(app.server.get("/app", "Cookie", reply.cookie()).status()).isEqualTo(200);
  }

  @Test
  void aLoginLeadsBackToWhereItsVisitorCameFrom() {
    app.signUp(EMAIL);
    Reply reply = login(EMAIL, PASSWORD, "&return=%2Fshop%2Fapp%3Fa%3Db");
    assertThat(reply.header("Location")).contains("/shop/app?a=b");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"//evil.example", "https://evil.example", "/\\evil.example", "/a\r\nb", "/%2F/e"})
  void aReturnPathOfAnotherSiteIsNotFollowed(String path) {
    app.signUp(EMAIL);
    String field = "&return=" + URLEncoder.encode(path, UTF_8);
    assertThat(login(EMAIL, PASSWORD, field).header("Location")).contains("/shop/home");
    assertThat(login(EMAIL, "not the password", field).header("Location"))
        .contains(LOGIN + "?error=login_rejected");
  }

  @Test
  void aCheckedBoxIsRemembered() {
    app.signUp(EMAIL);
    for (String value : new String[] {"on", "true", "1", "yes"}) {
      assertThat(login(EMAIL, PASSWORD, "&remember=" + value).setCookie().orElseThrow())
          .as(value)
          .contains("; Max-Age=");
    }
  }

  @Test
  void aBoxWhoseValueIsANoIsNotRemembered() {
    app.signUp(EMAIL);
    for (String value : new String[] {"off", "false", "0", "no", ""}) {
      assertThat(login(EMAIL, PASSWORD, "&remember=" + value).setCookie().orElseThrow())
          .as(value)
          .doesNotContain("Max-Age");
    }
  }

  @Test
  void aRejectedLoginLeadsToTheLoginPageWithItsCode() {
    app.signUp(EMAIL);
    for (String email : new String[] {EMAIL, "nobody@example.org"}) {
      Reply reply = login(email, "not the password", "&return=%2Fshop%2Fapp");
      assertThat(reply.status()).isEqualTo(303);
      assertThat(reply.header("Location"))
          .contains(LOGIN + "?error=login_rejected&return=%2Fshop%2Fapp");
      assertThat(reply.setCookie()).isEmpty();
      assertThat(reply.header("WWW-Authenticate")).isEmpty();
    }
  }

  @Test
  void aThrottledLoginSaysWhenToComeBack() {
    app.renew(
        new AttemptBudgets(
            1,
            Duration.ofMillis(2300),
            Duration.ofMinutes(15),
            50,
            Duration.ofMinutes(10),
            Duration.ofSeconds(30)));
    app.signUp(EMAIL);
    login(EMAIL, "not the password", "");
    assertThat(login(EMAIL, PASSWORD, "").header("Location"))
        .contains(LOGIN + "?error=too_many_attempts&retryAfter=3");
  }

  @Test
  void anOutageLeadsToTheLoginPageAndLeavesTheCookieAlone() {
    String cookie = app.cookie();
    app.engine.breakDown();
    Reply reply = login(EMAIL, PASSWORD, "", "Cookie: " + cookie);
    assertThat(reply.header("Location")).contains(LOGIN + "?error=unavailable&retryAfter=1");
    assertThat(reply.setCookie()).isEmpty();
  }

  @Test
  void aFurtherStepIsNamedByItsCode() {
    app.engine
        .tap()
        .around(
            (call, through) ->
                call.method().equals("login")
                    ? new LoginResult.NextStep("otp")
                    : through.proceed());
    assertThat(login(EMAIL, PASSWORD, "").header("Location"))
        .contains(LOGIN + "?error=next_step_required");
  }

  @ParameterizedTest
  @CsvSource({
    "'', invalid_field",
    "email=ada@example.org, invalid_field",
    "email=x&password=y, invalid_field",
    "email=a&email=b, malformed_form",
    "MANYemail=a&email=b, malformed_form",
    "email=ada@example.org&password=y&remember=maybe, invalid_field",
    "email=%zz, malformed_form",
    "email=%ff, malformed_form",
    "email=a&role=ADMIN, unknown_field",
    "email=a&mode=bearer, unknown_field",
    "email=a&deviceCookie=x, unknown_field",
    "LONG, body_too_large",
  })
  void aFormThatCannotBeReadChangesNothing(String body, String code) {
    app.engine.tap().forget();
    Reply reply =
        form(
            "/auth/login",
            body.replace("LONG", "email=" + "a".repeat(1100)).replace("MANY", "&".repeat(32)));
    assertThat(reply.status()).isEqualTo(303);
    assertThat(reply.header("Location")).contains(LOGIN + "?error=" + code);
    assertThat(app.engine.tap().calls()).isEmpty();
  }

  @Test
  void aFormFromAnotherSiteIsRefused() {
    app.signUp(EMAIL);
    app.engine.tap().forget();
    String body = credentials(EMAIL, PASSWORD);
    for (String header :
        new String[] {
          "Sec-Fetch-Site: cross-site",
          "Sec-Fetch-Site: same-site",
          "Origin: https://evil.example",
          "Origin: null",
          "Accept: text/html"
        }) {
      for (String path : new String[] {"/auth/login", "/auth/logout"}) {
        Reply reply = send(path, body, header);
        assertThat(reply.status()).as(header).isEqualTo(403);
        assertThat(reply.setCookie()).isEmpty();
        assertThat(reply.header("Location")).isEmpty();
        assertThat(reply.body()).as("the error page").isEqualTo("null null false false false");
      }
    }
    assertThat(app.engine.tap().calls()).isEmpty();
  }

  @Test
  void aFormOfOurOwnPassesWithoutFetchMetadataToo() {
    app.signUp(EMAIL);
    String body = credentials(EMAIL, PASSWORD);
    Reply reply = send("/auth/login", body, "Origin: https://app.example");
    assertThat(reply.header("Location")).contains("/shop/home");
  }

  @Test
  void aLoginByAFormEndsTheSessionThatItReplaces() {
    String first = app.cookie();
    login(EMAIL, PASSWORD, "", "Cookie: " + first);
    assertThat(app.server.get("/app", "Cookie", first).status()).isEqualTo(401);
    assertThat(app.engine.sessions(EMAIL)).hasSize(1);
  }

  @Test
  void aLogoutEndsTheSessionAndLeadsToThePageAfterIt() {
    String cookie = app.cookie();
    Reply reply = form("/auth/logout", "", "Cookie: " + cookie);
    assertThat(reply.status()).isEqualTo(303);
    assertThat(reply.header("Location")).contains("/shop/public/bye");
    assertThat(reply.setCookie().orElseThrow()).contains("Max-Age=0");
    assertThat(app.server.get("/app", "Cookie", cookie).status()).isEqualTo(401);
    assertThat(form("/auth/logout", "return=%2Fshop%2Fx").header("Location")).contains("/shop/x");
    assertThat(form("/auth/logout", "return=%2F%2Fx").header("Location"))
        .contains("/shop/public/bye");
  }

  @Test
  void aLogoutThatWasNotDoneShowsTheErrorAndKeepsTheCookie() {
    String cookie = app.cookie();
    app.engine.tokens.fail("revoke");
    Reply reply = form("/auth/logout", "", "Cookie: " + cookie);
    assertThat(reply.status()).isEqualTo(503);
    assertThat(reply.setCookie()).isEmpty();
    assertThat(reply.body()).as("the error page").endsWith(" false false false");
    assertThat(app.server.get("/app", "Cookie", cookie).status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/auth/signup", "/auth/password", "/auth/logout-all"})
  void theOtherEndpointsTakeJsonOnly(String path) {
    String cookie = app.cookie();
    Reply reply = form(path, "email=a", "Cookie: " + cookie);
    assertThat(reply.status()).isEqualTo(415);
    assertThat(reply.code()).isEqualTo("unsupported_media_type");
  }

  @Test
  void noPasswordIsInAUrlOrInTheLog() {
    app.signUp(EMAIL);
    Logger logger = (Logger) LoggerFactory.getLogger("io.doorward");
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    logger.setLevel(Level.DEBUG);
    logger.addAppender(lines);
    List<Reply> replies = new ArrayList<>();
    try {
      replies.add(login(EMAIL, PASSWORD, ""));
      replies.add(login(EMAIL, "wrong " + PASSWORD, ""));
      replies.add(login(EMAIL, PASSWORD, "&x=" + PASSWORD));
      replies.add(app.server.raw("GET /shop/auth/login?" + credentials(EMAIL, PASSWORD)));
      replies.add(send("/auth/login", credentials(EMAIL, PASSWORD), "Sec-Fetch-Site: cross-site"));
    } finally {
      logger.detachAppender(lines);
      logger.setLevel(null);
    }
    assertThat(replies)
        .allSatisfy(
            reply -> {
              assertThat(reply.header("Location").orElse(""))
                  .doesNotContain(PASSWORD, EMAIL, "%40");
              assertThat(reply.body()).doesNotContain(PASSWORD);
            });
    assertThat(lines.list).isNotEmpty();
    assertThat(lines.list)
        .allSatisfy(line -> assertThat(line.getFormattedMessage()).doesNotContain(PASSWORD, EMAIL));
  }

  private static Reply login(String email, String password, String more, String... headers) {
    return form("/auth/login", credentials(email, password) + more, headers);
  }

  private static Reply form(String path, String body, String... headers) {
    List<String> all = new ArrayList<>(List.of(headers));
    all.add("Sec-Fetch-Site: same-origin");
    return send(path, body, all.toArray(String[]::new));
  }

  private static Reply send(String path, String body, String... headers) {
    List<String> all = new ArrayList<>(List.of(headers));
    all.add("Content-Type: application/x-www-form-urlencoded");
    return app.server.exchange(
        "POST", "app.example", "/shop" + path, body, all.toArray(String[]::new));
  }

  private static String credentials(String email, String password) {
    return "email="
        + URLEncoder.encode(email, UTF_8)
        + "&password="
        + URLEncoder.encode(password, UTF_8);
  }
}
