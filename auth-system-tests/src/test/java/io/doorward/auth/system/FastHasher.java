package io.doorward.auth.system;

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
 * Salted SHA-256: right about every password and far too cheap to protect one. For runs that need
 * thousands of logins a minute. Every hash that it makes is a recorded secret. Thread-safe.
 */
final class FastHasher implements PasswordHasher {
  private static final String SCHEME = "$salted-sha256$";
  private static final int SALT = 16;
  private static final HexFormat HEX = HexFormat.of();
  private static final SecureRandom RANDOM = new SecureRandom();

  static {
    // Every hash begins like this.
    TestSecrets.record(SCHEME);
  }

  @Override
  public PasswordHash hash(Password password) {
    byte[] salt = new byte[SALT];
    RANDOM.nextBytes(salt);
    return TestSecrets.record(hash(password, HEX.formatHex(salt)));
  }

  @Override
  public boolean matches(Password password, PasswordHash hash) {
    String text = hash.reveal();
    int end = SCHEME.length() + 2 * SALT;
    boolean ours = text.startsWith(SCHEME) && text.length() > end;
    String salt = ours ? text.substring(SCHEME.length(), end) : "0".repeat(2 * SALT);
    return hash(password, salt).equals(hash) && ours;
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
      return PasswordHash.of(SCHEME + salt + "$" + HEX.formatHex(digest));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
