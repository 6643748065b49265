package io.doorward.auth.account;

import io.doorward.auth.account.AccountDirectory.ExternalId;
import io.doorward.auth.account.AccountDirectory.ExternalIdentity;
import io.doorward.auth.account.Outbox.Invalidation;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import java.util.List;

/**
 * Changes the names of accounts: login identifiers, the external id and external identities. Each
 * name is unique in its tenant; of two accounts that want one at once, exactly one gets it.
 * Thread-safe: one instance serves all threads.
 *
 * <p>Every change of a login identifier gives the account a new {@link CredentialVersion}, begins
 * its next {@link Epoch}, which ends all its sessions, and writes {@link Invalidation}s for every
 * login identifier that it has or had, in the same transaction. The other names open no account, so
 * their changes do none of this.
 *
 * <p>Failure: every method throws {@link StoreException} when the database cannot answer before the
 * deadline; nothing is retried here. A change whose answer was lost may be repeated under its
 * {@link OperationId} and then reports the first outcome. A refusal writes nothing, so a repeat of
 * one may be a change.
 */
public interface NameStore {
  /**
   * Returns how many login identifiers an account may have, and how many identities.
   *
   * @return always 16
   */
  static int maxOfAccount() {
    return 16;
  }

  /**
   * Replaces the first login identifier of an account by another one, which takes its place. One
   * that the account has already moves to that place.
   *
   * @param account the account
   * @param next the new identifier, canonical
   * @param operation identifies this call
   * @param deadline for the call
   * @return changed (with nothing pending if it was the first one already), taken or unknown
   * @throws IllegalArgumentException if the identifier is of another tenant than the account
   */
  NameChange changeLoginId(
      AccountId account, LoginId next, OperationId operation, Deadline deadline);

  /**
   * Gives an account a further login identifier, which comes after those that it has.
   *
   * @param account the account
   * @param further the identifier, canonical
   * @param operation identifies this call
   * @param deadline for the call
   * @return changed (with nothing pending if it had that identifier), taken, full or unknown
   * @throws IllegalArgumentException if the identifier is of another tenant than the account
   */
  NameChange addLoginId(
      AccountId account, LoginId further, OperationId operation, Deadline deadline);

  /**
   * Takes a login identifier away from an account. If it was the first one, the next one is first.
   *
   * @param account the account
   * @param loginId the identifier, canonical
   * @param operation identifies this call
   * @param deadline for the call
   * @return changed, absent, last or unknown
   * @throws IllegalArgumentException if the identifier is of another tenant than the account
   */
  NameChange removeLoginId(
      AccountId account, LoginId loginId, OperationId operation, Deadline deadline);

  /**
   * Gives an account an id of the host's own system, in place of the one that it has.
   *
   * @param account the account
   * @param externalId the id
   * @param operation identifies this call
   * @param deadline for the call
   * @return changed (with nothing pending), taken or unknown
   * @throws IllegalArgumentException if the id is of another tenant than the account
   */
  NameChange setExternalId(
      AccountId account, ExternalId externalId, OperationId operation, Deadline deadline);

  /**
   * Takes the id of the host's own system away from an account.
   *
   * @param account the account
   * @param operation identifies this call
   * @param deadline for the call
   * @return changed (with nothing pending), absent or unknown
   */
  NameChange clearExternalId(AccountId account, OperationId operation, Deadline deadline);

  /**
   * Notes that another issuer knows the owner of an account under a name.
   *
   * @param account the account
   * @param identity issuer and subject
   * @param operation identifies this call
   * @param deadline for the call
   * @return changed (with nothing pending), taken, full or unknown
   * @throws IllegalArgumentException if the identity is of another tenant than the account
   */
  NameChange linkIdentity(
      AccountId account, ExternalIdentity identity, OperationId operation, Deadline deadline);

  /**
   * Forgets that another issuer knows the owner of an account under a name.
   *
   * @param account the account
   * @param identity issuer and subject
   * @param operation identifies this call
   * @param deadline for the call
   * @return changed (with nothing pending), absent or unknown
   * @throws IllegalArgumentException if the identity is of another tenant than the account
   */
  NameChange unlinkIdentity(
      AccountId account, ExternalIdentity identity, OperationId operation, Deadline deadline);

  /** The result of a change of a name. In all cases but the first nothing was written. */
  sealed interface NameChange {
    /**
     * Done and committed.
     *
     * @param pending the invalidations for Redis; empty if no login identifier changed
     */
    record Changed(List<Invalidation> pending) implements NameChange {
      /**
       * Copies the list.
       *
       * @param pending see the type
       */
      public Changed {
        pending = List.copyOf(pending);
      }
    }

    /** Another account of the tenant has the name. */
    record Taken() implements NameChange {}

    /** The account has 16 names of that kind, the most that it may have. */
    record Full() implements NameChange {}

    /** The account does not have the name. */
    record Absent() implements NameChange {}

    /** It is the only login identifier of the account. */
    record Last() implements NameChange {}

    /** There is no such account. */
    record Unknown() implements NameChange {}
  }
}
