package io.doorward.auth.servlet;

import static io.doorward.auth.servlet.App.EMAIL;
import static io.doorward.auth.servlet.App.PASSWORD;
import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.servlet.WebServer.Reply;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tries to get past the rules, with containers that were told to let everything through, at the
 * root and below a context path.
 */
@OnEveryStack
class PathTricksIT {
  @Parameter Stack stack;

  private static App root;
  private static App below;
  private static String user;

  @BeforeParameterizedClassInvocation
  static void start(Stack stack) {
    root = App.lenient(stack);
    below = new App(stack, "/shop", true, App.options().build());
    user = root.cookie();
  }

  @AfterParameterizedClassInvocation
  static void stop() {
    root.close();
    below.close();
  }

  @BeforeEach
  void forget() {
    root.probe.reached.clear();
    below.probe.reached.clear();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/admin;x",
        "/admin;/x",
        "/;/admin/x",
        "/public;/../admin/x",
        "/public/..;/admin/x",
        "/public/../admin/x",
        "/public/./../admin/x",
        "/public/%2e%2e/admin/x",
        "/public/%2E%2E/admin/x",
        "/public/.%2e/admin/x",
        "/public/%252e%252e/admin/x",
        "/public/..%2fadmin/x",
        "/public/..%2Fadmin/x",
        "/public%2f..%2fadmin/x",
        "/public/..%5cadmin/x",
        "/public/..\\admin/x",
        "/public\\..\\admin",
        "//admin/x",
        "///admin",
        "/admin//x",
        "/public//x",
        "/./admin/x",
        "/public/.",
        "/public/..",
        "/%2e/admin/x",
        "/%61dmin/x",
        "/admi%6e",
        "/publi%63",
        "/public/%00",
        "/public%00/admin",
        "/public/x%00.css",
        "/public/%0a",
        "/public/%0d%0aSet-Cookie:x",
        "/public/%09",
        "/public/%7f",
        "/public/%c2%85",
        "/public/%e2%80%a8",
        "/public/%c0%af",
        "/public/%c0%ae%c0%ae/admin",
        "/public/%e0%80%af",
        "/public/%ed%a0%80",
        "/public/%ff",
        "/public/%ef%bf%bd",
        "/public/%c2%a0",
        "/public/x%e2%80%8b",
        "/public/%e2%80%8dx",
        "/public/%ef%b8%8f",
        "/public/%e1%85%a0",
        "/public/%e2%a0%80",
        "/publi\u00adc",
        "/public/%u002e",
        "/public/%",
        "/public/%2",
        "/public/%zz",
        "/public/%2525",
        "/public/%3b",
        "/public/%3Bx",
        "/public/x;jsessionid=1",
        "/public/\u00e9",
        "/admin/%2e",
        "/%2fadmin",
        "/public/%5c",
      })
  void anAmbiguousPathIsRefusedBeforeAnyRule(String path) {
    Reply atRoot = root.server.raw("GET " + path, "Cookie: " + user);
    Reply belowContext = below.server.raw("GET /shop" + path);
    // Over HTTP/2 a container may reset the stream instead.
    assertThat(atRoot.status()).as("root").isIn(400, Reply.NONE.status());
    assertThat(belowContext.status()).as("below a context").isIn(400, Reply.NONE.status());
    assertThat(root.probe.reached).isEmpty();
    assertThat(below.probe.reached).isEmpty();
  }

  @Test
  void theRefusalIsOursAndNotTheContainers() {
    assertThat(root.server.raw("GET /public/..;/admin").code()).isEqualTo("ambiguous_path");
    assertThat(root.server.raw("GET /public/%2e%2e/admin").code()).isEqualTo("ambiguous_path");
    assertThat(root.server.raw("GET /public//x").code()).isEqualTo("ambiguous_path");
    assertThat(root.server.raw("GET /public/x%2fy").code()).isEqualTo("ambiguous_path");
  }

  @ParameterizedTest
  @ValueSource(strings = {"*", "public/x", "http://evil.example/../admin/x"})
  void aTargetThatIsNoPathNeverReachesTheApplication(String target) {
    Reply reply = root.server.raw("OPTIONS " + target);
    assertThat(root.probe.reached).isEmpty();
    assertThat(reply.body()).doesNotContain("null null");
  }

  @ParameterizedTest
  @CsvSource({
    "/public, 200",
    "/public/, 200",
    "/public/x, 200",
    "/public/caf%C3%A9, 200",
    "/public/caf%c3%a9, 200",
    "/public/a%20b, 200",
    "/public/a+b~c!$&'()*:@=, 200",
    "/publicx, 403",
    "/PUBLIC, 403",
    "/, 403",
    "/other, 403",
    "/app, 401",
    "/app/, 401",
    "/app/x, 401",
    "/application, 403",
    "/admin, 401",
    "/admin/, 401",
    "/admin/x/y, 401",
    "/ADMIN, 403",
    "/Admin/x, 403",
    "/admin., 403",
    "/reports, 401",
    "/reports/, 401",
    "/reports/x, 403",
  })
  void aPlainPathIsDecidedAlikeAtTheRootAndBelowAContextPath(String path, int status) {
    assertThat(root.server.raw("GET " + path).status()).as("root").isEqualTo(status);
    assertThat(below.server.raw("GET /shop" + path).status()).as("below").isEqualTo(status);
    assertThat(root.probe.reached).hasSize(status == 200 ? 1 : 0);
    assertThat(below.probe.reached).hasSize(status == 200 ? 1 : 0);
  }

  @ParameterizedTest
  @CsvSource({
    "/app, 200",
    "/app/, 200",
    "/admin, 403",
    "/admin/, 403",
    "/admin/x, 403",
    "/reports, 403",
    "/reports/, 403",
    "/other, 403",
  })
  void somebodyWithoutARoleGetsWhereNoRoleIsAskedFor(String path, int status) {
    Reply reply = root.server.raw("GET " + path, "Cookie: " + user);
    assertThat(reply.status()).isEqualTo(status);
    assertThat(root.probe.reached).hasSize(status == 200 ? 1 : 0);
    if (status == 403) {
      assertThat(reply.code()).isEqualTo("forbidden");
      assertThat(reply.setCookie()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "TRACE",
        "TRACK",
        "CONNECT",
        "get",
        "Get",
        "post",
        "PROPFIND",
        "X",
        "G%45T",
        "HEAD2"
      })
  void anUnusualMethodIsRefusedEverywhere(String method) {
    for (String path : new String[] {"/public", "/admin", "/app", "/nowhere"}) {
      Reply reply = root.server.raw(method + " " + path, "Cookie: " + user);
      assertThat(reply.status()).isIn(400, 403, 404, 405, 501, Reply.NONE.status());
      assertThat(reply.setCookie()).isEmpty();
    }
    assertThat(root.probe.reached).isEmpty();
  }

  @Test
  void theRefusalOfAMethodNamesThoseThatAreAllowed() {
    Reply reply = root.server.raw("PROPFIND /public");
    assertThat(reply.status()).isEqualTo(405);
    assertThat(reply.header("Allow")).contains("DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT");
  }

  @ParameterizedTest
  @CsvSource({
    "HEAD, /admin, 403",
    "OPTIONS, /admin, 403",
    "POST, /admin, 403",
    "DELETE, /admin/x, 403",
    "PATCH, /admin/x, 403",
    "HEAD, /reports, 403",
    "POST, /reports, 403",
    "PUT, /app, 200",
  })
  void rulesHoldForEveryMethod(String method, String path, int status) {
    Reply reply =
        root.server.send(
            method, path, Optional.empty(), "Cookie", user, "Sec-Fetch-Site", "same-origin");
    assertThat(reply.status()).isEqualTo(status);
    assertThat(root.probe.reached).hasSize(status == 200 ? 1 : 0);
  }

  @Test
  void guardingGetGuardsHead() {
    root.grant(root.signUp("checker@example.org"), "AUDITOR");
    String checker = root.login("checker@example.org", PASSWORD).cookie();
    assertThat(head("/reports", checker)).isEqualTo(200);
    assertThat(head("/reports", user)).isEqualTo(403);
    assertThat(root.login(EMAIL, PASSWORD).status()).isEqualTo(200);
  }

  private int head(String path, String cookie) {
    return root.server.send("HEAD", path, Optional.empty(), "Cookie", cookie).status();
  }
}
