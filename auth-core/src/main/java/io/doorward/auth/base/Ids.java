package io.doorward.auth.base;

import static java.util.Objects.requireNonNull;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The alphabet and the source of randomness of the identifier types. */
final class Ids {
  private static final SecureRandom RANDOM = new SecureRandom();

  private Ids() {}

  /** Returns 128 random bits as 22 characters of URL-safe base64. */
  static String random128() {
    byte[] bytes = new byte[16];
    RANDOM.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** Returns the text if it has 1 to {@code max} characters of {@code [A-Za-z0-9_-]}. */
  static String requireUrlSafe(String what, String text, int max) {
    if (!isUrlSafe(requireNonNull(text, what), max)) {
      throw new IllegalArgumentException(
          what
              + " must be 1 to "
              + max
              + " characters of A-Z a-z 0-9 _ -, was "
              + text.length()
              + " long");
    }
    return text;
  }

  /** Makes an identifier of a text that came from outside; empty if it cannot be one. */
  static <T> Optional<T> parse(@Nullable String text, int max, Function<String, T> make) {
    return text != null && isUrlSafe(text, max) ? Optional.of(make.apply(text)) : Optional.empty();
  }

  /** Returns whether the text has 1 to {@code max} characters of {@code A-Z a-z 0-9 _ -}. */
  static boolean isUrlSafe(String text, int max) {
    if (text.isEmpty() || text.length() > max) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean ok =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || c == '-'
              || c == '_';
      if (!ok) {
        return false;
      }
    }
    return true;
  }
}
