package io.doorward.auth.password;

import java.security.SecureRandom;

/** What decoys are made of. */
final class Decoys {
  private static final SecureRandom RANDOM = new SecureRandom();

  private Decoys() {}

  static byte[] random(int bytes) {
    byte[] random = new byte[bytes];
    RANDOM.nextBytes(random);
    return random;
  }

  /** Returns characters of an alphabet of 64. */
  static String random(int length, String alphabet) {
    StringBuilder text = new StringBuilder(length);
    for (byte each : random(length)) {
      text.append(alphabet.charAt(each & 63));
    }
    return text.toString();
  }
}
