package io.doorward.auth.servlet;

import static io.doorward.auth.servlet.App.EMAIL;
import static io.doorward.auth.servlet.App.PASSWORD;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.doorward.auth.servlet.WebServer.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A user sees the sessions of their account, and ends them. */
@OnEveryStack
class SessionsIT extends SharedApp {
  private static final String OTHER = "eve@example.org";

  @BeforeParameterizedClassInvocation
  static void start(Stack stack) {
    app = App.start(stack);
  }

  private static Reply sessions(String cookie) {
    return app.server.get("/auth/sessions", "Cookie", cookie);
  }

  private static JsonNode live(String cookie) {
    Reply reply = sessions(cookie);
    assertThat(reply.status()).isEqualTo(200);
    return reply.json().get("sessions");
  }

  private static String current(String cookie) {
    for (JsonNode session : live(cookie)) {
      if (session.get("current").asBoolean()) {
        return session.get("id").asText();
      }
    }
    throw new AssertionError("no session is the current one");
  }

  private static Reply end(String id, String... headers) {
    List<String> all = new ArrayList<>(List.of(headers));
    all.addAll(List.of("Sec-Fetch-Site", "same-origin"));
    return app.server.send(
        "DELETE", "/auth/sessions/" + id, Optional.empty(), all.toArray(String[]::new));
  }

