package io.doorward.auth.account;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
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
   * @return its present state; without identifier, status, version and user record if it does not
   *     exist
   */
  AccountState state(AccountId account, Deadline deadline);
}
