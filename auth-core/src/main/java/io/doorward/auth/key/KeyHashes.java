package io.doorward.auth.key;

import io.doorward.auth.guard.SuppressForbidden;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** What is computed of keys: other keys, and names by which they can be told apart. */
final class KeyHashes {
  private static final int FINGERPRINT_BYTES = 16;

  private KeyHashes() {}

  /**
   * Returns a keyed hash over a fixed label, which allows comparing keys and reveals nothing else.
   */
  static String shown(byte[] key, String purpose) {
    byte[] label = ("doorward key fingerprint, " + purpose).getBytes(StandardCharsets.US_ASCII);
    return HexFormat.of().formatHex(hmac(key, label), 0, FINGERPRINT_BYTES);
  }

  /** HKDF (RFC 5869) with SHA-256, an empty salt and one block of output. */
  static byte[] derive(byte[] secret, String purpose) {
    byte[] pseudoRandomKey = hmac(new byte[KeyRules.KEY_BYTES], secret);
    byte[] info = (purpose + '\u0001').getBytes(StandardCharsets.US_ASCII);
    return hmac(pseudoRandomKey, info);
  }

  static byte[] hmac(byte[] key, byte[] data) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(data);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("HmacSHA256 must be available", e);
    }
  }

  /** Returns a digest that identifies a secret without keeping it. */
  @SuppressForbidden("SHA-256")
  static String fingerprint(byte[] secret) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(secret));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("SHA-256 must be available", e);
    }
  }
}
