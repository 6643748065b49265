package io.doorward.auth.session;

import io.doorward.auth.account.Epoch;
import io.doorward.auth.account.Outbox.Invalidation;
import io.doorward.auth.account.ProfileStore;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.session.EndedSession.EndReason;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Sessions as a database owns them: ending a live one gives its account's user record another
 * state, in one step with the deletion, and leaves word of it until that is delivered.
 */
final class OwnedSessions implements TokenStore {
  /** The epoch of a new user. */
  static final Epoch FIRST = new Epoch(1, "first");

  private final Map<AccountId, UserRecord> users = new ConcurrentHashMap<>();
  private final Map<AccountId, List<Invalidation>> pending = new ConcurrentHashMap<>();
  private final TokenStore sessions;
  private long sequence = 1;

  OwnedSessions(InstantSource clock) {
    sessions = TokenStore.inMemory(new Users(), clock);
  }

  synchronized UserRecord newUser(AccountId account) {
    return change(account, FIRST, Set.of());
  }

  /** Changes roles, or what else makes another state of the record. */
  synchronized UserRecord change(AccountId account, Epoch epoch, Set<String> roles) {
    UserRecord user =
        new UserRecord(account, roles, ++sequence, OperationId.random().value(), epoch, epoch);
    users.put(account, user);
    pending
        .computeIfAbsent(account, id -> new ArrayList<>())
        .add(new Invalidation.OfUser(sequence, account, user.version()));
    return user;
  }

  /** The number of a state stays, as after a fail-over that hands it out twice. */
  synchronized void replayVersion(AccountId account) {
    UserRecord user = users.get(account);
    users.put(
        account,
        new UserRecord(
            account,
            user.roles(),
            user.version(),
            OperationId.random().value(),
            user.epoch(),
            user.epoch()));
  }

  synchronized List<Invalidation> takePending(AccountId account) {
    List<Invalidation> taken = pending.remove(account);
    return taken == null ? List.of() : taken;
  }

  @Override
  public synchronized SessionCreation create(
      Session session, SessionLimits limits, Deadline deadline) {
    SessionCreation creation = sessions.create(session, limits, deadline);
    if (creation instanceof SessionCreation.Created created && created.ended().ended() > 0) {
      Revocation ended = ended(session.account(), created.ended().ended());
      return new SessionCreation.Created(created.user(), ended);
    }
    return creation;
  }

  @Override
  public synchronized Optional<LiveSession> find(
      AccountId account, SessionId session, Deadline deadline) {
    return sessions.find(account, session, deadline);
  }

  @Override
  public synchronized void touch(Session session, Deadline deadline) {
    sessions.touch(session, deadline);
  }

  @Override
  public synchronized RotationResult rotate(Rotation rotation, Deadline deadline) {
    return sessions.rotate(rotation, deadline);
  }

  @Override
  public synchronized Revocation revoke(
      AccountId account, SessionId session, EndReason reason, Deadline deadline) {
    return ended(account, sessions.revoke(account, session, reason, deadline).ended());
  }

  @Override
  public synchronized Revocation revokeAll(AccountId account, EndReason reason, Deadline deadline) {
    return ended(account, sessions.revokeAll(account, reason, deadline).ended());
  }

  @Override
  public synchronized Revocation revokeOthers(Session kept, EndReason reason, Deadline deadline) {
    return ended(kept.account(), sessions.revokeOthers(kept, reason, deadline).ended());
  }

  private Revocation ended(AccountId account, int ended) {
    if (ended > 0) {
      UserRecord user = users.get(account);
      change(account, user.epoch(), user.roles());
    }
    return new Revocation(ended, pending.getOrDefault(account, List.of()));
  }

  @Override
  public List<Session> list(AccountId account, Deadline deadline) {
    return sessions.list(account, deadline);
  }

  @Override
  public List<EndedSession> listEnded(AccountId account, Deadline deadline) {
    return sessions.listEnded(account, deadline);
  }

  @Override
  public Optional<UserRecord> peekUser(AccountId account, Deadline deadline) {
    return sessions.peekUser(account, deadline);
  }

  @Override
  public boolean fenceUser(AccountId account, long floor, Deadline deadline) {
    return true;
  }

  @Override
  public int removeExpired(int max, Deadline deadline) {
    return sessions.removeExpired(max, deadline);
  }

  private final class Users implements ProfileStore {
    @Override
    public Optional<UserRecord> load(AccountId account, Deadline deadline) {
      return Optional.ofNullable(users.get(account));
    }

    @Override
    public Change changeRoles(
        AccountId account,
        Set<String> grant,
        Set<String> revoke,
        OperationId operation,
        Deadline deadline) {
      throw new UnsupportedOperationException("sessions only read users");
    }
  }
}
