package io.doorward.auth.password;

import static java.util.Objects.requireNonNull;

/**
 * Why a stored hash can match no password. Immutable and thread-safe.
 *
 * <p>Security: holds names of schemes and numbers of costs. It holds nothing of a salt, of a
 * digest, or of a text that is none: that could be a password in clear.
 *
 * @param cause which kind of reason
 * @param detail the reason, for an operator
 */
public record UnreadableHash(Cause cause, String detail) {
  /** Which kind of reason. */
  public enum Cause {
    /** There is no text. */
    EMPTY,
    /** It is a hash of a scheme that is not read, or no hash at all. */
    UNKNOWN_SCHEME,
    /** It is of a scheme that is read, but not as that scheme's text form is defined. */
    MALFORMED,
    /** Comparing a password with it would cost more than is accepted. */
    TOO_COSTLY
  }

  /**
   * Checks the parts.
   *
   * @param cause see the type
   * @param detail see the type
   */
  public UnreadableHash {
    requireNonNull(cause, "cause");
    requireNonNull(detail, "detail");
  }
}
