package io.doorward.auth.account;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.AccountDirectory.ExternalId;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.password.PasswordHash;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Writes accounts that another system has made, many at once. Thread-safe.
 *
 * <p>A new account is in no cache, so there is nothing to tell caches of, and the outbox stays
 * empty. What a cache may still hold of an earlier owner of an identifier is the business of the
 * change that took it from there.
 *
 * <p>Failure: throws {@link StoreException} when the database cannot answer before the deadline; no
 * row of the call was written then, or all were. The call may be repeated.
 */
public interface AccountImport {
  /**
   * Creates the accounts that do not exist yet, in one transaction.
   *
   * <p>A row is recognised by its content: the same row that was written by an earlier call, or
   * earlier in the list, is {@link Written#PRESENT}, also if its account has changed since, and
   * nothing is written. Its account is found by the login identifiers: one that was deleted since,
   * or has others now, is not known. A call that is repeated with the same ids is answered as the
   * first time.
   *
   * @param rows at most a few thousand; one call is one transaction
   * @param deadline for the call
   * @return what became of each row, in the order of the rows
   */
  List<Written> write(List<Row> rows, Deadline deadline);

  /** What became of a row. */
  enum Written {
    /** The account exists now. */
    CREATED,
    /** The same row was written before. */
    PRESENT,
    /** Another account has one of the login identifiers. */
    LOGIN_ID_TAKEN,
    /** Another account has the external id. */
    EXTERNAL_ID_TAKEN,
    /** The database cannot keep one of the texts, for instance because of its encoding. */
    UNSTORABLE
  }

  /**
   * An account to write, checked. Immutable and thread-safe.
   *
   * @param account its id, which must be new
   * @param loginIds 1 to 16, of the account's tenant; the first is the one that the others follow
   * @param status the initial status
   * @param hash of the password, as it is; empty for an account without one
   * @param roles each of the form of {@link ProfileStore}, at most {@link ProfileStore#maxRoles}
   * @param externalId of the account's tenant; empty if there is none
   * @param createdAt when the other system made it; empty for now
   */
  record Row(
      AccountId account,
      List<LoginId> loginIds,
      AccountStatus status,
      Optional<PasswordHash> hash,
      Set<String> roles,
      Optional<ExternalId> externalId,
      Optional<Instant> createdAt) {
    /**
     * Checks that all is of one tenant, and copies list and set.
     *
     * @param account see the type
     * @param loginIds see the type
     * @param status see the type
     * @param hash see the type
     * @param roles see the type
     * @param externalId see the type
     * @param createdAt see the type
     * @throws IllegalArgumentException if there is no login identifier, there are too many roles,
     *     or the tenants differ
     */
    public Row {
      requireNonNull(account, "account");
      loginIds = List.copyOf(loginIds);
      if (loginIds.isEmpty()) {
        throw new IllegalArgumentException("loginIds must have at least one");
      }
      loginIds.forEach(it -> Credential.requireOneTenant(account, it));
      requireNonNull(status, "status");
      requireNonNull(hash, "hash");
      roles = Set.copyOf(roles);
      if (roles.size() > ProfileStore.maxRoles()) {
        throw new IllegalArgumentException(
            "roles must be at most " + ProfileStore.maxRoles() + ": " + roles.size());
      }
      if (externalId.isPresent() && !account.isIn(externalId.get().tenant())) {
        throw new IllegalArgumentException("externalId must be of the tenant of " + account);
      }
      requireNonNull(createdAt, "createdAt");
    }

    /**
     * Returns whether another row says the same but for the account's id.
     *
     * @param other another row
     * @return true if one is a repetition of the other
     */
    public boolean hasContentOf(Row other) {
      return new Row(other.account, loginIds, status, hash, roles, externalId, createdAt)
          .equals(other);
    }

    /** Returns a text without identifiers and hash. */
    @Override
    public String toString() {
      return "Row[" + account + "]";
    }
  }
}
