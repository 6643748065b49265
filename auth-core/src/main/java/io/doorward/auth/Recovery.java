package io.doorward.auth;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.password.Password;
import io.doorward.auth.password.PasswordPolicy;
import java.time.Duration;
import java.util.function.Function;

/**
 * Ways back into an account, at {@link AuthService#recovery}. The caller must have verified the
 * owner, for instance by a link that was sent to the account's address: these methods ask for no
 * password. The owner types the new one. An administrator may start a recovery and never chooses a
 * password for someone else. Thread-safe. Every method blocks at most until its deadline, and for
 * one hash more.
 *
 * <p>Failure: a method whose backend cannot answer returns {@code Unavailable}. The outcome of a
 * change is then unknown, and the call may be repeated.
 */
public interface Recovery {
  /**
   * Sets the password of an account, whether it has one, one whose hash cannot be read, or none.
   * The status stays as it is: a disabled account stays closed.
   *
   * <p>Once this returns {@code Changed}, the password of before is rejected, all sessions have
   * ended, and no device is known any more. No session is opened. The account is open to strangers
   * again where too many wrong passwords had closed it. Attempts that the throttle has counted
   * still count, and the owner's device is a stranger: the next login may have to wait, 15 min at
   * most by default, and longer while others guess without pause.
   *
   * @param account the account to change
   * @param next the new password in clear
   * @param deadline for the whole operation
   * @return changed, unknown, password refused or unavailable. If several calls change a password
   *     at one moment, the one that is committed last is in force; a {@link
   *     AuthService#changePassword} among them takes effect only if committed before this one;
   *     otherwise it is a conflict
   */
  PasswordSetResult setPassword(AccountId account, Password next, Deadline deadline);

  /** The result of a password that is set. Immutable and thread-safe. */
  sealed interface PasswordSetResult {
    /**
     * Changed and committed. No node accepts the password of before, and every session that existed
     * has ended.
     *
     * @param cachePending true if Redis could not be told yet: until the relay has told it, a
     *     cached entry may still be accepted for at most its time to live plus clock skew
     */
    record Changed(boolean cachePending) implements PasswordSetResult {}

    /** There is no such account. */
    record Unknown() implements PasswordSetResult {}

    /**
     * The new password does not meet the policy. Nothing was changed.
     *
     * @param reason which rule; may be shown
     */
    record PasswordRefused(PasswordPolicy.Refusal reason) implements PasswordSetResult {}

    /**
     * A backend could not answer, or the node is overloaded. If the answer to a commit was lost the
     * new password may be in force; the call may be repeated.
     *
     * @param retryAfter when it is worth trying again
     */
    record Unavailable(Duration retryAfter) implements PasswordSetResult {}

    /**
     * Maps the result, one function a case.
     *
     * @param changed for {@link Changed}
     * @param unknown for {@link Unknown}
     * @param passwordRefused for {@link PasswordRefused}
     * @param unavailable for {@link Unavailable}
     * @param <R> what the functions return
     * @return what the matching function returned
     */
    default <R> R match(
        Function<PasswordSetResult.Changed, R> changed,
        Function<PasswordSetResult.Unknown, R> unknown,
        Function<PasswordSetResult.PasswordRefused, R> passwordRefused,
        Function<PasswordSetResult.Unavailable, R> unavailable) {
      if (this instanceof PasswordSetResult.Changed c) {
        return changed.apply(c);
      }
      if (this instanceof PasswordSetResult.Unknown u) {
        return unknown.apply(u);
      }
      if (this instanceof PasswordSetResult.PasswordRefused p) {
        return passwordRefused.apply(p);
      }
      return unavailable.apply((PasswordSetResult.Unavailable) this);
    }
  }
}
