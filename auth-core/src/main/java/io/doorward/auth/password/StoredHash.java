package io.doorward.auth.password;

import io.doorward.auth.password.PasswordHasher.UnreadableHash.Cause;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A stored hash that was understood and whose cost is accepted: what comparing a password with it
 * takes. Whatever cannot be understood is found out while reading, from the text alone, so that
 * comparing neither fails nor logs.
 */
interface StoredHash {
  /** Compares; does the work of the scheme whatever the password is. */
  boolean matches(String password);

  /** Names the scheme and what a comparison costs; the same for all hashes that cost the same. */
  String cost();

  /** Returns a hash of the same cost with a random key, so of no known password. */
  StoredHash decoy();

  /**
   * Reads a hash in a text form of Spring Security: the bare text of Argon2, bcrypt and scrypt, or
   * any of them and PBKDF2 behind the name of its encoder in braces. Nothing is guessed: bare
   * PBKDF2 is hexadecimal like many other things and does not tell its cost, so it needs the name.
   *
   * @return the hash, or why there is none
   */
  static HashReading read(String text) {
    if (text.isBlank()) {
      return HashReading.unreadable(Cause.EMPTY, "there is no hash");
    }
    if (!text.startsWith("{")) {
      return readBare(text);
    }
    int end = text.indexOf('}') + 1;
    String rest = text.substring(end);
    return switch (text.substring(0, end)) {
      case "{argon2}", "{argon2@SpringSecurity_v5_8}" -> Argon2Hash.read(rest);
      case "{bcrypt}" -> BcryptHash.read(rest);
      case "{scrypt}", "{scrypt@SpringSecurity_v5_8}" -> ScryptHash.read(rest);
      case "{pbkdf2}" -> Pbkdf2Hash.readSpring5(rest);
      case "{pbkdf2@SpringSecurity_v5_8}" -> Pbkdf2Hash.readSpring58(rest);
      default -> Foreign.inBraces(text.substring(0, end));
    };
  }

  private static HashReading readBare(String text) {
    if (text.startsWith("$argon2")) {
      return Argon2Hash.read(text);
    }
    if (BcryptHash.isMeant(text)) {
      return BcryptHash.read(text);
    }
    if (ScryptHash.isMeant(text)) {
      return ScryptHash.read(text);
    }
    return Foreign.bare(text);
  }

  /** Tells what is not read on purpose by its form, so that an operator knows what there is. */
  final class Foreign {
    private static final Map<String, String> PREFIXES =
        Map.ofEntries(
            Map.entry("$1$", "md5-crypt"),
            Map.entry("$apr1$", "Apache's md5-crypt"),
            Map.entry("$5$", "sha256-crypt"),
            Map.entry("$6$", "sha512-crypt"),
            Map.entry("$7$", "scrypt as libsodium writes it"),
            Map.entry("$scrypt$", "scrypt as a PHC string"),
            Map.entry("$y$", "yescrypt"),
            Map.entry("$P$", "phpass"),
            Map.entry("$H$", "phpass"),
            Map.entry("$S$", "Drupal's SHA-512"),
            Map.entry("$pbkdf2", "PBKDF2 as a PHC string"),
            Map.entry("pbkdf2_sha", "Django's PBKDF2"),
            Map.entry("pbkdf2:", "Werkzeug's PBKDF2"),
            Map.entry("scrypt:", "Werkzeug's scrypt"),
            Map.entry("bcrypt_sha256$", "Django's bcrypt over SHA-256"));

    private static final Map<Integer, String> DIGITS =
        Map.of(32, "MD5", 40, "SHA-1", 56, "SHA-224", 64, "SHA-256", 96, "SHA-384", 128, "SHA-512");

    private static final Pattern HEXADECIMAL = Pattern.compile("[0-9A-Fa-f]+");

    private static final Pattern WEAK_ENCODER =
        Pattern.compile("\\{(?:noop|ldap|MD4|MD5|SHA|SSHA|sha256|SHA-1|SHA-256)}");

    private Foreign() {}

    static HashReading inBraces(String name) {
      return HashReading.unknown(
          WEAK_ENCODER.matcher(name).matches()
              ? name + ", which is not read on purpose"
              : "what stands in braces is none of the encoders that are read");
    }

    static HashReading bare(String text) {
      Optional<String> scheme =
          PREFIXES.entrySet().stream()
              .filter(known -> text.startsWith(known.getKey()))
              .map(Map.Entry::getValue)
              .findFirst();
      if (scheme.isPresent()) {
        return HashReading.unknown(scheme.get() + ", which is not read");
      }
      String digest = DIGITS.getOrDefault(text.length(), "");
      if (!digest.isEmpty() && HEXADECIMAL.matcher(text).matches()) {
        return HashReading.unknown(
            text.length()
                + " hexadecimal digits, as of "
                + digest
                + ", which is not read on purpose");
      }
      return HashReading.unknown("the form of no scheme that is known");
    }
  }
}
