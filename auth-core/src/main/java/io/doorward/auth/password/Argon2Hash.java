package io.doorward.auth.password;

import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.security.crypto.argon2.Argon2PasswordEncoder;

/** Argon2id, Argon2i or Argon2d (RFC 9106) as a PHC string. */
final class Argon2Hash implements StoredHash {
  static final int MAX_MEMORY_KIB = 256 * 1024;
  static final int MAX_PASSES = 16;
  static final int MAX_LANES = 4;

  private static final Pattern FORM =
      Pattern.compile(
          "\\$argon2(id|i|d)(\\$v=(?:16|19))?\\$m=([1-9][0-9]{0,6}),t=([1-9][0-9]?),p=([1-9])"
              + "\\$([A-Za-z0-9+/]{11,86})\\$([A-Za-z0-9+/]{22,86})");

  /** Without a version a PHC string means the first one, which Spring's reader does not know. */
  private static final String FIRST_VERSION = "$v=16";

  private static final String PRESENT_VERSION = "$v=19";

  /** Reads all costs from the text; its own only matter for new hashes. */
  private static final Argon2PasswordEncoder VERIFIER = new Argon2PasswordEncoder(16, 32, 1, 8, 1);

  private final String text;
  private final boolean present;
  private final int memoryKib;
  private final int passes;

  private Argon2Hash(String text, boolean present, int memoryKib, int passes) {
    this.text = text;
    this.present = present;
    this.memoryKib = memoryKib;
    this.passes = passes;
  }

  static Optional<StoredHash> read(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches() || !isBase64(form.group(6)) || !isBase64(form.group(7))) {
      return Optional.empty();
    }
    int memoryKib = Integer.parseInt(form.group(3));
    int passes = Integer.parseInt(form.group(4));
    int lanes = Integer.parseInt(form.group(5));
    if (memoryKib > MAX_MEMORY_KIB
        || memoryKib < 8 * lanes
        || passes > MAX_PASSES
        || lanes > MAX_LANES) {
      return Optional.empty();
    }
    String version = Optional.ofNullable(form.group(2)).orElse(FIRST_VERSION);
    String whole = "$argon2" + form.group(1) + version + text.substring(text.indexOf("$m="));
    boolean present = form.group(1).equals("id") && version.equals(PRESENT_VERSION);
    return Optional.of(new Argon2Hash(whole, present, memoryKib, passes));
  }

  @Override
  public boolean matches(String password) {
    return VERIFIER.matches(password, text);
  }

  /** Tells whether this is Argon2id of the present version that costs at least so much. */
  boolean isAtLeast(int minMemoryKib, int minPasses) {
    return present && memoryKib >= minMemoryKib && passes >= minPasses;
  }

  private static boolean isBase64(String text) {
    try {
      return Base64.getDecoder().decode(text).length > 0;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
