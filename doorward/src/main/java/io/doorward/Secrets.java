package io.doorward;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;

import io.doorward.auth.key.KeyRing;
import io.doorward.auth.key.SigningKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Reads secrets from where a deployment puts them, as base64 text: the output of {@code openssl
 * rand -base64 32}. White space around it and line breaks in it do not matter; the alphabet may be
 * that of URLs, and the padding may be missing. A key that signs and can be published is PEM.
 *
 * <p>Thread-safe. Security: a message names the variable or the file, and never what is in it.
 */
public final class Secrets {
  private static final int LEAST_BYTES = 32;

  /** No secret is that long, so it must be another file. */
  private static final int MOST_BYTES_OF_A_FILE = 4096;

  private static final String ADVICE =
      ": put at least 32 random bytes there, in base64, for instance from: openssl rand -base64 32";

  /** A key of RSA with 8192 bits takes a quarter of it. */
  private static final int MOST_BYTES_OF_A_KEY = 32_768;

  private static final String PEM_ADVICE =
      ": put a key in PEM there, for instance by: openssl genpkey -algorithm ed25519 -out key.pem"
          + " && openssl pkey -in key.pem -pubout >> key.pem";

  private Secrets() {}

  /**
   * Reads a secret from an environment variable.
   *
   * @param variable the variable's name, for instance {@code DOORWARD_SECRET}
   * @return the decoded bytes
   * @throws IllegalStateException if it is not set or empty, or holds no base64, fewer than 32
   *     bytes or bytes that are obviously not random
   */
  public static byte[] fromEnvironment(String variable) {
    return fromEnvironment(variable, System::getenv);
  }

  /** Does the same with an environment of the caller's. */
  static byte[] fromEnvironment(String variable, UnaryOperator<@Nullable String> environment) {
    requireNonNull(variable, "variable");
    String what = "the environment variable " + variable;
    String text = environment.apply(variable);
    if (text == null) {
      throw new IllegalStateException(what + " is not set" + ADVICE);
    }
    return decode(what, text);
  }

  /**
   * Reads a secret from a file, for instance one that Docker or Kubernetes mounts.
   *
   * @param file holds the secret and nothing else
   * @return the decoded bytes
   * @throws IllegalStateException if the file cannot be read, or its content is refused as that of
   *     an environment variable is
   */
  public static byte[] fromFile(Path file) {
    String what = "the file " + requireNonNull(file, "file");
    return decode(what, text(what, file, MOST_BYTES_OF_A_FILE, ADVICE));
  }

  /**
   * Reads a secret from text that a framework has read, such as the value of a property.
   *
   * @param source where the text stands, for messages: the property's name, for instance
   * @param text the secret in base64
   * @return the decoded bytes
   * @throws IllegalStateException if it is refused as that of an environment variable is
   */
  public static byte[] fromText(String source, String text) {
    return decode(requireNonNull(source, "source"), requireNonNull(text, "text"));
  }

  /**
   * Reads a signing key from a file in PEM, as {@link SigningKey#ofPem} takes it: a block {@code
   * PUBLIC KEY} and, if the key signs, a block {@code PRIVATE KEY}.
   *
   * @param id the key's name, the {@code kid} of its tokens
   * @param file holds one key
   * @return the key, for {@link KeyRing.Builder#signing}
   * @throws IllegalStateException if the file cannot be read, or its key is refused
   */
  public static SigningKey signingKeyFromFile(String id, Path file) {
    requireNonNull(id, "id");
    String what = "the file " + requireNonNull(file, "file");
    String pem = text(what, file, MOST_BYTES_OF_A_KEY, PEM_ADVICE);
    try {
      return SigningKey.ofPem(id, pem);
    } catch (IllegalArgumentException e) {
      throw new IllegalStateException(what + " cannot be used: " + e.getMessage(), e);
    }
  }

  /**
   * Reads a ring of secrets from a file, for {@link Doorward.Builder#keySource}: on each line the
   * id of a secret, a space and the secret in base64. The first line has the current one. Empty
   * lines, and those that begin with {@code #}, are ignored. Replace the file by moving another one
   * into its place, so that no node reads half of it.
   *
   * @param file holds the secrets
   * @return a ring of them, see {@link KeyRing.Builder#secret}
   * @throws IllegalStateException if the file cannot be read, or a line is refused
   */
  public static KeyRing ringFromFile(Path file) {
    String what = "the file " + requireNonNull(file, "file");
    KeyRing.Builder ring = KeyRing.builder();
    int lines = 0;
    int secrets = 0;
    for (String line : text(what, file, MOST_BYTES_OF_A_KEY, ADVICE).split("\\R", -1)) {
      lines++;
      String stripped = line.strip();
      if (!stripped.isEmpty() && !stripped.startsWith("#")) {
        addLine(ring, "line " + lines + " of " + what, stripped);
        secrets++;
      }
    }
    if (secrets == 0) {
      throw new IllegalStateException(what + " is empty" + ADVICE);
    }
    return ring.build();
  }

  private static void addLine(KeyRing.Builder ring, String what, String line) {
    int space = line.indexOf(' ');
    if (space < 0) {
      throw new IllegalStateException(what + " must be an id, a space and a secret in base64");
    }
    byte[] secret = decode(what, line.substring(space));
    try {
      ring.secret(line.substring(0, space), secret);
    } catch (IllegalArgumentException e) {
      throw new IllegalStateException(what + " cannot be used: " + e.getMessage(), e);
    }
  }

  private static String text(String what, Path file, int most, String advice) {
    try {
      if (Files.size(file) > most) {
        throw new IllegalStateException(what + " is longer than " + most + " bytes" + advice);
      }
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new IllegalStateException(
          what + " cannot be read (" + e.getClass().getSimpleName() + ")" + advice, e);
    }
  }

  private static byte[] decode(String what, String text) {
    String base64 =
        text.lines().map(String::strip).collect(joining()).replace('-', '+').replace('_', '/');
    if (base64.isEmpty()) {
      throw new IllegalStateException(what + " is empty" + ADVICE);
    }
    byte[] secret;
    try {
      secret = Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      // Not the cause: it quotes a character of the secret.
      throw new IllegalStateException(what + " holds no base64" + ADVICE);
    }
    if (secret.length < LEAST_BYTES) {
      throw new IllegalStateException(
          what + " holds " + secret.length + " bytes, which is too short" + ADVICE);
    }
    try {
      KeyRing.ofSecret("check", secret);
    } catch (IllegalArgumentException e) {
      throw new IllegalStateException(what + " holds bytes that are not random" + ADVICE, e);
    }
    return secret;
  }
}
