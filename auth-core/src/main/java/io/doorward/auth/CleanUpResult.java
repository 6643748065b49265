package io.doorward.auth;

import java.time.Duration;
import java.util.function.Function;

/** What became of a clean-up. Immutable and thread-safe. */
public sealed interface CleanUpResult {
  /**
   * What was over is deleted, or another node is at it.
   *
   * @param sessions expired sessions that were deleted by this call
   * @param outboxRows done outbox rows that were deleted by this call
   * @param operations outcomes that nobody asks for any more and that were deleted by this call
   */
  record Done(int sessions, int outboxRows, int operations) implements CleanUpResult {}

  /**
   * A backend could not answer; nothing is lost, the next run does it.
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
