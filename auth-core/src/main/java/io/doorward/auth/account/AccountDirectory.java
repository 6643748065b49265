package io.doorward.auth.account;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.TenantId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Finds accounts by every name that they have, and reads all of them page by page: for
 * administrators, and for the comparison of caches with the database. No login with a password asks
 * it. Thread-safe: one instance serves all threads.
 *
 * <p>Every method is one statement, on the primary. A look-up is within the tenant of its argument.
 *
 * <p>Failure: every method throws {@link StoreException} when the database cannot answer before the
 * deadline; nothing is retried here.
 */
public interface AccountDirectory {
  /**
   * Finds an account by its id.
   *
   * @param account the account
   * @param deadline for the call
   * @return the account; empty if there is none
   */
  Optional<Account> lookUp(AccountId account, Deadline deadline);

  /**
   * Finds an account by one of its login identifiers.
   *
   * @param loginId canonical
   * @param deadline for the call
   * @return the account; empty if there is none
   */
  Optional<Account> lookUp(LoginId loginId, Deadline deadline);

  /**
   * Finds an account by the id that the host's own system gave it.
   *
   * @param externalId the host's id
   * @param deadline for the call
   * @return the account; empty if there is none
   */
  Optional<Account> lookUp(ExternalId externalId, Deadline deadline);

  /**
   * Finds an account by the name under which another issuer knows its owner.
   *
   * @param identity issuer and subject
   * @param deadline for the call
   * @return the account; empty if there is none
   */
  Optional<Account> lookUp(ExternalIdentity identity, Deadline deadline);

  /**
   * Reads the next accounts of a tenant in the order of their ids. The cost does not depend on the
   * number of earlier accounts.
   *
   * @param tenant whose accounts
   * @param after the last account of the page before; empty for the first page
   * @param max at most this many accounts; positive
   * @param deadline for the call
   * @return the accounts; fewer than {@code max} only at the end
   * @throws IllegalArgumentException if {@code max} is not positive, or {@code after} is of another
   *     tenant
   */
  List<Account> list(TenantId tenant, Optional<AccountId> after, int max, Deadline deadline);

  /**
   * Reads the states of the next accounts of all tenants in the order of their ids. The cost does
   * not depend on the number of earlier accounts.
   *
   * @param after the last account of the page before; empty for the first page
   * @param max at most this many accounts; positive
   * @param deadline for the call
   * @return the accounts; fewer than {@code max} only at the end
   * @throws IllegalArgumentException if {@code max} is not positive
   */
  List<AccountState> page(Optional<AccountId> after, int max, Deadline deadline);

  /**
   * Reads the state of one account again.
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
   * @param loginIds under which its credential is found, in the order of their places, the oldest
   *     first; empty if the account is gone
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

  /**
   * An account as an administrator sees it, read by one statement. Holds no hash. Immutable and
   * thread-safe.
   *
   * <p>Security: it is personal data. {@link #toString()} shows no login identifier and no id that
   * another system gave.
   *
   * @param id its name, with its tenant
   * @param status whether it may be used
   * @param logins its login identifiers, in the order of their places, the oldest first
   * @param externalId the id that the host's own system gave it
   * @param identities under which other issuers know its owner
   * @param credentials the types of its credentials, for instance {@code password}
   * @param roles from its profile
   * @param createdAt when it was created
   */
  record Account(
      AccountId id,
      AccountStatus status,
      List<Login> logins,
      Optional<ExternalId> externalId,
      Set<ExternalIdentity> identities,
      Set<String> credentials,
      Set<String> roles,
      Instant createdAt) {
    /**
     * Copies the list and the sets.
     *
     * @param id see the type
     * @param status see the type
     * @param logins see the type
     * @param externalId see the type
     * @param identities see the type
     * @param credentials see the type
     * @param roles see the type
     * @param createdAt see the type
     */
    public Account {
      logins = List.copyOf(logins);
      identities = Set.copyOf(identities);
      credentials = Set.copyOf(credentials);
      roles = Set.copyOf(roles);
    }

    /**
     * A login identifier of an account.
     *
     * @param loginId the identifier
     * @param addedAt since when it has its present value
     * @param verifiedAt when it was proved that it belongs to the account's owner; empty if it was
     *     not
     */
    public record Login(LoginId loginId, Instant addedAt, Optional<Instant> verifiedAt) {}
  }

  /**
   * The id that the host's own system, such as a customer database, gave an account. Unique in its
   * tenant, compared exactly. Immutable and thread-safe.
   *
   * @param tenant of the account
   * @param value 1 to 255 characters
   */
  record ExternalId(TenantId tenant, String value) {
    private static final int MAX = 255;

    /**
     * Checks the length.
     *
     * @param tenant see the type
     * @param value see the type
     * @throws IllegalArgumentException if {@code value} is empty or too long; the message does not
     *     repeat it
     */
    public ExternalId {
      requireNonNull(tenant, "tenant");
      requireLength("externalId", requireNonNull(value, "value"), MAX);
    }

    /** Returns a text without the value. */
    @Override
    public String toString() {
      return "ExternalId[tenant=" + tenant + ", hidden]";
    }
  }

  /**
   * The name under which another issuer, such as an OpenID provider, knows the owner of an account.
   * Unique in its tenant, compared exactly. Immutable and thread-safe.
   *
   * @param tenant of the account
   * @param issuer 1 to 512 characters of printable ASCII without blanks, for instance the {@code
   *     iss} of OpenID Connect
   * @param subject what the issuer calls the person; 1 to 256 characters
   */
  record ExternalIdentity(TenantId tenant, String issuer, String subject) {
    private static final int MAX_ISSUER = 512;
    private static final int MAX_SUBJECT = 256;

    /**
     * Checks the texts.
     *
     * @param tenant see the type
     * @param issuer see the type
     * @param subject see the type
     * @throws IllegalArgumentException if a text has another form; the message does not repeat the
     *     subject
     */
    public ExternalIdentity {
      requireNonNull(tenant, "tenant");
      requireLength("issuer", issuer, MAX_ISSUER);
      if (!issuer.chars().allMatch(c -> c > ' ' && c < 0x7F)) {
        throw new IllegalArgumentException("issuer must be printable ASCII without blanks");
      }
      requireLength("subject", subject, MAX_SUBJECT);
    }

    /** Returns a text without the subject. */
    @Override
    public String toString() {
      return "ExternalIdentity[tenant=" + tenant + ", issuer=" + issuer + ", hidden]";
    }
  }

  private static void requireLength(String what, String text, int max) {
    int length = requireNonNull(text, what).codePointCount(0, text.length());
    if (length < 1 || length > max) {
      throw new IllegalArgumentException(
          what + " must have 1 to " + max + " characters, had " + length);
    }
  }
}
