package io.doorward.auth;

import java.time.Duration;
import java.util.function.Function;

/** The result of a logout. Immutable and thread-safe. */
public sealed interface LogoutResult {
  /**
   * The sessions have ended, on every node unless {@code cachePending}.
   *
   * @param sessions how many sessions ended by this call; 0 if they had ended before
   * @param cachePending true if sessions are kept in a database and the view that answers in front
   *     of it could not be told. A node that still reaches the view may accept what it holds of the
   *     account until the relay has told it
   */
  record Done(int sessions, boolean cachePending) implements LogoutResult {}

  /**
   * A backend could not answer; the session may still be live, so the cookie must be kept. Answer
   * 503.
   *
   * @param retryAfter when it is worth trying again
   */
  record Unavailable(Duration retryAfter) implements LogoutResult {}

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
