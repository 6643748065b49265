package io.doorward.auth.servlet;

import io.doorward.auth.password.Password;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.password.PasswordHasher;
import io.doorward.auth.testkit.TestSecrets;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * Salted SHA-256: right about every password, and far too cheap to protect one. For tests of
 * requests, which log in by the thousand. Every hash that it makes is a recorded secret.
 */
final class QuickHasher implements PasswordHasher {
  private static final int SALT_DIGITS = 32;
  private static final HexFormat HEX = HexFormat.of();
  private static final SecureRandom RANDOM = new SecureRandom();

  @Override
  public PasswordHash hash(Password password) {
    byte[] salt = new byte[SALT_DIGITS / 2];
    RANDOM.nextBytes(salt);
    return TestSecrets.record(hash(password, HEX.formatHex(salt)));
  }

  @Override
  public boolean matches(Password password, PasswordHash hash) {
    String text = hash.reveal();
    return text.length() > SALT_DIGITS
        && hash(password, text.substring(0, SALT_DIGITS)).equals(hash);
  }

  @Override
  public boolean isOutdated(PasswordHash hash) {
    return false;
  }

  private static PasswordHash hash(Password password, String salt) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest((salt + password.reveal()).getBytes(StandardCharsets.UTF_8));
      return PasswordHash.of(salt + HEX.formatHex(digest));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
