package io.doorward.auth.servlet;

import static io.doorward.auth.servlet.App.EMAIL;
import static io.doorward.auth.servlet.App.NEXT;
import static io.doorward.auth.servlet.App.PASSWORD;
import static io.doorward.auth.servlet.App.credentials;
import static io.doorward.auth.servlet.App.object;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.Credential;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.password.Password;
import io.doorward.auth.servlet.WebServer.Reply;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.SessionKind;
import io.doorward.auth.throttle.AttemptBudgets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each endpoint, each of its answers, over a real app.server. */
@Tag("jdk")
@OnEveryStack
class EndpointsIT extends SharedApp {
  /** The wait is not whole, so that rounding shows. */
  private static final AttemptBudgets ONE_FAILURE =
      new AttemptBudgets(
          1,
          Duration.ofMillis(2300),
          Duration.ofMinutes(15),
          50,
          Duration.ofMinutes(10),
          Duration.ofSeconds(30));

  @BeforeParameterizedClassInvocation
  static void start(Stack stack) {
    app = App.start(stack);
  }

  @Test
  void signUpCreatesAnAccount() {
    Reply reply = app.server.post("/auth/signup", credentials(EMAIL, PASSWORD));
    assertThat(reply.status()).isEqualTo(201);
    assertThat(reply.header("Content-Type")).contains("application/json");
    assertThat(reply.header("Cache-Control")).contains("no-store");
    assertThat(reply.header("X-Content-Type-Options")).contains("nosniff");
    assertThat(AccountId.parse(reply.json().get("account").asText())).isPresent();
    assertThat(reply.json()).hasSize(1);
    assertThat(reply.setCookie()).isEmpty();
  }

  @Test
  void aTakenAddressIsAConflictHoweverItIsSpelt() {
    app.signUp(EMAIL);
    Reply reply = app.server.post("/auth/signup", credentials(" ADA@Example.ORG. ", PASSWORD));
    assertThat(reply.status()).isEqualTo(409);
    assertThat(reply.code()).isEqualTo("account_exists");
  }

