package io.doorward.auth.event;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.event.AccessEvent.Budget;
import io.doorward.auth.event.AccessEvent.HashUnreadable;
import io.doorward.auth.event.AccessEvent.LoginThrottled;
import java.util.Optional;
import java.util.Set;

/** Events of changes to accounts: made, or refused. */
public interface AccountEvent extends AuthEvent {
  /** Why a sign-up was refused. */
  enum SignUpRefusal {
    /** The login identifier already belongs to an account. */
    DUPLICATE,
    /** The password violates the policy. */
    PASSWORD_POLICY,
    /** Too many sign-ups came from the network, or to the node. */
    THROTTLED
  }

  /** Why a password change was refused. */
  enum PasswordChangeRefusal {
    /** The new password violates the policy. */
    PASSWORD_POLICY,
    /** The given present password is not the account's. */
    WRONG_PASSWORD,
    /** The stored hash of the present password can match none: see {@link HashUnreadable}. */
    UNREADABLE_HASH,
    /** Right password, but the account is pending, disabled or deleted. */
    NOT_ACTIVE,
    /** Right present password from an unknown device, see {@link Budget#PASSWORD}. */
    KNOWN_DEVICES_ONLY,
    /**
     * The account no longer has a password, or its login identifier now belongs to another account.
     */
    UNKNOWN_ACCOUNT,
    /** Too many attempts: {@link LoginThrottled} names the budget. */
    THROTTLED,
    /** A concurrent call changed the credential. */
    CONFLICT
  }

  /** The names that an account may have. */
  enum AccountName {
    /** An identifier that opens it. */
    LOGIN_ID,
    /** The id that the host's own system gave it. */
    EXTERNAL_ID,
    /** A name under which another issuer knows its owner. */
    EXTERNAL_IDENTITY
  }

  /** Why a change of a name was refused. */
  enum NameRefusal {
    /** Another account of the tenant has the name. */
    DUPLICATE,
    /** The account has as many names of that kind as it may have. */
    FULL,
    /** It is the only login identifier of the account. */
    LAST
  }

  /**
   * An account was created.
   *
   * @param account the new account
   * @param cachePending true if Redis could not be told yet
   */
  record SignedUp(AccountId account, boolean cachePending) implements AccountEvent, Committed {}

  /**
   * A sign-up was refused.
   *
   * @param reason why
   * @param network the client's network in clear, if known
   */
  record SignUpRefused(SignUpRefusal reason, Optional<String> network) implements AccountEvent {
    @Override
    public Level level() {
      return Level.NOTABLE;
    }
  }

  /**
   * A password was changed.
   *
   * @param account whose
   * @param cachePending true if Redis could not be told yet
   */
  record PasswordChanged(AccountId account, boolean cachePending)
      implements AccountEvent, Committed {}

  /**
   * A password was set without the present one, by the host for an owner that it has verified.
   *
   * @param account whose
   * @param cachePending true if Redis could not be told yet
   */
  record PasswordSet(AccountId account, boolean cachePending) implements AccountEvent, Committed {}

  /**
   * A password change was refused, or a password that was to be set.
   *
   * @param account whose, if there is one
   * @param reason why; the client learns only that the change was refused
   * @param network the client's network in clear, if known
   */
  record PasswordChangeRefused(
      Optional<AccountId> account, PasswordChangeRefusal reason, Optional<String> network)
      implements AccountEvent {
    @Override
    public Level level() {
      return Level.NOTABLE;
    }
  }

  /**
   * A password hash was replaced by one of the present scheme and cost.
   *
   * @param account whose
   */
  record PasswordRehashed(AccountId account) implements AccountEvent {}

  /**
   * An account's status was changed.
   *
   * @param account whose
   * @param status the name of the new {@link io.doorward.auth.account.AccountStatus}
   * @param cachePending true if Redis could not be told yet
   */
  record StatusChanged(AccountId account, String status, boolean cachePending)
      implements AccountEvent, Committed {}

  /**
   * The identifier under which an account logs in was changed.
   *
   * @param account whose
   * @param cachePending true if Redis could not be told yet
   */
  record LoginIdChanged(AccountId account, boolean cachePending)
      implements AccountEvent, Committed {}

  /**
   * An account got a further login identifier.
   *
   * @param account whose
   * @param cachePending true if Redis could not be told yet
   */
  record LoginIdAdded(AccountId account, boolean cachePending) implements AccountEvent, Committed {}

  /**
   * A login identifier was taken away from an account.
   *
   * @param account whose
   * @param cachePending true if Redis could not be told yet
   */
  record LoginIdRemoved(AccountId account, boolean cachePending)
      implements AccountEvent, Committed {}

  /**
   * An account got an id of the host's own system.
   *
   * @param account whose
   */
  record ExternalIdSet(AccountId account) implements AccountEvent {}

  /**
   * The id of the host's own system was taken away from an account.
   *
   * @param account whose
   */
  record ExternalIdCleared(AccountId account) implements AccountEvent {}

  /**
   * It was noted that another issuer knows the owner of an account. The event does not say under
   * which name.
   *
   * @param account whose
   * @param issuer the issuer
   */
  record IdentityLinked(AccountId account, String issuer) implements AccountEvent {}

  /**
   * It was forgotten that another issuer knows the owner of an account.
   *
   * @param account whose
   * @param issuer the issuer
   */
  record IdentityUnlinked(AccountId account, String issuer) implements AccountEvent {}

  /**
   * A change of a name of an account was refused. The event does not say which name.
   *
   * @param account whose
   * @param name what would have changed
   * @param reason why
   */
  record NameChangeRefused(AccountId account, AccountName name, NameRefusal reason)
      implements AccountEvent {
    @Override
    public Level level() {
      return Level.NOTABLE;
    }
  }

  /**
   * A credential got a new version because it was changed outside the library.
   *
   * @param account whose
   * @param cachePending true if Redis could not be told yet
   */
  record CredentialRenewed(AccountId account, boolean cachePending)
      implements AccountEvent, Committed {}

  /**
   * An account was deleted.
   *
   * @param account which one
   * @param cachePending true if Redis could not be told yet
   */
  record AccountDeleted(AccountId account, boolean cachePending)
      implements AccountEvent, Committed {}

  /**
   * An import of accounts has ended.
   *
   * @param created how many accounts were made
   * @param present how many had been imported before
   * @param refused how many were not imported
   * @param complete false if a backend could not answer, or time was up
   */
  record AccountsImported(long created, long present, long refused, boolean complete)
      implements AccountEvent {
    @Override
    public Level level() {
      return complete && refused == 0 ? Level.ROUTINE : Level.NOTABLE;
    }
  }

  /**
   * An account's roles were changed.
   *
   * @param account whose
   * @param roles the roles after the change
   * @param cachePending true if Redis could not be told yet
   */
  record RolesChanged(AccountId account, Set<String> roles, boolean cachePending)
      implements AccountEvent, Committed {}
}
