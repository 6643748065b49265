package io.doorward.auth.password;

import java.nio.charset.StandardCharsets;
import java.util.function.BiPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.security.crypto.bcrypt.BCrypt;

/**
 * bcrypt of the kinds 2a, 2b, 2x and 2y, cost 4 to 14. The kind 2x is that of crypt_blowfish before
 * 1.1, which mixed up bytes beyond ASCII.
 */
final class BcryptHash implements StoredHash {
  private static final Pattern BEGINNING = Pattern.compile("\\$2[a-z]?\\$");
  private static final Pattern FORM =
      Pattern.compile("\\$2[abxy]\\$([0-9]{2})\\$[./A-Za-z0-9]{53}");

  private static final int MIN_COST = 4;
  private static final int MAX_COST = 14;
  private static final int MAX_DEFINED_COST = 31;

  /** What bcrypt looks at; it is blind to the rest. */
  private static final int MAX_BYTES = 72;

  private static final String ALPHABET =
      "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  private static final int SALT_AND_DIGEST = 53;

  private final String text;
  private final BiPredicate<String, String> verifier;

  BcryptHash(String text, BiPredicate<String, String> verifier) {
    this.text = text;
    this.verifier = verifier;
  }

  /** Returns whether a text is a bcrypt hash, or would be one. */
  static boolean isMeant(String text) {
    return BEGINNING.matcher(text).lookingAt();
  }

  static HashReading read(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      return HashReading.malformed(
          "bcrypt: not $2a$, $2b$, $2x$ or $2y$, two digits and 53 characters of its alphabet");
    }
    int cost = Integer.parseInt(form.group(1));
    if (cost < MIN_COST || cost > MAX_DEFINED_COST) {
      return HashReading.malformed("bcrypt with the cost " + cost + ", which is not defined");
    }
    return cost > MAX_COST
        ? HashReading.tooCostly("bcrypt with the cost " + cost + ": the highest is " + MAX_COST)
        : HashReading.of(new BcryptHash(text, BCrypt::checkpw));
  }

  /**
   * A longer password than bcrypt sees never matches. That is looked at after the work, so that its
   * length does not show in the time it takes.
   */
  @Override
  public boolean matches(String password) {
    boolean sameBeginning = verifier.test(password, text);
    return sameBeginning && password.getBytes(StandardCharsets.UTF_8).length <= MAX_BYTES;
  }

  @Override
  public String cost() {
    return "bcrypt " + text.substring(4, 6);
  }

  @Override
  public StoredHash decoy() {
    String random = Decoys.random(SALT_AND_DIGEST, ALPHABET);
    return new BcryptHash("$2b$" + text.substring(4, 6) + "$" + random, verifier);
  }
}
