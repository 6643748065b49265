package io.doorward.auth.servlet;

import static io.doorward.auth.servlet.App.EMAIL;
import static io.doorward.auth.servlet.App.PASSWORD;
import static io.doorward.auth.servlet.App.credentials;
import static io.doorward.auth.servlet.App.object;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.doorward.auth.servlet.WebServer.Reply;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the endpoints do with bodies that are not what they ask for: refuse, and touch nothing. */
@OnEveryStack
class BadRequestsIT {
  @Parameter Stack stack;

  private static App app;

  @BeforeParameterizedClassInvocation
  static void start(Stack stack) {
    app = App.lenient(stack);
  }

  @AfterParameterizedClassInvocation
  static void stop() {
    app.close();
  }

  @AfterEach
  void theServiceWasNeverAsked() {
    List<Tap.Call> asked = app.engine.tap().calls();
    app.engine.tap().forget();
    assertThat(asked).isEmpty();
  }

  static Stream<String> notOnePlainObject() {
    String good = credentials(EMAIL, PASSWORD);
    return Stream.of(
        "",
        " ",
        "null",
        "true",
        "42",
        "\"text\"",
        "[]",
        "[" + good + "]",
        "{",
        "}",
        "{\"email\"",
        "{\"email\":\"a@b.example\",",
        "{\"email\":\"a@b.example\"",
        good + "x",
        good + "{}",
        good + good,
        good + ",",
        good + "\0",
        "\uFEFF" + good,
        "{email:\"a@b.example\",\"password\":\"x\"}",
        "{'email':'a@b.example','password':'x'}",
        "{\"email\":\"a@b.example\",\"password\":\"x\",}",
        "{\"email\":\"a@b.example\"/**/,\"password\":\"x\"}",
        "{\"email\":\"a@b.example\",\"password\":\"a\u0000b\"}",
        "{\"email\":\"a@b.example\",\"password\":\"a\nb\"}",
        "{\"email\":\"a@b.example\",\"password\":\"\\x\"}",
        "{\"email\":\"a@b.example\",\"password\":\"one\",\"password\":\"two\"}",
        "{\"email\":\"a@b.example\",\"email\":\"a@b.example\",\"password\":\"one\"}",
        "[".repeat(8000),
        "{\"" + "a".repeat(5000) + "\":1}");
  }

  @ParameterizedTest
  @MethodSource("notOnePlainObject")
  void whatIsNotOnePlainObjectIsRefused(String body) {
    for (String path : new String[] {"/auth/login", "/auth/signup"}) {
      Reply reply = app.server.post(path, body);
      assertThat(reply.status()).isEqualTo(400);
      assertThat(reply.code()).isEqualTo("malformed_json");
      assertThat(reply.json()).hasSize(4);
    }
  }

  static Stream<String> wrongFields() {
    return Stream.of(
        "{}",
        "{\"email\":\"a@b.example\"}",
        "{\"password\":\"x\"}",
        "{\"email\":null,\"password\":\"x\"}",
        "{\"email\":\"a@b.example\",\"password\":null}",
        "{\"email\":1,\"password\":\"x\"}",
        "{\"email\":\"a@b.example\",\"password\":1e400}",
        "{\"email\":\"a@b.example\",\"password\":true}",
        "{\"email\":[\"a@b.example\"],\"password\":\"x\"}",
        "{\"email\":{\"a\":1},\"password\":\"x\"}",
        "{\"email\":" + "[".repeat(5000) + "]".repeat(5000) + "}",
        "{\"email\":" + "{\"a\":".repeat(2000) + "1" + "}".repeat(2000) + "}");
  }

  @ParameterizedTest
  @MethodSource("wrongFields")
  void aMissingFieldOrAnotherTypeIsRefused(String body) {
    for (String path : new String[] {"/auth/login", "/auth/signup"}) {
      Reply reply = app.server.post(path, body);
      assertThat(reply.status()).isEqualTo(400);
      assertThat(reply.code()).isEqualTo("invalid_field");
      assertThat(reply.json().get("field").asText()).isIn("email", "password");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"email\":\"a@b.example\",\"password\":\"a long enough one\",\"roles\":[\"ADMIN\"]}",
        "{\"role\":\"ADMIN\",\"email\":\"a@b.example\",\"password\":\"a long enough one\"}",
        "{\"EMAIL\":\"a@b.example\",\"password\":\"a long enough one\"}",
        "{\"email\":\"a@b.example\",\"password\":\"a long enough one\",\"\":1}",
        "{\"email\":\"a@b.example\",\"password\":\"a long enough one\",\"status\":null}",
      })
  void aFieldThatIsNotKnownIsRefusedSoThatNoRoleIsSmuggledIn(String body) {
    for (String path : new String[] {"/auth/login", "/auth/signup"}) {
      Reply reply = app.server.post(path, body);
      assertThat(reply.status()).isEqualTo(400);
      assertThat(reply.code()).isEqualTo("unknown_field");
    }
    assertThat(app.server.post("/auth/signup", login().put("mode", "bearer").toString()).code())
        .isEqualTo("unknown_field");
  }

