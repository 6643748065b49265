package io.doorward.auth.event;

import io.doorward.auth.backend.Finding;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.base.StoreException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * An event for operators and security teams. Not sealed: new types may be added.
 *
 * <p>Security: events carry reasons that a caller must not learn. Events never hold a login
 * identifier, a password, a token or a key. A {@link SessionId} opens nothing without a signed
 * token. A client's network (an IPv4 address or an IPv6 /64) is in clear, which is personal data.
 */
public interface AuthEvent {

  /** How important an event is for operators. */
  enum Level {
    /** Normal operation: a success, a requested change, background work. */
    ROUTINE,
    /**
     * A refusal or a failure, as it occurs now and then. A single one is normal; many are a signal.
     */
    NOTABLE,
    /** An operator should look: it does not resolve by itself, or should never occur. */
    ALARM
  }

  /**
   * Returns the importance of this event.
   *
   * @return {@link Level#ROUTINE} unless the type says otherwise
   */
  default Level level() {
    return Level.ROUTINE;
  }

  /** Where a login found its credential. */
  enum Source {
    /** The cached credential matched. */
    CACHE,
    /** The database was read. */
    DATABASE
  }

  /** The parts of a login that are timed. */
  enum Step {
    /** Calling the limiter, including the wait for a place. */
    THROTTLE,
    /** Looking into the credential cache. */
    CACHE_LOOKUP,
    /** Reading the database. */
    DATABASE_READ,
    /** Waiting for a hashing permit and hashing. */
    HASHING,
    /** Creating the session and signing its token. */
    SESSION
  }

  /** The parts of the service that call a backend or have a bounded queue. */
  enum Part {
    /** Accounts and profiles in the database. */
    ACCOUNT_STORE("account store"),
    /** Counts attempts for all nodes. */
    ATTEMPT_LIMITER("attempt limiter"),
    /** Fills, touches and other work after an answer. */
    BACKGROUND("background"),
    /** Compares the caches with the database. */
    CACHE_CHECK("cache check"),
    /** Removes expired rows. */
    CLEAN_UP("clean-up"),
    /** Cached credentials. */
    CREDENTIAL_CACHE("credential cache"),
    /** Counts wrong passwords in the database. */
    FAILURE_COUNT("failure count"),
    /** Hashes passwords and compares them. */
    HASHING("hashing"),
    /** Pending invalidations. */
    OUTBOX("outbox"),
    /** The Redis primaries that the nodes know. */
    PRIMARY_REGISTRY("primary registry"),
    /** The database, for user records that Redis does not have. */
    PROFILE_STORE("profile store"),
    /** Renews outdated hashes. */
    REHASH_QUEUE("rehash queue"),
    /** Sessions in Redis that the database owns. */
    SESSION_VIEW("session view"),
    /** Sessions. */
    TOKEN_STORE("token store"),
    /** Cached user records. */
    USER_RECORDS("user records");

    private final String text;

    Part(String text) {
      this.text = text;
    }

    /**
     * Returns the name used in logs and metrics.
     *
     * @return lower case words, for instance {@code token store}
     */
    public String text() {
      return text;
    }
  }

  /** Why a login was rejected. */
  enum LoginRefusal {
    /** No account under that identifier, or it has no password. */
    UNKNOWN_LOGIN,
    /** The password is not the account's. */
    WRONG_PASSWORD,
    /** The stored hash can match no password: see {@link HashUnreadable}. */
    UNREADABLE_HASH,
    /** Right password, but the account is pending, disabled or deleted. */
    NOT_ACTIVE,
    /**
     * Right password from an unknown device, after too many wrong ones: see {@link
     * Budget#PASSWORD}.
     */
    KNOWN_DEVICES_ONLY,
    /** The credential was replaced while this login was under way. */
    CREDENTIAL_CHANGED
  }

  /** Which budget of attempts was spent. */
  enum Budget {
    /**
     * The budget of one login identifier, or of one network at it: too many failures. Waits grow.
     */
    ACCOUNT,
    /**
     * The budget of one known device at one login identifier, whose waits grow, or of all devices
     * known to the identifier together. Unknown devices can still log in.
     */
    DEVICE,
    /** The budget of one network, over all accounts. */
    NETWORK,
    /**
     * The budget of wrong passwords of one account: after it is spent, the account accepts its
     * password from known devices only, until one of them logs in or the password is changed.
     */
    PASSWORD
  }

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

  /** Why a request was refused before the application saw it. */
  enum RequestRefusal {
    /** Its path can be parsed in more than one way, a common bypass of access rules. */
    AMBIGUOUS_PATH,
    /** It carried more than one credential. */
    AMBIGUOUS_CREDENTIALS,
    /** It came from another site and would have used the cookie, or logged a browser in. */
    CROSS_SITE,
    /** No access rule allows its path. */
    NO_RULE,
    /** Its principal has none of the roles that the rule asks for. */
    MISSING_ROLE,
    /** It carried a live session's token in a way that the session was not made for. */
    MISPLACED_TOKEN
  }

