package io.doorward.auth.account;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.LoginId;
import java.util.Optional;

/**
 * The state of one account, read by one statement: what caches may hold of it, and its status.
 * Holds no hash. Immutable and thread-safe.
 *
 * @param account which one
 * @param loginId under which its credential is found; empty if the account is gone
 * @param status whether it may be used; empty if the account is gone
 * @param version of the account; empty if it is gone
 * @param user its user record; empty if the account is gone
 * @param pending true if the outbox holds something of it that is not confirmed: caches may be
 *     behind, and will be told
 */
public record AccountState(
    AccountId account,
    Optional<LoginId> loginId,
    Optional<AccountStatus> status,
    Optional<CredentialVersion> version,
    Optional<UserRecord> user,
    boolean pending) {
  /**
   * Returns the state of an account that does not exist.
   *
   * @param account which one
   * @param pending see the type
   * @return a state without identifier, status, version and user record
   */
  public static AccountState gone(AccountId account, boolean pending) {
    return new AccountState(
        account, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), pending);
  }
}
