package io.doorward.auth.password;

import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.security.crypto.scrypt.SCryptPasswordEncoder;

/** scrypt (RFC 7914) in Spring Security's text form: {@code $costs$salt$key}. */
final class ScryptHash implements StoredHash {
  private static final Pattern FORM =
      Pattern.compile(
          "\\$([1-9a-f][0-9a-f]{4,5})\\$([A-Za-z0-9+/]{11,88}={0,2})\\$([A-Za-z0-9+/]{22,88}={0,2})");

  /** The most that N times r times p may be: four times Spring's default, 256 MiB. */
  private static final long MAX_WORK = 1L << 21;

  private final String text;
  private final SCryptPasswordEncoder verifier;

  private ScryptHash(String text, SCryptPasswordEncoder verifier) {
    this.text = text;
    this.verifier = verifier;
  }

  static Optional<StoredHash> read(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      return Optional.empty();
    }
    int costs = Integer.parseInt(form.group(1), 16);
    int n = 1 << Math.min(costs >> 16, 30);
    int r = costs >> 8 & 0xff;
    int p = costs & 0xff;
    boolean defined = n > 1 && r > 0 && p > 0 && (r > 1 || n < 1 << 16);
    if (!defined || (long) n * r * p > MAX_WORK) {
      return Optional.empty();
    }
    try {
      int salt = Base64.getDecoder().decode(form.group(2)).length;
      int key = Base64.getDecoder().decode(form.group(3)).length;
      return Optional.of(new ScryptHash(text, new SCryptPasswordEncoder(n, r, p, key, salt)));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  @Override
  public boolean matches(String password) {
    return verifier.matches(password, text);
  }
}
