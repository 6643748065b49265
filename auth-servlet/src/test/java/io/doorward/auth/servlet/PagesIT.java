package io.doorward.auth.servlet;

import static io.doorward.auth.servlet.App.EMAIL;
import static io.doorward.auth.servlet.App.PASSWORD;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.doorward.auth.servlet.WebServer.Reply;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** What people see in a browser in place of a page that is refused. */
@OnEveryStack
class PagesIT extends SharedApp {
  /** As browsers send it for a link. */
  private static final String HTML =
      "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8";

  private static final String VISIT = "Sec-Fetch-Mode: navigate";

  @BeforeParameterizedClassInvocation
  static void start(Stack stack) {
    app =
        new App(
            stack,
            "/shop",
            true,
            App.options().pages(SitePages.of("/public/login")).build(),
            Map.of(400, "/error", 403, "/error", 405, "/error", 503, "/error"),
            context -> {});
  }

  @ParameterizedTest
  @CsvSource({
    "/app, %2Fshop%2Fapp",
    "/app/, %2Fshop%2Fapp%2F",
    "/app/x?a=b&c=%20d, %2Fshop%2Fapp%2Fx%3Fa%3Db%26c%3D%2520d",
    "/app?to=https://evil.example, %2Fshop%2Fapp%3Fto%3Dhttps%3A%2F%2Fevil.example",
  })
  void aVisitorWhoIsNotLoggedInIsSentToTheLoginPage(String path, String back) {
    Reply reply = visit(path);
    assertThat(reply.status()).isEqualTo(303);
    assertThat(reply.header("Location")).contains("/shop/public/login?return=" + back);
    assertThat(reply.header("Cache-Control")).contains("no-store");
    assertThat(reply.setCookie()).isEmpty();
    assertThat(reply.body()).isEmpty();
    assertThat(app.probe.reached).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/app?a='b", "/app?a=\"b", "/app?a=<b>", "/app?a=\\b", "/app?LONG"})
  void whatIsNoSafePathIsNotBroughtBack(String path) {
    Reply reply = visit(path.replace("LONG", "x".repeat(1024)));
    assertThat(reply.status()).isIn(303, 400, 0);
    if (reply.status() == 303) {
      assertThat(reply.header("Location")).contains("/shop/public/login");
    }
  }

  @Test
  void theHostThatTheClientNamesIsNotInTheRedirect() {
    Reply reply =
        app.server.exchange("GET", "evil.example", "/shop/app", "", HTML, "X-Forwarded-Host: b");
    assertThat(reply.header("Location")).contains("/shop/public/login?return=%2Fshop%2Fapp");
  }

  @Test
  void aFormThatWasSentTooLateIsNotSentAgain() {
    Reply reply = app.server.raw("POST /shop/app", HTML, VISIT);
    assertThat(reply.status()).isEqualTo(303);
    assertThat(reply.header("Location")).contains("/shop/public/login");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Accept: */*",
        "Accept: application/json",
        "Accept: text/htmlx",
        "Accept: text/*",
        "Accept: ,,;",
        HTML + "|Sec-Fetch-Mode: cors",
        HTML + "|Sec-Fetch-Mode: same-origin",
        HTML + "|X-Requested-With: XMLHttpRequest",
        HTML + "|Authorization: Bearer unknown-token",
      })
  void scriptsAndProgramsGetAProblem(String headers) {
    Reply reply = app.server.raw("GET /shop/app", headers.split("\\|"));
    assertThat(reply.status()).isEqualTo(401);
    assertThat(reply.code()).isEqualTo("not_authenticated");
    assertThat(reply.header("Location")).isEmpty();
  }

  @Test
  void whatIsForbiddenHasTheErrorPageOfTheSite() {
    String cookie = "Cookie: " + app.cookie();
    for (String path : new String[] {"/admin", "/nowhere"}) {
      Reply reply = visit(path, cookie);
      assertThat(reply.status()).isEqualTo(403);
      assertThat(reply.body()).contains("false");
      assertThat(reply.setCookie()).isEmpty();
    }
    assertThat(app.probe.reached).as("the error page, twice").hasSize(2);
    assertThat(app.server.get("/nowhere").code()).isEqualTo("forbidden");
  }

  @Test
  void anOutageHasItsErrorPageAndSaysWhenToComeBack() {
    String cookie = "Cookie: " + app.cookie();
    app.engine.breakDown();
    Reply reply = visit("/app", cookie);
    assertThat(reply.status()).isEqualTo(503);
    assertThat(reply.header("Retry-After")).contains("1");
    assertThat(reply.body()).isEqualTo("null null false false false");
    assertThat(reply.setCookie()).isEmpty();
  }

  @Test
  void aMethodOrAPathThatIsRefusedHasItsErrorPage() {
    Reply method = app.server.raw("BREW /shop/app", HTML);
    assertThat(method.status()).isEqualTo(405);
    assertThat(method.header("Allow").orElseThrow()).contains("GET");
    Reply path = app.server.raw("GET /shop/public/x;y", HTML);
    assertThat(path.status()).isEqualTo(400);
    assertThat(path.body()).isEqualTo("null null false false false");
  }

  @Test
  void aUserWhoIsLoggedInSeesThePage() {
    String cookie = "Cookie: " + app.cookie();
    assertThat(visit("/app", cookie).body()).endsWith(" COOKIE false true true");
  }

  @Test
  void theLogNamesThePathThatIsRefusedAndNoSecret() {
    String cookie = app.cookie();
    Logger logger = (Logger) LoggerFactory.getLogger(RefusalReport.class);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    logger.setLevel(Level.INFO);
    logger.addAppender(lines);
    try {
      app.server.get("/nowhere?token=secret", "Cookie", cookie);
      app.server.get("/admin/x%0Ay", "Cookie", cookie);
      app.server.get("/admin/" + "x".repeat(300), "Cookie", cookie);
      app.server.raw("GET /shop/public;jsessionid=secret/x");
    } finally {
      logger.detachAppender(lines);
      logger.setLevel(null);
    }
    assertThat(lines.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactly(
            "Refused with 403 NO_RULE: GET /shop/nowhere",
            "Refused with 400 AMBIGUOUS_PATH: GET /shop/admin/x%0Ay",
            "Refused with 403 MISSING_ROLE: GET /shop/admin/" + "x".repeat(188) + "...",
            "Refused with 400 AMBIGUOUS_PATH: GET /shop/public;...");
  }

  @ParameterizedTest
  @CsvSource({"/nowhere, 403, forbidden", "/app/page, 401, not_authenticated"})
  void aHandlerThatForwardsToWhatIsRefusedEndsInAProblem(String to, int status, String code) {
    SitePages pages =
        SitePages.builder()
            .refusals((page, q, r) -> q.getRequestDispatcher(to).forward(q, r))
            .build();
    try (App site = new App(stack, "", false, App.options().pages(pages).build())) {
      Reply reply = site.server.raw("GET /app", HTML, VISIT);
      assertThat(reply.status()).isEqualTo(status);
      assertThat(reply.code()).isEqualTo(code);
      assertThat(reply.headers().get("www-authenticate")).hasSize(1);
      assertThat(site.probe.reached).isEmpty();
    }
  }

  @Test
  void aLoginPageThatNeedsALoginIsRefusedAtStart() {
    WebOptions options = WebOptions.builder().pages(SitePages.of("/app/login")).build();
    assertThatThrownBy(() -> AuthFilter.of(app.engine.service(), App.RULES, options))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("rules must permit the login page, by permitAll() or optional(): /app/login");
  }

  @Test
  void theEndpointsAnswerInJsonAllTheSame() {
    assertThat(visit("/auth/me").code()).isEqualTo("not_authenticated");
    assertThat(app.login(EMAIL, PASSWORD, "Accept", "text/html").code())
        .isEqualTo("login_rejected");
    Reply nothing = app.server.send("GET", "/auth/x", Optional.empty(), "Accept", "text/html");
    assertThat(nothing.code()).isEqualTo("not_found");
  }

  private static Reply visit(String path, String... more) {
    String[] headers = new String[more.length + 2];
    System.arraycopy(more, 0, headers, 2, more.length);
    headers[0] = HTML;
    headers[1] = VISIT;
    return app.server.raw("GET /shop" + path, headers);
  }
}
