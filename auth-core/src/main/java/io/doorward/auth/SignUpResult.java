package io.doorward.auth;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.password.PasswordPolicy;
import java.time.Duration;

/** What became of a sign-up. Immutable and thread-safe. */
public sealed interface SignUpResult {
  /**
   * The account exists and is committed.
   *
   * @param account its name
   * @param cachePending true if Redis could not be told yet; the relay will
   */
  record Created(AccountId account, boolean cachePending) implements SignUpResult {}

  /** The login identifier is taken. Nothing was written. Answer 409. */
  record Duplicate() implements SignUpResult {}

  /**
   * The password does not meet the policy. Nothing was written. Answer 400.
   *
   * @param reason which rule; may be shown
   */
  record PasswordRefused(PasswordPolicy.Refusal reason) implements SignUpResult {}

  /**
   * A back end could not answer, or there is too much to do. Answer 503. If the answer to a commit
   * was lost the account may exist; a repeat then says {@link Duplicate}.
   *
   * @param retryAfter when it is worth trying again
   */
  record Unavailable(Duration retryAfter) implements SignUpResult {}
}
