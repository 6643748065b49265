package io.doorward.auth.servlet;

import static io.doorward.auth.servlet.App.EMAIL;
import static io.doorward.auth.servlet.App.PASSWORD;
import static io.doorward.auth.servlet.App.credentials;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.servlet.WebServer.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that another site made a browser send. */
@OnEveryStack
class CrossSiteIT extends SharedApp {
  @BeforeParameterizedClassInvocation
  static void start(Stack stack) {
    app =
        new App(
            stack,
            "",
            true,
            App.options()
                .allowedOrigins("https://friend.example", "capacitor://localhost")
                .build());
  }

  @ParameterizedTest
  @CsvSource({
    "Sec-Fetch-Site, same-origin, true",
    "Sec-Fetch-Site, none, true",
    "Sec-Fetch-Site, same-site, false",
    "Sec-Fetch-Site, cross-site, false",
    "Sec-Fetch-Site, '', false",
    "Sec-Fetch-Site, SAME-ORIGIN, false",
    "Origin, https://app.example, true",
    "Origin, https://APP.example, true",
    "Origin, https://app.example:443, true",
    "Origin, https://friend.example, true",
    "Origin, capacitor://localhost, true",
    "Origin, capacitor://localhost:1, false",
    "Origin, tauri://localhost, false",
    "Origin, https://friend.example:8443, false",
    "Origin, http://friend.example, false",
    "Origin, http://app.example, false",
    "Origin, https://app.example:8443, false",
    "Origin, https://evil.example, false",
    "Origin, https://app.example.evil.example, false",
    "Origin, https://evilapp.example, false",
    "Origin, https://app.example@evil.example, false",
    "Origin, https://evil.example/app.example, false",
    "Origin, null, false",
    "Origin, '', false",
    "Origin, ://, false",
  })
  void theOriginDecides(String header, String value, boolean passes) {
    String cookie = app.cookie();
    int status = passes ? 200 : 403;
    String extra = header + ": " + value;
    assertThat(post("/app/x", "", extra, "Cookie: " + cookie).status()).isEqualTo(status);
    Reply login = post("/auth/login", credentials(EMAIL, PASSWORD), extra);
    assertThat(login.status()).isEqualTo(status);
    assertThat(login.setCookie().isPresent()).isEqualTo(passes);
    if (!passes) {
      assertThat(login.code())
          .isEqualTo(value.equals("http://app.example") ? "tls_required" : "cross_site_request");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "app.example, https://app.example, 200",
    "APP.example:443, https://app.example, 200",
    "app.example:8443, https://app.example:8443, 200",
    "[::1]:8080, http://[::1]:8080, 200",
    "app.example, https://app.example:8443, 403",
    "app.example:8443, https://app.example, 403",
    "app.example.evil.example, https://app.example, 403",
    "evil.example, https://app.example, 403",
  })
  void theHostIsTheOneThatTheClientNames(String authority, String origin, int status) {
    String cookie = "Cookie: " + app.cookie();
    assertThat(
            app.server
                .exchange("POST", authority, "/app/x", "", "Origin: " + origin, cookie)
                .status())
        .isEqualTo(status);
  }

