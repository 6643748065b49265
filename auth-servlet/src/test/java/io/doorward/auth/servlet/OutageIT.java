package io.doorward.auth.servlet;

import static io.doorward.auth.servlet.App.EMAIL;
import static io.doorward.auth.servlet.App.NEXT;
import static io.doorward.auth.servlet.App.PASSWORD;
import static io.doorward.auth.servlet.App.credentials;
import static io.doorward.auth.servlet.App.object;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.servlet.WebServer.Reply;
import io.doorward.auth.session.CheckResult;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/** "I don't know" is not "no": what happens when a backend, or the check itself, is broken. */
@OnEveryStack
class OutageIT extends SharedApp {
  private final Logger log = (Logger) LoggerFactory.getLogger("io.doorward.auth.servlet");

  @BeforeParameterizedClassInvocation
  static void start(Stack stack) {
    app = App.start(stack);
  }

  @BeforeEach
  void quiet() {
    log.setLevel(Level.OFF);
  }

  @AfterEach
  void loud() {
    log.setLevel(null);
  }

  @Test
  void anOutageIsUnavailableEverywhereAndKeepsTheCookie() {
    String cookie = app.cookie();
    app.engine.breakDown();
    String change = object().put("current", PASSWORD).put("next", NEXT).toString();
    List<Reply> replies =
        List.of(
            app.server.get("/app", "Cookie", cookie),
            app.server.get("/admin/x", "Cookie", cookie),
            app.server.get("/auth/me", "Cookie", cookie),
            app.server.post("/auth/logout", "", "Cookie", cookie),
            app.server.post("/auth/logout-all", "", "Cookie", cookie),
            app.server.post("/auth/logout-others", "", "Cookie", cookie),
            app.server.get("/auth/sessions", "Cookie", cookie),
            app.server.send(
                "DELETE",
                "/auth/sessions/abc",
                Optional.empty(),
                "Cookie",
                cookie,
                "Sec-Fetch-Site",
                "same-origin"),
            app.server.post("/auth/password", change, "Cookie", cookie),
            app.server.post("/auth/signup", credentials(EMAIL, PASSWORD)),
            app.server.post("/auth/login", credentials(EMAIL, PASSWORD), "Cookie", cookie));
    assertThat(replies)
        .allSatisfy(
            reply -> {
              assertThat(reply.status()).isEqualTo(503);
              assertThat(reply.code()).isEqualTo("unavailable");
              assertThat(reply.header("Retry-After")).contains("1");
              assertThat(reply.setCookie()).isEmpty();
            });
    assertThat(app.probe.reached).isEmpty();
    app.engine.heal();
    assertThat(app.server.get("/app", "Cookie", cookie).status()).isEqualTo(200);
  }

  @Test
  void aSessionThatIsOnlyUnverifiedIsUnavailableToo() {
    String cookie = app.cookie();
    CheckResult unverified = new CheckResult.Unverified(AccountId.random(), SessionId.random());
    app.engine
        .tap()
        .around((call, through) -> call.method().equals("check") ? unverified : through.proceed());

    Reply reply = app.server.get("/app", "Cookie", cookie);

    assertThat(reply.status()).isEqualTo(503);
    assertThat(reply.header("Retry-After")).contains("1");
    assertThat(reply.setCookie()).isEmpty();
    assertThat(app.probe.reached).isEmpty();
  }

  @Test
  void aLogoutThatWasNotDoneKeepsTheCookie() {
    String cookie = app.cookie();
    app.engine.tokens.fail("revoke", "revokeAll");
    for (String path : List.of("/auth/logout", "/auth/logout-all")) {
      Reply reply = app.server.post(path, "", "Cookie", cookie);
      assertThat(reply.status()).isEqualTo(503);
      assertThat(reply.setCookie()).isEmpty();
    }
    assertThat(app.server.get("/app", "Cookie", cookie).status()).isEqualTo(200);
  }

  @Test
  void whatIsPermittedToEverybodyDoesNotDependOnTheBackends() {
    String cookie = app.cookie();
    app.engine.breakDown();
    assertThat(app.server.get("/public", "Cookie", cookie).status()).isEqualTo(200);
  }

  static List<Throwable> bugs() {
    return List.of(
        new IllegalStateException("secret detail"),
        new NullPointerException("secret detail"),
        new StackOverflowError("secret detail"),
        new NoClassDefFoundError("secret/detail"),
        new AssertionError("secret detail"));
  }

  @ParameterizedTest
  @MethodSource("bugs")
  void aCheckThatThrowsStopsTheRequestAndTellsNothing(Throwable bug) {
    String cookie = app.cookie();
    app.engine.accounts.around(
        (call, through) -> {
          throw bug;
        });
    app.engine.tokens.around(
        (call, through) -> {
          throw bug;
        });
    List<Reply> replies =
        List.of(
            app.server.get("/app", "Cookie", cookie),
            app.server.get("/admin", "Cookie", cookie),
            app.server.get("/auth/me", "Cookie", cookie),
            app.server.post("/auth/logout", "", "Cookie", cookie),
            app.login(EMAIL, PASSWORD),
            app.server.post("/auth/signup", credentials(EMAIL, PASSWORD)));
    assertThat(replies)
        .allSatisfy(
            reply -> {
              assertThat(reply.status()).isEqualTo(500);
              assertThat(reply.code()).isEqualTo("internal_error");
              assertThat(reply.json()).hasSize(4);
              assertThat(reply.body()).doesNotContain("secret", "Exception", "Error", "at io.");
              assertThat(reply.setCookie()).isEmpty();
            });
    assertThat(app.probe.reached).isEmpty();
  }
}
