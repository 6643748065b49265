package io.doorward.auth.password;

import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.security.crypto.scrypt.SCryptPasswordEncoder;

/** scrypt (RFC 7914) in Spring Security's text form: {@code $costs$salt$key}. */
final class ScryptHash implements StoredHash {
  private static final HashReading MALFORMED =
      HashReading.malformed("scrypt: not $costs$salt$digest as Spring Security writes it");

  private static final Pattern BEGINNING = Pattern.compile("\\$[0-9a-f]{5,6}\\$");
  private static final Pattern FORM =
      Pattern.compile(
          "\\$([1-9a-f][0-9a-f]{4,5})\\$([A-Za-z0-9+/]{11,88}={0,2})\\$([A-Za-z0-9+/]{22,88}={0,2})");

  /** The most that N times r times p may be: four times Spring's default, 256 MiB. */
  private static final long MAX_WORK = 1L << 21;

  private final String text;
  private final String costs;
  private final SCryptPasswordEncoder verifier;

  private ScryptHash(String text, String costs, SCryptPasswordEncoder verifier) {
    this.text = text;
    this.costs = costs;
    this.verifier = verifier;
  }

  /** Returns whether a text is an scrypt hash, or would be one. */
  static boolean isMeant(String text) {
    return BEGINNING.matcher(text).lookingAt();
  }

  static HashReading read(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      return MALFORMED;
    }
    int costs = Integer.parseInt(form.group(1), 16);
    int n = 1 << Math.min(costs >> 16, 30);
    int r = costs >> 8 & 0xff;
    int p = costs & 0xff;
    String shown = "scrypt with N=" + n + ", r=" + r + ", p=" + p + ": ";
    boolean defined = n > 1 && r > 0 && p > 0 && (r > 1 || n < 1 << 16);
    if (!defined) {
      return HashReading.malformed(shown + "not defined");
    }
    if ((long) n * r * p > MAX_WORK) {
      return HashReading.tooCostly(shown + "the most N times r times p is " + MAX_WORK);
    }
    try {
      int salt = Base64.getDecoder().decode(form.group(2)).length;
      int key = Base64.getDecoder().decode(form.group(3)).length;
      return HashReading.of(
          new ScryptHash(text, form.group(1), new SCryptPasswordEncoder(n, r, p, key, salt)));
    } catch (IllegalArgumentException e) {
      return MALFORMED;
    }
  }

  @Override
  public boolean matches(String password) {
    return verifier.matches(password, text);
  }

  @Override
  public String cost() {
    return "scrypt " + costs;
  }

  @Override
  public StoredHash decoy() {
    Base64.Encoder base64 = Base64.getEncoder();
    String[] parts = text.split("\\$", -1);
    String salt = base64.encodeToString(Decoys.random(Base64.getDecoder().decode(parts[2]).length));
    String key = base64.encodeToString(Decoys.random(Base64.getDecoder().decode(parts[3]).length));
    return new ScryptHash("$" + costs + "$" + salt + "$" + key, costs, verifier);
  }
}