  @Test
  void everyChangeFromAnotherSiteIsRefusedAndChangesNothing() {
    String cookie = "Cookie: " + app.cookie();
    app.engine.tap().forget();
    List<Reply> replies = new ArrayList<>();
    for (String path :
        new String[] {
          "/auth/signup",
          "/auth/login",
          "/auth/refresh",
          "/auth/logout",
          "/auth/logout-all",
          "/auth/logout-others",
          "/auth/password",
          "/app/x",
          "/public/x"
        }) {
      replies.add(post(path, "{}", cookie, "Sec-Fetch-Site: cross-site"));
      replies.add(post(path, "{}", cookie, "Origin: https://evil.example"));
      replies.add(post(path, "{}", cookie, "Origin: null"));
    }
    assertThat(replies)
        .allSatisfy(
            reply -> {
              assertThat(reply.status()).isEqualTo(403);
              assertThat(reply.code()).isEqualTo("cross_site_request");
              assertThat(reply.setCookie()).isEmpty();
            });
    assertThat(app.engine.tap().calls()).isEmpty();
    assertThat(app.probe.reached).isEmpty();
    assertThat(app.engine.sessions(EMAIL)).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "PATCH", "DELETE"})
  void everyUnsafeMethodIsHeldToIt(String method) {
    String cookie = app.cookie();
    Reply refused =
        app.server.send(
            method, "/app", Optional.empty(), "Cookie", cookie, "Sec-Fetch-Site", "cross-site");
    assertThat(refused.status()).isEqualTo(403);
    Reply passed =
        app.server.send(
            method, "/app", Optional.empty(), "Cookie", cookie, "Sec-Fetch-Site", "same-origin");
    assertThat(passed.status()).isEqualTo(200);
  }

  @Test
  void aLinkFromAnotherSiteWorks() {
    String cookie = app.cookie();
    Reply reply = app.server.get("/app", "Cookie", cookie, "Sec-Fetch-Site", "cross-site");
    assertThat(reply.status()).isEqualTo(200);
  }

  @Test
  void twoOriginsAreNone() {
    String cookie = "Cookie: " + app.cookie();
    String ours = "Origin: https://app.example";
    assertThat(post("/app", "", cookie, ours, "Origin: https://evil.example").status())
        .isEqualTo(403);
    assertThat(post("/app", "", cookie, ours, ours).status()).isEqualTo(403);
    String same = "Sec-Fetch-Site: same-origin";
    assertThat(post("/app", "", cookie, same, "Sec-Fetch-Site: cross-site").status())
        .isEqualTo(403);
  }

  @Test
  void whoSaysNothingMustSendWhatNoFormCan() {
    String cookie = app.cookie();
    Reply form =
        app.server.send(
            "POST",
            "/app",
            Optional.of("a=b".getBytes(UTF_8)),
            "Cookie",
            cookie,
            "Content-Type",
            "application/x-www-form-urlencoded");
    assertThat(form.status()).isEqualTo(403);
    assertThat(form.code()).isEqualTo("origin_unknown");
    Reply plain = app.server.send("POST", "/auth/logout", Optional.empty(), "Cookie", cookie);
    assertThat(plain.status()).isEqualTo(403);
    Reply text =
        app.server.send(
            "POST",
            "/app",
            Optional.empty(),
            "Cookie",
            cookie,
            "Content-Type",
            "text/plain;application/json");
    assertThat(text.status()).isEqualTo(403);
    assertThat(app.server.post("/app", "{}", "Cookie", cookie).status()).isEqualTo(200);
    Reply script =
        app.server.send(
            "POST", "/app", Optional.empty(), "Cookie", cookie, "X-Requested-With", "x");
    assertThat(script.status()).isEqualTo(200);
  }

  @Test
  void aBearerTokenNeedsNoSuchProof() {
    app.signUp(EMAIL);
    String bearer = "Bearer " + app.bearer();
    Reply app1 =
        app.server.send(
            "POST",
            "/app",
            Optional.empty(),
            "Authorization",
            bearer,
            "Origin",
            "https://evil.example");
    assertThat(app1.status()).isEqualTo(200);
    Reply logout =
        app.server.send(
            "POST",
            "/auth/logout",
            Optional.empty(),
            "Authorization",
            bearer,
            "Sec-Fetch-Site",
            "cross-site");
    assertThat(logout.status()).isEqualTo(204);
  }

  @Test
  void aBasicHeaderThatABrowserSendsByItselfIsNoSuchProof() {
    Reply reply =
        post("/auth/login", "{}", "Authorization: Basic YTpi", "Origin: https://evil.example");
    assertThat(reply.status()).isEqualTo(403);
  }

  @Test
  void withoutACookieTheFilterLeavesOtherSitesToTheRules() {
    Reply hook = post("/public/hook", "{}", "Origin: https://evil.example");
    assertThat(hook.status()).isEqualTo(200);
    assertThat(post("/app", "{}", "Origin: https://evil.example").status()).isEqualTo(401);
  }

  private static Reply post(String path, String body, String... headers) {
    List<String> all = new ArrayList<>(List.of(headers));
    all.add("Content-Type: application/json");
    return app.server.exchange("POST", "app.example", path, body, all.toArray(String[]::new));
  }
}