  /** Why a presented token was refused. */
  enum TokenRefusal {
    /**
     * Not issued by this service: wrong form, key, algorithm, signature, type, issuer or audience,
     * or it names an API key.
     */
    INVALID,
    /** It is genuine but expired. */
    EXPIRED,
    /** Its session ended, was revoked, or was authenticated by a credential that was replaced. */
    NO_SESSION
  }

  /** The kind of value that a cache holds for an account. */
  enum CachedValue {
    /** Hash and status, found by the login identifier. */
    CREDENTIAL,
    /** Roles, and which sessions have ended. */
    USER_RECORD
  }

  /** Why a fill of the cache stored nothing. */
  enum FillFailure {
    /** The queue was full, or a blocking fill had no time left. */
    DROPPED,
    /** A concurrent change voided the ticket: works as designed. */
    REFUSED,
    /** A backend could not answer in time. */
    FAILED
  }

  /**
   * A login was accepted and has a session.
   *
   * @param account the account
   * @param session the new session
   * @param network the client's network in clear, if known
   * @param source where the credential was found
   * @param timings how long each part took; parts that did not happen are absent
   */
  record LoginSucceeded(
      AccountId account,
      SessionId session,
      Optional<String> network,
      Source source,
      Map<Step, Duration> timings)
      implements AuthEvent {}

  /**
   * A login was rejected.
   *
   * @param account whose, if there is one
   * @param reason why; never shown to the caller
   * @param network the client's network in clear, if known
   */
  record LoginRejected(Optional<AccountId> account, LoginRefusal reason, Optional<String> network)
      implements AuthEvent {
    @Override
    public Level level() {
      return Level.NOTABLE;
    }
  }

  /**
   * A login, or the present password at a change of it, was refused by the throttle before any
   * hashing.
   *
   * @param network the client's network in clear, if known
   * @param budget which budget was spent, if the limiter reports it; absent also if no budget is
   *     spent but too many attempts of the account, of the network or in total wait on this node
   * @param retryAfter when an attempt will be admitted again
   */
  record LoginThrottled(Optional<String> network, Optional<Budget> budget, Duration retryAfter)
      implements AuthEvent {
    @Override
    public Level level() {
      return Level.NOTABLE;
    }
  }

  /**
   * A failed attempt spent a budget: from now on attempts on the account, or from the network, must
   * wait. An attempt that comes too early is a {@link LoginThrottled}.
   *
   * @param account whose login identifier was tried, if there is one
   * @param budget which budget
   * @param network the client's network in clear, if known
   */
  record BudgetSpent(Optional<AccountId> account, Budget budget, Optional<String> network)
      implements AuthEvent {
    @Override
    public Level level() {
      return Level.NOTABLE;
    }
  }

  /**
   * A login was answered with "unavailable": a backend could not verify it or could not store its
   * session. {@link BackendFailed} names the backend.
   *
   * @param network the client's network in clear, if known
   */
  record LoginUnavailable(Optional<String> network) implements AuthEvent {
    @Override
    public Level level() {
      return Level.NOTABLE;
    }
  }

  /**
   * A token was refused.
   *
   * @param account whom it names, if it is genuine and only its session is over
   * @param reason why; never shown to the caller
   */
  record TokenRejected(Optional<AccountId> account, TokenRefusal reason) implements AuthEvent {
    /**
     * Returns how much it matters.
     *
     * @return {@link Level#NOTABLE} for a token that this service did not issue, {@link
     *     Level#ROUTINE} for an expired token or an ended session
     */
    @Override
    public Level level() {
      return reason == TokenRefusal.INVALID ? Level.NOTABLE : Level.ROUTINE;
    }
  }

  /**
   * The filter or an endpoint refused a request. A request without a session is not reported.
   *
   * @param account whose session it carried, if that was checked
   * @param reason why
   * @param network the client's network in clear, if known
   */
  record RequestRefused(
      Optional<AccountId> account, RequestRefusal reason, Optional<String> network)
      implements AuthEvent {
    @Override
    public Level level() {
      return Level.NOTABLE;
    }
  }

  /**
   * An account was created.
   *
   * @param account the new account
   * @param cachePending true if Redis could not be told yet
   */
  record SignedUp(AccountId account, boolean cachePending) implements AuthEvent {
    @Override
    public Level level() {
      return cachePending ? Level.NOTABLE : Level.ROUTINE;
    }
  }

