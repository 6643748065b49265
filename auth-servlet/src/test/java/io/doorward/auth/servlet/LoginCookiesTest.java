package io.doorward.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.base.ClientContext;
import jakarta.servlet.http.HttpServletRequest;
import java.lang.reflect.Proxy;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the cookies tell about requests that a container cannot read. */
class LoginCookiesTest {
  private final LoginCookies cookies = LoginCookies.of(WebOptions.defaults());

  @ParameterizedTest
  @ValueSource(
      strings = {
        "__Host-doorward=a!b",
        "__Host-doorward=a; __Host-doorward=b",
        "__Host-doorward=",
        "x=y",
        "__Host-doorward=a; x=a\u0001b"
      })
  void aRequestWithoutExactlyOneTokenHasNone(String cookie) {
    HttpServletRequest request = HostileInputTest.request(Map.of("Cookie", cookie)).container();
    assertThat(cookies.token(request)).isEmpty();
  }

  @Test
  void anUnreadableHeaderHidesNoAddress() {
    ClientContext client = cookies.client(withoutHeaders("192.0.2.1"));
    assertThat(client.network()).contains("192.0.2.1");
    assertThat(client.deviceCookie()).isEmpty();
    assertThat(cookies.client(withoutHeaders(null)).network()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "User-Agent, 192.0.2.1",
    "Cookie, 192.0.2.1",
    "X-Forwarded-For, 10.0.0.1",
  })
  void anUnreadableHeaderHidesNoClientBehindItsProxy(String unreadable, String network) {
    LoginCookies behindProxy =
        LoginCookies.of(
            WebOptions.builder().trustedProxies(ProxyHeader.X_FORWARDED_FOR, "10.0.0.1").build());
    ClientContext client = behindProxy.client(forwarded("192.0.2.1", unreadable));
    assertThat(client.network()).contains(network);
    assertThat(client.deviceCookie()).isEmpty();
  }

  @Test
  void anUnreadableRequestIsNotTrusted() {
    assertThat(cookies.isFromAnotherSite(withoutHeaders("192.0.2.1"))).isTrue();
    assertThat(cookies.token(withoutHeaders("192.0.2.1"))).isEmpty();
  }

  private static HttpServletRequest forwarded(String client, String unreadable) {
    return (HttpServletRequest)
        Proxy.newProxyInstance(
            LoginCookiesTest.class.getClassLoader(),
            new Class<?>[] {HttpServletRequest.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("getRemoteAddr")) {
                return "10.0.0.1";
              }
              if (arguments[0].equals(unreadable)) {
                throw new IllegalArgumentException("thrown by the test");
              }
              return Collections.enumeration(
                  arguments[0].equals("X-Forwarded-For") ? List.of(client) : List.of());
            });
  }

  private static HttpServletRequest withoutHeaders(String peer) {
    return (HttpServletRequest)
        Proxy.newProxyInstance(
            LoginCookiesTest.class.getClassLoader(),
            new Class<?>[] {HttpServletRequest.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("getRemoteAddr")) {
                return peer;
              }
              throw new IllegalArgumentException("thrown by the test");
            });
  }
}
