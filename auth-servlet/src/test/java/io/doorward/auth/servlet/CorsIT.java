package io.doorward.auth.servlet;

import static io.doorward.auth.servlet.App.EMAIL;
import static io.doorward.auth.servlet.App.PASSWORD;
import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.servlet.WebServer.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pages of other origins that call the application. */
@OnEveryStack
class CorsIT extends SharedApp {
  private static final String FRIEND = "https://friend.example";
  private static final String EXTENSION = "chrome-extension://abcdefghijklmnopabcdefghijklmnop";

  @BeforeParameterizedClassInvocation
  static void start(Stack stack) {
    app =
        new App(
            stack,
            "",
            true,
            App.options()
                .allowedOrigins(FRIEND, "capacitor://localhost", "tauri://localhost", EXTENSION)
                .build());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/app/x",
        "/admin",
        "/public",
        "/nowhere",
        "/auth/login",
        "/auth/nothing",
        "/a;b",
        "/a//b"
      })
  void aPreflightIsAnsweredBeforeAnythingElse(String path) {
    app.engine.breakDown();
    app.engine.tap().forget();

    Reply reply =
        preflight(path, FRIEND, "Access-Control-Request-Headers: authorization,content-type");

    assertThat(reply.status()).isEqualTo(204);
    assertThat(reply.header("Access-Control-Allow-Origin")).contains(FRIEND);
    assertThat(reply.header("Access-Control-Allow-Credentials")).contains("true");
    assertThat(reply.header("Access-Control-Allow-Methods").orElseThrow())
        .contains("GET", "POST", "DELETE");
    assertThat(reply.header("Access-Control-Allow-Headers")).contains("authorization,content-type");
    assertThat(reply.header("Access-Control-Max-Age")).contains("3600");
    assertThat(String.join(", ", reply.headers().get("vary"))).startsWith("Origin");
    assertThat(app.engine.tap().calls()).isEmpty();
    assertThat(app.probe.reached).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"capacitor://localhost", "tauri://localhost", EXTENSION})
  void theOriginsOfAppsAndExtensionsAreAllowedToo(String origin) {
    assertThat(preflight("/app", origin).header("Access-Control-Allow-Origin")).contains(origin);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://evil.example",
        "http://friend.example",
        "https://friend.example:8443",
        "https://friend.example.evil.example",
        "HTTPS://friend.example",
        "null",
        "*",
        "",
        "capacitor://localhost:1"
      })
  void anotherOriginIsToldNothing(String origin) {
    List<Reply> replies =
        List.of(preflight("/app", origin), request("GET", "/public", "Origin: " + origin));
    assertThat(replies)
        .allSatisfy(
            reply -> {
              assertThat(reply.headers().keySet())
                  .noneMatch(name -> name.startsWith("access-control-"));
              assertThat(reply.header("Vary")).contains("Origin");
            });
    assertThat(replies.get(0).status()).isEqualTo(401);
  }

  @Test
  void whatIsNoPreflightIsJudgedByTheRules() {
    assertThat(request("OPTIONS", "/app", "Origin: " + FRIEND).status()).isEqualTo(401);
    assertThat(request("OPTIONS", "/app", "Access-Control-Request-Method: GET").status())
        .isEqualTo(401);
    assertThat(
            request(
                    "OPTIONS",
                    "/app",
                    "Origin: " + FRIEND,
                    "Origin: " + FRIEND,
                    "Access-Control-Request-Method: GET")
                .status())
        .isEqualTo(401);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a b", "a,", ",", "a:b", "\"a\"", "a\u00e9", "*,a;"})
  void headerNamesThatAreNoneAreNotRepeated(String names) {
    Reply reply = preflight("/app", FRIEND, "Access-Control-Request-Headers: " + names);
    assertThat(reply.status()).isEqualTo(204);
    assertThat(reply.header("Access-Control-Allow-Headers")).isEmpty();
    String many = "a".repeat(1025);
    assertThat(preflight("/app", FRIEND, "Access-Control-Request-Headers: " + many).headers())
        .doesNotContainKey("access-control-allow-headers");
  }

  @Test
  void everyAnswerIsReadableForItsOrigin() {
    String cookie = "Cookie: " + app.cookie();
    String origin = "Origin: " + FRIEND;
    List<Reply> replies = new ArrayList<>();
    replies.add(request("GET", "/app", origin, cookie));
    replies.add(request("POST", "/app", origin, cookie, "Sec-Fetch-Site: cross-site"));
    replies.add(request("GET", "/auth/me", origin, cookie));
    replies.add(request("GET", "/app", origin));
    replies.add(request("GET", "/admin", origin, cookie));
    replies.add(request("GET", "/auth/nothing", origin));
    replies.add(request("GET", "/public/x;y", origin));
    app.engine.breakDown();
    replies.add(request("GET", "/app", origin, cookie));

    assertThat(replies)
        .extracting(Reply::status)
        .containsExactly(200, 200, 200, 401, 403, 404, 400, 503);
    assertThat(replies)
        .allSatisfy(
            reply -> {
              assertThat(reply.headers().get("access-control-allow-origin"))
                  .containsExactly(FRIEND);
              assertThat(reply.header("Access-Control-Allow-Credentials")).contains("true");
              assertThat(reply.header("Access-Control-Expose-Headers").orElseThrow())
                  .contains("Retry-After");
              assertThat(reply.headers().get("vary")).containsExactly("Origin");
            });
  }

  @Test
  void anErrorPageIsReadableForItsOriginToo() {
    WebOptions options = App.options().allowedOrigins(FRIEND).pages(SitePages.errorPages()).build();
    try (App site = new App(stack, "", false, options, Map.of(403, "/error"), context -> {})) {
      Reply reply = site.server.raw("GET /nowhere", "Origin: " + FRIEND, "Accept: text/html");
      assertThat(reply.status()).isEqualTo(403);
      assertThat(site.probe.reached).as("the error page").hasSize(1);
      assertThat(reply.headers().get("access-control-allow-origin")).containsExactly(FRIEND);
      assertThat(reply.headers().get("vary")).containsExactly("Origin");
    }
  }

  @Test
  void anAllowedPageLogsInAcrossOrigins() {
    app.signUp(EMAIL);
    Reply reply = app.login(EMAIL, PASSWORD, "Origin", FRIEND, "Sec-Fetch-Site", "cross-site");
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.header("Access-Control-Allow-Origin")).contains(FRIEND);
    assertThat(reply.setCookie()).isPresent();
  }

  @Test
  void answersWithoutAnOriginDependOnItToo() {
    assertThat(request("GET", "/public").headers().get("vary")).containsExactly("Origin");
    assertThat(request("GET", "/auth/nothing").headers().get("vary")).containsExactly("Origin");
  }

  @Test
  void theEndpointsAnswerWithoutTheFilterToo() {
    WebOptions options = App.options().allowedOrigins(FRIEND).build();
    AuthEndpoints endpoints = AuthEndpoints.of(app.engine.service(), options);
    try (WebServer server =
        WebServer.start(stack, Site.of(context -> endpoints.register(context, "/auth/*")))) {
      Reply preflight =
          server.raw(
              "OPTIONS /auth/login", "Origin: " + FRIEND, "Access-Control-Request-Method: POST");
      assertThat(preflight.status()).isEqualTo(204);
      assertThat(preflight.header("Access-Control-Allow-Methods"))
          .contains("GET, HEAD, POST, DELETE");
      Reply me = server.raw("GET /auth/me", "Origin: " + FRIEND);
      assertThat(me.status()).isEqualTo(401);
      assertThat(me.header("Access-Control-Allow-Origin")).contains(FRIEND);
    }
  }

  @Test
  void withoutAllowedOriginsThereIsNothingToSee() {
    try (App plain = App.start(stack)) {
      Reply reply = plain.server.raw("GET /public", "Origin: " + FRIEND);
      assertThat(reply.headers().keySet())
          .noneMatch(name -> name.startsWith("access-control-") || name.equals("vary"));
    }
  }

  private static Reply preflight(String path, String origin, String... more) {
    List<String> all = new ArrayList<>(List.of(more));
    all.add("Origin: " + origin);
    all.add("Access-Control-Request-Method: POST");
    return request("OPTIONS", path, all.toArray(String[]::new));
  }

  private static Reply request(String method, String path, String... headers) {
    return app.server.exchange(method, "app.example", path, "", headers);
  }
}
