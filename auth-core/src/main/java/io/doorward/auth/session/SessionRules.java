package io.doorward.auth.session;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The ranges of the values in a session. A message repeats no text of it, because that may be about
 * a person.
 */
final class SessionRules {
  private static final Duration LONGEST_IDLE = Duration.ofDays(36_500);
  private static final int MAX_DEVICE = 256;
  private static final int MAX_ATTRIBUTES = 16;
  private static final int MAX_KEY = 64;

  /** Keys of the library begin like this and do not count among those of the application. */
  private static final String OWN = "doorward.";

  private static final int MAX_OWN = 4;

  /** The identifier that the user logged in with. */
  static final String LOGIN_ID = OWN + "login";

  /** The network that the user logged in from. */
  static final String NETWORK = OWN + "network";

  /** The kind of device that the session is on, where that is not the usual one of its kind. */
  static final String DEVICE_KIND = OWN + "device";

  static final int MAX_VALUE = 256;
  private static final int MAX_SCOPES = 64;
  private static final Pattern SCOPE = Pattern.compile("[\\x21\\x23-\\x5b\\x5d-\\x7e]{1,64}");
  private static final Pattern DEVICE_KIND_FORM = Pattern.compile("[a-z0-9_-]{1,32}");
  private static final Pattern KEY_ID = Pattern.compile("[A-Za-z0-9_-]{1,32}");

  private SessionRules() {}

  static void requireLifetime(Instant createdAt, Instant absoluteEnd, Duration idleTimeout) {
    if (!absoluteEnd.isAfter(createdAt)) {
      throw new IllegalArgumentException("absoluteEnd must be after createdAt: " + absoluteEnd);
    }
    if (idleTimeout.isNegative() || idleTimeout.isZero()) {
      throw new IllegalArgumentException("idleTimeout must be positive: " + idleTimeout);
    }
    if (idleTimeout.compareTo(LONGEST_IDLE) > 0) {
      throw new IllegalArgumentException(
          "idleTimeout must be at most " + LONGEST_IDLE + ": " + idleTimeout);
    }
  }

  /** Copies attributes that are neither too many nor too long. */
  static Map<String, String> requireAttributes(Map<String, String> given) {
    Map<String, String> attributes = Map.copyOf(given);
    long own = attributes.keySet().stream().filter(key -> key.startsWith(OWN)).count();
    long applications = attributes.size() - Math.min(own, MAX_OWN);
    if (applications > MAX_ATTRIBUTES) {
      throw new IllegalArgumentException(
          "attributes must be at most " + MAX_ATTRIBUTES + ": " + applications);
    }
    attributes.forEach(
        (key, value) -> {
          if (key.isEmpty() || key.length() > MAX_KEY || value.length() > MAX_VALUE) {
            throw new IllegalArgumentException(
                "attributes must have keys of 1 to "
                    + MAX_KEY
                    + " and values of at most "
                    + MAX_VALUE
                    + " characters");
          }
        });
    return attributes;
  }

  /** Copies scopes that are neither too many nor of another form than RFC 6749 gives them. */
  static Set<String> requireScopes(Set<String> given) {
    Set<String> scopes = Set.copyOf(given);
    if (scopes.size() > MAX_SCOPES) {
      throw new IllegalArgumentException(
          "scopes must be at most " + MAX_SCOPES + ": " + scopes.size());
    }
    if (!scopes.stream().allMatch(scope -> SCOPE.matcher(scope).matches())) {
      throw new IllegalArgumentException(
          "scopes must be 1 to 64 printable ASCII characters without space, quote and backslash");
    }
    return scopes;
  }

  static String requireDevice(String label) {
    if (label.length() > MAX_DEVICE) {
      throw new IllegalArgumentException("device must have at most " + MAX_DEVICE + " characters");
    }
    return label;
  }

  static String requireDeviceKind(String kind) {
    if (!DEVICE_KIND_FORM.matcher(kind).matches()) {
      throw new IllegalArgumentException("deviceKind must be 1 to 32 characters of [a-z0-9_-]");
    }
    return kind;
  }

  static String requireKeyId(String key) {
    if (!KEY_ID.matcher(key).matches()) {
      throw new IllegalArgumentException("keyId must be 1 to 32 characters of [A-Za-z0-9_-]");
    }
    return key;
  }
}
