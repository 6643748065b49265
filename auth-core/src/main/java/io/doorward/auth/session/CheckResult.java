package io.doorward.auth.session;

import java.time.Duration;
import java.util.function.Function;

/** The answer to "who is this request from?". Immutable and thread-safe. */
public sealed interface CheckResult {
  /**
   * The token is genuine and its session is live.
   *
   * @param principal who it is
   */
  record Active(AuthenticatedPrincipal principal) implements CheckResult {}

  /** The token is not good (any more). Answer 401. The reason goes to the listener only. */
  record Rejected() implements CheckResult {}

  /**
   * A back end could not answer. Answer 503, let nothing pass, and leave the cookie alone.
   *
   * @param retryAfter when it is worth asking again
   */
  record Unavailable(Duration retryAfter) implements CheckResult {}

  /**
   * Maps the result, one function a case.
   *
   * @param active for {@link Active}
   * @param rejected for {@link Rejected}
   * @param unavailable for {@link Unavailable}
   * @param <R> what the functions return
   * @return what the matching function returned
   */
  default <R> R match(
      Function<Active, R> active,
      Function<Rejected, R> rejected,
      Function<Unavailable, R> unavailable) {
    if (this instanceof Active a) {
      return active.apply(a);
    }
    if (this instanceof Rejected r) {
      return rejected.apply(r);
    }
    return unavailable.apply((Unavailable) this);
  }
}
