package io.doorward.auth;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import java.util.Set;

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
}
