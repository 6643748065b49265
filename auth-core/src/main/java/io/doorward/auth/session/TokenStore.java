package io.doorward.auth.session;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.Outbox.Invalidation;
import io.doorward.auth.account.ProfileStore;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.backend.DegradationTable.SessionLocation;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.session.EndedSession.EndReason;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
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
   * Stores a new session, if the account may have it. Counts, ends and stores in one step, so that
   * the limits hold exactly: of logins that race, no two take the same place. A session of the
   * account counts if it is live, of the present epoch, and no API key. Nothing is ended for a
   * session that is not stored.
   *
   * <p>With {@link SessionLimits.WhenFull#END_OLDEST} the oldest sessions end, by creation time,
   * first those on devices of the new one's kind, if there are too many of these. The reason is
   * {@link EndReason#LIMIT}; pending invalidations are as for {@link #revoke}.
   *
   * @param session the session; its id must never have been used
   * @param limits how many sessions the account may have, this one included; they do not hold an
   *     API key
   * @param deadline for the call
   * @return created; full, and nothing stored; or stale, and nothing stored, if the account does
   *     not exist or has another epoch than the session
   */
  SessionCreation create(Session session, SessionLimits limits, Deadline deadline);

  /**
   * Stores a new session that no limit holds.
   *
   * @param session the session; its id must never have been used
   * @param deadline for the call
   * @return the account's user record; empty, and nothing stored, if the account does not exist or
   *     has another epoch than the session
   */
  default Optional<UserRecord> create(Session session, Deadline deadline) {
    return create(session, SessionLimits.none(), deadline)
            instanceof SessionCreation.Created created
        ? Optional.of(created.user())
        : Optional.empty();
  }

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
   * Exchanges a refresh token for its successor, and restarts the idle time if that writes. A store
   * decides by {@link Rotation#step} and applies it by {@link Rotation#applied}, atomically against
   * every other rotation and every end of the session: a session that ended never lives again, and
   * a generation has one successor, however many callers race.
   *
   * <p>It ends no session: on {@link RotationResult.Reused} the caller calls {@link #revoke}, and
   * an answer that is lost leaves a state in which a repeat gets the same answer.
   *
   * @param rotation what the presented token says
   * @param deadline for the call
   * @return the session with its present generation; or late, reused, or over
   */
  RotationResult rotate(Rotation rotation, Deadline deadline);

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
   * Ends every session of an account but one, and but its API keys; else as {@link #revokeAll}.
   *
   * @param kept the session that stays; it may have ended meanwhile
   * @param reason recorded by stores that keep records of ended sessions
   * @param deadline for the call
   * @return how many sessions existed besides, and the pending invalidations
   */
  Revocation revokeOthers(Session kept, EndReason reason, Deadline deadline);

  /**
   * Lists an account's live sessions, newest first.
   *
   * @param account the account
   * @param deadline for the call
   * @return the sessions; empty if there are none
   */
  List<Session> list(AccountId account, Deadline deadline);

  /**
   * Lists the sessions of an account that ended within the last day, newest end first, at most
   * 1,000. A store may forget those earlier that only expired.
   *
   * @param account the account
   * @param deadline for the call
   * @return the records; always empty in a store that keeps none, as by default
   */
  default List<EndedSession> listEnded(AccountId account, Deadline deadline) {
    return List.of();
  }

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
   * A refresh token that the service gave out and a client has brought back, and the rules of its
   * exchange (RFC 9700, 4.14.2). Immutable and thread-safe.
   *
   * @param account whose session it names
   * @param session the session
   * @param generation of the presented token; not negative
   * @param keyId the key under which it was given out
   * @param nextKeyId the key under which a successor is given out
   * @param grace how long after a rotation its predecessor is answered with the present token
   * @param skew how far the clocks of two servers of the store may differ; until grace and skew are
   *     over, nothing rotates again: after a fail-over to a clock that is ahead, two rotations
   *     would else fall into one grace
   */
  record Rotation(
      AccountId account,
      SessionId session,
      int generation,
      String keyId,
      String nextKeyId,
      Duration grace,
      Duration skew) {
    /**
     * Checks the values.
     *
     * @param account see the type
     * @param session see the type
     * @param generation see the type
     * @param keyId see the type
     * @param nextKeyId see the type
     * @param grace see the type
     * @param skew see the type
     * @throws IllegalArgumentException if {@code generation}, {@code grace} or {@code skew} is
     *     negative
     */
    public Rotation {
      requireNonNull(account, "account");
      requireNonNull(session, "session");
      requireNonNull(keyId, "keyId");
      requireNonNull(nextKeyId, "nextKeyId");
      if (generation < 0 || grace.isNegative() || skew.isNegative()) {
        throw new IllegalArgumentException("generation, grace and skew must not be negative");
      }
    }

    /**
     * Decides what happens to a live session.
     *
     * <p>A generation may begin later than {@code now}, after a fail-over to a server whose clock
     * is behind. Up to the skew it counts as just begun. Beyond it no clock tells its age: nothing
     * is called copied, the predecessor is {@link Step#LATE}, and the next generation begins now.
     *
     * @param present the session as the store has it
     * @param now by the clock of the store's server
     * @return the step
     */
    public Step step(Session present, Instant now) {
      Duration age = Duration.between(present.rotatedAt(), now);
      boolean hasBegun = !age.plus(skew).isNegative();
      boolean isRecent = age.compareTo(grace.plus(skew)) <= 0;
      if (generation > present.generation()) {
        return Step.CATCH_UP;
      }
      if (generation == present.generation()) {
        return hasBegun && isRecent ? Step.KEEP : Step.ADVANCE;
      }
      if (generation < present.generation() - 1) {
        return Step.REUSED_OLDER;
      }
      if (hasBegun && age.compareTo(grace) <= 0) {
        return Step.KEEP;
      }
      return isRecent ? Step.LATE : Step.REUSED_PREVIOUS;
    }

    /**
     * Returns the session after a step that writes.
     *
     * @param present the session as the store has it
     * @param step {@link Step#ADVANCE} or {@link Step#CATCH_UP}
     * @param now by the clock of the store's server
     * @return the session of the new generation
     * @throws IllegalArgumentException if the step writes nothing
     */
    public Session applied(Session present, Step step, Instant now) {
      return switch (step) {
        case ADVANCE -> rotated(present, present.generation() + 1, now, nextKeyId);
        case CATCH_UP -> rotated(present, generation, now, keyId);
        default -> throw new IllegalArgumentException("step must be one that writes: " + step);
      };
    }

    private static Session rotated(Session present, int to, Instant now, String key) {
      return present.toBuilder().rotation(to, now, Optional.of(key)).lastUsedAt(now).build();
    }

    /** What a presented token does to its session. */
    public enum Step {
      /**
       * Nothing is written; the answer is the present token. After a rotation, for the generation
       * before within the grace, and for the present one within grace and skew.
       */
      KEEP(false),
      /** The present generation was presented: the next one begins. */
      ADVANCE(true),
      /**
       * The token is newer than the session: the store has lost rotations, by a fail-over or a
       * restored backup. The session takes over the generation of the token.
       */
      CATCH_UP(true),
      /**
       * The generation before, later than the grace but not later than the clocks of two servers
       * may differ. The token is refused, and the session lives.
       */
      LATE(false),
      /** The generation before, later than that: it was copied. */
      REUSED_PREVIOUS(false),
      /** An older generation: it was copied. */
      REUSED_OLDER(false);

      private final boolean writes;

      Step(boolean writes) {
        this.writes = writes;
      }

      /**
       * Returns whether a store has to write.
       *
       * @return true if the session is replaced by {@link Rotation#applied}
       */
      public boolean writes() {
        return writes;
      }

      /**
       * Returns the result of this step.
       *
       * @param live the session as it is afterwards
       * @return present, late or reused
       */
      public RotationResult result(LiveSession live) {
        return switch (this) {
          case KEEP, ADVANCE, CATCH_UP -> new RotationResult.Present(live, this);
          case LATE -> new RotationResult.Late();
          case REUSED_PREVIOUS -> new RotationResult.Reused(true);
          case REUSED_OLDER -> new RotationResult.Reused(false);
        };
      }
    }
  }

  /** What became of a {@link Rotation}. */
  sealed interface RotationResult {
    /**
     * The token was good. The client gets the token of the session's {@link Session#generation},
     * under its {@link Session#keyId}.
     *
     * @param live the session as it is now, also if nothing was written
     * @param step keep, advance or catch up
     */
    record Present(LiveSession live, Rotation.Step step) implements RotationResult {}

    /** The token is {@link Rotation.Step#LATE}: it is refused, and the session lives. */
    record Late() implements RotationResult {}

    /**
     * The token was replaced before. The session is still live: the caller ends it, with {@link
     * EndReason#REUSE}, before it answers.
     *
     * @param previous true for the generation before the present one, false for an older one
     */
    record Reused(boolean previous) implements RotationResult {}

    /** No such live session; as for {@link #find}. */
    record Over() implements RotationResult {}
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
