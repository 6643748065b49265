package io.doorward.auth.password;

import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.security.crypto.argon2.Argon2PasswordEncoder;

/** Argon2id, Argon2i or Argon2d (RFC 9106) as a PHC string. */
final class Argon2Hash implements StoredHash {
  /** The most memory, of stored hashes and of new ones. */
  static final int MAX_MEMORY_KIB = 256 * 1024;

  /**
   * The most memory times passes: what a comparison costs. Lanes are computed one after another and
   * share the memory, so their number changes nothing.
   */
  static final long MAX_WORK_KIB = 16L * MAX_MEMORY_KIB;

  private static final Pattern FORM =
      Pattern.compile(
          "\\$argon2(id|i|d)(\\$v=(?:16|19))?"
              + "\\$m=([1-9][0-9]{0,9}),t=([1-9][0-9]{0,9}),p=([1-9][0-9]{0,9})"
              + "\\$([A-Za-z0-9+/]{11,86})\\$([A-Za-z0-9+/]{22,86})");

  /** Of new hashes. */
  static final int SALT_BYTES = 16;

  static final int DIGEST_BYTES = 32;

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

  static HashReading read(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches() || !isBase64(form.group(6)) || !isBase64(form.group(7))) {
      return HashReading.malformed(
          "argon2: no PHC string of version 16 or 19 with m, t, p, a salt of 8 to 64 bytes and a"
              + " digest of 16 to 64");
    }
    long memoryKib = Long.parseLong(form.group(3));
    long passes = Long.parseLong(form.group(4));
    long lanes = Long.parseLong(form.group(5));
    String costs = "argon2 with m=" + memoryKib + ", t=" + passes + ", p=" + lanes + ": ";
    if (memoryKib < 8 * lanes) {
      return HashReading.malformed(costs + "the memory must be at least 8 KiB a lane");
    }
    if (memoryKib > MAX_MEMORY_KIB) {
      return HashReading.tooCostly(costs + "the most memory is " + MAX_MEMORY_KIB + " KiB");
    }
    if (memoryKib * passes > MAX_WORK_KIB) {
      return HashReading.tooCostly(costs + "the most memory times passes is " + MAX_WORK_KIB);
    }
    String version = Optional.ofNullable(form.group(2)).orElse(FIRST_VERSION);
    String whole = "$argon2" + form.group(1) + version + text.substring(text.indexOf("$m="));
    boolean present = form.group(1).equals("id") && version.equals(PRESENT_VERSION);
    return HashReading.of(
        new Argon2Hash(whole, present, Math.toIntExact(memoryKib), Math.toIntExact(passes)));
  }

  @Override
  public boolean matches(String password) {
    return VERIFIER.matches(password, text);
  }

  /**
   * Lanes are computed one after another, and variants and versions differ in no step that counts.
   */
  @Override
  public String cost() {
    return "argon2 m=" + memoryKib + " t=" + passes;
  }

  @Override
  public StoredHash decoy() {
    return decoy(memoryKib, passes, 1);
  }

  /** Returns a decoy of the present variant and version. */
  static StoredHash decoy(int memoryKib, int passes, int lanes) {
    String costs = "$m=" + memoryKib + ",t=" + passes + ",p=" + lanes;
    Base64.Encoder base64 = Base64.getEncoder().withoutPadding();
    String salt = base64.encodeToString(Decoys.random(SALT_BYTES));
    String digest = base64.encodeToString(Decoys.random(DIGEST_BYTES));
    return read("$argon2id$v=19" + costs + "$" + salt + "$" + digest).hash().orElseThrow();
  }

  /** Returns whether this is Argon2id of the present version that costs at least so much. */
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
