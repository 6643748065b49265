package io.doorward.auth.servlet;

import io.doorward.auth.session.AccessToken;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The cookie that carries a session's token (RFC 6265). Thread-safe.
 *
 * <p>Security: {@code Secure} (but in development mode), {@code HttpOnly}, {@code Path=/} and no
 * {@code Domain}, always. It is written as a header, not through the container's cookie type, so
 * that no container default changes it.
 */
final class SessionCookie {
  /** What every browser keeps of one cookie, name and value together (RFC 6265, 6.1). */
  private static final int MAX_BYTES = 4096;

  private final OwnCookie cookie;

  SessionCookie(String name, SameSite sameSite) {
    this.cookie = new OwnCookie(name, sameSite);
  }

  /** Returns the values of all cookies of that name; there should be at most one. */
  List<String> values(ReceivedRequest request) throws RefusedRequest {
    return cookie.values(request);
  }

  boolean isPresent(ReceivedRequest request) throws RefusedRequest {
    return !values(request).isEmpty();
  }

  /**
   * Returns the {@code Set-Cookie} value that stores a token.
   *
   * @param maxAge how long a remembered cookie outlives the browser; empty for one that does not
   * @throws IllegalStateException if browsers would not keep a cookie of that size
   */
  String set(AccessToken token, Optional<Duration> maxAge) {
    String value = token.reveal();
    if (!PresentedToken.isToken(value)) {
      throw new IllegalStateException("the token has a character that a cookie cannot carry");
    }
    int bytes = cookie.name().length() + value.length();
    if (bytes > MAX_BYTES) {
      throw new IllegalStateException(
          "a cookie must have at most " + MAX_BYTES + " bytes of name and value: " + bytes);
    }
    String age = maxAge.map(left -> "; Max-Age=" + Math.max(1, left.toSeconds())).orElse("");
    return cookie.header(value, age);
  }

  /** Returns the {@code Set-Cookie} value that makes the browser forget the token. */
  String clear() {
    return cookie.header("", "; Max-Age=0");
  }
}
