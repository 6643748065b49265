package io.doorward.auth;

import java.time.Duration;
import java.util.function.Function;

/**
 * The result of an administrator's change to an account: roles, status, a renewed credential,
 * deletion. Immutable and thread-safe.
 */
public sealed interface AccountChangeResult {
  /**
   * Changed and committed; in force from the next request on.
   *
   * @param cachePending true if Redis could not be told yet; the relay will
   */
  record Changed(boolean cachePending) implements AccountChangeResult {}

  /**
   * There is no such account, or, for a change of the status or the credential, it has no password.
   */
  record Unknown() implements AccountChangeResult {}

  /**
   * A backend could not answer.
   *
   * @param retryAfter when it is worth trying again
   */
  record Unavailable(Duration retryAfter) implements AccountChangeResult {}

  /**
   * Maps the result, one function a case.
   *
   * @param changed for {@link Changed}
   * @param unknown for {@link Unknown}
   * @param unavailable for {@link Unavailable}
   * @param <R> what the functions return
   * @return what the matching function returned
   */
  default <R> R match(
      Function<Changed, R> changed,
      Function<Unknown, R> unknown,
      Function<Unavailable, R> unavailable) {
    if (this instanceof Changed c) {
      return changed.apply(c);
    }
    if (this instanceof Unknown u) {
      return unknown.apply(u);
    }
    return unavailable.apply((Unavailable) this);
  }
}
