package io.doorward.auth.spring.boot;

import static java.util.Objects.requireNonNull;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** A property that is wrong or missing. Prevents the start; the message repeats no secret. */
final class DoorwardConfigurationException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  private final String advice;

  DoorwardConfigurationException(String what, String advice) {
    this(what, advice, null);
  }

  DoorwardConfigurationException(String what, String advice, @Nullable Throwable cause) {
    super(requireNonNull(what, "what"), cause);
    this.advice = requireNonNull(advice, "advice");
  }

  String what() {
    return requireNonNull(getMessage());
  }

  /** What to do, one or more sentences. */
  String advice() {
    return advice;
  }
}
