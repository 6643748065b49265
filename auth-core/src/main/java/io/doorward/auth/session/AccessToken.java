package io.doorward.auth.session;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * A signed access token as it travels: in a cookie or behind {@code Bearer}. It is untrusted until
 * {@code AccessTokens.verify} accepts it.
 *
 * <p>Immutable and thread-safe. Security: a bearer of the text is authenticated as the user, so it
 * is a secret: redacted in {@link #toString()}, compared in constant time, read by {@link
 * #reveal()} only.
 */
public final class AccessToken {
  private final String text;

  private AccessToken(String text) {
    this.text = text;
  }

  /**
   * Takes a token's text. Any text is taken; an over-long or malformed one is refused when it is
   * verified.
   *
   * @param text as received
   * @return the token
   */
  public static AccessToken of(String text) {
    return new AccessToken(requireNonNull(text, "text"));
  }

  /**
   * Returns the text, to be sent to its holder.
   *
   * @return the secret
   */
  public String reveal() {
    return text;
  }

  /** Compares in constant time. */
  @Override
  public boolean equals(Object other) {
    return other instanceof AccessToken that
        && MessageDigest.isEqual(
            text.getBytes(StandardCharsets.UTF_8), that.text.getBytes(StandardCharsets.UTF_8));
  }

  /** Follows {@link #equals}. */
  @Override
  public int hashCode() {
    return text.hashCode();
  }

  /** Returns a text without the token. */
  @Override
  public String toString() {
    return "AccessToken[hidden]";
  }
}
