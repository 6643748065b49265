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
 * Something that happened and that an operator or a security team may want to know. Not sealed: it
 * grows.
 *
 * <p>Security: reasons that a caller must not learn stand here. Events never hold a login
 * identifier, a password, a token or a key. A {@link SessionId} opens nothing without a signed
 * token. A client's network (an IPv4 address or an IPv6 /64) is in clear, which is personal data.
 */
public interface AuthEvent {

  /** How much an event matters to whoever watches. */
  enum Level {
    /** As it should be: a success, a change that was asked for, background work. */
    ROUTINE,
    /**
     * Something was refused or did not work, as it happens now and then. One is nothing; many are.
     */
    NOTABLE,
    /** A person should look: it will not get better by itself, or it should never happen. */
    ALARM
  }

  /**
   * Returns how much this event matters.
   *
   * @return {@link Level#ROUTINE} unless the type says otherwise
   */
  default Level level() {
    return Level.ROUTINE;
  }

  /** Which way a login took. */
  enum Source {
    /** The cached credential matched. */
    CACHE,
    /** The database was read. */
    DATABASE
  }

  /** The parts of a login that are timed. */
  enum Step {
    /** Asking the limiter, waiting for a place included. */
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

  /** The parts of the service that call a backend, or may be too full to. */
  enum Part {
    /** Accounts and profiles in the database. */
    ACCOUNT_STORE("account store"),
    /** Counts attempts for all nodes. */
    ATTEMPT_LIMITER("attempt limiter"),
    /** Fills, touches and what else follows an answer. */
    BACKGROUND("background"),
    /** Compares the caches with the database. */
    CACHE_CHECK("cache check"),
    /** Removes what has expired. */
    CLEAN_UP("clean-up"),
    /** Cached credentials. */
    CREDENTIAL_CACHE("credential cache"),
    /** Counts wrong passwords for good. */
    FAILURE_COUNT("failure count"),
    /** Hashes passwords and compares them. */
    HASHING("hashing"),
    /** Invalidations that are pending. */
    OUTBOX("outbox"),
    /** The Redis primaries that the nodes know. */
    PRIMARY_REGISTRY("primary registry"),
    /** The database, asked for a user record that Redis does not have. */
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
     * Returns the name that logs and meters have for it.
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
     * Right password of a client whose device is not known, where it was wrong too often before:
     * see {@link Budget#PASSWORD}.
     */
    KNOWN_DEVICES_ONLY,
    /** The credential was replaced while this login was under way. */
    CREDENTIAL_CHANGED
  }

  /** Which budget of attempts was spent. */
  enum Budget {
    /**
     * That of one login identifier, or of one network at it: its password was guessed at too often.
     * Waits grow.
     */
    ACCOUNT,
    /**
     * That of one known device at one login identifier, whose waits grow, or of all devices known
     * to the identifier together. Strangers can log in there.
     */
    DEVICE,
    /** That of one network, over all accounts. */
    NETWORK,
    /**
     * That of one password: it was wrong so often that it opens its account from known devices
     * only, until it has done so once or is changed.
     */
    PASSWORD
  }

  /** Why a sign-up was refused. */
  enum SignUpRefusal {
    /** The login identifier belongs to an account already. */
    DUPLICATE,
    /** The password policy does not take the password. */
    PASSWORD_POLICY,
    /** Too many sign-ups came from the network, or to the node. */
    THROTTLED
  }

  /** Why a person's change of their password was refused. */
  enum PasswordChangeRefusal {
    /** The password policy does not take the new password. */
    PASSWORD_POLICY,
    /** What was given as the present password is not the account's. */
    WRONG_PASSWORD,
    /** The stored hash of the present password can match none: see {@link HashUnreadable}. */
    UNREADABLE_HASH,
    /** Right password, but the account is pending, disabled or deleted. */
    NOT_ACTIVE,
    /**
     * Right present password of a client whose device is not known, see {@link Budget#PASSWORD}.
     */
    KNOWN_DEVICES_ONLY,
    /** The account has no password any more, or another account has its login identifier now. */
    UNKNOWN_ACCOUNT,
    /** Too many attempts: {@link LoginThrottled} says of which budget. */
    THROTTLED,
    /** Somebody else changed the credential at the same moment. */
    CONFLICT
  }