  @Test
  void aShortPasswordIsRefusedWithItsReason() {
    Reply reply = app.server.post("/auth/signup", credentials(EMAIL, "short"));
    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.code()).isEqualTo("password_refused");
    assertThat(reply.json().get("reason").asText()).isEqualTo("too_short");
  }

  @Test
  void aNetworkThatSignsUpTooOftenIsToldWhenToComeBack() {
    for (int i = 0; i < 50; i++) {
      app.server.post("/auth/signup", credentials(EMAIL, PASSWORD));
    }
    Reply reply = app.server.post("/auth/signup", credentials("bob@example.org", PASSWORD));
    assertThat(reply.status()).isEqualTo(429);
    assertThat(reply.code()).isEqualTo("too_many_attempts");
    assertThat(reply.header("Retry-After")).contains("600");
  }

  @Test
  void aCookieLoginPutsTheTokenIntoTheCookieOnly() {
    app.signUp(EMAIL);
    Reply reply = app.login(EMAIL, PASSWORD);
    assertThat(reply.status()).isEqualTo(200);
    String token = reply.token();
    assertThat(reply.setCookie())
        .contains("__Host-doorward=" + token + "; Path=/; Secure; HttpOnly; SameSite=Lax");
    assertThat(app.engine.sessions(EMAIL).get(0).kind()).isEqualTo(SessionKind.COOKIE);
    assertThat(reply.body()).doesNotContain(token);
    assertThat(reply.json().fieldNames())
        .toIterable()
        .containsExactly("account", "roles", "expiresAt");
    assertThat(reply.json().get("expiresAt").asText()).isEqualTo("2026-01-01T12:00:00Z");
    assertThat(reply.header("Cache-Control")).contains("no-store");
  }

  @Test
  void aRememberedCookieOutlivesTheBrowserAsLongAsItsSession() {
    app.signUp(EMAIL);
    String body = login().put("remember", true).toString();
    Reply reply = app.server.post("/auth/login", body);
    assertThat(reply.setCookie().orElseThrow())
        .endsWith("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=" + 30 * 24 * 3600);
  }

  @Test
  void aBearerLoginPutsTheTokenIntoTheBodyOnly() {
    app.signUp(EMAIL);
    Reply reply = app.server.post("/auth/login", login().put("mode", "bearer").toString());
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.setCookie()).isEmpty();
    assertThat(reply.json().get("tokenType").asText()).isEqualTo("Bearer");
    String token = reply.json().get("accessToken").asText();
    assertThat(app.engine.sessions(EMAIL).get(0).kind()).isEqualTo(SessionKind.BEARER);
    assertThat(app.server.get("/auth/me", "Authorization", "Bearer " + token).status())
        .isEqualTo(200);
    assertThat(app.server.get("/app", "Authorization", "bearer " + token).status()).isEqualTo(200);
  }

  @Test
  void everyRefusedLoginGetsTheSameBytes() {
    AccountId disabled = app.signUp("disabled@example.org");
    app.engine.service().admin().changeStatus(disabled, AccountStatus.DISABLED, Engine.patience());
    app.signUp(EMAIL);
    List<Map<String, Object>> answers =
        List.of(
            comparable(app.login("nobody@example.org", PASSWORD)),
            comparable(app.login(EMAIL, "not the password")),
            comparable(app.login("disabled@example.org", PASSWORD)));
    assertThat(answers.get(0)).isEqualTo(answers.get(1)).isEqualTo(answers.get(2));
    Reply reply = app.login(EMAIL, "not the password");
    assertThat(reply.status()).isEqualTo(401);
    assertThat(reply.code()).isEqualTo("login_rejected");
    assertThat(reply.header("WWW-Authenticate")).contains("Bearer realm=\"doorward\"");
    assertThat(reply.setCookie()).isEmpty();
  }

  @Test
  void aThrottledLoginSaysWhenToComeBackInWholeSecondsRoundedUp() {
    app.renew(ONE_FAILURE);
    app.signUp(EMAIL);
    assertThat(app.login(EMAIL, "not the password").status()).isEqualTo(401);
    Reply reply = app.login(EMAIL, PASSWORD);
    assertThat(reply.status()).isEqualTo(429);
    assertThat(reply.code()).isEqualTo("too_many_attempts");
    assertThat(reply.header("Retry-After")).contains("3");
    app.engine.clock.advance(ONE_FAILURE.firstWait());
    assertThat(app.login(EMAIL, PASSWORD).status()).isEqualTo(200);
  }

  @Test
  void aLoginThatFindsNoPlaceSaysWhichLimitIsReached() {
    app.signUp(EMAIL);
    for (Optional<String> kind : List.of(Optional.of("phone"), Optional.<String>empty())) {
      app.engine
          .tap()
          .around(
              (call, through) ->
                  call.method().equals("login")
                      ? new LoginResult.TooManySessions(3, kind)
                      : through.proceed());
      Reply reply = app.login(EMAIL, PASSWORD);
      assertThat(reply.status()).isEqualTo(409);
      assertThat(reply.code()).isEqualTo("too_many_sessions");
      assertThat(reply.json().get("most").asInt()).isEqualTo(3);
      assertThat(reply.json().path("deviceKind").asText()).isEqualTo(kind.orElse(""));
      assertThat(reply.setCookie()).isEmpty();
    }
  }

  @Test
  void aLoginSaysWhatKindOfDeviceItIsOn() {
    app.signUp(EMAIL);
    Reply phone = app.server.post("/auth/login", login().put("deviceKind", "phone").toString());
    assertThat(phone.status()).isEqualTo(200);
    assertThat(app.engine.sessions(EMAIL).get(0).deviceKind()).isEqualTo("phone");

    Reply refused = app.server.post("/auth/login", login().put("deviceKind", "A b").toString());
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.code()).isEqualTo("invalid_field");
    assertThat(refused.json().get("field").asText()).isEqualTo("deviceKind");
  }

  @Test
  void aFurtherProofIsAskedForWithoutASession() {
    app.signUp(EMAIL);
    // The engine has no second factor yet; the answer is part of its contract.
    app.engine
        .tap()
        .around(
            (call, through) ->
                call.method().equals("login")
                    ? new LoginResult.NextStep("otp")
                    : through.proceed());
    Reply reply = app.login(EMAIL, PASSWORD);
    assertThat(reply.status()).isEqualTo(401);
    assertThat(reply.code()).isEqualTo("next_step_required");
    assertThat(reply.json().get("step").asText()).isEqualTo("otp");
    assertThat(reply.setCookie()).isEmpty();
  }

  @Test
  void aLoginEndsTheSessionOfTheCookieThatItReplaces() {
    String first = app.cookie();
    app.signUp("bob@example.org");
    String second = app.login("bob@example.org", PASSWORD, "Cookie", first).cookie();
    assertThat(second).isNotEqualTo(first);
    assertThat(app.server.get("/auth/me", "Cookie", first).status()).isEqualTo(401);
    assertThat(app.server.get("/auth/me", "Cookie", second).status()).isEqualTo(200);
    assertThat(app.engine.sessions(EMAIL)).isEmpty();
    assertThat(app.engine.sessions("bob@example.org")).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bearer", "cookie"})
  void aLoginEndsTheSessionOfTheBearerTokenThatItBrings(String mode) {
    app.signUp(EMAIL);
    String first = "Bearer " + app.bearer();
    String body = login().put("mode", mode).toString();

    assertThat(app.server.post("/auth/login", body, "Authorization", first).status())
        .isEqualTo(200);

    assertThat(app.server.get("/auth/me", "Authorization", first).status()).isEqualTo(401);
    assertThat(app.engine.sessions(EMAIL)).hasSize(1);
  }

  @Test
  void aRefusedLoginLeavesTheSessionOfItsBearerTokenAlone() {
    app.signUp(EMAIL);
    String bearer = "Bearer " + app.bearer();
    assertThat(app.login(EMAIL, "not the password", "Authorization", bearer).status())
        .isEqualTo(401);
    assertThat(app.server.get("/auth/me", "Authorization", bearer).status()).isEqualTo(200);
  }

  @Test
  void aPageThatAsksForABearerTokenStaysLoggedInByItsCookie() {
    String cookie = app.cookie();
    String body = login().put("mode", "bearer").toString();
    assertThat(app.server.post("/auth/login", body, "Cookie", cookie).status()).isEqualTo(200);
    assertThat(app.server.get("/auth/me", "Cookie", cookie).status()).isEqualTo(200);
  }

  @Test
  void aBearerSessionCanBeRemembered() {
    app.signUp(EMAIL);
    String body = login().put("mode", "bearer").put("remember", true).toString();
    Reply reply = app.server.post("/auth/login", body);
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.json().get("expiresIn").asInt()).isEqualTo(600);
    assertThat(app.engine.sessions(EMAIL).get(0).absoluteEnd())
        .isEqualTo(Engine.NOW.plus(Duration.ofDays(90)));
  }

  @Test
  void aLoginNeverAdoptsATokenThatTheClientMadeUp() {
    app.signUp(EMAIL);
    String madeUp = "__Host-doorward=my-own-session-id";
    Reply reply = app.login(EMAIL, PASSWORD, "Cookie", madeUp);
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.cookie()).isNotEqualTo(madeUp);
    assertThat(app.server.get("/auth/me", "Cookie", madeUp).status()).isEqualTo(401);
  }

  @Test
  void aLoginSucceedsThoughTheOldSessionCannotBeEnded() {
    String first = app.cookie();
    app.engine.tokens.fail("revoke");
    Reply reply = app.login(EMAIL, PASSWORD, "Cookie", first);
    assertThat(reply.status()).isEqualTo(200);
    assertThat(app.server.get("/auth/me", "Cookie", reply.cookie()).status()).isEqualTo(200);
  }

  @Test
  void aRefusedLoginLeavesTheOldSessionAlone() {
    String cookie = app.cookie();
    assertThat(app.login(EMAIL, "not the password", "Cookie", cookie).status()).isEqualTo(401);
    assertThat(app.server.get("/auth/me", "Cookie", cookie).status()).isEqualTo(200);
  }

  @Test
  void logoutEndsTheSessionAndThenClearsTheCookie() {
    String cookie = app.cookie();
    Reply reply = app.server.post("/auth/logout", "", "Cookie", cookie);
    assertThat(reply.status()).isEqualTo(204);
    assertThat(reply.body()).isEmpty();
    assertThat(reply.setCookie())
        .contains("__Host-doorward=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
    assertThat(reply.header("Cache-Control")).contains("no-store");
    assertThat(app.server.get("/auth/me", "Cookie", cookie).status()).isEqualTo(401);
  }

  @ParameterizedTest
  @ValueSource(strings = {"unknown-token", "", "a b", "%00"})
  void logoutWithATokenThatNamesNothingIsDoneAndClearsTheCookie(String token) {
    Reply reply = app.server.post("/auth/logout", "{}", "Cookie", "__Host-doorward=" + token);
    assertThat(reply.status()).isEqualTo(204);
    assertThat(reply.setCookie().orElse("Max-Age=0")).contains("Max-Age=0");
  }

  @Test
  void logoutOfNobodyIsDone() {
    Reply reply = app.server.post("/auth/logout", "");
    assertThat(reply.status()).isEqualTo(204);
    assertThat(reply.setCookie()).isEmpty();
  }

  @Test
  void logoutOfABearerSessionTouchesNoCookie() {
    app.signUp(EMAIL);
    String bearer = "Bearer " + app.bearer();
    Reply reply =
        app.server.send("POST", "/auth/logout", Optional.empty(), "Authorization", bearer);
    assertThat(reply.status()).isEqualTo(204);
    assertThat(reply.setCookie()).isEmpty();
    assertThat(app.server.get("/auth/me", "Authorization", bearer).status()).isEqualTo(401);
  }

  @Test
  void logoutAllEndsEverySessionOfTheAccountAndOfNoOther() {
    String first = app.cookie();
    String second = app.login(EMAIL, PASSWORD).cookie();
    app.signUp("bob@example.org");
    String bob = app.login("bob@example.org", PASSWORD).cookie();
    Reply reply = app.server.post("/auth/logout-all", "", "Cookie", first);
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.json().get("sessions").asInt()).isEqualTo(2);
    assertThat(reply.setCookie().orElseThrow()).contains("Max-Age=0");
    assertThat(app.server.get("/auth/me", "Cookie", second).status()).isEqualTo(401);
    assertThat(app.server.get("/auth/me", "Cookie", bob).status()).isEqualTo(200);
  }

  @Test
  void meTellsAccountRolesAndTimesAndNoSecret() {
    AccountId account = app.signUp(EMAIL);
    app.grant(account, "B");
    app.grant(account, "A");
    String cookie = app.login(EMAIL, PASSWORD).cookie();
    Reply reply = app.server.get("/auth/me", "Cookie", cookie);
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.body())
        .isEqualTo(
            "{\"account\":\""
                + account
                + "\",\"roles\":[\"A\",\"B\"],\"loginId\":\"ada@example.org\","
                + "\"permissions\":[],\"session\":{\"kind\":\"cookie\","
                + "\"createdAt\":\"2026-01-01T00:00:00Z\",\"authTime\":\"2026-01-01T00:00:00Z\","
                + "\"absoluteEnd\":\"2026-01-01T12:00:00Z\",\"idleTimeoutSeconds\":1800}}");
    assertThat(reply.header("Cache-Control")).contains("no-store");
    Reply head = app.server.send("HEAD", "/auth/me", Optional.empty(), "Cookie", cookie);
    assertThat(head.status()).isEqualTo(200);
    assertThat(head.body()).isEmpty();
  }

  @Test
  void theLoginIdentifierIsTheOneThatWasTypedInItsCanonicalForm() {
    app.signUp(EMAIL);
    String cookie = app.login(" ADA@Example.org", PASSWORD).cookie();
    assertThat(loginId("Cookie", cookie)).isEqualTo(EMAIL);
    assertThat(loginId("Authorization", "Bearer " + app.bearer())).isEqualTo(EMAIL);
    Reply changed = app.server.post("/auth/password", change(PASSWORD, NEXT), "Cookie", cookie);
    assertThat(loginId("Cookie", changed.cookie())).isEqualTo(EMAIL);
    assertThat(changed.json().has("loginId")).isFalse();
  }

  private static String loginId(String header, String credential) {
    return app.server.get("/auth/me", header, credential).json().get("loginId").asText();
  }

  @Test
  void aRoleChangeShowsOnTheNextRequest() {
    AccountId account = app.signUp(EMAIL);
    String cookie = app.login(EMAIL, PASSWORD).cookie();
    assertThat(app.server.get("/admin", "Cookie", cookie).status()).isEqualTo(403);
    app.grant(account, "ADMIN");
    assertThat(app.server.get("/admin", "Cookie", cookie).status()).isEqualTo(200);
  }

  @Test
  void aRuleAdmitsWhatIncludesItsRoleAndWhatIsGrantedItsPermission() {
    AccountId chief = app.signUp(EMAIL);
    String cookie = app.login(EMAIL, PASSWORD).cookie();
    assertThat(app.server.get("/articles/1", "Cookie", cookie).status()).isEqualTo(403);
    app.grant(chief, "CHIEF");
    assertThat(app.server.get("/articles/1", "Cookie", cookie).status()).isEqualTo(200);
    assertThat(app.server.get("/admin", "Cookie", cookie).body())
        .isEqualTo(chief + " COOKIE true true true");

    AccountId author = app.signUp("bob@example.org");
    String bob = app.login("bob@example.org", PASSWORD).cookie();
    app.grant(author, "AUTHOR");
    assertThat(app.server.get("/articles/1", "Cookie", bob).body())
        .isEqualTo(author + " COOKIE false true true");
    assertThat(app.server.get("/admin", "Cookie", bob).status()).isEqualTo(403);
  }

  @Test
  void aRoleThatTheModelLacksHasNoPermission() {
    app.grant(app.signUp(EMAIL), "ROOT");
    String cookie = app.login(EMAIL, PASSWORD).cookie();
    assertThat(app.server.get("/articles/1", "Cookie", cookie).status()).isEqualTo(403);
  }

  @Test
  void aPasswordChangeReplacesTheCookieAndEndsWhatWasBefore() {
    String first = app.cookie();
    String elsewhere = app.login(EMAIL, PASSWORD).cookie();
    Reply reply = app.server.post("/auth/password", change(PASSWORD, NEXT), "Cookie", first);
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.setCookie().orElseThrow()).doesNotContain("Max-Age");
    assertThat(reply.body()).doesNotContain(reply.token());
    assertThat(app.server.get("/auth/me", "Cookie", reply.cookie()).status()).isEqualTo(200);
    assertThat(app.server.get("/auth/me", "Cookie", first).status()).isEqualTo(401);
    assertThat(app.server.get("/auth/me", "Cookie", elsewhere).status()).isEqualTo(401);
    assertThat(app.login(EMAIL, PASSWORD).status()).isEqualTo(401);
    assertThat(app.login(EMAIL, NEXT).status()).isEqualTo(200);
  }

  @Test
  void aRememberedSessionIsRememberedAfterAPasswordChange() {
    app.signUp(EMAIL);
    String cookie =
        app.server.post("/auth/login", login().put("remember", true).toString()).cookie();
    Reply reply = app.server.post("/auth/password", change(PASSWORD, NEXT), "Cookie", cookie);
    assertThat(reply.setCookie().orElseThrow()).contains("; Max-Age=");
  }

  @Test
  void aPasswordChangeInBearerModeAnswersInTheBody() {
    app.signUp(EMAIL);
    String bearer = "Bearer " + app.bearer();
    Reply reply =
        app.server.post("/auth/password", change(PASSWORD, NEXT), "Authorization", bearer);
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.setCookie()).isEmpty();
    String token = reply.json().get("accessToken").asText();
    assertThat(app.server.get("/auth/me", "Authorization", "Bearer " + token).status())
        .isEqualTo(200);
  }

  @Test
  void aPasswordChangeWithoutARenewedSessionClearsTheCookie() {
    String cookie = app.cookie();
    app.engine.tokens.fail("create");
    Reply reply = app.server.post("/auth/password", change(PASSWORD, NEXT), "Cookie", cookie);
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.body()).isEqualTo("{}");
    assertThat(reply.setCookie().orElseThrow()).contains("Max-Age=0");
  }

  @Test
  void theOtherOutcomesOfAPasswordChangeLeaveTheSessionAlone() {
    app.renew(ONE_FAILURE);
    String cookie = app.cookie();
    Reply weak = changePassword(PASSWORD, "short", cookie);
    assertThat(weak.status()).isEqualTo(400);
    assertThat(weak.code()).isEqualTo("password_refused");
    overtakeWithARehash();
    Reply conflict = changePassword(PASSWORD, NEXT, cookie);
    assertThat(conflict.status()).isEqualTo(409);
    assertThat(conflict.code()).isEqualTo("conflict");
    app.engine.heal();
    Reply wrong = changePassword("not the password", NEXT, cookie);
    assertThat(wrong.status()).isEqualTo(403);
    assertThat(wrong.code()).isEqualTo("password_rejected");
    Reply throttled = changePassword(PASSWORD, NEXT, cookie);
    assertThat(throttled.status()).isEqualTo(429);
    assertThat(throttled.header("Retry-After")).contains("3");
    app.engine.accounts.fail();
    Reply down = changePassword(PASSWORD, NEXT, cookie);
    assertThat(down.status()).isEqualTo(503);
    assertThat(List.of(weak, conflict, wrong, throttled, down))
        .allSatisfy(reply -> assertThat(reply.setCookie()).isEmpty());
    assertThat(app.server.get("/auth/me", "Cookie", cookie).status()).isEqualTo(200);
  }

  /** Between proof and change the same password gets another hash, as a better cost would do. */
  private static void overtakeWithARehash() {
    AccountStore accounts = app.engine.accounts.real();
    app.engine.accounts.around(
        (call, through) -> {
          if (call.method().equals("changePassword")) {
            Credential present = app.engine.credential(EMAIL);
            accounts.rehash(
                present.account(),
                present.version(),
                new QuickHasher().hash(Password.of(PASSWORD)),
                OperationId.random(),
                Engine.patience());
          }
          return through.proceed();
        });
  }

  private static Reply changePassword(String current, String next, String cookie) {
    return app.server.post("/auth/password", change(current, next), "Cookie", cookie);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/auth/logout-all", "/auth/password"})
  void whatNeedsASessionIsRefusedWithoutOne(String path) {
    Reply reply = app.server.post(path, change(PASSWORD, NEXT));
    assertThat(reply.status()).isEqualTo(401);
    assertThat(reply.code()).isEqualTo("not_authenticated");
    assertThat(reply.header("WWW-Authenticate")).contains("Bearer realm=\"doorward\"");
    assertThat(reply.setCookie()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/auth/", "/auth", "/auth/login/", "/auth/LOGIN", "/auth/login/x", "/auth/me/"})
  void everythingElseIsNotFound(String path) {
    Reply reply = app.server.get(path);
    assertThat(reply.status()).isEqualTo(404);
    assertThat(reply.code()).isEqualTo("not_found");
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /auth/login, POST",
    "PUT, /auth/signup, POST",
    "DELETE, /auth/logout, POST",
    "OPTIONS, /auth/password, POST",
    "HEAD, /auth/logout-all, POST",
    "POST, /auth/me, 'GET, HEAD'",
  })
  void anotherMethodIsToldWhichOneIsAllowed(String method, String path, String allow) {
    Reply reply = app.server.send(method, path, Optional.empty());
    assertThat(reply.status()).isEqualTo(405);
    assertThat(reply.header("Allow")).contains(allow);
    assertThat(reply.header("Cache-Control")).contains("no-store");
  }

  @Test
  void theSessionIsLabelledWithTheUserAgentAndTheDeadlineIsFiveSeconds() {
    app.signUp(EMAIL);
    String cookie = app.login(EMAIL, PASSWORD, "User-Agent", "Netscape\t4").cookie();
    assertThat(app.engine.sessions(EMAIL).get(0).device()).contains("Netscape 4");
    assertThat(deadlineOf("login")).isBetween(Duration.ofSeconds(4), Duration.ofSeconds(5));
    app.server.get("/auth/me", "Cookie", cookie);
    assertThat(deadlineOf("check")).isBetween(Duration.ofMillis(1), Duration.ofSeconds(1));
  }

  private Duration deadlineOf(String method) {
    return app.engine.tap().calls(method).get(0).left().orElseThrow();
  }

  @Test
  void aTokenThatNoBrowserWouldKeepIsAnErrorAndNotACookie() {
    app.signUp(EMAIL);
    // No options of the engine lead to tokens of that length.
    app.engine.tap().around((call, through) -> withLongToken((LoginResult) through.proceed()));
    Reply tooLong = app.login(EMAIL, PASSWORD);
    assertThat(tooLong.status()).isEqualTo(500);
    assertThat(tooLong.code()).isEqualTo("internal_error");
    assertThat(tooLong.setCookie()).isEmpty();
  }

  private static LoginResult withLongToken(LoginResult result) {
    LoginResult.Success success = (LoginResult.Success) result;
    return new LoginResult.Success(
        success.principal(),
        AccessToken.of("x".repeat(4096)),
        success.expiresAt(),
        success.refreshToken(),
        success.deviceCookie());
  }

  private static ObjectNode login() {
    return object().put("email", EMAIL).put("password", PASSWORD);
  }

  private static String change(String current, String next) {
    return object().put("current", current).put("next", next).toString();
  }

  private static Map<String, Object> comparable(Reply reply) {
    Map<String, Object> all = new TreeMap<>(reply.headers());
    all.remove("date");
    all.put("status", reply.status());
    all.put("body", reply.body());
    return all;
  }
}
