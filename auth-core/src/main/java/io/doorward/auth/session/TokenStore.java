package io.doorward.auth.session;

import io.doorward.auth.account.Outbox.Invalidation;
import io.doorward.auth.account.ProfileStore;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.backend.DegradationTable.SessionLocation;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.base.StoreException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Keeps the live sessions that access tokens name. Thread-safe: one instance serves all threads and
 * any number of nodes share one store.
 *
 * <p>Security: a session is live only while the store has it <em>and</em> its epoch is the present
 * one in the account's {@link UserRecord}. If the user record is not cached, the store reads it
 * from the database first. In an untrusted backend (Redis), sessions and user records are sealed.
 *
 * <p>Failure: every method throws {@link StoreException} when the backend cannot answer before the
 * deadline; nothing is retried here. "Cannot answer" is never reported as "no such session".
 */
public interface TokenStore {
  /**
   * Stores a new session.
   *
   * @param session the session; its id must never have been used
   * @param deadline for the call
   * @return the account's user record; empty, and nothing stored, if the account does not exist or
   *     has another epoch than the session
   */
  Optional<UserRecord> create(Session session, Deadline deadline);

  /**
   * Finds a live session and its user record, in one round trip if the backend can. Writes nothing.
   *
   * @param account the claimed owner of the session
   * @param session the session's id
   * @param deadline for the call
   * @return the session; empty if it ended, was revoked, never was, belongs to another account, or
   *     is of another epoch than its account
   */
  Optional<LiveSession> find(AccountId account, SessionId session, Deadline deadline);

  /**
   * Restarts a live session's idle time, never past its absolute end. Does nothing if the session
   * does not exist.
   *
   * @param session as {@link #find} returned it
   * @param deadline for the call
   */
  void touch(Session session, Deadline deadline);

  /**
   * Ends one session. Applications call {@code auth.sessions().logout(account, session, deadline)},
   * which also delivers the pending invalidations. Until they are delivered, other nodes may accept
   * the session. After that no node accepts it, whatever the clocks of servers and nodes show. Does
   * nothing if the session does not exist. A repeat returns the invalidations that are still
   * pending.
   *
   * @param account the owner of the session
   * @param session the session's id
   * @param reason recorded by stores that keep records of ended sessions
   * @param deadline for the call
   * @return 1 if the session existed, else 0, and the pending invalidations
   */
  Revocation revoke(AccountId account, SessionId session, EndReason reason, Deadline deadline);

  /**
   * Ends the oldest live sessions, by creation time, of an account that has too many. Expired
   * sessions and API keys do not count. Concurrent calls end no more sessions than necessary. The
   * reason is {@link EndReason#LIMIT}; pending invalidations are as for {@link #revoke}.
   *
   * @param opened the session that is kept, whatever its age
   * @param most the maximum number of sessions to keep, that one included; positive
   * @param deadline for the call
   * @return how many sessions were ended, and the pending invalidations
   * @throws IllegalArgumentException if {@code most} is not positive
   */
  Revocation revokeOldest(Session opened, int most, Deadline deadline);

  /**
   * Ends every session of an account but its API keys. Once the pending invalidations are
   * delivered, no node accepts a session that was created before, whatever the clocks show. A
   * repeat returns the invalidations that are still pending.
   *
   * @param account the account
   * @param reason recorded by stores that keep records of ended sessions
   * @param deadline for the call
   * @return how many sessions existed, and the pending invalidations
   */
  Revocation revokeAll(AccountId account, EndReason reason, Deadline deadline);

  /**
   * Lists an account's live sessions, newest first.
   *
   * @param account the account
   * @param deadline for the call
   * @return the sessions; empty if there are none
   */
  List<Session> list(AccountId account, Deadline deadline);

  /**
   * Invalidates cached user records older than {@code floor}. Late and repeated calls are harmless.
   * No-op in a store that reads the database each time.
   *
   * @param account the account
   * @param floor a {@link UserRecord#version()}; 0 only voids loads in progress
   * @param deadline for the call
   * @return true if it binds every node from now on; false if the call must be repeated, see {@link
   *     io.doorward.auth.account.CredentialCache#fence}
   */
  boolean fenceUser(AccountId account, long floor, Deadline deadline);

  /**
   * Reads the cached user record that would be used, for the comparison of caches with the
   * database. Loads nothing and writes nothing. A store that reads the database each time has none.
   *
   * @param account the account
   * @param deadline for the call
   * @return the cached record; empty if there is none that would be used
   */
  Optional<UserRecord> peekUser(AccountId account, Deadline deadline);

  /**
   * Returns where sessions are kept, for the degradation table. Returns at once.
   *
   * @return the location; {@link SessionLocation#ELSEWHERE} by default
   */
  default SessionLocation location() {
    return SessionLocation.ELSEWHERE;
  }

  /**
   * Deletes expired sessions, and records of sessions that ended more than a day ago. A store with
   * a view in front deletes only sessions that expired longer ago than the clock skew (60 s),
   * because a deleted session cannot be revoked. No-op in a store whose backend expires sessions
   * itself.
   *
   * @param max at most this many of both together
   * @param deadline for the call
   * @return how many of both were deleted
   */
  int removeExpired(int max, Deadline deadline);

  /**
   * Returns a store in the memory of this process, for tests, demos and an application that runs on
   * one node: its sessions end with the process.
   *
   * @param profiles read at every call that needs a user record
   * @return an empty store over the system's clock
   */
  static TokenStore inMemory(ProfileStore profiles) {
    return inMemory(profiles, InstantSource.system());
  }

  /**
   * Returns a store in the memory of this process, see {@link #inMemory(ProfileStore)}.
   *
   * @param profiles read at every call that needs a user record
   * @param clock tells when a session ends
   * @return an empty store
   */
  static TokenStore inMemory(ProfileStore profiles, InstantSource clock) {
    return new InMemoryTokenStore(profiles, clock);
  }

  /** Why a session ended before its time. */
  enum EndReason {
    /** Its holder logged out, or ended it in a list of sessions. */
    LOGOUT,
    /** All sessions of the account were ended. */
    LOGOUT_ALL,
    /** The account had too many, and it was the oldest. */
    LIMIT,
    /** The account's password was changed, which ended all of them. */
    PASSWORD_CHANGE,
    /** An administrator ended it, or changed the account's status, which ended all of them. */
    ADMIN,
    /** A refresh token that had been replaced was used again. Nothing gives this reason yet. */
    REUSE;

    private final String text = name().toLowerCase(Locale.ROOT);

    /**
     * Returns the name under which stores keep it.
     *
     * @return lower-case letters and underscores
     */
    public String text() {
      return text;
    }
  }

  /**
   * The result of ending sessions.
   *
   * @param ended how many live sessions this call ended; may include sessions that expired within
   *     the clock skew (60 s)
   * @param pending invalidations for the views of the store, which the service delivers; until then
   *     a node may accept the sessions. Empty if the store has no view
   */
  record Revocation(int ended, List<Invalidation> pending) {
    /**
     * Copies the list.
     *
     * @param ended see the type
     * @param pending see the type
     */
    public Revocation {
      pending = List.copyOf(pending);
    }

    /**
     * Returns the result of a store without a view.
     *
     * @param ended how many live sessions the call has ended
     * @return a revocation without pending invalidations
     */
    public static Revocation of(int ended) {
      return new Revocation(ended, List.of());
    }
  }

  /**
   * A session that a request may use.
   *
   * @param session the session
   * @param user roles and versions of its account
   * @param idleLeft how long it stays live without a touch
   */
  record LiveSession(Session session, UserRecord user, Duration idleLeft) {}
}
