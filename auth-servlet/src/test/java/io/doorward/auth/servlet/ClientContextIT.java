package io.doorward.auth.servlet;

import static io.doorward.auth.servlet.App.EMAIL;
import static io.doorward.auth.servlet.App.PASSWORD;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.servlet.WebServer.Reply;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;

/** What the service is told about where an attempt comes from. */
@OnEveryStack
class ClientContextIT extends SharedApp {
  @BeforeParameterizedClassInvocation
  static void start(Stack stack) {
    app = App.start(stack);
  }

  @Test
  void headersOfAClientThatIsNoProxyAreNotBelieved() {
    for (int i = 0; i < 3; i++) {
      app.login(
          EMAIL,
          PASSWORD,
          "X-Forwarded-For",
          "1.2.3." + i,
          "Forwarded",
          "for=1.2.3." + i,
          "X-Real-IP",
          "1.2.3." + i,
          "User-Agent",
          "test");
    }
    assertThat(app.engine.attempts())
        .extracting(LoginAttempt::client)
        .hasSize(3)
        .allSatisfy(client -> assertThat(client.network()).contains("127.0.0.1"))
        .allSatisfy(client -> assertThat(client.userAgent()).contains("test"));
  }

  @Test
  void aBrowserIsKnownAgainByACookieThatItKeepsAtLogout() {
    app.signUp(EMAIL);
    Reply login = app.login(EMAIL, PASSWORD);
    assertThat(login.setDeviceCookie().orElseThrow())
        .matches(
            "__Host-doorward-device=[A-Za-z0-9_-]+; Path=/; Secure; HttpOnly; SameSite=Lax;"
                + " Max-Age="
                + Duration.ofDays(180).toSeconds());
    String device = login.deviceCookie().orElseThrow();
    Reply logout = app.server.post("/auth/logout", "", "Cookie", login.cookie() + "; " + device);
    assertThat(logout.status()).isEqualTo(204);
    assertThat(logout.setDeviceCookie()).isEmpty();

    for (int i = 0; i < 5; i++) {
      app.login(EMAIL, "wrong " + PASSWORD);
    }

    assertThat(app.login(EMAIL, PASSWORD).status()).isEqualTo(429);
    assertThat(app.login(EMAIL, PASSWORD, "Cookie", device + "x").status()).isEqualTo(429);
    assertThat(app.login(EMAIL, PASSWORD, "Cookie", device + "; " + device).status())
        .as("which of two?")
        .isEqualTo(429);
    assertThat(app.login(EMAIL, PASSWORD, "Cookie", device).status()).isEqualTo(200);
  }

  @Test
  void aProgramIsKnownAgainByWhatItsLoginAnswered() {
    app.signUp(EMAIL);
    ObjectNode login =
        App.object().put("email", EMAIL).put("password", PASSWORD).put("mode", "bearer");
    Reply first = app.server.post("/auth/login", login.toString());
    assertThat(first.setDeviceCookie()).isEmpty();
    for (int i = 0; i < 5; i++) {
      app.login(EMAIL, "wrong " + PASSWORD);
    }
    assertThat(app.server.post("/auth/login", login.toString()).status()).isEqualTo(429);

    login.put("deviceCookie", first.json().get("deviceCookie").asText());

    assertThat(app.server.post("/auth/login", login.toString()).status()).isEqualTo(200);
  }

  @Test
  void aPasswordChangeKnowsTheDeviceToo() {
    app.signUp(EMAIL);
    Reply login = app.login(EMAIL, PASSWORD);
    for (int i = 0; i < 5; i++) {
      app.login(EMAIL, "wrong " + PASSWORD);
    }

    Reply changed =
        app.server.post(
            "/auth/password",
            App.object().put("current", PASSWORD).put("next", "next " + PASSWORD).toString(),
            "Cookie",
            login.cookie() + "; " + login.deviceCookie().orElseThrow());

    assertThat(changed.status()).isEqualTo(200);
    assertThat(changed.setDeviceCookie()).isPresent();
  }

  @Test
  void aTrustedProxyIsBelievedInTheOneHeaderItWrites() {
    WebOptions options =
        App.options().trustedProxies(ProxyHeader.X_FORWARDED_FOR, "127.0.0.0/8").build();
    try (App behind = new App(stack, "", false, options)) {
      behind.login(
          EMAIL, PASSWORD, "X-Forwarded-For", "6.6.6.6, 1.2.3.4", "Forwarded", "for=9.9.9.9");
      behind.login(EMAIL, PASSWORD, "Forwarded", "for=9.9.9.9");
      assertThat(behind.engine.attempts())
          .extracting(attempt -> attempt.client().network().orElse(""))
          .containsExactly("1.2.3.4", "127.0.0.1");
    }
  }
}
