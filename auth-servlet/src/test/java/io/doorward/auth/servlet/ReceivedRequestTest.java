package io.doorward.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import jakarta.servlet.http.HttpServletRequest;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How a request is read that a container cannot read, or would read in its own way. */
class ReceivedRequestTest {
  @Test
  void whateverAContainerThrowsIsABadRequest() {
    ReceivedRequest request =
        new ReceivedRequest(
            (HttpServletRequest)
                Proxy.newProxyInstance(
                    getClass().getClassLoader(),
                    new Class<?>[] {HttpServletRequest.class},
                    (proxy, method, arguments) -> {
                      if (method.getName().equals("getProtocol")) {
                        return "HTTP/2.0";
                      }
                      throw new IllegalArgumentException("thrown by the test");
                    }));
    List<ThrowingCallable> reads =
        List.of(
            request::method,
            () -> request.headers("A"),
            () -> request.header("A"),
            () -> request.cookies("a"),
            request::host,
            request::peer,
            request::uri,
            request::contextPath,
            request::servletPath,
            request::pathInfo,
            request::contentLength);
    assertThat(reads)
        .allSatisfy(
            read -> {
              RefusedRequest refused = catchThrowableOfType(RefusedRequest.class, read);
              assertThat(refused.answer().status()).isEqualTo(400);
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"a=1", "x=y; a=1;", " a = 1 ", "a=1;b=2", "b;a=1", "x=\"; a=1; y=\""})
  void aCookieIsFoundBetweenSemicolons(String header) throws RefusedRequest {
    assertThat(HostileInputTest.request(Map.of("Cookie", header)).cookies("a"))
        .containsExactly("1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\u2003a=1",
        "a\u3000=1",
        "\u00a0a=1",
        "A=1",
        "a",
        "x=\"a=1\"",
        "$a=1",
        "x=1,a=1",
        ""
      })
  void aCookieHasOneNameWhateverIsLikeIt(String header) throws RefusedRequest {
    assertThat(HostileInputTest.request(Map.of("Cookie", header)).cookies("a")).isEmpty();
  }
}
