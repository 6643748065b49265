package io.doorward.auth;

import java.time.Duration;
import java.util.function.Function;

/** The result of a clean-up. Immutable and thread-safe. */
public sealed interface CleanUpResult {
  /**
   * Expired rows are deleted, or another node is cleaning up.
   *
   * @param sessions expired sessions that were deleted by this call
   * @param outboxRows done outbox rows that were deleted by this call
   * @param operations outcomes of changes that were deleted by this call, past the time in which a
   *     call may be repeated
   */
  record Done(int sessions, int outboxRows, int operations) implements CleanUpResult {}

  /**
   * A backend could not answer. Nothing is lost; the next run cleans up.
   *
   * @param retryAfter when it is worth trying again
   */
  record Unavailable(Duration retryAfter) implements CleanUpResult {}

  /**
   * Maps the result, one function a case.
   *
   * @param done for {@link Done}
   * @param unavailable for {@link Unavailable}
   * @param <R> what the functions return
   * @return what the matching function returned
   */
  default <R> R match(Function<Done, R> done, Function<Unavailable, R> unavailable) {
    if (this instanceof Done d) {
      return done.apply(d);
    }
    return unavailable.apply((Unavailable) this);
  }
}