  static Stream<String> malformedEmails() {
    return Stream.of(
        "",
        " ",
        "ada",
        "@",
        "@example.org",
        "ada@",
        "ada@@example.org",
        "ada@b@example.org",
        "ada\0@example.org",
        "ada\u0007@example.org",
        "ada\n@example.org",
        "a da@example.org",
        "ada@exa mple.org",
        "ada@example..org",
        "ada@.example.org",
        "\"ada\"@example.org",
        "ada@[127.0.0.1]",
        "ada\uFF20b@example.org",
        "ada\uD800@example.org",
        "a".repeat(65) + "@example.org",
        "ada@" + "e".repeat(300) + ".org");
  }

  @ParameterizedTest
  @MethodSource("malformedEmails")
  void aMalformedAddressIsRefusedForItsFormAlone(String email) {
    for (String path : new String[] {"/auth/login", "/auth/signup"}) {
      // No encoding carries an unpaired surrogate; an escape sequence of JSON does.
      String body = credentials(email, PASSWORD).replace("\uD800", "\\ud800");
      Reply reply = app.server.post(path, body);
      assertThat(reply.status()).isEqualTo(400);
      assertThat(reply.code()).isEqualTo("invalid_field");
      assertThat(reply.json().get("field").asText()).isEqualTo("email");
      assertThat(reply.json()).hasSize(5);
    }
  }

  static Stream<String> impossiblePasswords() {
    return Stream.of("", "nul\0in the middle", "lone \uD800 surrogate", "x".repeat(1025));
  }

