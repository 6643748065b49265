package io.doorward.auth.servlet;

import static io.doorward.auth.servlet.App.EMAIL;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.servlet.WebServer.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How tokens are presented, and what becomes of those that are not good. */
@OnEveryStack
class CredentialsIT extends SharedApp {
  @BeforeParameterizedClassInvocation
  static void start(Stack stack) {
    app = App.lenient(stack);
  }

  @Test
  void behindTheFilterTheRequestKnowsWhoItIsFrom() {
    String cookie = app.cookie();
    Reply reply = app.server.get("/app", "Cookie", cookie);
    String account = app.server.get("/auth/me", "Cookie", cookie).json().get("account").asText();
    assertThat(reply.body()).isEqualTo(account + " COOKIE false true true");
    assertThat(reply.header("Cache-Control")).contains("no-store");
    Reply open = app.server.get("/public", "Cookie", cookie);
    assertThat(open.body()).isEqualTo("null null false false false");
    assertThat(open.header("Cache-Control")).isEmpty();
  }

  static Stream<String> garbage() {
    return Stream.of(
        "Bearer",
        "Bearer ",
        "Bearer    ",
        "bearer\t",
        "Bearer a b",
        "Bearer a,b",
        "Bearer \"a\"",
        "Bearer %zz",
        "Bearer %00",
        "Bearer t\u00f6ken",
        "Bearer \u00ff\u00fe",
        "Bearer =",
        "Bearer ====",
        "Bearer a=b",
        "Bearer " + "a".repeat(7 * 1024),
        "Bearer " + "..".repeat(300),
        "Bearer unknown-token",
        "Bearer null",
        "Bearer Bearer abc");
  }

  @ParameterizedTest
  @MethodSource("garbage")
  void aGarbageBearerTokenIsNotAuthenticatedAndNeverAnError(String header) {
    for (String path : new String[] {"/app", "/admin", "/auth/me"}) {
      Reply reply = app.server.raw("GET " + path, "Authorization: " + header);
      assertThat(reply.status()).isEqualTo(401);
      assertThat(reply.code()).isEqualTo("not_authenticated");
      assertThat(reply.header("WWW-Authenticate"))
          .contains("Bearer realm=\"doorward\", error=\"invalid_token\"");
      assertThat(reply.setCookie()).isEmpty();
    }
    assertThat(app.probe.reached).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"Basic YTpi", "Digest x", "", " ", "Bearerx", "Bearer-x y", "\u00ff"})
  void anotherSchemeIsNoCredential(String header) {
    Reply reply = app.server.raw("GET /app", "Authorization: " + header);
    assertThat(reply.status()).isEqualTo(401);
    assertThat(reply.header("WWW-Authenticate")).contains("Bearer realm=\"doorward\"");
    assertThat(app.probe.reached).isEmpty();
  }

  @Test
  void anOverlongOrMalformedTokenIsRefusedWithoutAskingTheBackends() {
    app.server.raw("GET /app", "Authorization: Bearer " + "a".repeat(4097));
    app.server.raw("GET /app", "Authorization: Bearer a b");
    app.server.raw("GET /app", "Cookie: __Host-doorward=" + "a".repeat(4097));
    assertThat(app.engine.tap().calls()).isEmpty();
    app.server.raw("GET /app", "Authorization: Bearer " + "a".repeat(4096));
    assertThat(app.engine.tap().calls()).hasSize(1);
  }

  @Test
  void moreThanOneCredentialIsRefused() {
    String cookie = app.cookie();
    String bearer = app.bearer();
    List<Reply> replies = new ArrayList<>();
    for (String path : new String[] {"/app", "/auth/me"}) {
      replies.add(
          app.server.raw("GET " + path, "Cookie: " + cookie, "Authorization: Bearer " + bearer));
      replies.add(app.server.raw("GET " + path, "Cookie: " + cookie + "; " + cookie));
      replies.add(app.server.raw("GET " + path, "Cookie: " + cookie, "Cookie: " + cookie));
      replies.add(
          app.server.raw(
              "GET " + path, "Authorization: Bearer " + bearer, "Authorization: Bearer " + bearer));
      replies.add(
          app.server.raw(
              "GET " + path, "Authorization: Basic YTpi", "Authorization: Bearer " + bearer));
    }
    assertThat(replies)
        .allSatisfy(
            reply -> {
              assertThat(reply.status()).isEqualTo(400);
              assertThat(reply.code()).isEqualTo("ambiguous_credentials");
              assertThat(reply.setCookie()).isEmpty();
            });
    assertThat(app.probe.reached).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"access_token", "token", "__Host-doorward", "Authorization"})
  void aTokenInTheQueryStringIsNotLookedAt(String parameter) {
    app.signUp(EMAIL);
    String bearer = app.bearer();
    assertThat(app.server.get("/app?" + parameter + "=" + bearer).status()).isEqualTo(401);
    Reply form =
        app.server.send(
            "POST",
            "/app",
            Optional.of((parameter + "=" + bearer).getBytes(UTF_8)),
            "Content-Type",
            "application/x-www-form-urlencoded");
    assertThat(form.status()).isEqualTo(401);
  }

  @Test
  void aTokenIsGoodOnlyTheWayItsSessionWasMadeFor() {
    String cookie = app.cookie();
    String token = cookie.substring(cookie.indexOf('=') + 1);
    String bearer = app.bearer();
    assertThat(app.server.get("/app", "Authorization", "Bearer " + token).status()).isEqualTo(401);
    assertThat(app.server.get("/app", "Cookie", "__Host-doorward=" + bearer).status())
        .isEqualTo(401);
    assertThat(app.server.get("/app", "Cookie", cookie).status()).isEqualTo(200);
    assertThat(app.server.get("/app", "Authorization", "Bearer " + bearer).status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"unknown-token", "a!b", "{}", "%00", "\"quoted\""})
  void theCookieOfASessionThatIsOverIsRefusedAndLeftAlone(String value) {
    for (String path : new String[] {"/app", "/auth/me"}) {
      Reply reply = app.server.raw("GET " + path, "Cookie: __Host-doorward=" + value);
      assertThat(reply.status()).isEqualTo(401);
      assertThat(reply.header("WWW-Authenticate")).contains("Bearer realm=\"doorward\"");
      // A login in another tab may have replaced it since this request was sent.
      assertThat(reply.setCookie()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "doorward=TOKEN",
        "__host-doorward=TOKEN",
        "__Host-doorward-device=TOKEN",
        "x=__Host-doorward=TOKEN",
        "__Secure-doorward=TOKEN",
      })
  void aCookieOfAnotherNameIsNoCredential(String header) {
    String cookie = app.cookie();
    String token = cookie.substring(cookie.indexOf('=') + 1);
    Reply reply = app.server.raw("GET /app", "Cookie: " + header.replace("TOKEN", token));
    assertThat(reply.status()).isEqualTo(401);
    assertThat(reply.setCookie()).isEmpty();
  }

  @Test
  void theNextRequestOnTheConnectionIsNobodyAgain() {
    String cookie = app.cookie();
    for (int i = 0; i < 20; i++) {
      assertThat(app.server.get("/app", "Cookie", cookie).body()).endsWith(" true true");
      assertThat(app.server.get("/public").body()).isEqualTo("null null false false false");
      assertThat(app.server.get("/app").status()).isEqualTo(401);
    }
  }
}
