package io.doorward.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.session.AccessToken;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebOptionsTest {
  @Test
  void theDefaultsAreTheDocumentedOnes() {
    WebOptions defaults = WebOptions.defaults();
    assertThat(defaults.cookieName()).isEqualTo("__Host-doorward");
    assertThat(defaults.sameSite()).isEqualTo(SameSite.LAX);
    assertThat(defaults.allowedOrigins()).isEmpty();
    assertThat(defaults.trustedProxies()).isEmpty();
    assertThat(defaults.loginDeadline()).isEqualTo(Duration.ofSeconds(5));
    assertThat(defaults.checkDeadline()).isEqualTo(Duration.ofSeconds(1));
    assertThat(defaults.bodyLimit()).isEqualTo(16384);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "session",
        "__Host-",
        "__host-x",
        "__HOST-x",
        "__Secure-x",
        "x__Host-x",
        "__Host-a b",
        "__Host-a;b",
        "__Host-a=b",
        "__Host-\u00e9",
        "__Host-a\r\nSet-Cookie: b",
        "__Host-doorward-device",
        "__Host-doorward-refresh",
        "__Host-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      })
  void aCookieNameThatBrowsersDoNotProtectIsRefused(String name) {
    WebOptions.Builder builder = WebOptions.builder().cookieName(name);
    assertThatThrownBy(builder::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("cookieName must");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "*",
        "null",
        "app.example",
        "https://app.example/",
        "https://App.example",
        "https://app.example:443",
        "http://app.example:80",
        "https://*.example",
        "ftp://app.example",
        "file://app",
        "null",
        "capacitor://",
        "Capacitor://localhost",
        "capacitor://localhost/x",
        "javascript:alert(1)",
        "https://a.example,https://b.example"
      })
  void anOriginThatNoBrowserWouldSendIsRefused(String origin) {
    WebOptions.Builder builder = WebOptions.builder().allowedOrigins(origin);
    assertThatThrownBy(builder::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("allowedOrigins must");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://app.example",
        "http://localhost:3000",
        "capacitor://localhost",
        "ionic://localhost",
        "tauri://localhost",
        "app://bundle",
        "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
        "safari-web-extension://8F3C1A2B-0000-4000-8000-00000000ABCD",
      })
  void anOriginAsBrowsersWriteItIsTaken(String origin) {
    assertThat(WebOptions.builder().allowedOrigins(origin).build().allowedOrigins())
        .containsExactly(origin);
  }

  @Test
  void numbersOutsideTheirRangeAreRefused() {
    WebOptions.Builder small = WebOptions.builder().bodyLimit(1023);
    assertThatThrownBy(small::build).hasMessage("bodyLimit must be 1024 to 1048576: 1023");
    WebOptions.Builder large = WebOptions.builder().bodyLimit(1048577);
    assertThatThrownBy(large::build).isInstanceOf(IllegalArgumentException.class);
    WebOptions.Builder login = WebOptions.builder().loginDeadline(Duration.ZERO);
    assertThatThrownBy(login::build).hasMessage("loginDeadline must be positive: PT0S");
    WebOptions.Builder check = WebOptions.builder().checkDeadline(Duration.ofMillis(-1));
    assertThatThrownBy(check::build).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @EnumSource(SameSite.class)
  void theCookieIsSecureWhateverItsSameSite(SameSite sameSite) {
    SessionCookie cookie = new SessionCookie("__Host-x", sameSite);
    String end = "; Path=/; Secure; HttpOnly; SameSite=" + sameSite.attribute();
    assertThat(cookie.set(AccessToken.of("a.b"), Optional.empty())).isEqualTo("__Host-x=a.b" + end);
    assertThat(cookie.set(AccessToken.of("a.b"), Optional.of(Duration.ofMillis(90_900))))
        .isEqualTo("__Host-x=a.b" + end + "; Max-Age=90");
    assertThat(cookie.clear()).isEqualTo("__Host-x=" + end + "; Max-Age=0");
  }

  @Test
  void inDevelopmentTheCookieHasNeitherPrefixNorSecure() {
    WebOptions options = WebOptions.builder().cookieName("__Host-shop").development().build();
    assertThat(options.cookieName()).isEqualTo("shop");
    SessionCookie cookie = new SessionCookie(options.cookieName(), options.sameSite());
    assertThat(cookie.set(AccessToken.of("a"), Optional.empty()))
        .isEqualTo("shop=a; Path=/; HttpOnly; SameSite=Lax");
    WebOptions.Builder none = WebOptions.builder().sameSite(SameSite.NONE).development();
    assertThatThrownBy(none::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("sameSite must be LAX or STRICT in development mode");
  }

  @Test
  void aCookieThatEndsNowIsNotMistakenForOneThatIsCleared() {
    SessionCookie cookie = new SessionCookie("__Host-x", SameSite.LAX);
    assertThat(cookie.set(AccessToken.of("a"), Optional.of(Duration.ZERO))).endsWith("; Max-Age=1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a;b", "a b", "a\r\nb", "\u00e9", "", "a,b", "\"a\""})
  void aTokenThatWouldBreakTheHeaderIsNeverWritten(String token) {
    SessionCookie cookie = new SessionCookie("__Host-x", SameSite.LAX);
    assertThatThrownBy(() -> cookie.set(AccessToken.of(token), Optional.empty()))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aCookieHasAtMost4096BytesOfNameAndValue() {
    SessionCookie cookie = new SessionCookie("__Host-x", SameSite.LAX);
    assertThat(cookie.set(AccessToken.of("a".repeat(4088)), Optional.empty())).contains("Secure");
    assertThatThrownBy(() -> cookie.set(AccessToken.of("a".repeat(4089)), Optional.empty()))
        .hasMessage("a cookie must have at most 4096 bytes of name and value: 4097");
  }
}
