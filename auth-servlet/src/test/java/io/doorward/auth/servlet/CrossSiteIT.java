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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that another site made a browser send. */
class CrossSiteIT {
  private final App app =
      new App("", true, App.options().allowedOrigins("https://friend.example").build(), App.RULES);
  private final WebServer server = app.server;

  @AfterEach
  void stop() {
    app.close();
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
      assertThat(login.code()).isEqualTo("cross_site_request");
    }
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
          "/auth/logout",
          "/auth/logout-all",
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
        server.send(
            method, "/app", Optional.empty(), "Cookie", cookie, "Sec-Fetch-Site", "cross-site");
    assertThat(refused.status()).isEqualTo(403);
    Reply passed =
        server.send(
            method, "/app", Optional.empty(), "Cookie", cookie, "Sec-Fetch-Site", "same-origin");
    assertThat(passed.status()).isEqualTo(200);
  }

  @Test
  void aLinkFromAnotherSiteWorks() {
    String cookie = app.cookie();
    Reply reply = server.get("/app", "Cookie", cookie, "Sec-Fetch-Site", "cross-site");
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
        server.send(
            "POST",
            "/app",
            Optional.of("a=b".getBytes(UTF_8)),
            "Cookie",
            cookie,
            "Content-Type",
            "application/x-www-form-urlencoded");
    assertThat(form.status()).isEqualTo(403);
    Reply plain = server.send("POST", "/auth/logout", Optional.empty(), "Cookie", cookie);
    assertThat(plain.status()).isEqualTo(403);
    Reply text =
        server.send(
            "POST",
            "/app",
            Optional.empty(),
            "Cookie",
            cookie,
            "Content-Type",
            "text/plain;application/json");
    assertThat(text.status()).isEqualTo(403);
    assertThat(server.post("/app", "{}", "Cookie", cookie).status()).isEqualTo(200);
    Reply script =
        server.send("POST", "/app", Optional.empty(), "Cookie", cookie, "X-Requested-With", "x");
    assertThat(script.status()).isEqualTo(200);
  }

  @Test
  void aBearerTokenNeedsNoSuchProof() {
    app.signUp(EMAIL);
    String bearer = "Bearer " + app.bearer();
    Reply app1 =
        server.send(
            "POST",
            "/app",
            Optional.empty(),
            "Authorization",
            bearer,
            "Origin",
            "https://evil.example");
    assertThat(app1.status()).isEqualTo(200);
    Reply logout =
        server.send(
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

  private Reply post(String path, String body, String... headers) {
    StringBuilder text =
        new StringBuilder("POST " + path + " HTTP/1.1\r\nHost: app.example\r\n")
            .append("Connection: close\r\nContent-Type: application/json\r\n")
            .append("Content-Length: " + body.length() + "\r\n");
    for (String header : headers) {
      text.append(header).append("\r\n");
    }
    return server.rawBytes(text.append("\r\n").append(body).toString().getBytes(UTF_8));
  }
}
