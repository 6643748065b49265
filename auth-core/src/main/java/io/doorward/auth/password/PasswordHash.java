package io.doorward.auth.password;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.password.PasswordHasher.UnreadableHash;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;

/**
 * A stored password hash: scheme, cost, salt and digest in one encoded text, such as a PHC string
 * ({@code $argon2id$v=19$m=19456,t=2,p=1$...}).
 *
 * <p>Immutable and thread-safe. Security: an attacker who has it can guess offline, so it is a
 * secret: redacted in {@link #toString()}, compared in constant time, read by {@link #reveal()}
 * only.
 */
public final class PasswordHash {
  private static final int MAX = 1024;
  private final String encoded;

  private PasswordHash(String encoded) {
    this.encoded = encoded;
  }

  /**
   * Wraps an encoded hash of any scheme. {@link #whyUnreadable()} returns whether a password can be
   * compared with it.
   *
   * @param encoded the text; at most 1,024 characters
   * @return the hash
   * @throws IllegalArgumentException if the text is longer
   */
  public static PasswordHash of(String encoded) {
    if (requireNonNull(encoded, "encoded").length() > MAX) {
      throw new IllegalArgumentException(
          "encoded must have at most " + MAX + " characters, had " + encoded.length());
    }
    return new PasswordHash(encoded);
  }

  /**
   * Returns the encoded text, for hashers and stores.
   *
   * @return the secret
   */
  public String reveal() {
    return encoded;
  }

  /**
   * Returns why this hash can match no password, as {@link PasswordHasher#standard()} reads it.
   * Returns at once: nothing is hashed.
   *
   * @return the reason; empty if a password can be compared with it
   */
  public Optional<UnreadableHash> whyUnreadable() {
    return StoredHash.read(encoded).problem();
  }

  /** Compares in constant time. */
  @Override
  public boolean equals(Object other) {
    return other instanceof PasswordHash that
        && MessageDigest.isEqual(
            encoded.getBytes(StandardCharsets.UTF_8),
            that.encoded.getBytes(StandardCharsets.UTF_8));
  }

  /** Follows {@link #equals}. */
  @Override
  public int hashCode() {
    return encoded.hashCode();
  }

  /** Returns a text without the hash. */
  @Override
  public String toString() {
    return "PasswordHash[hidden]";
  }
}
