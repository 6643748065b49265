package io.doorward.auth.session;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** How the holder of a session presents its token. */
public enum SessionKind {
  /**
   * A browser: one token in a cookie, good to the session's absolute end; idle time is kept on the
   * server.
   */
  COOKIE,
  /** A program: a short token in the {@code Authorization} header (RFC 6750). */
  BEARER,
  /**
   * A program that has a key of its account in place of a login. Nothing opens such a session yet.
   * No access token is issued or accepted for one.
   */
  API_KEY;

  private final String text = name().toLowerCase(Locale.ROOT);

  /**
   * Returns the name under which stores keep it.
   *
   * @return lower-case letters and underscores
   */
  public String text() {
    return text;
  }

  /**
   * Returns the kind of a name that a store kept.
   *
   * @param text what {@link #text} returned, maybe of a newer version of this library
   * @return the kind; empty if this version does not know it
   */
  public static Optional<SessionKind> parse(String text) {
    return Arrays.stream(values()).filter(kind -> kind.text.equals(text)).findFirst();
  }
}
