package io.doorward.auth.password;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.regex.Pattern;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * PBKDF2 (RFC 8018) in Spring Security's text form: salt and key in hexadecimal. The cost is not in
 * the text but in the encoder's name, so no text can claim another.
 */
final class Pbkdf2Hash implements StoredHash {
  private static final Pattern FORM = Pattern.compile("(?:[0-9a-f]{2})+");
  private static final int KEY_BYTES = 32;

  private final String algorithm;
  private final int iterations;
  private final byte[] salt;
  private final byte[] key;

  private Pbkdf2Hash(String algorithm, int iterations, byte[] salt, byte[] key) {
    this.algorithm = algorithm;
    this.iterations = iterations;
    this.salt = salt;
    this.key = key;
  }

  /** Reads what the encoder {@code pbkdf2} wrote, the defaults until Spring Security 5.7. */
  static HashReading readSpring5(String hex) {
    return read(hex, 8, "PBKDF2WithHmacSHA1", 185_000);
  }

  /** Reads what the encoder {@code pbkdf2@SpringSecurity_v5_8} wrote, the defaults since 5.8. */
  static HashReading readSpring58(String hex) {
    return read(hex, 16, "PBKDF2WithHmacSHA256", 310_000);
  }

  private static HashReading read(String hex, int saltBytes, String algorithm, int iterations) {
    if (hex.length() != 2 * (saltBytes + KEY_BYTES) || !FORM.matcher(hex).matches()) {
      return HashReading.malformed(
          "pbkdf2: not " + 2 * (saltBytes + KEY_BYTES) + " hexadecimal digits in lower case");
    }
    byte[] bytes = HexFormat.of().parseHex(hex);
    byte[] salt = Arrays.copyOf(bytes, saltBytes);
    byte[] key = Arrays.copyOfRange(bytes, saltBytes, bytes.length);
    return HashReading.of(new Pbkdf2Hash(algorithm, iterations, salt, key));
  }

  @Override
  public boolean matches(String password) {
    PBEKeySpec spec = new PBEKeySpec(password.toCharArray(), salt, iterations, KEY_BYTES * 8);
    try {
      byte[] derived = SecretKeyFactory.getInstance(algorithm).generateSecret(spec).getEncoded();
      return MessageDigest.isEqual(key, derived);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(algorithm + " must be available", e);
    } finally {
      spec.clearPassword();
    }
  }

  @Override
  public String cost() {
    return algorithm + " " + iterations;
  }

  @Override
  public StoredHash decoy() {
    return new Pbkdf2Hash(
        algorithm, iterations, Decoys.random(salt.length), Decoys.random(KEY_BYTES));
  }
}
