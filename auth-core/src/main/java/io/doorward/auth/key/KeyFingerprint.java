package io.doorward.auth.key;

import static java.util.Objects.requireNonNull;

import java.util.regex.Pattern;

/**
 * Identifies a key of a ring without revealing it, to tell it from another key of the same name.
 * Immutable and thread-safe.
 *
 * <p>Security: a fingerprint is an HMAC over a fixed label under the key itself, cut to 128 bits. A
 * key of 32 random bytes cannot be found from it; no more can be learned than whether two keys are
 * the same.
 *
 * @param purpose what the key is for
 * @param id names the key among those of its purpose
 * @param value the fingerprint, 32 hexadecimal digits
 * @param current whether the key is the present one: it signs, seals or names
 */
public record KeyFingerprint(Purpose purpose, String id, String value, boolean current) {
  private static final Pattern FORM = Pattern.compile("[0-9a-f]{32}");

  /** The purpose of a key. */
  public enum Purpose {
    /** Signs access tokens. */
    SIGNING,
    /** Seals what lies in Redis. */
    SEALING,
    /** Names login identifiers and networks in Redis. */
    INDEX
  }

  /**
   * Checks the parts.
   *
   * @param purpose see the type
   * @param id see the type
   * @param value see the type
   * @param current see the type
   * @throws IllegalArgumentException if the id or the fingerprint has another form
   */
  public KeyFingerprint {
    requireNonNull(purpose, "purpose");
    KeyRing.requireKeyId(id);
    if (!FORM.matcher(requireNonNull(value, "value")).matches()) {
      throw new IllegalArgumentException("value must be 32 hexadecimal digits");
    }
  }

  /**
   * Returns whether two fingerprints belong to keys of the same purpose and id.
   *
   * @param other another fingerprint
   * @return true if purpose and id are the same
   */
  public boolean hasNameOf(KeyFingerprint other) {
    return purpose == other.purpose && id.equals(other.id);
  }
}