  /** Why a request was refused before the application saw it. */
  enum RequestRefusal {
    /** Its path can be read in more than one way: a common way around access rules. */
    AMBIGUOUS_PATH,
    /** It brought more than one credential. */
    AMBIGUOUS_CREDENTIALS,
    /** It came from another site and would have used the cookie, or logged a browser in. */
    CROSS_SITE,
    /** No rule allows its path to anybody. */
    NO_RULE,
    /** Its principal has none of the roles that the rule asks for. */
    MISSING_ROLE,
    /** It brought a live session's token in another way than that session was made for. */
    MISPLACED_TOKEN
  }

  /** Why a presented token was refused. */
  enum TokenRefusal {
    /** Not a token of ours: form, key, algorithm, signature, type, issuer or audience. */
    INVALID,
    /** It was one, but its time is over. */
    EXPIRED,
    /** Its session ended, was revoked, or was authenticated by a credential that was replaced. */
    NO_SESSION
  }

  /** What a cache holds of an account. */
  enum CachedValue {
    /** Hash and status, found by the login identifier. */
    CREDENTIAL,
    /** Roles, and which sessions have ended. */
    USER_RECORD
  }

  /** What became of a background fill that did not store anything. */
  enum FillFailure {
    /** The queue was full, or a blocking fill had no time left. */
    DROPPED,
    /** The ticket was void, because something changed meanwhile: working as designed. */
    REFUSED,
    /** A backend could not answer in time. */
    FAILED
  }

  /**
   * A login was accepted and has a session.
   *
   * @param account who
   * @param session the new session
   * @param network the client's network in clear, if known
   * @param source which way it took
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
   * @param budget which budget was spent, if the limiter says so; absent also where none is, but
   *     too many attempts of the account, the network or all wait their turn on this node
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
   * A failed attempt spent a budget: from now on attempts on the account, or from the network, have
   * to wait, and each that does not is a {@link LoginThrottled}.
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
   * A login was answered with "unavailable": a backend could not say whether it is genuine, or not
   * keep its session. {@link BackendFailed} says which.
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
     * @return {@link Level#NOTABLE} for what is no token of ours; sessions that are over are
     *     routine
     */
    @Override
    public Level level() {
      return reason == TokenRefusal.INVALID ? Level.NOTABLE : Level.ROUTINE;
    }
  }

  /**
   * A request was refused by the filter or the endpoints. What simply has no session is not told.
   *
   * @param account whose session it brought, where that was looked at
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
   * A person's change of their password was refused.
   *
   * @param account whose, if there is one
   * @param reason why; whoever gave a wrong present password learns only that it was refused
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
   * The identifier under which an account logs in was to be changed to one that another account
   * has.
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
   * A credential got a new version because it was changed behind the library's back.
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
   * @param failure what became of the fill
   */
  record CacheFillSkipped(FillFailure failure) implements AuthEvent {
    @Override
    public Level level() {
      return failure == FillFailure.REFUSED ? Level.ROUTINE : Level.NOTABLE;
    }
  }

  /**
   * A stored value did not open: another key ring, another format, or somebody wrote to Redis. It
   * is treated as absent.
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
     * @return {@link Level#ALARM} for what no repeat can help
     */
    @Override
    public Level level() {
      return kind == StoreException.Kind.MISCONFIGURED ? Level.ALARM : Level.NOTABLE;
    }
  }

  /**
   * The circuit breaker of a backend has opened; one call every now and then tries it again.
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
   * A backend that was lost answers again.
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
   * A look at a server's settings, or at the service's own, found something: at the start, after a
   * server was lost, or on request.
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
     * Tells of a finding.
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
   * A login met a stored hash that can match no password, so that the account cannot log in by one.
   * Told once a minute at most for each kind of reason; each such login is a {@link LoginRejected}.
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
   * This node met a Redis primary for the first time: at the start, after a restart or a fail-over.
   * It is told once more of one that was not believed at first and is now.
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
   * caches may serve what has changed. Each node says so once a minute at most.
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
   * @param operations outcomes of changes that nobody asks for any more
   */
  record CleanedUp(int sessions, int outboxRows, int operations) implements AuthEvent {}
}
