package io.doorward.auth.servlet;

import static io.doorward.auth.servlet.App.EMAIL;
import static io.doorward.auth.servlet.App.PASSWORD;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.doorward.auth.servlet.WebServer.Reply;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Requests whose headers cannot be read are the client's mistake, whatever a container throws. */
@OnEveryStack
class MalformedRequestsIT extends SharedApp {
  private final Logger log = (Logger) LoggerFactory.getLogger("io.doorward.auth.servlet");
  private final ListAppender<ILoggingEvent> logged = new ListAppender<>();

  @BeforeParameterizedClassInvocation
  static void start(Stack stack) {
    app = App.lenient(stack);
  }

  @BeforeEach
  void listen() {
    logged.start();
    log.addAppender(logged);
  }

  @AfterEach
  void nothingIsLoggedButThatItWasRefused() {
    log.detachAppender(logged);
    assertThat(logged.list)
        .allMatch(it -> it.getLevel() == Level.DEBUG && it.getThrowableProxy() == null)
        .allMatch(it -> it.getMessage().startsWith("Refused with "));
  }

  @ParameterizedTest
  @ValueSource(strings = {"x=a\tb", "x=a\u0001b", "a\u007f=b", "__Host-doorward=a\tb", "x=\u001fy"})
  void aCookieWithAControlCharacterIsABadRequest(String cookie) {
    for (String path : new String[] {"/public", "/app", "/auth/me"}) {
      Reply reply = app.server.raw("GET " + path, "Cookie: " + cookie);
      if (stack == Stack.UNDERTOW_HTTP1 && cookie.contains("\t")) {
        // It reads the tab of a header as a space, so here nothing is malformed.
        assertThat(reply.status()).isIn(200, 401);
      } else {
        assertThat(reply.status()).isIn(400, Reply.NONE.status());
      }
      assertThat(reply.body()).doesNotContain("\tat ", "Exception");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/json; charset=utf-7",
        "application/json; charset=\"",
        "a/b;charset=\u00e9"
      })
  void aCharsetThatIsNotKnownIsNoErrorOfOurs(String type) {
    for (String path : new String[] {"/auth/login", "/auth/signup", "/auth/password"}) {
      Reply reply =
          app.server.exchange(
              "POST", "localhost", path, "{}", "Content-Type: " + type, "X-Requested-With: test");
      assertThat(reply.status()).isIn(401, 415);
      assertThat(reply.body()).doesNotContain("\tat ", "Exception");
    }
    assertThat(app.server.raw("GET /public", "Content-Type: " + type).status()).isEqualTo(200);
  }

  /** Each once passed a check of names in some container or browser, but is another cookie. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "\u00a0__Host-doorward=TOKEN",
        "\u00e2\u0080\u0083__Host-doorward=TOKEN",
        "__Host-doorward\u0085=TOKEN",
        "$Version=1; x=\"a; __Host-doorward=TOKEN\"",
        "$Version=1,__Host-doorward=TOKEN",
        "x=\"a,__Host-doorward=TOKEN",
        "__Host-doorward=\"TOKEN\"",
        "__Host-doorward",
      })
  void aCookieThatABrowserNeverBoundToThisHostIsNoCredential(String header) {
    app.signUp(EMAIL);
    String token = app.login(EMAIL, PASSWORD).token();
    Reply reply = app.server.raw("GET /app", "Cookie: " + header.replace("TOKEN", token));
    assertThat(reply.status()).isEqualTo(401);
    assertThat(app.probe.reached).isEmpty();
  }

  @Test
  void anotherCookieThatIsOddDoesNotLockAnybodyOut() {
    String cookie = app.cookie();
    for (String odd : new String[] {"{\"a\":1}", "a b", "\"", "=", "a=b=c", ";;", "[x]=@()"}) {
      Reply reply = app.server.raw("GET /app", "Cookie: x=" + odd + "; " + cookie);
      assertThat(reply.status()).as(odd).isEqualTo(200);
    }
  }
}
