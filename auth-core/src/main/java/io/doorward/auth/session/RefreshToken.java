package io.doorward.auth.session;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * A refresh token as it travels: what a bearer client keeps to get the next access token with. It
 * is untrusted until {@code AuthService.refresh} accepts it.
 *
 * <p>Immutable and thread-safe. Security: a bearer of the text gets access tokens of the user, so
 * it is a secret: redacted in {@link #toString()}, compared in constant time, read by {@link
 * #reveal()} only. It is no access token and is accepted nowhere as one.
 */
public final class RefreshToken {
  private final String text;

  private RefreshToken(String text) {
    this.text = text;
  }

  /**
   * Takes a token's text. Any text is taken; an over-long or malformed one is refused when it is
   * verified.
   *
   * @param text as received
   * @return the token
   */
  public static RefreshToken of(String text) {
    return new RefreshToken(requireNonNull(text, "text"));
  }

  /**
   * Returns the text, to be sent to its holder.
   *
   * @return the secret; at most 512 characters of {@code A-Z a-z 0-9 _ - .} if it was issued here
   */
  public String reveal() {
    return text;
  }

  /** Compares in constant time. */
  @Override
  public boolean equals(Object other) {
    return other instanceof RefreshToken that
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
    return "RefreshToken[hidden]";
  }
}
