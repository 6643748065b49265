package io.doorward.auth.servlet;

import static io.doorward.auth.servlet.App.EMAIL;
import static io.doorward.auth.servlet.App.PASSWORD;
import static io.doorward.auth.servlet.App.credentials;
import static io.doorward.auth.servlet.App.object;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.servlet.WebServer.Reply;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** An application on plain http, on the machine of its developer. */
@OnEveryStack
class DevelopmentIT extends SharedApp {
  @BeforeParameterizedClassInvocation
  static void start(Stack stack) {
    app = new App(stack, "", true, App.options().development().build());
  }

  @Test
  void aProgramWithACookieStoreStaysLoggedIn() throws IOException, InterruptedException {
    app.signUp(EMAIL);
    HttpClient client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .cookieHandler(new CookieManager())
            .build();
    URI site = URI.create("http://localhost:" + app.server.port());
    HttpRequest login =
        HttpRequest.newBuilder(site.resolve("/auth/login"))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(credentials(EMAIL, PASSWORD)))
            .build();
    assertThat(client.send(login, BodyHandlers.discarding()).statusCode()).isEqualTo(200);
    HttpRequest page = HttpRequest.newBuilder(site.resolve("/app")).build();
    assertThat(client.send(page, BodyHandlers.ofString()).body()).contains(" COOKIE ");
  }

  @Test
  void theCookiesAreNotSecureAndHaveOtherNames() {
    app.signUp(EMAIL);
    Reply reply = app.login(EMAIL, PASSWORD);
    assertThat(reply.setCookie())
        .contains("doorward=" + reply.token() + "; Path=/; HttpOnly; SameSite=Lax");
    assertThat(reply.setDeviceCookie().orElseThrow())
        .startsWith("doorward-device=")
        .doesNotContain("Secure");
    Reply bearer =
        app.server.post(
            "/auth/login",
            object()
                .put("email", EMAIL)
                .put("password", PASSWORD)
                .put("mode", "bearer")
                .put("refreshCookie", true)
                .toString());
    assertThat(bearer.setRefreshCookie().orElseThrow())
        .startsWith("doorward-refresh=")
        .endsWith("; Path=/auth; HttpOnly; SameSite=Strict");
    String theirs = reply.cookie().replace("doorward=", "__Host-doorward=");
    assertThat(app.server.get("/app", "Cookie", theirs).status()).isEqualTo(401);
  }

  @ParameterizedTest
  @CsvSource({
    "localhost, 200",
    "LOCALHOST:8080, 200",
    "127.0.0.1:1, 200",
    "[::1]:8080, 200",
    "app.example, 403",
    "localhost.evil.example, 403",
    "192.0.2.1:8080, 403",
    "evil.example:80, 403",
  })
  void onlyThisMachineIsServedByItsOwnName(String authority, int status) {
    Reply page = app.server.exchange("GET", authority, "/public", "");
    assertThat(page.status()).isEqualTo(status);
    Reply login =
        app.server.exchange(
            "POST", authority, "/auth/logout", "{}", "Content-Type: application/json");
    assertThat(login.status()).isEqualTo(status == 200 ? 204 : 403);
    if (status == 403) {
      assertThat(page.code()).isEqualTo("development_mode");
      assertThat(login.code()).isEqualTo("development_mode");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-Forwarded-For: 192.0.2.1",
        "x-forwarded-port: 443",
        "X-FORWARDED-PREFIX: /app",
        "Forwarded: for=x",
        "Via: 1.1 p",
        "X-Real-IP: x"
      })
  void whatAProxyForwardsIsRefused(String header) {
    assertThat(app.server.raw("GET /public", header).code()).isEqualTo("development_mode");
  }

  @ParameterizedTest
  @CsvSource({
    "http://localhost:8080, 200",
    "http://127.0.0.1:5173, 200",
    "http://[::1], 200",
    "https://app.example, 403",
    "http://localhost.evil.example, 403",
    "http://192.0.2.1:8080, 403",
    "null, 403",
  })
  void aPageOfAnotherMachineTellsOfASilentProxy(String origin, int status) {
    Reply reply = app.server.exchange("GET", "127.0.0.1:8080", "/public", "", "Origin: " + origin);
    assertThat(reply.status()).isEqualTo(status);
    if (status == 403) {
      assertThat(reply.code()).isEqualTo("development_mode");
    }
  }

  @ParameterizedTest
  @CsvSource({"same-origin, 200", "same-site, 403", "cross-site, 403"})
  void aPageThatHidesItsOriginIsServedIfTheBrowserKnowsIt(String site, int status) {
    Reply reply =
        app.server.exchange(
            "GET", "127.0.0.1:8080", "/public", "", "Origin: null", "Sec-Fetch-Site: " + site);
    assertThat(reply.status()).isEqualTo(status);
  }

  @Test
  void anAllowedOriginIsServed() {
    WebOptions options =
        App.options().development().allowedOrigins("capacitor://localhost").build();
    try (App site = new App(stack, "", true, options)) {
      assertThat(site.server.raw("GET /public", "Origin: capacitor://localhost").status())
          .isEqualTo(200);
      assertThat(site.server.raw("GET /public", "Origin: tauri://localhost").code())
          .isEqualTo("development_mode");
    }
  }

  @Test
  void aVisitFromElsewhereIsRefusedOnceAndHasItsErrorPage() {
    List<AuthEvent> heard = new CopyOnWriteArrayList<>();
    WebOptions options =
        App.options().development().pages(SitePages.errorPages()).listener(heard::add).build();
    try (App site = new App(stack, "", true, options, Map.of(403, "/error"), context -> {})) {
      Reply reply = site.server.exchange("GET", "app.example", "/public", "", "Accept: text/html");
      assertThat(reply.status()).isEqualTo(403);
      assertThat(reply.body()).as("the error page").isEqualTo("null null false false false");
      assertThat(heard).hasSize(1);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, true",
    "127.8.8.8, true",
    "::1, true",
    "[0:0:0:0:0:0:0:1], true",
    "0:0:0:0:0:0:0:1%0, true",
    "[fe80:0:0:0:0:0:0:1%2], false",
    "192.0.2.1, false",
    "x, false"
  })
  void aPeerElsewhereIsRefused(String peer, boolean passes) {
    HttpServletRequest request =
        (HttpServletRequest)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {HttpServletRequest.class},
                (proxy, method, arguments) ->
                    switch (method.getName()) {
                      case "getRemoteAddr" -> peer;
                      case "getHeaders" ->
                          Collections.enumeration(
                              arguments[0].equals("Host") ? List.of("localhost") : List.of());
                      case "getHeaderNames" -> Collections.enumeration(List.of("Host"));
                      case "getProtocol" -> "HTTP/1.1";
                      default -> throw new IllegalStateException(method.getName());
                    });
    boolean passed = true;
    try {
      DevelopmentMode.require(new ReceivedRequest(request), Set.of());
    } catch (RefusedRequest e) {
      passed = false;
    }
    assertThat(passed).isEqualTo(passes);
  }

  @Test
  void theCheckOfOtherSitesHoldsHereToo() {
    Reply reply =
        app.server.exchange(
            "POST",
            "localhost:8080",
            "/auth/login",
            credentials(EMAIL, PASSWORD),
            "Content-Type: application/json",
            "Origin: http://localhost:9090");
    assertThat(reply.code()).isEqualTo("cross_site_request");
  }

  @Test
  void theLogSaysSoAtStart() {
    Logger logger = (Logger) LoggerFactory.getLogger(WebOptions.class);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    logger.addAppender(lines);
    try {
      WebOptions unused = WebOptions.builder().development().build();
      WebOptions.defaults();
    } finally {
      logger.detachAppender(lines);
    }
    assertThat(lines.list)
        .singleElement()
        .satisfies(line -> assertThat(line.getFormattedMessage()).startsWith("Development mode: "));
  }
}
