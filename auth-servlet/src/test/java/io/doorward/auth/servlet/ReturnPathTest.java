package io.doorward.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.servlet.http.HttpServletRequest;
import java.lang.reflect.Proxy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where a login may lead, whoever wrote it down. */
class ReturnPathTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/app",
        "/app/",
        "/app?a=b&c=d",
        "/app?to=https://evil.example//x",
        "/caf%C3%A9/x%20y",
        "/a:b@c",
      })
  void aPathOfThisServerIsTaken(String path) {
    assertThat(ReturnPath.parse(path)).contains(path);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "app",
        "?a",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\tevil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/%09/evil.example",
        "/%2F/evil.example",
        "/%2fevil.example",
        "/%5Cevil.example",
        "/./evil.example",
        "/.//evil.example",
        "/..//evil.example",
        "/%2e//evil.example",
        "/a/..//evil.example",
        "/a//evil.example",
        " /app",
        "/app ",
        "https://evil.example",
        "HTTPS:evil.example",
        "javascript:alert(1)",
        "/app#fragment",
        "/app;x=y",
        "/app?a=\"b",
        "/app?a='b",
        "/app?a=<b",
        "/app?a=\\b",
        "/app?a=b\r\nSet-Cookie: c",
        "/app\u2028",
        "/app?\u0000",
        "/\u3002evil",
      })
  void everythingElseIsNot(String text) {
    assertThat(ReturnPath.parse(text)).isEmpty();
  }

  @Test
  void itsLengthIsBounded() {
    assertThat(ReturnPath.parse("/" + "a".repeat(1023))).isPresent();
    assertThat(ReturnPath.parse("/" + "a".repeat(1024))).isEmpty();
  }

  @Test
  void theQueryStringOfALoginPageHasItOnce() {
    assertThat(ofQuery("return=%2Fapp%3Fa%3Db")).isEqualTo("/app?a=b");
    assertThat(ofQuery("error=login_rejected&return=%2Fapp")).isEqualTo("/app");
    assertThat(ofQuery("return=%2F%2Fevil.example")).isEqualTo("none");
    assertThat(ofQuery("return=%2Fa&return=%2Fb")).isEqualTo("none");
    assertThat(ofQuery("return=%2Fa&x=%zz")).isEqualTo("none");
    assertThat(ofQuery("return=%2Fa&x=%ff")).isEqualTo("none");
    assertThat(ofQuery("return=%2Fa" + "&x=y".repeat(32))).isEqualTo("none");
    assertThat(ofQuery("return=%2Fa" + "&x=y".repeat(31))).isEqualTo("/a");
    assertThat(ofQuery("")).isEqualTo("none");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "login", "//login", "/login?x", "/login#x", "/lo gin", "/l\u00f6gin"})
  void aLoginPageThatIsNoPlainPathIsRefused(String path) {
    assertThatThrownBy(() -> SitePages.of(path))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("loginPage must be a plain path like /login: " + path);
  }

  private static String ofQuery(String query) {
    HttpServletRequest request =
        (HttpServletRequest)
            Proxy.newProxyInstance(
                ReturnPathTest.class.getClassLoader(),
                new Class<?>[] {HttpServletRequest.class},
                (proxy, method, arguments) -> {
                  assertThat(method.getName()).isEqualTo("getQueryString");
                  return query;
                });
    return SitePages.returnPath(request).orElse("none");
  }
}
