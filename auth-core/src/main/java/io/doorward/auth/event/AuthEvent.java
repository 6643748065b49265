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
 * token.
 */
public interface AuthEvent {

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

  /** Why a login was rejected. */
  enum LoginRefusal {
    /** No account under that identifier, or it has no password. */
    UNKNOWN_LOGIN,
    /** The password is not the account's. */
    WRONG_PASSWORD,
    /** Right password, but the account is pending, disabled or deleted. */
    NOT_ACTIVE,
    /** The credential was replaced while this login was under way. */
    CREDENTIAL_CHANGED
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
    /** A back end could not answer in time. */
    FAILED
  }

  /**
   * A login was accepted and has a session.
   *
   * @param account who
   * @param session the new session
   * @param source which way it took
   * @param timings how long each part took; parts that did not happen are absent
   */
  record LoginSucceeded(
      AccountId account, SessionId session, Source source, Map<Step, Duration> timings)
      implements AuthEvent {}

  /**
   * A login was rejected.
   *
   * @param account whose, if there is one
   * @param reason why; never shown to the caller
   */
  record LoginRejected(Optional<AccountId> account, LoginRefusal reason) implements AuthEvent {}

  /**
   * A login was refused by the limiter, before any hashing.
   *
   * @param network the client's network in clear, if known: an IPv4 address or an IPv6 /64, which
   *     is personal data
   * @param retryAfter when an attempt will be admitted again
   */
  record LoginThrottled(Optional<String> network, Duration retryAfter) implements AuthEvent {}

  /**
   * A token was refused.
   *
   * @param reason why; never shown to the caller
   */
  record TokenRejected(TokenRefusal reason) implements AuthEvent {}

  /**
   * An account was created.
   *
   * @param account the new account
   * @param cachePending true if Redis could not be told yet
   */
  record SignedUp(AccountId account, boolean cachePending) implements AuthEvent {}

  /**
   * A password was changed.
   *
   * @param account whose
   * @param cachePending true if Redis could not be told yet
   */
  record PasswordChanged(AccountId account, boolean cachePending) implements AuthEvent {}

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
      implements AuthEvent {}

  /**
   * The identifier under which an account logs in was changed.
   *
   * @param account whose
   * @param cachePending true if Redis could not be told yet
   */
  record LoginIdChanged(AccountId account, boolean cachePending) implements AuthEvent {}

  /**
   * A credential got a new version because it was changed behind the library's back.
   *
   * @param account whose
   * @param cachePending true if Redis could not be told yet
   */
  record CredentialRenewed(AccountId account, boolean cachePending) implements AuthEvent {}

  /**
   * An account was deleted.
   *
   * @param account which one
   * @param cachePending true if Redis could not be told yet
   */
  record AccountDeleted(AccountId account, boolean cachePending) implements AuthEvent {}

  /**
   * An account's roles were changed.
   *
   * @param account whose
   * @param roles the roles after the change
   * @param cachePending true if Redis could not be told yet
   */
  record RolesChanged(AccountId account, Set<String> roles, boolean cachePending)
      implements AuthEvent {}

  /**
   * Sessions ended on request.
   *
   * @param account whose
   * @param sessions how many
   * @param cachePending true if Redis could not be told yet
   */
  record SessionsRevoked(AccountId account, int sessions, boolean cachePending)
      implements AuthEvent {}

  /**
   * A credential was not put into the cache.
   *
   * @param failure what became of the fill
   */
  record CacheFillSkipped(FillFailure failure) implements AuthEvent {}

  /**
   * A stored value did not open: another key ring, another format, or somebody wrote to Redis. It
   * is treated as absent.
   *
   * @param what kind of value
   */
  record SealedValueRejected(String what) implements AuthEvent {}

  /**
   * A back end could not answer.
   *
   * @param backEnd which one, for instance {@code credential cache}
   * @param kind how it failed
   */
  record BackEndFailed(String backEnd, StoreException.Kind kind) implements AuthEvent {}

  /**
   * A back end does not answer any more and is left alone, but for one call every now and then.
   *
   * @param backEnd which one, for instance {@code Redis}
   * @param last how its last call failed
   */
  record BackEndLost(String backEnd, StoreException.Kind last) implements AuthEvent {}

  /**
   * A back end that was lost answers again.
   *
   * @param backEnd which one
   * @param after how long it was lost
   */
  record BackEndRecovered(String backEnd, Duration after) implements AuthEvent {}

  /**
   * A look at a server's settings, or at the service's own, found something: at the start, after a
   * server was lost, or on request.
   *
   * @param backEnd which server, or {@code service}
   * @param finding what was found
   */
  record PostureFound(String backEnd, Finding finding) implements AuthEvent {}

  /**
   * This node met a Redis primary for the first time: at the start, after a restart or a fail-over.
   *
   * @param identity which one, as the database names it
   * @param believed false if the database knows that another one has taken over from it
   */
  record PrimaryMet(String identity, boolean believed) implements AuthEvent {}

  /**
   * Pending invalidations were delivered by the relay.
   *
   * @param delivered how many
   * @param failed how many of those that were due wait for their next attempt
   */
  record InvalidationsRelayed(int delivered, int failed) implements AuthEvent {}

  /**
   * Invalidations have been pending for longer than the relay needs while all servers answer:
   * caches may serve what has changed. Each node says so once a minute at most.
   *
   * @param pending how many
   * @param oldest how long the oldest has been
   */
  record InvalidationBacklog(long pending, Duration oldest) implements AuthEvent {}

  /**
   * An audit found a cached value that differs from the database and that no pending invalidation
   * explains: a fence was lost, or the database has lost a commit.
   *
   * @param account whose
   * @param what which of its cached values
   * @param repaired true if it was dropped
   */
  record DriftFound(AccountId account, CachedValue what, boolean repaired) implements AuthEvent {}

  /**
   * Old rows were deleted.
   *
   * @param sessions expired sessions
   * @param outboxRows done outbox rows
   * @param operations outcomes of changes that nobody asks for any more
   */
  record CleanedUp(int sessions, int outboxRows, int operations) implements AuthEvent {}
}
