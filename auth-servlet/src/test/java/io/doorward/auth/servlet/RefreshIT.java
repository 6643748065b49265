package io.doorward.auth.servlet;

import static io.doorward.auth.servlet.App.EMAIL;
import static io.doorward.auth.servlet.App.NEXT;
import static io.doorward.auth.servlet.App.PASSWORD;
import static io.doorward.auth.servlet.App.object;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.servlet.WebServer.Reply;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The refresh token of a bearer session, in the body and in its cookie. */
@OnEveryStack
class RefreshIT extends SharedApp {
  private static final Duration LATER = Duration.ofMinutes(5);
  private static final String COOKIE = "__Secure-doorward-refresh=";
  private static final String ATTRIBUTES = "; Path=/auth; Secure; HttpOnly; SameSite=Strict";

  @BeforeParameterizedClassInvocation
  static void start(Stack stack) {
    app = App.start(stack);
  }

  @Test
  void aBearerLoginPutsBothTokensIntoTheBodyOnly() {
    Reply login = login(bearer());

    assertThat(login.json().fieldNames())
        .toIterable()
        .containsExactly(
            "account",
            "roles",
            "expiresAt",
            "expiresIn",
            "tokenType",
            "accessToken",
            "deviceCookie",
            "refreshToken");
    assertThat(login.json().get("expiresIn").asInt()).isEqualTo(600);
    assertThat(login.headers()).doesNotContainKey("set-cookie");
  }

