package io.doorward.auth.account;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.StoreException;
import java.util.List;
import java.util.Optional;

/**
 * Reads all accounts page by page, for the comparison of caches with the database. Thread-safe: one
 * instance serves all threads.
 *
 * <p>Failure: every method throws {@link StoreException} when the database cannot answer before the
 * deadline; nothing is retried here.
 */
public interface AccountPages {
  /**
   * Reads the next accounts in the order of their ids, in one statement, from the primary. The cost
   * does not depend on the number of earlier accounts.
   *
   * @param after the last account of the page before; empty for the first page
   * @param max at most this many accounts; positive
   * @param deadline for the call
   * @return the accounts; fewer than {@code max} only at the end
   * @throws IllegalArgumentException if {@code max} is not positive
   */
  List<AccountState> page(Optional<AccountId> after, int max, Deadline deadline);

  /**
   * Reads one account again, in one statement, from the primary.
   *
   * @param account the account; may be deleted
   * @param deadline for the call
   * @return its present state; without identifiers, status, version and user record if it does not
   *     exist
   */
  AccountState state(AccountId account, Deadline deadline);

  /**
   * The state of one account, read by one statement: what caches may hold of it, and its status.
   * Holds no hash. Immutable and thread-safe.
   *
   * @param account which one
   * @param loginIds under which its credential is found, the one that it has had longest first;
   *     empty if the account is gone
   * @param status whether it may be used; empty if the account is gone
   * @param version of the account; empty if it is gone
   * @param user its user record; empty if the account is gone
   * @param pending true if the outbox holds something of it that is not confirmed: caches may be
   *     behind, and will be told
   */
  record AccountState(
      AccountId account,
      List<LoginId> loginIds,
      Optional<AccountStatus> status,
      Optional<CredentialVersion> version,
      Optional<UserRecord> user,
      boolean pending) {
    /**
     * Copies the list.
     *
     * @param account see the type
     * @param loginIds see the type
     * @param status see the type
     * @param version see the type
     * @param user see the type
     * @param pending see the type
     */
    public AccountState {
      loginIds = List.copyOf(loginIds);
    }

    /**
     * Returns the state of an account that does not exist.
     *
     * @param account which one
     * @param pending see the type
     * @return a state without identifiers, status, version and user record
     */
    public static AccountState gone(AccountId account, boolean pending) {
      return new AccountState(
          account, List.of(), Optional.empty(), Optional.empty(), Optional.empty(), pending);
    }
  }
}