  /**
   * A sign-up was refused.
   *
   * @param reason why
   * @param network the client's network in clear, if known
   */
  record SignUpRefused(SignUpRefusal reason, Optional<String> network) implements AuthEvent {
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
  record PasswordChanged(AccountId account, boolean cachePending) implements AuthEvent {
    @Override
    public Level level() {
      return cachePending ? Level.NOTABLE : Level.ROUTINE;
    }
  }

  /**
   * A password change was refused.
   *
   * @param account whose, if there is one
   * @param reason why; the client learns only that the change was refused
   * @param network the client's network in clear, if known
   */
  record PasswordChangeRefused(
      Optional<AccountId> account, PasswordChangeRefusal reason, Optional<String> network)
      implements AuthEvent {
    @Override
    public Level level() {
      return Level.NOTABLE;
    }
  }

  /**
   * A session took the place of one that a password change has just ended.
   *
   * @param account whose
   * @param ended the session before
   * @param session the new one
   */
  record SessionReplaced(AccountId account, SessionId ended, SessionId session)
      implements AuthEvent {}

  /**
   * A password hash was replaced by one of the present scheme and cost.
   *
   * @param account whose
   */
  record PasswordRehashed(AccountId account) implements AuthEvent {}

  /**
   * An account's status was changed.
   *
   * @param account whose
   * @param status the name of the new {@link io.doorward.auth.account.AccountStatus}
   * @param cachePending true if Redis could not be told yet
   */
  record StatusChanged(AccountId account, String status, boolean cachePending)
      implements AuthEvent {
    @Override
    public Level level() {
      return cachePending ? Level.NOTABLE : Level.ROUTINE;
    }
  }

  /**
   * The identifier under which an account logs in was changed.
   *
   * @param account whose
   * @param cachePending true if Redis could not be told yet
   */
  record LoginIdChanged(AccountId account, boolean cachePending) implements AuthEvent {
    @Override
    public Level level() {
      return cachePending ? Level.NOTABLE : Level.ROUTINE;
    }
  }

  /**
   * A change of a login identifier was refused: the new one belongs to another account.
   *
   * @param account whose
   */
  record LoginIdChangeRefused(AccountId account) implements AuthEvent {
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
  record CredentialRenewed(AccountId account, boolean cachePending) implements AuthEvent {
    @Override
    public Level level() {
      return cachePending ? Level.NOTABLE : Level.ROUTINE;
    }
  }

