package io.doorward.auth.servlet;

import static io.doorward.auth.servlet.App.EMAIL;
import static io.doorward.auth.servlet.App.PASSWORD;
import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.login.LoginAttempt;
import org.junit.jupiter.api.Test;

/** What the service is told about where an attempt comes from. */
class ClientContextIT {
  @Test
  void headersOfAClientThatIsNoProxyAreNotBelieved() {
    try (App app = App.start()) {
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
  }

  @Test
  void aTrustedProxyIsBelievedInTheOneHeaderItWrites() {
    WebOptions options =
        App.options().trustedProxies(ProxyHeader.X_FORWARDED_FOR, "127.0.0.0/8").build();
    try (App app = new App("", false, options, App.RULES)) {
      app.login(EMAIL, PASSWORD, "X-Forwarded-For", "6.6.6.6, 1.2.3.4", "Forwarded", "for=9.9.9.9");
      app.login(EMAIL, PASSWORD, "Forwarded", "for=9.9.9.9");
      assertThat(app.engine.attempts())
          .extracting(attempt -> attempt.client().network().orElse(""))
          .containsExactly("1.2.3.4", "127.0.0.1");
    }
  }
}
