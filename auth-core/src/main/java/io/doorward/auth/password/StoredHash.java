package io.doorward.auth.password;

import java.util.Optional;

/**
 * A stored hash that was understood and whose cost is accepted: what comparing a password with it
 * takes. Whatever cannot be understood is found out while reading, from the text alone, so that
 * comparing neither fails nor logs.
 */
interface StoredHash {
  /** Compares; does the work of the scheme whatever the password is. */
  boolean matches(String password);

  /**
   * Reads a hash in a text form of Spring Security: the bare text of Argon2, bcrypt and scrypt, or
   * any of them and PBKDF2 behind the name of its encoder in braces. Nothing is guessed: bare
   * PBKDF2 is hexadecimal like many other things and does not tell its cost, so it needs the name.
   *
   * @return the hash; empty if it is malformed, of another scheme, or of a cost that is not
   *     accepted
   */
  static Optional<StoredHash> read(String text) {
    if (!text.startsWith("{")) {
      return Argon2Hash.read(text).or(() -> BcryptHash.read(text)).or(() -> ScryptHash.read(text));
    }
    int end = text.indexOf('}') + 1;
    String rest = text.substring(end);
    return switch (text.substring(0, end)) {
      case "{argon2}", "{argon2@SpringSecurity_v5_8}" -> Argon2Hash.read(rest);
      case "{bcrypt}" -> BcryptHash.read(rest);
      case "{scrypt}", "{scrypt@SpringSecurity_v5_8}" -> ScryptHash.read(rest);
      case "{pbkdf2}" -> Pbkdf2Hash.readSpring5(rest);
      case "{pbkdf2@SpringSecurity_v5_8}" -> Pbkdf2Hash.readSpring58(rest);
      default -> Optional.empty();
    };
  }
}
