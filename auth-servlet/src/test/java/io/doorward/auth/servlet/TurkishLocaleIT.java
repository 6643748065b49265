package io.doorward.auth.servlet;

import static io.doorward.auth.servlet.App.PASSWORD;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

/** In Turkish the lower case of I is not i. Nothing here may depend on that. */
@Tag("jdk")
@OnEveryStack
class TurkishLocaleIT {
  @Parameter Stack stack;

  private final Locale before = Locale.getDefault();

  @BeforeEach
  void turkish() {
    Locale.setDefault(Locale.forLanguageTag("tr-TR"));
  }

  @AfterEach
  void restore() {
    Locale.setDefault(before);
  }

  @Test
  void nothingDependsOnTheLanguageOfTheMachine() {
    try (App app = App.start(stack)) {
      app.grant(app.signUp("TITLE@INFO.EXAMPLE"), "ADMIN");
      String body =
          App.object()
              .put("email", "title@info.example")
              .put("password", PASSWORD)
              .put("mode", "bearer")
              .toString();
      var login =
          app.server.send(
              "POST",
              "/auth/login",
              Optional.of(body.getBytes(UTF_8)),
              "Content-Type",
              "APPLICATION/JSON");
      assertThat(login.status()).isEqualTo(200);
      String token = "BEARER " + login.json().get("accessToken").asText();
      assertThat(app.server.get("/admin", "Authorization", token).status()).isEqualTo(200);
      assertThat(app.server.get("/auth/me", "Authorization", token).body())
          .contains("\"kind\":\"bearer\"");
      assertThat(app.login("title@info.example", "wrong").code()).isEqualTo("login_rejected");
      assertThat(app.server.get("/admin").code()).isEqualTo("not_authenticated");
      assertThat(app.server.get("/auth/nothing").json().get("type").asText())
          .isEqualTo("tag:doorward.io,2026:problem/not_found");
    }
  }
}
