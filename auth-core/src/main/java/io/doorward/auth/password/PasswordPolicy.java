package io.doorward.auth.password;

import static java.util.Objects.requireNonNull;

import java.text.Normalizer;
import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Decides which new passwords are accepted, at sign-up and at a password change, never at login.
 *
 * <p>Implementations must be thread-safe. There are no composition rules and no expiry on purpose
 * (NIST SP 800-63B-4, 3.1.1.2).
 */
@FunctionalInterface
public interface PasswordPolicy {
  /** The rule that a password violates. May be shown to the user. */
  enum Refusal {
    /** Fewer characters than the minimum. */
    TOO_SHORT,
    /** More characters than the maximum. */
    TOO_LONG,
    /** A control character, which other systems and keyboards cannot reproduce. */
    CONTROL_CHARACTER,
    /** On a list of passwords that are guessed first. */
    COMMON
  }

  /**
   * Checks a new password.
   *
   * @param password in clear
   * @return the violated rule; empty if the password is accepted
   */
  Optional<Refusal> refuse(Password password);

  /**
   * Returns the policy of NIST SP 800-63B-4 for a password that is the only factor.
   *
   * @return 15 to 256 characters, each code point counting as one, no control characters
   */
  static PasswordPolicy defaults() {
    return lengths(15, 256);
  }

  /**
   * Returns a policy of other lengths.
   *
   * @param min at least 8, the floor of NIST SP 800-63B-4 where the password is one of several
   *     factors
   * @param max at least 64, at most 1,024
   * @return the policy
   * @throws IllegalArgumentException if a bound is outside its range
   */
  static PasswordPolicy lengths(int min, int max) {
    if (min < 8 || max < 64 || max > 1024 || max < min) {
      throw new IllegalArgumentException(
          "lengths must be 8 <= min, 64 <= max <= 1024, min <= max: " + min + ", " + max);
    }
    return password -> {
      if (password.length() < min) {
        return Optional.of(Refusal.TOO_SHORT);
      }
      if (password.length() > max) {
        return Optional.of(Refusal.TOO_LONG);
      }
      return password.reveal().codePoints().anyMatch(Character::isISOControl)
          ? Optional.of(Refusal.CONTROL_CHARACTER)
          : Optional.empty();
    };
  }

  /**
   * Adds a list of passwords that are guessed first, such as the most frequent ones of known
   * breaches, or the application's own name. A password is refused if the whole of it is on the
   * list, letters compared without regard to case; one that merely contains an entry is not.
   *
   * @param common the list; copied
   * @return this policy, then the list
   */
  default PasswordPolicy andNotIn(Collection<String> common) {
    Set<String> folded =
        requireNonNull(common, "common").stream()
            .map(PasswordPolicy::fold)
            .collect(Collectors.toSet());
    return password ->
        refuse(password)
            .or(
                () ->
                    folded.contains(fold(password.reveal()))
                        ? Optional.of(Refusal.COMMON)
                        : Optional.empty());
  }

  private static String fold(String text) {
    String normal = Normalizer.normalize(text, Normalizer.Form.NFC);
    return normal.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT);
  }
}
