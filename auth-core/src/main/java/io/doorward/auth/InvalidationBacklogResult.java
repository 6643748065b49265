package io.doorward.auth;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/** The pending invalidations. Immutable and thread-safe. */
public sealed interface InvalidationBacklogResult {
  /**
   * The outbox answered.
   *
   * @param pending invalidations that are not confirmed; 0 in a healthy system, except briefly
   * @param oldest how long the oldest has been pending; empty if there is none
   */
  record Known(long pending, Optional<Duration> oldest) implements InvalidationBacklogResult {}

  /**
   * The database could not answer.
   *
   * @param retryAfter when it is worth trying again
   */
  record Unavailable(Duration retryAfter) implements InvalidationBacklogResult {}

  /**
   * Maps the result, one function a case.
   *
   * @param known for {@link Known}
   * @param unavailable for {@link Unavailable}
   * @param <R> what the functions return
   * @return what the matching function returned
   */
  default <R> R match(Function<Known, R> known, Function<Unavailable, R> unavailable) {
    if (this instanceof Known k) {
      return known.apply(k);
    }
    return unavailable.apply((Unavailable) this);
  }
}
