package io.doorward.auth.account;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.password.PasswordHash;
import java.util.List;
import java.util.Optional;

/**
 * Owns accounts and their credentials: the truth, in PostgreSQL. Thread-safe: one instance serves
 * all threads.
 *
 * <p>Consistency: reads go to the primary and see every change that was committed before they were
 * sent. Every change of hash, status or identifier, by whatever path, gives the credential a new
 * {@link CredentialVersion} and writes {@link Invalidation}s in the same transaction.
 *
 * <p>Failure: every method throws {@link StoreException} when the database cannot answer before the
 * deadline; nothing is retried here. A change whose answer was lost may be repeated under its
 * {@link OperationId} and then reports the first outcome.
 */
public interface CredentialStore {
  /**
   * Finds the password credential of a login identifier.
   *
   * @param loginId canonical
   * @param deadline for the call
   * @return the credential; empty if there is no such account or it has no password
   */
  Optional<Credential> find(LoginId loginId, Deadline deadline);

  /**
   * Finds the password credential of an account.
   *
   * @param account the account
   * @param deadline for the call
   * @return the credential; empty if there is no such account or it has no password
   */
  Optional<Credential> find(AccountId account, Deadline deadline);

  /**
   * Reads only the state of an account's password credential, by primary key: the cheap question
   * whether a cached copy is still the truth.
   *
   * @param account the account
   * @param deadline for the call
   * @return the version; empty if there is no such account or it has no password
   */
  Optional<CredentialVersion> version(AccountId account, Deadline deadline);

  /**
   * Creates an account with its profile (no roles) and its password credential, in one transaction.
   *
   * @param account the new account's name; with {@code operation} it makes the call repeatable
   * @param loginId canonical
   * @param status the first status
   * @param hash of the password
   * @param operation names this call
   * @param deadline for the call
   * @return created, or a duplicate
   */
  Creation create(
      AccountId account,
      LoginId loginId,
      AccountStatus status,
      PasswordHash hash,
      OperationId operation,
      Deadline deadline);

  /**
   * Replaces a password: compare-and-set on the version. Ends all sessions: the version that it
   * leads to begins the account's next epoch, {@link Epoch#of}.
   *
   * @param account the account
   * @param expected the state that the caller has seen
   * @param next hash of the new password
   * @param operation names this call
   * @param deadline for the call
   * @return changed, or moved on
   */
  Change changePassword(
      AccountId account,
      CredentialVersion expected,
      PasswordHash next,
      OperationId operation,
      Deadline deadline);

  /**
   * Replaces the hash of an unchanged password by one of better cost: compare-and-set on the
   * version. Sessions live on: the epoch stays.
   *
   * @param account the account
   * @param expected the state that the caller has seen
   * @param next another hash of the same password
   * @param operation names this call
   * @param deadline for the call
   * @return changed, or moved on
   */
  Change rehash(
      AccountId account,
      CredentialVersion expected,
      PasswordHash next,
      OperationId operation,
      Deadline deadline);

  /**
   * Changes an account's status. Any change ends all its sessions.
   *
   * @param account the account
   * @param status the new status
   * @param operation names this call
   * @param deadline for the call
   * @return changed (with nothing pending if it had that status already), or moved on if there is
   *     no such account
   */
  Change changeStatus(
      AccountId account, AccountStatus status, OperationId operation, Deadline deadline);

  /**
   * Changes the identifier under which an account is found. Ends all its sessions.
   *
   * @param account the account
   * @param next the new identifier, canonical
   * @param operation names this call
   * @param deadline for the call
   * @return renamed (with nothing pending if it had that identifier already), or why not
   */
  Renaming changeLoginId(AccountId account, LoginId next, OperationId operation, Deadline deadline);

  /**
   * Gives a credential a new version because something was done to it that the store could not see,
   * such as a restored table. Ends all sessions of the account.
   *
   * @param account the account
   * @param operation names this call
   * @param deadline for the call
   * @return changed, or moved on if there is no such account or it has no password
   */
  Change renewVersion(AccountId account, OperationId operation, Deadline deadline);

  /**
   * Counts one wrong password. From the limit on the credential is for {@linkplain
   * Credential#knownDevicesOnly known devices only}: it gets a new version then, and the epoch
   * stays, so sessions live on. The next epoch begins with no failures. A call that is repeated
   * because its answer was lost may count twice.
   *
   * @param account the account
   * @param epoch of the credential that was compared; a failure of another one counts nothing
   * @param limit how many failures close the account to strangers; positive
   * @param deadline for the call
   * @return what Redis has to be told if this failure reached the limit; else empty
   */
  Optional<List<Invalidation>> countFailure(
      AccountId account, Epoch epoch, int limit, Deadline deadline);

  /**
   * Opens an account to strangers again and forgets its failures. The credential gets a new
   * version, the epoch stays. Does nothing where it is open.
   *
   * @param account the account
   * @param epoch of the credential that was proved; does nothing in another one
   * @param deadline for the call
   * @return what Redis has to be told; empty if nothing changed
   */
  List<Invalidation> forgiveFailures(AccountId account, Epoch epoch, Deadline deadline);

  /**
   * Deletes an account with its credential, profile and sessions. Needs no operation's name: there
   * is nothing to delete twice.
   *
   * @param account the account
   * @param deadline for the call
   * @return what Redis has to be told, also where the account was deleted a short time before;
   *     empty if there is no trace of it
   */
  Optional<List<Invalidation>> delete(AccountId account, Deadline deadline);

  /** What became of {@link #create}. */
  sealed interface Creation {
    /**
     * The account exists now.
     *
     * @param credential as stored
     * @param pending what Redis has to be told
     */
    record Created(Credential credential, List<Invalidation> pending) implements Creation {
      /**
       * Copies the list.
       *
       * @param credential see the type
       * @param pending see the type
       */
      public Created {
        pending = List.copyOf(pending);
      }
    }

    /** The login identifier is taken. Nothing was written. */
    record Duplicate() implements Creation {}
  }

  /** What became of {@link #changeLoginId}. */
  sealed interface Renaming {
    /**
     * Done and committed.
     *
     * @param pending what Redis has to be told, of the old and of the new identifier
     */
    record Renamed(List<Invalidation> pending) implements Renaming {
      /**
       * Copies the list.
       *
       * @param pending see the type
       */
      public Renamed {
        pending = List.copyOf(pending);
      }
    }

    /** Another account has that identifier. Nothing was written. */
    record Duplicate() implements Renaming {}

    /** There is no such account. */
    record Unknown() implements Renaming {}
  }

  /** What became of a compare-and-set. */
  sealed interface Change {
    /**
     * Done and committed.
     *
     * @param version the credential's state after the change
     * @param pending what Redis has to be told
     */
    record Changed(CredentialVersion version, List<Invalidation> pending) implements Change {
      /**
       * Copies the list.
       *
       * @param version see the type
       * @param pending see the type
       */
      public Changed {
        pending = List.copyOf(pending);
      }
    }

    /** The credential is not in the expected state any more, or is gone. Nothing was written. */
    record VersionConflict() implements Change {}
  }
}
