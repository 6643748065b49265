package io.doorward.auth;

import java.time.Duration;
import java.util.function.Function;

/** The result of a change of login identifier. Immutable and thread-safe. */
public sealed interface LoginIdChangeResult {
  /**
   * Changed and committed: the account logs in under the new identifier only.
   *
   * @param cachePending true if Redis could not be told yet; the relay will
   */
  record Changed(boolean cachePending) implements LoginIdChangeResult {}

  /** Another account has the identifier. Nothing was changed. */
  record Duplicate() implements LoginIdChangeResult {}

  /** There is no such account, or it has no password. */
  record Unknown() implements LoginIdChangeResult {}

  /**
   * A backend could not answer.
   *
   * @param retryAfter when it is worth trying again
   */
  record Unavailable(Duration retryAfter) implements LoginIdChangeResult {}

  /**
   * Maps the result, one function a case.
   *
   * @param changed for {@link Changed}
   * @param duplicate for {@link Duplicate}
   * @param unknown for {@link Unknown}
   * @param unavailable for {@link Unavailable}
   * @param <R> what the functions return
   * @return what the matching function returned
   */
  default <R> R match(
      Function<Changed, R> changed,
      Function<Duplicate, R> duplicate,
      Function<Unknown, R> unknown,
      Function<Unavailable, R> unavailable) {
    if (this instanceof Changed c) {
      return changed.apply(c);
    }
    if (this instanceof Duplicate d) {
      return duplicate.apply(d);
    }
    if (this instanceof Unknown u) {
      return unknown.apply(u);
    }
    return unavailable.apply((Unavailable) this);
  }
}
