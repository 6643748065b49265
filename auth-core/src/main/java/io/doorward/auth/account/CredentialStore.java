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
 * Stores accounts and their credentials in PostgreSQL, the source of truth. Thread-safe: one
 * instance serves all threads.
 *
 * <p>Consistency: reads go to the primary and see every change that was committed before they were
 * sent. Every change of hash, status or identifier, by any path, gives the credential a new {@link
 * CredentialVersion} and writes {@link Invalidation}s in the same transaction.
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
   * Reads the version of an account's password credential by primary key: a cheap check whether a
   * cached copy is current.
   *
   * @param account the account
   * @param deadline for the call
   * @return the version; empty if there is no such account or it has no password
   */
  Optional<CredentialVersion> version(AccountId account, Deadline deadline);

  /**
   * Creates an account with its profile (no roles) and its password credential, in one transaction.
   *
   * @param account the new account's id; with {@code operation} it makes the call repeatable
   * @param loginId canonical
   * @param status the initial status
   * @param hash of the password
   * @param operation identifies this call
   * @param deadline for the call
   * @return created or duplicate
   */
  Creation create(
      AccountId account,
      LoginId loginId,
      AccountStatus status,
      PasswordHash hash,
      OperationId operation,
      Deadline deadline);

  /**
   * Replaces a password by compare-and-set on the version. Ends all sessions: the new version
   * begins the account's next epoch, {@link Epoch#of}.
   *
   * @param account the account
   * @param expected the version that the caller has read
   * @param next hash of the new password
   * @param operation identifies this call
   * @param deadline for the call
   * @return changed or version conflict
   */
  Change changePassword(
      AccountId account,
      CredentialVersion expected,
      PasswordHash next,
      OperationId operation,
      Deadline deadline);

  /**
   * Replaces the hash of an unchanged password by a stronger one, by compare-and-set on the
   * version. Keeps the epoch, so sessions stay live.
   *
   * @param account the account
   * @param expected the version that the caller has read
   * @param next another hash of the same password
   * @param operation identifies this call
   * @param deadline for the call
   * @return changed or version conflict
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
   * @param operation identifies this call
   * @param deadline for the call
   * @return changed (with nothing pending if it already had that status), or version conflict if
   *     there is no such account
   */
  Change changeStatus(
      AccountId account, AccountStatus status, OperationId operation, Deadline deadline);

  /**
   * Changes the login identifier of an account. Ends all its sessions.
   *
   * @param account the account
   * @param next the new identifier, canonical
   * @param operation identifies this call
   * @param deadline for the call
   * @return renamed (with nothing pending if it already had that identifier), duplicate or unknown
   */
  Renaming changeLoginId(AccountId account, LoginId next, OperationId operation, Deadline deadline);

  /**
   * Gives a credential a new version after a change that the store could not see, such as a
   * restored table. Ends all sessions of the account.
   *
   * @param account the account
   * @param operation identifies this call
   * @param deadline for the call
   * @return changed, or version conflict if there is no such account or it has no password
   */
  Change renewVersion(AccountId account, OperationId operation, Deadline deadline);

  /**
   * Counts one wrong password. When the count reaches the limit, the credential is restricted to
   * {@linkplain Credential#knownDevicesOnly known devices only}. It then gets a new version and
   * keeps its epoch, so sessions stay live. The next epoch begins with no failures. A call that is
   * repeated because its answer was lost may count twice.
   *
   * @param account the account
   * @param epoch of the credential that was compared; a failure in another epoch is not counted
   * @param limit number of failures that restricts the account to known devices; positive
   * @param deadline for the call
   * @return the invalidations for Redis if this failure reached the limit; else empty
   */
  Optional<List<Invalidation>> countFailure(
      AccountId account, Epoch epoch, int limit, Deadline deadline);

  /**
   * Lifts the restriction to known devices and resets the failure count. The credential gets a new
   * version and keeps its epoch. Does nothing if the account is not restricted.
   *
   * @param account the account
   * @param epoch of the credential that was verified; does nothing in another epoch
   * @param deadline for the call
   * @return the invalidations for Redis; empty if nothing changed
   */
  List<Invalidation> forgiveFailures(AccountId account, Epoch epoch, Deadline deadline);

  /**
   * Deletes an account with its credential, profile and sessions. Needs no operation id, because a
   * repeat deletes nothing.
   *
   * @param account the account
   * @param deadline for the call
   * @return the invalidations for Redis, also if the account was deleted a short time before; empty
   *     if no record of it remains
   */
  Optional<List<Invalidation>> delete(AccountId account, Deadline deadline);

  /** The result of {@link #create}. */
  sealed interface Creation {
    /**
     * The account exists now.
     *
     * @param credential as stored
     * @param pending the invalidations for Redis
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

  /** The result of {@link #changeLoginId}. */
  sealed interface Renaming {
    /**
     * Done and committed.
     *
     * @param pending the invalidations for Redis, of the old and of the new identifier
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

  /** The result of a compare-and-set. */
  sealed interface Change {
    /**
     * Done and committed.
     *
     * @param version the credential's version after the change
     * @param pending the invalidations for Redis
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

    /**
     * The credential no longer has the expected version, or no longer exists. Nothing was written.
     */
    record VersionConflict() implements Change {}
  }
}
