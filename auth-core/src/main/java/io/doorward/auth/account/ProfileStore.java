package io.doorward.auth.account;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.Outbox.Invalidation;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Owns user profiles and the roles they carry. An account has exactly one profile. Thread-safe: one
 * instance serves all threads.
 *
 * <p>Role names are 1 to 64 characters of {@code A-Z a-z 0-9 _ - . :}, compared exactly. An account
 * has at most {@link #maxRoles}, so that its user record stays below 8 KiB wherever it is kept.
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
   * @return changed, full or unknown
   * @throws IllegalArgumentException if a role name has another form
   */
  Change changeRoles(
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
   * Returns how many roles an account may have.
   *
   * @return always 64
   */
  static int maxRoles() {
    return 64;
  }

  /**
   * Returns what roles a change leads to.
   *
   * @param before the roles that the account has
   * @param grant roles to add
   * @param revoke roles to take away; wins where a role is in both
   * @return the roles after the change
   */
  static Set<String> rolesAfter(Set<String> before, Set<String> grant, Set<String> revoke) {
    Set<String> after = new TreeSet<>(requireNonNull(before, "before"));
    after.addAll(requireNonNull(grant, "grant"));
    after.removeAll(requireNonNull(revoke, "revoke"));
    return after;
  }

  /**
   * Returns whether a change of roles is refused because the account would have too many. One that
   * adds none is not, also where an administrator's SQL has assigned more.
   *
   * @param before the roles that the account has
   * @param after the roles that it would have
   * @return true if the change must not be made
   */
  static boolean areTooMany(Set<String> before, Set<String> after) {
    requireNonNull(before, "before");
    return after.size() > maxRoles() && !before.containsAll(after);
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

  /** The result of a change of roles. In all cases but the first nothing was written. */
  sealed interface Change {
    /**
     * Done and committed.
     *
     * @param user the state after it
     * @param pending what Redis has to be told; empty if nothing changed
     */
    record Changed(UserRecord user, List<Invalidation> pending) implements Change {
      /**
       * Copies the list.
       *
       * @param user see the type
       * @param pending see the type
       */
      public Changed {
        pending = List.copyOf(pending);
      }
    }

    /** The account would have more than {@link ProfileStore#maxRoles} roles. */
    record Full() implements Change {}

    /** There is no such account. */
    record Unknown() implements Change {}
  }
}
