package io.doorward.auth.testkit;

import io.doorward.auth.password.Password;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.session.AccessToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Hands out passwords, hashes and keys that are used once, and writes down every secret of the test
 * run, so that {@link SecrecyCheck} can look for it in the logs afterwards. Thread-safe.
 *
 * <p>The secrets of a JVM are in {@code target/secrecy/secrets-<pid>-<random>.txt} below its
 * working directory (system property {@code doorward.secrecy.dir} names another place): one a line,
 * in base64 of UTF-8. They are worth nothing outside the tests.
 */
public final class TestSecrets {
  static final int MIN_LENGTH = 8;

  /** So many are not written twice. */
  private static final int REMEMBERED = 4_096;

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Set<String> RECORDED = ConcurrentHashMap.newKeySet();

  private TestSecrets() {}

  /**
   * Makes a password that no other test uses.
   *
   * @return a recorded password of 30 characters
   */
  public static Password newPassword() {
    return Password.of(record("correct-horse-" + randomText(12)));
  }

  /**
   * Makes the text of an Argon2id hash that no password matches, for stores that only keep it.
   *
   * @return a recorded hash
   */
  public static PasswordHash newHash() {
    return PasswordHash.of(
        record("$argon2id$v=19$m=19456,t=2,p=1$" + randomText(16) + "$" + randomText(32)));
  }

  /**
   * Makes a key of 256 bits.
   *
   * @return fresh bytes; their hexadecimal and base64 forms are recorded
   */
  public static byte[] newKey() {
    byte[] key = new byte[32];
    RANDOM.nextBytes(key);
    record(HexFormat.of().formatHex(key));
    record(HexFormat.of().withUpperCase().formatHex(key));
    record(Base64.getEncoder().withoutPadding().encodeToString(key));
    record(Base64.getUrlEncoder().withoutPadding().encodeToString(key));
    return key;
  }

  /**
   * Records a secret.
   *
   * @param secret at least 8 characters, so that it is not found where it only happens to stand
   * @return the same text
   * @throws IllegalArgumentException if the text is shorter
   */
  public static String record(String secret) {
    if (secret.length() < MIN_LENGTH) {
      throw new IllegalArgumentException(
          "secret must have at least " + MIN_LENGTH + " characters, had " + secret.length());
    }
    if (RECORDED.size() >= REMEMBERED) {
      // A long run has no end of secrets. One that comes again stands in the file twice.
      RECORDED.clear();
    }
    if (RECORDED.add(secret)) {
      SecretFile.append(secret);
    }
    return secret;
  }

  /**
   * Records a password.
   *
   * @param password any
   * @return the same password
   */
  public static Password record(Password password) {
    record(password.reveal());
    return password;
  }

  /**
   * Records a hash.
   *
   * @param hash any
   * @return the same hash
   */
  public static PasswordHash record(PasswordHash hash) {
    record(hash.reveal());
    return hash;
  }

  /**
   * Records a token.
   *
   * @param token any
   * @return the same token
   */
  public static AccessToken record(AccessToken token) {
    record(token.reveal());
    return token;
  }

  private static String randomText(int bytes) {
    byte[] random = new byte[bytes];
    RANDOM.nextBytes(random);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
  }

  /** The file of this JVM, made when the first secret is recorded. */
  private static final class SecretFile {
    private static final Path FILE = create();

    static void append(String secret) {
      String line =
          Base64.getEncoder().encodeToString(secret.getBytes(StandardCharsets.UTF_8)) + "\n";
      try {
        // One write of one line: it is there even if the JVM is killed.
        Files.writeString(FILE, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static Path create() {
      try {
        Files.createDirectories(SecrecyCheck.directory());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return SecrecyCheck.directory()
          .resolve("secrets-" + ProcessHandle.current().pid() + "-" + randomText(4) + ".txt");
    }
  }
}
