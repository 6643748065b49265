package io.doorward.auth.backend;

import static java.util.Objects.requireNonNull;

import java.util.regex.Pattern;

/**
 * A finding about a server's settings, or the service's own, for operators. Immutable and
 * thread-safe. Holds no secret and no personal data.
 *
 * @param severity its effect on the start
 * @param code the rule, for instance {@code redis.eviction}; stays the same from version to
 *     version, so that a {@link StartPolicy} can name it
 * @param meaning what was found and what follows from it
 * @param advice what to do
 */
public record Finding(Severity severity, String code, String meaning, String advice) {
  private static final Pattern CODE = Pattern.compile("[a-z]+\\.[a-z_]+");

  /** The effect of a finding on the start. */
  public enum Severity {
    /** Information only. */
    NOTE,
    /** A guarantee is weaker than it could be, or will fail in time. */
    WARNING,
    /** A misconfiguration under which the guarantees cannot hold. The service does not start. */
    REFUSAL
  }

  /**
   * Checks the form.
   *
   * @param severity see the type
   * @param code see the type
   * @param meaning see the type
   * @param advice see the type
   * @throws IllegalArgumentException if the code is not two words with a dot between them
   */
  public Finding {
    requireNonNull(severity, "severity");
    requireNonNull(meaning, "meaning");
    requireNonNull(advice, "advice");
    if (!CODE.matcher(requireNonNull(code, "code")).matches()) {
      throw new IllegalArgumentException("code must be two words with a dot in between: " + code);
    }
  }

  /**
   * Returns a {@link Severity#NOTE}.
   *
   * @param code which rule
   * @param meaning what was found and what follows
   * @param advice what to do
   * @return the finding
   */
  public static Finding note(String code, String meaning, String advice) {
    return new Finding(Severity.NOTE, code, meaning, advice);
  }

  /**
   * Returns a {@link Severity#WARNING}.
   *
   * @param code which rule
   * @param meaning what was found and what follows
   * @param advice what to do
   * @return the finding
   */
  public static Finding warning(String code, String meaning, String advice) {
    return new Finding(Severity.WARNING, code, meaning, advice);
  }

  /**
   * Returns a {@link Severity#REFUSAL}.
   *
   * @param code which rule
   * @param meaning what was found and what follows
   * @param advice what to do
   * @return the finding
   */
  public static Finding refusal(String code, String meaning, String advice) {
    return new Finding(Severity.REFUSAL, code, meaning, advice);
  }

  /** Returns one line for a log. */
  @Override
  public String toString() {
    return code + ": " + meaning + ". " + advice + ".";
  }
}
