package io.doorward.auth.account;

import io.doorward.auth.account.Outbox.Invalidation;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Owns user profiles and the roles they carry. An account has exactly one profile. Thread-safe: one
 * instance serves all threads.
 *
 * <p>Role names are 1 to 64 characters of {@code A-Z a-z 0-9 _ - . :}, compared exactly.
 *
 * <p>Failure: every method throws {@link StoreException} when the database cannot answer before the
 * deadline; nothing is retried here.
 */
public interface ProfileStore {
  /**
   * Reads what request checks need, in one statement, from the primary.
   *
   * @param account the account
   * @param deadline for the call
   * @return the record; empty if there is no such account
   */
  Optional<UserRecord> load(AccountId account, Deadline deadline);

  /**
   * Adds and takes away roles. Adding one that is there and removing one that is not change
   * nothing.
   *
   * @param account the account
   * @param grant roles to add
   * @param revoke roles to take away; wins where a role is in both
   * @param operation names this call
   * @param deadline for the call
   * @return the state after the change and what Redis has to be told; empty if there is no such
   *     account
   * @throws IllegalArgumentException if a role name has another form
   */
  Optional<Change> changeRoles(
      AccountId account,
      Set<String> grant,
      Set<String> revoke,
      OperationId operation,
      Deadline deadline);

  /**
   * Gives an account versions of the database's present era, where a cache refuses what {@link
   * #load} returns because of a number that the database gave out in a history it has lost. The
   * epoch stays, so sessions live on. Does nothing where the record is not below that number, or
   * the number may be one of the present era: of an account at most once in each era.
   *
   * @param account the account
   * @param number the floor below which the cache refused the loaded record
   * @param deadline for the call
   * @return true if it is worth loading the record again: it has another version now. By default
   *     false, for a store that loses no history or does not know
   */
  default boolean outgrow(AccountId account, long number, Deadline deadline) {
    return false;
  }

  /**
   * Returns whether a text has the form of a role name.
   *
   * @param name the text
   * @return true if a role may have this name
   */
  static boolean isRole(String name) {
    if (name.isEmpty() || name.length() > 64) {
      return false;
    }
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean known =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || "_-.:".indexOf(c) >= 0;
      if (!known) {
        return false;
      }
    }
    return true;
  }

  /**
   * A committed change.
   *
   * @param user the state after it
   * @param pending what Redis has to be told; empty if nothing changed
   */
  record Change(UserRecord user, List<Invalidation> pending) {
    /**
     * Copies the list.
     *
     * @param user see the type
     * @param pending see the type
     */
    public Change {
      pending = List.copyOf(pending);
    }
  }
}
