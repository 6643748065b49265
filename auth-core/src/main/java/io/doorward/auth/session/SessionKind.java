package io.doorward.auth.session;

/** How the holder of a session presents its token. */
public enum SessionKind {
  /**
   * A browser: one token in a cookie, good to the session's absolute end; idle time is kept on the
   * server.
   */
  COOKIE,
  /** A program: a short token in the {@code Authorization} header (RFC 6750). */
  BEARER
}