  @ParameterizedTest
  @MethodSource("impossiblePasswords")
  void aPasswordThatCannotBeOneIsRefusedForItsFormAlone(String password) {
    String body =
        "{\"email\":\"ada@example.org\",\"password\":\""
            + password.replace("\0", "\\u0000").replace("\uD800", "\\ud800")
            + "\"}";
    for (String path : new String[] {"/auth/login", "/auth/signup"}) {
      Reply reply = app.server.post(path, body);
      assertThat(reply.status()).isEqualTo(400);
      assertThat(reply.code()).isEqualTo("invalid_field");
      assertThat(reply.json().get("field").asText()).isEqualTo("password");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"mode\":\"COOKIE\"",
        "\"mode\":\"\"",
        "\"mode\":null",
        "\"mode\":1",
        "\"mode\":\"query\"",
        "\"remember\":\"true\"",
        "\"remember\":1",
        "\"remember\":null",
      })
  void modeAndRememberTakeNothingElse(String member) {
    String good = credentials(EMAIL, PASSWORD);
    String body = good.substring(0, good.length() - 1) + "," + member + "}";
    Reply reply = app.server.post("/auth/login", body);
    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.code()).isEqualTo("invalid_field");
    assertThat(member).contains(reply.json().get("field").asText());
  }

  static Stream<byte[]> notUtf8() {
    byte[] head = "{\"email\":\"ada@example.org\",\"password\":\"".getBytes(UTF_8);
    return Stream.of(
        credentials(EMAIL, "pässwörd that is long").getBytes(ISO_8859_1),
        credentials(EMAIL, PASSWORD).getBytes(UTF_16),
        concat(head, new byte[] {(byte) 0xC0, (byte) 0xAF}, "\"}".getBytes(UTF_8)),
        concat(head, new byte[] {(byte) 0xED, (byte) 0xA0, (byte) 0x80}, "\"}".getBytes(UTF_8)),
        concat(head, new byte[] {(byte) 0xFF}, "\"}".getBytes(UTF_8)),
        concat(head, new byte[] {(byte) 0xE2, (byte) 0x82}, "\"}".getBytes(UTF_8)));
  }

  @ParameterizedTest
  @MethodSource("notUtf8")
  void bytesThatAreNotUtf8AreRefused(byte[] body) {
    Reply reply =
        app.server.send(
            "POST", "/auth/login", Optional.of(body), "Content-Type", "application/json");
    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.code()).isEqualTo("malformed_json");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "application/json; charset=utf-16",
        "application/json; charset=utf-8; charset=utf-16",
        "text/plain; application/json",
        "application/ld+json",
        "application/json; charset=utf-7",
        "application/json; charset=utf-8; charset",
        "application/json; charset=\"utf-8",
        "application/json charset=utf-8",
        "application/json; =utf-8",
        "application/",
        "json",
        "*/*",
        "application/json, text/plain",
      })
  void anotherMediaTypeIsRefused(String type) {
    Reply reply =
        app.server.send(
            "POST",
            "/auth/login",
            Optional.of(credentials(EMAIL, PASSWORD).getBytes(UTF_8)),
            "Content-Type",
            type,
            "X-Requested-With",
            "test");
    assertThat(reply.status()).isEqualTo(415);
    assertThat(reply.code()).isEqualTo("unsupported_media_type");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/json",
        "Application/JSON",
        "application/json;charset=utf8",
        "application/json; charset=UTF-8",
        "application/json;charset=\"utf-8\"",
        "application/json;",
        "application/json; ; charset=utf-8 ;",
        "application/json; odata=verbose",
        "application/json ; profile=\"a;\\\"b\" ; charset=utf-8",
      })
  void parametersOfAMediaTypeAreNoneOfOurBusiness(String type) {
    Reply reply =
        app.server.send(
            "POST", "/auth/login", Optional.of("{}".getBytes(UTF_8)), "Content-Type", type);
    assertThat(reply.code()).isEqualTo("invalid_field");
  }

  @Test
  void aBodyWithoutAMediaTypeOrInAnEncodingIsRefused() {
    byte[] body = credentials(EMAIL, PASSWORD).getBytes(UTF_8);
    Reply none =
        app.server.send("POST", "/auth/login", Optional.of(body), "X-Requested-With", "test");
    assertThat(none.status()).isEqualTo(415);
    Reply encoded =
        app.server.send(
            "POST",
            "/auth/login",
            Optional.of(body),
            "Content-Type",
            "application/json",
            "Content-Encoding",
            "gzip");
    assertThat(encoded.status()).isEqualTo(415);
  }

  @Test
  void aBodyAboveTheLimitIsRefusedWithoutBeingRead() {
    // Nothing follows: an endpoint that waited for the body would not answer.
    Reply reply = raw("Content-Length: 1048576", "");
    assertThat(reply.status()).isEqualTo(413);
    assertThat(reply.code()).isEqualTo("body_too_large");
  }

  @Test
  void aMegabyteInChunksIsRefusedAtTheLimit() {
    // Some more than the limit of the megabyte that was announced, then silence.
    Reply reply = raw("Transfer-Encoding: chunked", "100000\r\n" + "x".repeat(64 * 1024));
    assertThat(reply.status()).isEqualTo(413);
    assertThat(reply.code()).isEqualTo("body_too_large");
  }

  @Test
  void aBodyAtTheLimitIsReadAndOneByteMoreIsNot() {
    String body = "{\"email\":\"x\"}";
    assertThat(app.server.post("/auth/login", body + " ".repeat(16384 - body.length())).status())
        .isEqualTo(400);
    assertThat(app.server.post("/auth/login", body + " ".repeat(16385 - body.length())).status())
        .isEqualTo(413);
  }

  @Test
  void aBodyWhoseChunksAreGarbageIsABadRequest() {
    // Undertow closes the connection.
    assertThat(raw("Transfer-Encoding: chunked", "zz\r\n{}\r\n").status())
        .isIn(400, Reply.NONE.status());
  }

  @ParameterizedTest
  @ValueSource(strings = {"/auth/login", "/auth/logout", "/auth/nowhere", "/auth/me"})
  void aRefusedBodyThatComesLateDoesNotEndTheConnection(String path) throws IOException {
    try (Socket socket = app.server.connect()) {
      write(socket, "POST " + path + " HTTP/1.1", "Content-Type: text/plain", "Content-Length: 9");
      // Whoever does not wait for the body has answered by the time another request is answered.
      assertThat(app.server.get("/auth/me").status()).isEqualTo(401);
      socket.getOutputStream().write("some text".getBytes(UTF_8));
      write(socket, "GET /auth/me HTTP/1.1", "Connection: close");

      String answers = new String(socket.getInputStream().readAllBytes(), UTF_8);
      assertThat(answers).matches("(?s)HTTP/1.1 4(03|04|05|15) .*HTTP/1.1 401 .*");
    }
  }

  @Test
  void theFieldThatIsNotKnownIsNamed() {
    String body = "{\"email\":\"a@b.example\",\"p\\u0000ss<w\\u00f6rd>\":1}";
    Reply reply = app.server.post("/auth/login", body);
    assertThat(reply.code()).isEqualTo("unknown_field");
    assertThat(reply.json().get("field").asText()).isEqualTo("p\0ss<w\u00f6rd>");
    Reply unpaired = app.server.post("/auth/login", "{\"a\\ud800\":1}");
    assertThat(unpaired.status()).isEqualTo(400);
    assertThat(unpaired.code()).isEqualTo("malformed_json");
  }

  @Test
  void aLogoutTakesNoFields() {
    Reply reply = app.server.post("/auth/logout", "{\"account\":\"somebody\"}");
    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.code()).isEqualTo("unknown_field");
  }

  private static void write(Socket socket, String... lines) throws IOException {
    String head = String.join("\r\n", lines) + "\r\nHost: localhost\r\n\r\n";
    socket.getOutputStream().write(head.getBytes(UTF_8));
    socket.getOutputStream().flush();
  }

  private Reply raw(String framing, String body) {
    String head =
        String.join(
            "\r\n",
            "POST /auth/login HTTP/1.1",
            "Host: localhost",
            "Connection: close",
            "Content-Type: application/json",
            framing,
            "",
            "");
    return app.server.rawBytes((head + body).getBytes(UTF_8));
  }

  private static ObjectNode login() {
    return object().put("email", EMAIL).put("password", PASSWORD);
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