  /**
   * An account was deleted.
   *
   * @param account which one
   * @param cachePending true if Redis could not be told yet
   */
  record AccountDeleted(AccountId account, boolean cachePending) implements AuthEvent {
    @Override
    public Level level() {
      return cachePending ? Level.NOTABLE : Level.ROUTINE;
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
      implements AuthEvent {
    @Override
    public Level level() {
      return cachePending ? Level.NOTABLE : Level.ROUTINE;
    }
  }

  /**
   * One session was ended, by its token or by its id.
   *
   * @param account whose
   * @param session which one
   * @param cachePending true if Redis could not be told yet
   */
  record LoggedOut(AccountId account, SessionId session, boolean cachePending)
      implements AuthEvent {
    @Override
    public Level level() {
      return cachePending ? Level.NOTABLE : Level.ROUTINE;
    }
  }

  /**
   * All sessions of an account were ended on request.
   *
   * @param account whose
   * @param sessions how many
   * @param cachePending true if Redis could not be told yet
   */
  record SessionsRevoked(AccountId account, int sessions, boolean cachePending)
      implements AuthEvent {
    @Override
    public Level level() {
      return cachePending ? Level.NOTABLE : Level.ROUTINE;
    }
  }

  /**
   * A login opened one session more than an account may have, so the oldest were ended.
   *
   * @param account whose
   * @param sessions how many
   * @param cachePending true if Redis could not be told yet
   */
  record OldestSessionsEnded(AccountId account, int sessions, boolean cachePending)
      implements AuthEvent {
    @Override
    public Level level() {
      return cachePending ? Level.NOTABLE : Level.ROUTINE;
    }
  }

  /**
   * A credential was not put into the cache.
   *
   * @param failure why nothing was stored
   */
  record CacheFillSkipped(FillFailure failure) implements AuthEvent {
    @Override
    public Level level() {
      return failure == FillFailure.REFUSED ? Level.ROUTINE : Level.NOTABLE;
    }
  }

  /**
   * A sealed value could not be opened: it was sealed with another key ring or in another format,
   * or was tampered with in Redis. The service treats it as absent.
   *
   * @param what kind of value
   */
  record SealedValueRejected(String what) implements AuthEvent {
    @Override
    public Level level() {
      return Level.ALARM;
    }
  }

  /**
   * A backend could not answer.
   *
   * @param backend for which part of the service
   * @param kind how it failed
   */
  record BackendFailed(Part backend, StoreException.Kind kind) implements AuthEvent {
    /**
     * Returns how much it matters.
     *
     * @return {@link Level#ALARM} for a failure that a retry cannot resolve, else {@link
     *     Level#NOTABLE}
     */
    @Override
    public Level level() {
      return kind == StoreException.Kind.MISCONFIGURED || kind == StoreException.Kind.NEWER_FORMAT
          ? Level.ALARM
          : Level.NOTABLE;
    }
  }

  /**
   * The circuit breaker of a backend has opened; a single trial call probes it at intervals.
   *
   * @param backend which one, for instance {@code Redis}
   * @param last how its last call failed
   */
  record BackendUnavailable(String backend, StoreException.Kind last) implements AuthEvent {
    @Override
    public Level level() {
      return Level.ALARM;
    }
  }

  /**
   * A backend answers again and its circuit breaker has closed.
   *
   * @param backend which one
   * @param after how long it was lost
   */
  record BackendRecovered(String backend, Duration after) implements AuthEvent {
    @Override
    public Level level() {
      return Level.NOTABLE;
    }
  }

  /**
   * A check of a server's settings, or of the service's own, reported a finding: at the start,
   * after an outage, or on request.
   *
   * @param backend which server, or {@code service}
   * @param severity what it does to the start
   * @param code which rule
   * @param meaning what was found and what follows
   * @param advice what to do
   */
  record FindingReported(
      String backend, Finding.Severity severity, String code, String meaning, String advice)
      implements AuthEvent {
    /**
     * Creates the event for a finding.
     *
     * @param backend which server, or {@code service}
     * @param finding what was found
     * @return the event
     */
    public static FindingReported of(String backend, Finding finding) {
      return new FindingReported(
          backend, finding.severity(), finding.code(), finding.meaning(), finding.advice());
    }

    @Override
    public Level level() {
      return switch (severity) {
        case NOTE -> Level.ROUTINE;
        case WARNING -> Level.NOTABLE;
        case REFUSAL -> Level.ALARM;
      };
    }
  }

  /**
   * A login found a stored hash that can match no password, so that the account cannot log in.
   * Reported at most once a minute for each kind of reason; each such login is a {@link
   * LoginRejected}.
   *
   * @param account whose
   * @param why the reason; nothing of the hash
   */
  record HashUnreadable(AccountId account, String why) implements AuthEvent {
    @Override
    public Level level() {
      return Level.NOTABLE;
    }
  }

  /**
   * This node found a Redis primary for the first time: at the start, after a restart or after a
   * fail-over. The event is repeated when a primary that was not trusted at first becomes trusted.
   *
   * @param identity which one, as the database names it
   * @param believed false if the database knows that another one has taken over from it, or that
   *     this one must wait because it does not continue the present one
   */
  record PrimaryDiscovered(String identity, boolean believed) implements AuthEvent {
    @Override
    public Level level() {
      return believed ? Level.ROUTINE : Level.NOTABLE;
    }
  }

  /**
   * An operator has withdrawn a Redis primary that should not have been registered, on this node.
   *
   * @param identity which one, as the database names it
   */
  record PrimaryWithdrawn(String identity) implements AuthEvent {
    @Override
    public Level level() {
      return Level.NOTABLE;
    }
  }

  /**
   * Pending invalidations were delivered by the relay.
   *
   * @param delivered how many
   * @param failed how many of those that were due wait for their next attempt
   */
  record InvalidationsRelayed(int delivered, int failed) implements AuthEvent {
    @Override
    public Level level() {
      return failed > 0 ? Level.NOTABLE : Level.ROUTINE;
    }
  }

  /**
   * Invalidations have been pending for longer than the relay needs while all servers answer:
   * caches may serve outdated values. Each node reports this at most once a minute.
   *
   * @param pending how many
   * @param oldest how long the oldest has been
   */
  record InvalidationBacklog(long pending, Duration oldest) implements AuthEvent {
    @Override
    public Level level() {
      return Level.ALARM;
    }
  }

  /**
   * A cache check found a cached value that differs from the database and that no pending
   * invalidation explains: a fence was lost, or the database has lost a commit.
   *
   * @param account whose
   * @param what which of its cached values
   * @param repaired true if it was dropped
   */
  record DriftFound(AccountId account, CachedValue what, boolean repaired) implements AuthEvent {
    @Override
    public Level level() {
      return Level.ALARM;
    }
  }

  /**
   * Old rows were deleted.
   *
   * @param sessions expired sessions
   * @param outboxRows done outbox rows
   * @param operations outcomes of changes, kept past the time in which a call may be repeated
   */
  record CleanedUp(int sessions, int outboxRows, int operations) implements AuthEvent {}
}
