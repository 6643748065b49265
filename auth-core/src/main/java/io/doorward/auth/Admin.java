package io.doorward.auth;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import java.time.Duration;
import java.util.Set;
import java.util.function.Function;

/**
 * Administrative changes to accounts, at {@link AuthService#admin}. The caller must have authorised
 * the administrator: these methods do not check again. Thread-safe. Every method blocks at most
 * until its deadline.
 *
 * <p>Failure: a method whose backend cannot answer returns {@code Unavailable}. The outcome of the
 * change is then unknown, and the call may be repeated.
 */
public interface Admin {
  /**
   * Changes the status of an account. Every change ends all sessions of the account.
   *
   * @param account the account to change
   * @param status the new status
   * @param deadline for the whole operation
   * @return changed, unknown or unavailable
   */
  AccountChangeResult changeStatus(AccountId account, AccountStatus status, Deadline deadline);

  /**
   * Changes the login identifier of an account. Hosts may also call it after they have verified the
   * new address of a user. Once this returns {@code Changed}, the old identifier is rejected and
   * may be taken by another account, and all sessions of the account are revoked.
   *
   * @param account the account to change
   * @param next the new identifier, canonical
   * @param deadline for the whole operation
   * @return changed, duplicate, unknown or unavailable
   */
  LoginIdChangeResult changeLoginId(AccountId account, LoginId next, Deadline deadline);

  /**
   * Invalidates a credential that was changed without this library or the database's triggers
   * noticing, for instance in a restored table. Its cached copies are dropped and all sessions end.
   * An ordinary {@code UPDATE} needs no such call: triggers report it.
   *
   * @param account the account to invalidate
   * @param deadline for the whole operation
   * @return changed; unknown if there is no such account or it has no password; or unavailable
   */
  AccountChangeResult invalidateCredential(AccountId account, Deadline deadline);

  /**
   * Deletes an account with its credential, profile and sessions. It cannot be restored; to keep
   * the account and only lock it, change its status.
   *
   * @param account the account to delete
   * @param deadline for the whole operation
   * @return changed, also if deleted within the last hour; unknown if no record remains; or
   *     unavailable
   */
  AccountChangeResult deleteAccount(AccountId account, Deadline deadline);

  /**
   * Grants and revokes roles, effective from the account's next request.
   *
   * @param account the account to change
   * @param grant roles to add; each 1 to 64 characters of {@code A-Z a-z 0-9 _ - . :}
   * @param revoke roles to remove; takes precedence if a role is in both
   * @param deadline for the whole operation
   * @return changed, unknown or unavailable
   * @throws IllegalArgumentException if a role to be changed has another form
   */
  AccountChangeResult changeRoles(
      AccountId account, Set<String> grant, Set<String> revoke, Deadline deadline);

  /**
   * The result of an administrator's change to an account: roles, status, a renewed credential,
   * deletion. Immutable and thread-safe.
   */
  sealed interface AccountChangeResult {
    /**
     * Changed and committed; in force from the next request on.
     *
     * @param cachePending true if Redis could not be told yet; the relay will
     */
    record Changed(boolean cachePending) implements AccountChangeResult {}

    /**
     * There is no such account, or, for a change of the status or the credential, it has no
     * password.
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
        Function<AccountChangeResult.Changed, R> changed,
        Function<AccountChangeResult.Unknown, R> unknown,
        Function<AccountChangeResult.Unavailable, R> unavailable) {
      if (this instanceof AccountChangeResult.Changed c) {
        return changed.apply(c);
      }
      if (this instanceof AccountChangeResult.Unknown u) {
        return unknown.apply(u);
      }
      return unavailable.apply((AccountChangeResult.Unavailable) this);
    }
  }

  /** The result of a change of login identifier. Immutable and thread-safe. */
  sealed interface LoginIdChangeResult {
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
        Function<LoginIdChangeResult.Changed, R> changed,
        Function<LoginIdChangeResult.Duplicate, R> duplicate,
        Function<LoginIdChangeResult.Unknown, R> unknown,
        Function<LoginIdChangeResult.Unavailable, R> unavailable) {
      if (this instanceof LoginIdChangeResult.Changed c) {
        return changed.apply(c);
      }
      if (this instanceof LoginIdChangeResult.Duplicate d) {
        return duplicate.apply(d);
      }
      if (this instanceof LoginIdChangeResult.Unknown u) {
        return unknown.apply(u);
      }
      return unavailable.apply((LoginIdChangeResult.Unavailable) this);
    }
  }
}
