package io.doorward.auth.servlet;

import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.SessionKind;
import java.util.regex.Pattern;

/**
 * A token as a request brought it, not verified yet.
 *
 * @param token the token; its text may still be anything
 * @param kind how it was presented
 */
record PresentedToken(AccessToken token, SessionKind kind) {
  /** What every browser would have kept of a cookie; nothing longer was ever issued. */
  private static final int MAX_LENGTH = 4096;

  /** {@code b64token} of RFC 6750, 2.1. No character of it needs care anywhere. */
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/-]+=*");

  static boolean isToken(String text) {
    return TOKEN.matcher(text).matches();
  }

  /**
   * Tells whether a login replaces the session that it was sent with. A program sends its bearer
   * token on purpose. A browser sends its cookie with everything, and keeps it where a page asks
   * for a bearer token.
   */
  boolean isReplacedBy(SessionKind wanted) {
    return kind == SessionKind.BEARER || wanted == SessionKind.COOKIE;
  }

  /** Tells whether the text can be a token at all. If not, the backends need not be called. */
  boolean isWellFormed() {
    String text = token.reveal();
    return text.length() <= MAX_LENGTH && isToken(text);
  }
}
