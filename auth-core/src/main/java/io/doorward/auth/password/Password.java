package io.doorward.auth.password;

import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.text.Normalizer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A password in clear, on its way to the hasher and nowhere else.
 *
 * <p>Taken exactly as received, apart from Unicode NFC (NIST SP 800-63B-4, 3.1.1.2), so that one
 * keyboard's composed and another's decomposed letter are the same: no trimming, no case change, no
 * cut. It holds 1 to 1,024 characters, at most 4,096 bytes of UTF-8, no NUL and no unpaired
 * surrogate (which no encoding can carry, and which would otherwise make different passwords
 * equal).
 *
 * <p>Immutable and thread-safe. Security: redacted in {@link #toString()}, compared in constant
 * time, read by {@link #reveal()} only.
 */
public final class Password {
  private static final int MAX_CHARS = 1024;
  private static final int MAX_BYTES = 4096;

  private final String text;

  private Password(String text) {
    this.text = text;
  }

  /**
   * Takes a password.
   *
   * @param text as received; null if the field was missing
   * @return the password
   * @throws IllegalArgumentException if it is empty, over-long or cannot be encoded; the message
   *     does not repeat it
   */
  public static Password of(@Nullable String text) {
    return parse(text)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "password must have 1 to "
                        + MAX_CHARS
                        + " characters, no NUL and no unpaired surrogate"));
  }

  /**
   * Takes a password that came from outside.
   *
   * @param text as received; null if the field was missing
   * @return the password; empty if it is missing, empty, over-long or cannot be encoded
   */
  public static Optional<Password> parse(@Nullable String text) {
    if (text == null || text.isEmpty() || text.length() > MAX_CHARS || text.indexOf('\0') >= 0) {
      return Optional.empty();
    }
    String normal = Normalizer.normalize(text, Normalizer.Form.NFC);
    try {
      int bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(normal)).remaining();
      return bytes <= MAX_BYTES ? Optional.of(new Password(normal)) : Optional.empty();
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  /**
   * Returns the length by which policies judge: every code point counts as one (NIST SP 800-63B-4).
   *
   * @return the number of code points
   */
  public int length() {
    return text.codePointCount(0, text.length());
  }

  /**
   * Returns the password in clear, for hashers and policies.
   *
   * @return the secret
   */
  public String reveal() {
    return text;
  }

  /** Compares in constant time. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Password that
        && MessageDigest.isEqual(
            text.getBytes(StandardCharsets.UTF_8), that.text.getBytes(StandardCharsets.UTF_8));
  }

  /** Follows {@link #equals}. */
  @Override
  public int hashCode() {
    return text.hashCode();
  }

  /** Returns a text without the password. */
  @Override
  public String toString() {
    return "Password[hidden]";
  }
}
