package io.doorward.auth;

import java.time.Duration;

/**
 * What became of an administrator's change to an account: roles or status. Immutable and
 * thread-safe.
 */
public sealed interface AccountChangeResult {
  /**
   * Changed and committed; in force from the next request on.
   *
   * @param cachePending true if Redis could not be told yet; the relay will
   */
  record Changed(boolean cachePending) implements AccountChangeResult {}

  /** There is no such account. */
  record Unknown() implements AccountChangeResult {}

  /**
   * A back end could not answer.
   *
   * @param retryAfter when it is worth trying again
   */
  record Unavailable(Duration retryAfter) implements AccountChangeResult {}
}
