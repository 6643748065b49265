package io.doorward.auth.session;

import io.doorward.auth.account.Invalidation;
import io.doorward.auth.account.ProfileStore;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.backend.SessionLocation;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.base.StoreException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * Keeps the live sessions that access tokens name. Thread-safe: one instance serves all threads and
 * any number of nodes share one store.
 *
 * <p>Security: a session is live only while the store has it <em>and</em> the account's {@link
 * UserRecord} names the epoch in which it was proved as the present one. An account whose user
 * record is not known is not passed: the record is read from the database first. Where the backend
 * is not trusted (Redis), sessions and user records are sealed.
 *
 * <p>Failure: every method throws {@link StoreException} when the backend cannot answer before the
 * deadline; nothing is retried here. "Cannot answer" is never reported as "no such session".
 */
public interface TokenStore {
  /**
   * Stores a new session.
   *
   * @param session its id must never have been used
   * @param deadline for the call
   * @return the account's user record; empty, and nothing stored, if the account is gone or has
   *     another epoch than the session
   */
  Optional<UserRecord> create(Session session, Deadline deadline);

  /**
   * Finds a live session and its user, in one trip where the backend can. Writes nothing.
   *
   * @param account whose it is said to be
   * @param session which one
   * @param deadline for the call
   * @return the session; empty if it ended, was revoked, never was, belongs to another account, or
   *     is of another epoch than its account
   */
  Optional<LiveSession> find(AccountId account, SessionId session, Deadline deadline);

  /**
   * Starts a live session's idle time anew, never past its absolute end. Does nothing if it is not
   * there.
   *
   * @param session as {@link #find} returned it
   * @param deadline for the call
   */
  void touch(Session session, Deadline deadline);

  /**
   * Ends one session. Applications call {@code auth.sessions().logout(account, session, deadline)},
   * which also tells what is pending; until that is told other nodes may go on with the session.
   * Once this has returned and what it left pending is told, no node accepts it, whatever the clock
   * of a server or of a node says of the session. Does nothing if it is not there. A repeat reports
   * again what is still pending.
   *
   * @param account whose it is
   * @param session which one
   * @param deadline for the call
   * @return whether it was there, as 1 or 0, and what has to be told
   */
  Revocation revoke(AccountId account, SessionId session, Deadline deadline);

  /**
   * Ends the oldest live sessions of an account where it has too many, by when they were created.
   * Sessions that are over do not count. However many callers do this at once, no more end than
   * have to. What is left to tell is as for {@link #revoke}.
   *
   * @param opened the session that stays, whatever its age
   * @param most how many may be left, that one included; positive
   * @param deadline for the call
   * @return how many were ended, and what has to be told
   * @throws IllegalArgumentException if {@code most} is not positive
   */
  Revocation revokeOldest(Session opened, int most, Deadline deadline);

  /**
   * Ends every session of an account. Once this has returned and what it left pending is told, no
   * node accepts any that was created before, whatever a clock says of it. A repeat reports again
   * what is still pending.
   *
   * @param account the account
   * @param deadline for the call
   * @return how many were there, and what has to be told
   */
  Revocation revokeAll(AccountId account, Deadline deadline);

  /**
   * Lists an account's live sessions, newest first.
   *
   * @param account the account
   * @param deadline for the call
   * @return the sessions; empty if there are none
   */
  List<Session> list(AccountId account, Deadline deadline);

  /**
   * Says that the user record changed: nothing older than {@code floor} may be used any more. Late
   * and repeated calls are harmless. A store that reads the database each time has nothing to do.
   *
   * @param account the account
   * @param floor a {@link UserRecord#version()}; 0 only voids loads that are under way
   * @param deadline for the call
   * @return true if it binds every node from now on; false if it has to be told again, see {@link
   *     io.doorward.auth.account.CredentialCache#fence}
   */
  boolean fenceUser(AccountId account, long floor, Deadline deadline);

  /**
   * Reads the user record that is cached and would be used, and does nothing else: loads nothing,
   * writes nothing. For whoever compares the cache with the database. A store that reads the
   * database each time has none.
   *
   * @param account whose
   * @param deadline for the call
   * @return the cached record; empty if there is none that would be used
   */
  Optional<UserRecord> peekUser(AccountId account, Deadline deadline);

  /**
   * Tells where sessions are kept, for the table of what the service does in an outage. Returns at
   * once.
   *
   * @return {@link SessionLocation#ELSEWHERE} unless the store says otherwise
   */
  default SessionLocation location() {
    return SessionLocation.ELSEWHERE;
  }

  /**
   * Deletes what is over. A store whose sessions other nodes may serve from a view deletes only
   * what has been over for longer than clocks may differ (60 s): a session that is not there any
   * more cannot be revoked. A store whose backend does that by itself has nothing to do.
   *
   * @param max at most this many
   * @param deadline for the call
   * @return how many were deleted
   */
  int removeExpired(int max, Deadline deadline);

  /**
   * Returns a store in the memory of this process, for tests, demos and an application that runs on
   * one node: its sessions end with the process.
   *
   * @param profiles asked at every call that needs a user record
   * @return an empty store over the system's clock
   */
  static TokenStore inMemory(ProfileStore profiles) {
    return inMemory(profiles, InstantSource.system());
  }

  /**
   * Returns a store in the memory of this process, see {@link #inMemory(ProfileStore)}.
   *
   * @param profiles asked at every call that needs a user record
   * @param clock tells when a session ends
   * @return an empty store
   */
  static TokenStore inMemory(ProfileStore profiles, InstantSource clock) {
    return new InMemoryTokenStore(profiles, clock);
  }

  /**
   * Sessions that were ended.
   *
   * @param ended how many live ones this call has ended; one that has been over for less than
   *     clocks may differ (60 s) may count
   * @param pending what views of the store have to be told before no node accepts them; deliver it
   *     with an {@link io.doorward.auth.engine.cache.Invalidator}. Empty where nothing answers in
   *     front of the store
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
     * Returns what a store reports that answers by itself.
     *
     * @param ended how many live sessions the call has ended
     * @return a revocation that nobody has to be told of
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
   * @param idleLeft how long it lives on without a touch
   */
  record LiveSession(Session session, UserRecord user, Duration idleLeft) {}
}
