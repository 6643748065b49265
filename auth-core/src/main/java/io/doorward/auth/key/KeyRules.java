package io.doorward.auth.key;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.key.KeyRegistry.KeyFingerprint;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** The rules that names of keys and secrets have to meet. */
final class KeyRules {
  static final int KEY_BYTES = 32;

  private static final int MIN_DISTINCT_BYTES = 8;

  /** Shorter text cannot hold 32 random bytes: in base64 they take 43 characters. */
  private static final int MIN_TEXT_BYTES = 43;

  private static final Pattern KEY_ID = Pattern.compile("[A-Za-z0-9_-]{1,32}");

  private KeyRules() {}

  static String requireKeyId(String id) {
    if (!KEY_ID.matcher(requireNonNull(id, "id")).matches()) {
      throw new IllegalArgumentException("key id must be 1 to 32 characters of A-Z a-z 0-9 _ -");
    }
    return id;
  }

  /** Refuses secrets that are too short or obviously not random. */
  static void requireRandom(String what, byte[] key, int min) {
    String advice = "; make one with: openssl rand -base64 " + min + ", and decode the base64";
    if (key.length < min) {
      throw new IllegalArgumentException(
          what + " must be at least " + min + " random bytes, was " + key.length + advice);
    }
    boolean[] seen = new boolean[256];
    int distinct = 0;
    boolean text = true;
    for (byte b : key) {
      text &= b >= ' ' && b <= '~';
      if (!seen[b & 0xff]) {
        seen[b & 0xff] = true;
        distinct++;
      }
    }
    if (distinct < MIN_DISTINCT_BYTES) {
      throw new IllegalArgumentException(
          what + " must be random, had only " + distinct + " different byte values" + advice);
    }
    if (text && key.length < MIN_TEXT_BYTES) {
      throw new IllegalArgumentException(
          what + " must be random bytes, was " + key.length + " characters of plain text" + advice);
    }
  }

  /** Refuses keys of another length, and what {@link #requireRandom} refuses. */
  static void requireExact(String what, byte[] key) {
    requireNonNull(key, "key");
    if (key.length != KEY_BYTES) {
      throw new IllegalArgumentException(
          what + " must be exactly " + KEY_BYTES + " bytes, was " + key.length);
    }
    requireRandom(what, key, KEY_BYTES);
  }

  /** The same key under another id would look like a rotation and be none. */
  static void requireNoTwin(SigningKey key, Collection<SigningKey> others) {
    for (SigningKey other : others) {
      if (other.shown().equals(key.shown())) {
        throw new IllegalArgumentException(
            "key must not be used twice: " + other.id() + " and " + key.id() + " are the same key");
      }
    }
  }

  /** Other bytes under a known id would make every node that has not replaced them yet differ. */
  static void requireSameKeys(List<KeyFingerprint> before, List<KeyFingerprint> after) {
    for (KeyFingerprint known : before) {
      for (KeyFingerprint key : after) {
        boolean isSame = key.value().equals(known.value());
        if (isSame && key.purpose() == known.purpose() && !key.hasNameOf(known)) {
          throw new IllegalArgumentException(
              "key must not get another id: "
                  + known.id()
                  + " and "
                  + key.id()
                  + " are the same key; a rotation needs a new one");
        }
        if (key.hasNameOf(known) && !isSame) {
          throw new IllegalArgumentException(
              "key id must not be used for another key: "
                  + key.id()
                  + " ("
                  + key.purpose().name().toLowerCase(Locale.ROOT)
                  + ") has other bytes than before; give the new key an id of its own");
        }
      }
    }
  }
}
