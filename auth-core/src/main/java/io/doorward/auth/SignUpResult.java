package io.doorward.auth;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.password.PasswordPolicy;
import java.time.Duration;
import java.util.function.Function;

/** The result of a sign-up. Immutable and thread-safe. */
public sealed interface SignUpResult {
  /**
   * The account exists and is committed.
   *
   * @param account its id
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
   * Too many sign-ups came from this network, or to this node. Nothing was read. Answer 429.
   *
   * @param retryAfter when another sign-up will be admitted
   */
  record Throttled(Duration retryAfter) implements SignUpResult {}

  /**
   * A backend could not answer, or the node is overloaded. Answer 503. If the answer to a commit
   * was lost the account may exist; a repeat then says {@link Duplicate}.
   *
   * @param retryAfter when it is worth trying again
   */
  record Unavailable(Duration retryAfter) implements SignUpResult {}

  /**
   * Maps the result, one function a case.
   *
   * @param created for {@link Created}
   * @param duplicate for {@link Duplicate}
   * @param passwordRefused for {@link PasswordRefused}
   * @param throttled for {@link Throttled}
   * @param unavailable for {@link Unavailable}
   * @param <R> what the functions return
   * @return what the matching function returned
   */
  default <R> R match(
      Function<Created, R> created,
      Function<Duplicate, R> duplicate,
      Function<PasswordRefused, R> passwordRefused,
      Function<Throttled, R> throttled,
      Function<Unavailable, R> unavailable) {
    if (this instanceof Created c) {
      return created.apply(c);
    }
    if (this instanceof Duplicate d) {
      return duplicate.apply(d);
    }
    if (this instanceof PasswordRefused p) {
      return passwordRefused.apply(p);
    }
    if (this instanceof Throttled t) {
      return throttled.apply(t);
    }
    return unavailable.apply((Unavailable) this);
  }
}
