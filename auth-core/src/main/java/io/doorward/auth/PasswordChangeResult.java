package io.doorward.auth;

import io.doorward.auth.login.LoginResult;
import io.doorward.auth.password.PasswordPolicy;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/** The result of a password change. Immutable and thread-safe. */
public sealed interface PasswordChangeResult {
  /**
   * Changed and committed. No node accepts the old password, and every session that existed before
   * has ended, the caller's own included.
   *
   * @param renewed a new session in place of the caller's own; empty if it could not be created;
   *     the user then logs in with the new password
   * @param cachePending true if Redis could not be told yet: until the relay has told it, a cached
   *     entry may still be accepted for at most its time to live plus clock skew
   */
  record Changed(Optional<LoginResult.Success> renewed, boolean cachePending)
      implements PasswordChangeResult {}

  /**
   * The present password is wrong, or the account may not log in. Nothing was changed. Answer 403.
   */
  record Rejected() implements PasswordChangeResult {}

  /**
   * The new password does not meet the policy. Nothing was changed. Answer 400.
   *
   * @param reason which rule; may be shown
   */
  record PasswordRefused(PasswordPolicy.Refusal reason) implements PasswordChangeResult {}

  /** A concurrent call changed the credential. Nothing was changed by this call. Answer 409. */
  record Conflict() implements PasswordChangeResult {}

  /**
   * Too many attempts. Answer 429.
   *
   * @param retryAfter when an attempt will be admitted again
   */
  record Throttled(Duration retryAfter) implements PasswordChangeResult {}

  /**
   * A backend could not answer. Answer 503. If the answer to a commit was lost the new password may
   * be in force; the cached credential has been invalidated or will be.
   *
   * @param retryAfter when it is worth trying again
   */
  record Unavailable(Duration retryAfter) implements PasswordChangeResult {}

  /**
   * Maps the result, one function a case.
   *
   * @param changed for {@link Changed}
   * @param rejected for {@link Rejected}
   * @param passwordRefused for {@link PasswordRefused}
   * @param conflict for {@link Conflict}
   * @param throttled for {@link Throttled}
   * @param unavailable for {@link Unavailable}
   * @param <R> what the functions return
   * @return what the matching function returned
   */
  default <R> R match(
      Function<Changed, R> changed,
      Function<Rejected, R> rejected,
      Function<PasswordRefused, R> passwordRefused,
      Function<Conflict, R> conflict,
      Function<Throttled, R> throttled,
      Function<Unavailable, R> unavailable) {
    if (this instanceof Changed c) {
      return changed.apply(c);
    }
    if (this instanceof Rejected r) {
      return rejected.apply(r);
    }
    if (this instanceof PasswordRefused p) {
      return passwordRefused.apply(p);
    }
    if (this instanceof Conflict c) {
      return conflict.apply(c);
    }
    if (this instanceof Throttled t) {
      return throttled.apply(t);
    }
    return unavailable.apply((Unavailable) this);
  }
}
