package io.doorward.auth.account;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.Outbox.Invalidation;
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
 * sent. Every change of status, identifier or any credential, by any path, gives the account a new
 * {@link CredentialVersion} and writes {@link Invalidation}s in the same transaction. Version and
 * {@link Epoch} belong to the account, so an account without a password has them too.
 *
 * <p>Failure: every method throws {@link StoreException} when the database cannot answer before the
 * deadline; nothing is retried here. A change whose answer was lost may be repeated under its
 * {@link OperationId} and then reports the first outcome. What a newer version of the library has
 * written and this one does not know, such as a status, is a failure of the kind {@link
 * StoreException.Kind#NEWER_FORMAT}.
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
   * Reads the version of an account by primary key: a cheap check whether a cached copy of its
   * credential is current.
   *
   * @param account the account
   * @param deadline for the call
   * @return the version; empty if there is no such account
   */
  Optional<CredentialVersion> version(AccountId account, Deadline deadline);

  /**
   * Creates an account with its profile (no roles) and, where it has a hash, its password
   * credential, in one transaction.
   *
   * @param wanted the new account; its id and {@code operation} make the call repeatable
   * @param operation identifies this call
   * @param deadline for the call
   * @return created or duplicate
   */
  Creation create(NewAccount wanted, OperationId operation, Deadline deadline);

  /**
   * Replaces a password by compare-and-set on the version. Ends all sessions: the new version
   * begins the account's next epoch, {@link Epoch#of}.
   *
   * @param account the account
   * @param expected the version that the caller has read
   * @param next hash of the new password
   * @param operation identifies this call
   * @param deadline for the call
   * @return changed, or version conflict also if the account has no password
   */
  Change changePassword(
      AccountId account,
      CredentialVersion expected,
      PasswordHash next,
      OperationId operation,
      Deadline deadline);

  /**
   * Gives an account a password in place of the one that it has, or where it has none, whatever its
   * version and its status. Ends all sessions: the new version begins the account's next epoch,
   * {@link Epoch#of}.
   *
   * @param account the account
   * @param next hash of the new password
   * @param operation identifies this call
   * @param deadline for the call
   * @return changed, or version conflict if there is no such account
   */
  Change setPassword(
      AccountId account, PasswordHash next, OperationId operation, Deadline deadline);

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
   * Changes an account's status. Any change ends all its sessions and API keys.
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
   * Gives an account a new version after a change that the store could not see, such as a restored
   * table. Ends all sessions of the account.
   *
   * @param account the account
   * @param operation identifies this call
   * @param deadline for the call
   * @return changed, or version conflict if there is no such account
   */
  Change renewVersion(AccountId account, OperationId operation, Deadline deadline);

  /**
   * Counts one wrong password. When the count reaches the limit, the credential is restricted to
   * {@linkplain Credential#knownDevicesOnly known devices only}. The account then gets a new
   * version and keeps its epoch, so sessions stay live. The next epoch begins with no failures. A
   * call that is repeated because its answer was lost may count twice.
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
   * Lifts the restriction to known devices and resets the failure count. The account gets a new
   * version and keeps its epoch. Does nothing if the account is not restricted.
   *
   * @param account the account
   * @param epoch of the credential that was verified; does nothing in another epoch
   * @param deadline for the call
   * @return the invalidations for Redis; empty if nothing changed
   */
  List<Invalidation> forgiveFailures(AccountId account, Epoch epoch, Deadline deadline);

  /**
   * Deletes an account with its credentials, profile and sessions. Needs no operation id, because a
   * repeat deletes nothing.
   *
   * @param account the account
   * @param deadline for the call
   * @return the invalidations for Redis, also if the account was deleted a short time before; empty
   *     if no record of it remains
   */
  Optional<List<Invalidation>> delete(AccountId account, Deadline deadline);

  /**
   * An account to create.
   *
   * @param account its id, which must be new
   * @param loginId canonical
   * @param status the initial status
   * @param hash of the password; empty for an account without one
   */
  record NewAccount(
      AccountId account, LoginId loginId, AccountStatus status, Optional<PasswordHash> hash) {
    /**
     * Checks that nothing is missing, and that account and identifier are of one tenant.
     *
     * @param account see the type
     * @param loginId see the type
     * @param status see the type
     * @param hash see the type
     * @throws IllegalArgumentException if the tenants differ
     */
    public NewAccount {
      requireNonNull(account, "account");
      requireNonNull(loginId, "loginId");
      Credential.requireOneTenant(account, loginId);
      requireNonNull(status, "status");
      requireNonNull(hash, "hash");
    }

    /**
     * Returns an account that has a password.
     *
     * @param account its id
     * @param loginId canonical
     * @param status the initial status
     * @param hash of the password
     * @return the account to create
     */
    public static NewAccount of(
        AccountId account, LoginId loginId, AccountStatus status, PasswordHash hash) {
      return new NewAccount(account, loginId, status, Optional.of(hash));
    }

    /**
     * Returns an account that has no password: nothing logs in to it by a password.
     *
     * @param account its id
     * @param loginId canonical
     * @param status the initial status
     * @return the account to create
     */
    public static NewAccount withoutPassword(
        AccountId account, LoginId loginId, AccountStatus status) {
      return new NewAccount(account, loginId, status, Optional.empty());
    }
  }

  /** The result of {@link #create}. */
  sealed interface Creation {
    /**
     * The account exists now.
     *
     * @param credential as stored; empty if the account has no password
     * @param pending the invalidations for Redis
     */
    record Created(Optional<Credential> credential, List<Invalidation> pending)
        implements Creation {
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

  /** The result of a compare-and-set. */
  sealed interface Change {
    /**
     * Done and committed.
     *
     * @param version the account's version after the change
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

    /** The account no longer has the expected version, or no longer exists. Nothing was written. */
    record VersionConflict() implements Change {}
  }
}
