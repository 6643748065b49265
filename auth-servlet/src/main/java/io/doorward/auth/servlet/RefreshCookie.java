package io.doorward.auth.servlet;

import io.doorward.auth.event.AccessEvent.RequestRefusal;
import io.doorward.auth.session.RefreshToken;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The cookie in which a browser keeps the refresh token of a bearer session, if its page asked for
 * that at the login. Thread-safe.
 *
 * <p>Security: {@code Secure} (but in development mode), {@code HttpOnly}, {@code SameSite=Strict}
 * and no {@code Domain}. Its path is that of the endpoints, and not of {@code /refresh} alone, so
 * that a logout ends its session also where the page has lost the access token.
 */
final class RefreshCookie {
  /** The suffix of the session cookie's name, so that two applications have two names. */
  static final String SUFFIX = "-refresh";

  /** A path that a browser compares as it is written, and that cannot end the attribute. */
  private static final Pattern PLAIN_PATH = Pattern.compile("/[A-Za-z0-9._~/-]*");

  private final OwnCookie cookie;

  RefreshCookie(String sessionCookieName) {
    this.cookie = new OwnCookie(name(sessionCookieName), SameSite.STRICT);
  }

  private static String name(String session) {
    return session.startsWith(OwnCookie.HOST_PREFIX)
        ? OwnCookie.SECURE_PREFIX + session.substring(OwnCookie.HOST_PREFIX.length()) + SUFFIX
        : session + SUFFIX;
  }

  /**
   * Reads what a request says of it.
   *
   * @throws RefusedRequest if the request cannot be read
   */
  Received read(ReceivedRequest request) throws RefusedRequest {
    String path = request.applicationPath() + request.servletPath();
    return new Received(
        cookie,
        PLAIN_PATH.matcher(path).matches() ? path : "/",
        cookie.values(request).stream().map(RefreshToken::of).toList());
  }

  /**
   * The cookie as one request has it. Immutable.
   *
   * @param path of the endpoints that got the request
   * @param tokens all that came under the name, not verified; there should be at most one
   */
  record Received(OwnCookie cookie, String path, List<RefreshToken> tokens) {
    boolean isPresent() {
      return !tokens.isEmpty();
    }

    /**
     * Returns the token, not verified.
     *
     * @return empty if there is none
     * @throws RefusedRequest if there is more than one
     */
    Optional<RefreshToken> one() throws RefusedRequest {
      if (tokens.size() > 1) {
        throw new RefusedRequest(
            Problem.AMBIGUOUS_CREDENTIALS, RequestRefusal.AMBIGUOUS_CREDENTIALS);
      }
      return tokens.stream().findFirst();
    }

    /**
     * Returns the {@code Set-Cookie} value that stores a token.
     *
     * @param maxAge how long a remembered cookie outlives the browser; empty for one that does not
     */
    String set(RefreshToken token, Optional<Duration> maxAge) {
      String age = maxAge.map(left -> "; Max-Age=" + Math.max(1, left.toSeconds())).orElse("");
      return cookie.header(token.reveal(), path, age);
    }

    /** Returns the {@code Set-Cookie} value that makes the browser forget the token. */
    String clear() {
      return cookie.header("", path, "; Max-Age=0");
    }
  }
}
