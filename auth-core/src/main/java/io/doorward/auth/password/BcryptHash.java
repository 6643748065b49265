package io.doorward.auth.password;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;
import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder;
import org.springframework.security.crypto.password.PasswordEncoder;

/** bcrypt of the kinds 2a, 2b and 2y, cost 4 to 14. */
final class BcryptHash implements StoredHash {
  private static final Pattern FORM =
      Pattern.compile("\\$2[aby]\\$(?:0[4-9]|1[0-4])\\$[./A-Za-z0-9]{53}");

  /** What bcrypt looks at; it is blind to the rest. */
  private static final int MAX_BYTES = 72;

  private static final PasswordEncoder VERIFIER = new BCryptPasswordEncoder();

  private final String text;
  private final PasswordEncoder verifier;

  BcryptHash(String text, PasswordEncoder verifier) {
    this.text = text;
    this.verifier = verifier;
  }

  static Optional<StoredHash> read(String text) {
    return FORM.matcher(text).matches()
        ? Optional.of(new BcryptHash(text, VERIFIER))
        : Optional.empty();
  }

  /**
   * A longer password than bcrypt sees never matches. That is looked at after the work, so that its
   * length does not show in the time it takes.
   */
  @Override
  public boolean matches(String password) {
    boolean sameBeginning = verifier.matches(password, text);
    return sameBeginning && password.getBytes(StandardCharsets.UTF_8).length <= MAX_BYTES;
  }
}