  @Test
  void aRefreshGivesTheNextTokensInTheBody() {
    Reply login = login(bearer());
    app.engine.clock.advance(LATER);

    Reply reply = refresh(token(login));

    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.json().fieldNames())
        .toIterable()
        .containsExactly(
            "account",
            "roles",
            "expiresAt",
            "expiresIn",
            "tokenType",
            "accessToken",
            "refreshToken");
    assertThat(reply.header("Cache-Control")).contains("no-store");
    assertThat(reply.headers()).doesNotContainKey("set-cookie");
    assertThat(token(reply)).isNotEqualTo(token(login));
    assertThat(me(reply).status()).isEqualTo(200);
    assertThat(me(login).status()).isEqualTo(200);
    assertThat(refresh(token(login)).json().get("refreshToken"))
        .isEqualTo(reply.json().get("refreshToken"));
  }

  @Test
  void anAccessTokenBesideItChangesNothing() {
    Reply login = login(bearer());
    String authorization = authorization(login);
    app.engine.clock.advance(Duration.ofMinutes(20));

    Reply reply =
        app.server.post("/auth/refresh", body(token(login)), "Authorization", authorization);

    assertThat(reply.status()).isEqualTo(200);
  }

  @Test
  void aCopyEndsTheSession() {
    Reply login = login(bearer());
    app.engine.clock.advance(LATER);
    Reply next = refresh(token(login));
    app.engine.clock.advance(LATER);

    Reply copy = refresh(token(login));

    assertThat(copy.status()).isEqualTo(401);
    assertThat(copy.code()).isEqualTo("refresh_rejected");
    assertThat(copy.header("WWW-Authenticate")).contains("Bearer realm=\"doorward\"");
    assertThat(me(next).status()).isEqualTo(401);
    assertThat(refresh(token(next)).status()).isEqualTo(401);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "garbage", "a.b.c.0.d", "\u0000", "x y"})
  void whatIsNoTokenIsRejectedAndAsksNoStore(String text) {
    app.engine.tokens.forget();
    Reply reply = refresh(text);

    assertThat(reply.status()).isEqualTo(401);
    assertThat(reply.code()).isEqualTo("refresh_rejected");
    assertThat(app.engine.tokens.calls()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}|401|refresh_rejected",
        "{\"refreshToken\":null}|400|invalid_field",
        "{\"refreshToken\":1}|400|invalid_field",
        "{\"refresh_token\":\"x\"}|400|unknown_field",
        "[]|400|malformed_json",
        "''|400|malformed_json"
      })
  void aBodyWithoutATokenIsRefused(String body, int status, String code) {
    Reply reply = app.server.post("/auth/refresh", body);

    assertThat(reply.status()).isEqualTo(status);
    assertThat(reply.code()).isEqualTo(code);
  }

  @Test
  void nothingButAPostOfJsonRefreshes() {
    Reply login = login(bearer());

    assertThat(app.server.get("/auth/refresh").status()).isEqualTo(405);
    Reply form =
        app.server.send(
            "POST",
            "/auth/refresh",
            Optional.of(("refreshToken=" + token(login)).getBytes(StandardCharsets.UTF_8)),
            "Content-Type",
            "application/x-www-form-urlencoded",
            "X-Requested-With",
            "test");
    assertThat(form.code()).isEqualTo("unsupported_media_type");
  }

  @Test
  void anOutageConsumesNothingAndKeepsTheCookie() {
    String cookie = login(inCookie()).refreshCookie().orElseThrow();
    String token = token(login(bearer()));
    app.engine.clock.advance(LATER);
    app.engine.tokens.fail("rotate");

    for (Reply reply : List.of(refresh(token), refreshBy(cookie))) {
      assertThat(reply.status()).isEqualTo(503);
      assertThat(reply.code()).isEqualTo("unavailable");
      assertThat(reply.header("Retry-After")).contains("1");
      assertThat(reply.headers()).doesNotContainKey("set-cookie");
    }
    app.engine.tokens.heal();
    assertThat(refresh(token).status()).isEqualTo(200);
    assertThat(refreshBy(cookie).status()).isEqualTo(200);
  }

  @Test
  void aPageKeepsItsRefreshTokenInACookieThatNoScriptReads() {
    Reply login = login(inCookie());
    String cookie = login.refreshCookie().orElseThrow();
    assertThat(login.setRefreshCookie().orElseThrow()).startsWith(COOKIE).endsWith(ATTRIBUTES);
    assertThat(login.json().has("refreshToken")).isFalse();
    assertThat(login.setCookie()).isEmpty();
    app.engine.clock.advance(LATER);

    Reply reply = refreshBy(cookie);

    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.setRefreshCookie().orElseThrow()).startsWith(COOKIE).endsWith(ATTRIBUTES);
    assertThat(reply.refreshCookie().orElseThrow()).isNotEqualTo(cookie);
    assertThat(reply.json().has("refreshToken")).isFalse();
    assertThat(me(reply).status()).isEqualTo(200);
  }

  /** A late answer would otherwise replace what a later request of another tab has brought. */
  @Test
  void anAnswerWithTheTokenThatCameSetsNoCookie() {
    Reply login = login(inCookie());

    Reply reply = refreshBy(login.refreshCookie().orElseThrow());

    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.headers()).doesNotContainKey("set-cookie");
    assertThat(me(reply).status()).isEqualTo(200);
  }

  @Test
  void aRememberedRefreshCookieOutlivesTheBrowserAsLongAsItsSession() {
    Reply login = login(inCookie().put("remember", true));

    assertThat(login.setRefreshCookie().orElseThrow())
        .endsWith(ATTRIBUTES + "; Max-Age=" + 90 * 24 * 3600);
    app.engine.clock.advance(LATER);
    assertThat(refreshBy(login.refreshCookie().orElseThrow()).setRefreshCookie().orElseThrow())
        .contains("; Max-Age=");
  }

  @Test
  void aRefusalNeverClearsTheCookie() {
    Reply login = login(inCookie());
    String cookie = login.refreshCookie().orElseThrow();
    app.engine.clock.advance(LATER);
    refreshBy(cookie);
    app.engine.clock.advance(LATER);

    for (Reply refused : List.of(refreshBy(cookie), refreshBy(COOKIE + "garbage"))) {
      assertThat(refused.status()).isEqualTo(401);
      assertThat(refused.headers()).doesNotContainKey("set-cookie");
    }
  }

  @Test
  void aLogoutByTheRefreshCookieAloneEndsTheSessionAndClearsIt() {
    Reply login = login(inCookie());
    String cookie = login.refreshCookie().orElseThrow();

    Reply logout = app.server.post("/auth/logout", "{}", "Cookie", cookie);

    assertThat(logout.status()).isEqualTo(204);
    assertThat(logout.setRefreshCookie()).contains(COOKIE + ATTRIBUTES + "; Max-Age=0");
    assertThat(me(login).status()).isEqualTo(401);
    assertThat(refreshBy(cookie).status()).isEqualTo(401);
  }

  @Test
  void aLogoutByTheAccessTokenAloneEndsTheRefreshToken() {
    Reply login = login(bearer());
    Reply logout = app.server.post("/auth/logout", "", "Authorization", authorization(login));

    assertThat(logout.status()).isEqualTo(204);
    assertThat(logout.headers()).doesNotContainKey("set-cookie");
    assertThat(refresh(token(login)).status()).isEqualTo(401);
  }

  @Test
  void aLogoutThatIsNotConfirmedKeepsTheRefreshCookie() {
    String cookie = login(inCookie()).refreshCookie().orElseThrow();
    app.engine.tokens.fail("revoke");

    Reply logout = app.server.post("/auth/logout", "{}", "Cookie", cookie);

    assertThat(logout.status()).isEqualTo(503);
    assertThat(logout.headers()).doesNotContainKey("set-cookie");
  }

  @Test
  void aLogoutEverywhereClearsTheRefreshCookie() {
    Reply login = login(inCookie());

    Reply logout = logOutEverywhere(login, login.refreshCookie().orElseThrow());

    assertThat(logout.status()).isEqualTo(200);
    assertThat(logout.setRefreshCookie()).contains(COOKIE + ATTRIBUTES + "; Max-Age=0");
  }

  @Test
  void aLogoutEverywhereEndsTheSessionOfAnotherAccountsCookieToo() {
    Reply other = login(inCookie());
    app.signUp("ben@example.org");
    ObjectNode ben = bearer().put("email", "ben@example.org");
    Reply login = app.server.post("/auth/login", ben.toString());

    Reply logout = logOutEverywhere(login, other.refreshCookie().orElseThrow());

    assertThat(logout.status()).isEqualTo(200);
    assertThat(logout.setRefreshCookie()).contains(COOKIE + ATTRIBUTES + "; Max-Age=0");
    assertThat(me(other).status()).isEqualTo(401);
  }

  @Test
  void aPasswordChangeRenewsTheRefreshTokenWhereItWas() {
    Reply login = login(inCookie());
    String change = object().put("current", PASSWORD).put("next", NEXT).toString();

    Reply changed =
        app.server.post(
            "/auth/password",
            change,
            "Authorization",
            authorization(login),
            "Cookie",
            login.refreshCookie().orElseThrow());

    assertThat(changed.status()).isEqualTo(200);
    assertThat(changed.json().has("refreshToken")).isFalse();
    assertThat(refreshBy(changed.refreshCookie().orElseThrow()).status()).isEqualTo(200);
    assertThat(refreshBy(login.refreshCookie().orElseThrow()).status()).isEqualTo(401);
  }

  @Test
  void aLoginEndsTheSessionOfTheRefreshCookieThatItReplaces() {
    Reply first = login(inCookie());
    app.server.post(
        "/auth/login", inCookie().toString(), "Cookie", first.refreshCookie().orElseThrow());

    assertThat(me(first).status()).isEqualTo(401);
    assertThat(app.engine.sessions(EMAIL)).hasSize(1);
  }

  @Test
  void anotherSiteRefreshesNothingByTheCookie() {
    Reply login = login(inCookie());
    String cookie = login.refreshCookie().orElseThrow();
    app.engine.tap().forget();

    for (String[] headers :
        new String[][] {
          {"Cookie", cookie, "Origin", "https://evil.example"},
          {"Cookie", cookie, "Sec-Fetch-Site", "cross-site"},
          {"Cookie", cookie, "Sec-Fetch-Site", "same-site", "Authorization", "Bearer x"}
        }) {
      Reply reply = app.server.post("/auth/refresh", "{}", headers);
      assertThat(reply.status()).isEqualTo(403);
      assertThat(reply.code()).isEqualTo("cross_site_request");
      assertThat(app.server.post("/auth/logout", "{}", headers).status()).isEqualTo(403);
    }
    assertThat(app.engine.tap().calls()).isEmpty();
  }

  @Test
  void twoTokensOfOneRequestAreRefused() {
    String cookie = login(inCookie()).refreshCookie().orElseThrow();

    for (Reply reply :
        List.of(
            app.server.post("/auth/refresh", body("x"), "Cookie", cookie),
            app.server.post("/auth/refresh", "{}", "Cookie", cookie + "; " + cookie))) {
      assertThat(reply.status()).isEqualTo(400);
      assertThat(reply.code()).isEqualTo("ambiguous_credentials");
    }
    // A cookie of the same name that another host has set must not keep anybody logged in.
    Reply logout = app.server.post("/auth/logout", "{}", "Cookie", COOKIE + "other; " + cookie);
    assertThat(logout.status()).isEqualTo(204);
    assertThat(refreshBy(cookie).status()).isEqualTo(401);
  }

  @Test
  void onlyABearerLoginHasARefreshCookie() {
    app.signUp(EMAIL);
    Reply reply =
        app.server.post("/auth/login", credentials().put("refreshCookie", true).toString());

    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.json().get("field").asText()).isEqualTo("refreshCookie");
  }

  @Test
  void aRefreshTokenIsNoAccessToken() {
    String token = token(login(bearer()));

    assertThat(app.server.get("/auth/me", "Authorization", "Bearer " + token).status())
        .isEqualTo(401);
    assertThat(app.server.get("/auth/me", "Cookie", "__Host-doorward=" + token).status())
        .isEqualTo(401);
  }

  /** Logs Ada in, who signs up at the first call. */
  private Reply login(ObjectNode body) {
    if (app.engine.accounts.real().find(LoginId.email(EMAIL), Engine.patience()).isEmpty()) {
      app.signUp(EMAIL);
    }
    Reply reply = app.server.post("/auth/login", body.toString());
    assertThat(reply.status()).isEqualTo(200);
    return reply;
  }

  private static ObjectNode credentials() {
    return object().put("email", EMAIL).put("password", PASSWORD);
  }

  private static ObjectNode bearer() {
    return credentials().put("mode", "bearer");
  }

  private static ObjectNode inCookie() {
    return bearer().put("refreshCookie", true);
  }

  private static String token(Reply reply) {
    return reply.json().get("refreshToken").asText();
  }

  private static String body(String token) {
    return object().put("refreshToken", token).toString();
  }

  private static Reply refresh(String token) {
    return app.server.post("/auth/refresh", body(token));
  }

  private static Reply refreshBy(String cookie) {
    return app.server.post("/auth/refresh", "{}", "Cookie", cookie);
  }

  private static Reply me(Reply reply) {
    return app.server.get("/auth/me", "Authorization", authorization(reply));
  }

  private static String authorization(Reply reply) {
    return "Bearer " + reply.json().get("accessToken").asText();
  }

  private static Reply logOutEverywhere(Reply login, String refreshCookie) {
    return app.server.post(
        "/auth/logout-all",
        "",
        "Authorization",
        authorization(login),
        "Cookie",
        refreshCookie,
        "X-Requested-With",
        "test");
  }
}
