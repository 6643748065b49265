package io.doorward.auth.spring.boot;

import static java.util.Objects.requireNonNull;

import java.io.Serial;
import java.time.Duration;
import org.springframework.security.core.AuthenticationException;

/** A login of Spring Security was not checked, because there were too many attempts. */
public final class TooManyAttemptsException extends AuthenticationException {
  @Serial private static final long serialVersionUID = 1L;

  private final Duration retryAfter;

  /**
   * Makes one.
   *
   * @param retryAfter when an attempt will be admitted again
   */
  public TooManyAttemptsException(Duration retryAfter) {
    super("Too many attempts");
    this.retryAfter = requireNonNull(retryAfter, "retryAfter");
  }

  /**
   * Returns when it is worth trying again, for an answer 429 with {@code Retry-After}.
   *
   * @return the time until then
   */
  public Duration retryAfter() {
    return retryAfter;
  }
}