  @Test
  void aUserSeesWhereTheirSessionsAreUsed() {
    app.signUp(EMAIL);
    String phone =
        app.server
            .post(
                "/auth/login",
                App.credentials(EMAIL, PASSWORD),
                "User-Agent",
                "Phone/1 <b>\"x\"</b>")
            .cookie();
    String laptop = app.login(EMAIL, PASSWORD).cookie();

    Reply reply = sessions(phone);

    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.header("Cache-Control")).contains("no-store");
    assertThat(reply.header("Content-Type"))
        .hasValueSatisfying(it -> assertThat(it).startsWith("application/json"));
    JsonNode sessions = reply.json().get("sessions");
    assertThat(sessions).hasSize(2);
    JsonNode own = sessions.get(0).get("current").asBoolean() ? sessions.get(0) : sessions.get(1);
    assertThat(own.fieldNames())
        .toIterable()
        .containsExactly(
            "id",
            "kind",
            "current",
            "createdAt",
            "authTime",
            "lastUsedAt",
            "absoluteEnd",
            "amr",
            "deviceKind",
            "device",
            "network");
    assertThat(own.get("device").asText()).isEqualTo("Phone/1 <b>\"x\"</b>");
    assertThat(own.get("network").asText()).isEqualTo("127.0.0.1");
    assertThat(own.get("kind").asText()).isEqualTo("cookie");
    assertThat(reply.json().get("ended")).isEmpty();
    assertThat(current(laptop)).isNotEqualTo(current(phone));
    assertThat(reply.body()).doesNotContain(phone.substring(phone.indexOf('=') + 1));
  }

  @Test
  void anotherSessionIsEndedByItsId() {
    app.signUp(EMAIL);
    String phone = app.login(EMAIL, PASSWORD).cookie();
    String laptop = app.login(EMAIL, PASSWORD).cookie();
    String id = current(phone);

    Reply reply = end(id, "Cookie", laptop);

    assertThat(reply.status()).isEqualTo(204);
    assertThat(reply.setCookie()).isEmpty();
    assertThat(sessions(phone).status()).isEqualTo(401);
    JsonNode after = sessions(laptop).json();
    assertThat(after.get("sessions")).hasSize(1);
    assertThat(after.get("ended")).hasSize(1);
    assertThat(after.get("ended").get(0).get("id").asText()).isEqualTo(id);
    assertThat(after.get("ended").get(0).get("reason").asText()).isEqualTo("kicked_out");
  }

  @Test
  void theOwnSessionIsEndedAsByALogout() {
    app.signUp(EMAIL);
    String cookie = app.login(EMAIL, PASSWORD).cookie();
    String other = app.login(EMAIL, PASSWORD).cookie();

    Reply reply = end(current(cookie), "Cookie", cookie);

    assertThat(reply.status()).isEqualTo(204);
    assertThat(reply.setCookie().orElseThrow()).contains("Max-Age=0");
    assertThat(sessions(cookie).status()).isEqualTo(401);
    assertThat(sessions(other).json().get("ended").get(0).get("reason").asText())
        .isEqualTo("logout");
  }

  @Test
  void allOtherSessionsAreEnded() {
    app.signUp(EMAIL);
    String kept = app.login(EMAIL, PASSWORD).cookie();
    String other = app.login(EMAIL, PASSWORD).cookie();

    Reply reply = app.server.post("/auth/logout-others", "", "Cookie", kept);

    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.json().get("sessions").asInt()).isOne();
    assertThat(reply.setCookie()).isEmpty();
    assertThat(sessions(kept).status()).isEqualTo(200);
    assertThat(sessions(other).status()).isEqualTo(401);
  }

  @Test
  void aBearerTokenEndsTheSessionsOfABrowser() {
    app.signUp(EMAIL);
    String cookie = app.login(EMAIL, PASSWORD).cookie();
    String bearer = "Bearer " + app.bearer();

    assertThat(end(current(cookie), "Authorization", bearer).status()).isEqualTo(204);

    assertThat(sessions(cookie).status()).isEqualTo(401);
  }

  @Test
  void aSessionOfAnotherAccountIsAsGoodAsNone() {
    app.signUp(EMAIL);
    app.signUp(OTHER);
    String cookie = app.login(EMAIL, PASSWORD).cookie();
    String stranger = app.login(OTHER, PASSWORD).cookie();

    Reply theirs = end(current(cookie), "Cookie", stranger);
    Reply none = end("AAAAAAAAAAAAAAAAAAAAAA", "Cookie", stranger);

    assertThat(theirs.status()).isEqualTo(none.status()).isEqualTo(204);
    assertThat(sessions(cookie).status()).isEqualTo(200);
    assertThat(live(stranger)).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a/b",
        "a%20b",
        "12345678901234567890123456789012345678901234567890123456789012345"
      })
  void whatIsNoIdIsNotFound(String id) {
    String cookie = app.cookie();

    assertThat(end(id, "Cookie", cookie).status()).isIn(400, 404);

    assertThat(sessions(cookie).status()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource({
    "POST, /auth/sessions, 'GET, HEAD'",
    "DELETE, /auth/sessions, 'GET, HEAD'",
    "GET, /auth/sessions/abc, DELETE",
    "POST, /auth/sessions/abc, DELETE",
    "GET, /auth/logout-others, POST"
  })
  void otherMethodsAreNotAllowed(String method, String path, String allowed) {
    Reply reply =
        app.server.send(
            method,
            path,
            Optional.empty(),
            "Cookie",
            app.cookie(),
            "Sec-Fetch-Site",
            "same-origin");

    assertThat(reply.status()).isEqualTo(405);
    assertThat(reply.header("Allow")).contains(allowed);
  }

  @Test
  void nothingIsSeenOrEndedWithoutASession() {
    String cookie = app.cookie();
    String id = current(cookie);

    for (Reply reply :
        List.of(
            app.server.get("/auth/sessions"),
            end(id),
            app.server.post("/auth/logout-others", ""))) {
      assertThat(reply.status()).isEqualTo(401);
    }
    assertThat(sessions(cookie).status()).isEqualTo(200);
  }

  @Test
  void aPageOfAnotherSiteEndsNothing() {
    String cookie = app.cookie();
    String id = current(cookie);

    Reply reply =
        app.server.send(
            "DELETE",
            "/auth/sessions/" + id,
            Optional.empty(),
            "Cookie",
            cookie,
            "Sec-Fetch-Site",
            "cross-site");

    assertThat(reply.status()).isEqualTo(403);
    assertThat(sessions(cookie).status()).isEqualTo(200);
  }

  @Test
  void whatTheStoreDidNotEndKeepsItsCookie() {
    String cookie = app.cookie();
    String id = current(cookie);
    app.engine.tokens.fail("revoke", "revokeOthers");

    for (Reply reply :
        List.of(
            end(id, "Cookie", cookie),
            app.server.post("/auth/logout-others", "", "Cookie", cookie))) {
      assertThat(reply.status()).isEqualTo(503);
      assertThat(reply.setCookie()).isEmpty();
    }
    app.engine.heal();
    assertThat(sessions(cookie).status()).isEqualTo(200);
  }
}
