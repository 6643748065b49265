package io.doorward.auth.session;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.ProfileStore;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.backend.DegradationTable.SessionLocation;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.session.EndedSession.EndReason;
import io.doorward.auth.session.SessionLimits.WhenFull;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of one process. It asks the profile store each time, so there is no copy of a user
 * record that could be too old.
 */
final class InMemoryTokenStore implements TokenStore {
  private final ProfileStore profiles;
  private final InstantSource clock;
  private final Map<AccountId, Map<SessionId, Entry>> sessions = new ConcurrentHashMap<>();
  private final EndedSessions ended;

  InMemoryTokenStore(ProfileStore profiles, InstantSource clock) {
    this.profiles = requireNonNull(profiles, "profiles");
    this.clock = requireNonNull(clock, "clock");
    this.ended = new EndedSessions(clock);
  }

  @Override
  public SessionCreation create(Session session, SessionLimits limits, Deadline deadline) {
    requireNonNull(session, "session");
    requireNonNull(limits, "limits");
    Optional<UserRecord> user =
        profiles
            .load(session.account(), deadline)
            .filter(record -> session.kind().epochOf(record).equals(session.epoch()));
    if (user.isEmpty()) {
      return new SessionCreation.Stale();
    }
    AtomicReference<SessionCreation> result = new AtomicReference<>(new SessionCreation.Stale());
    sessions.compute(
        session.account(),
        (account, held) -> {
          Map<SessionId, Entry> all = held == null ? new ConcurrentHashMap<>() : held;
          result.set(store(all, session, limits, user.get()));
          return all.isEmpty() ? null : all;
        });
    return requireNonNull(result.get());
  }

  /** Under the lock of the account. */
  private SessionCreation store(
      Map<SessionId, Entry> all, Session session, SessionLimits limits, UserRecord user) {
    if (all.containsKey(session.id())) {
      throw new IllegalArgumentException("session must have an id that was never used");
    }
    Instant now = clock.instant();
    List<Session> tooMany = List.of();
    if (limits.apply(session)) {
      List<Session> counted =
          all.values().stream()
              .filter(entry -> entry.end.isAfter(now))
              .map(Entry::session)
              .filter(other -> isOfALogin(other) && other.epoch().equals(session.epoch()))
              .sorted(Comparator.comparing(Session::createdAt))
              .toList();
      List<Session> tooManyOfKind =
          excess(
              counted.stream()
                  .filter(other -> other.deviceKind().equals(session.deviceKind()))
                  .toList(),
              limits.on(session.deviceKind()));
      List<Session> left = new ArrayList<>(counted);
      left.removeAll(tooManyOfKind);
      List<Session> tooManyBesides = excess(left, limits.perAccount());
      if (limits.whenFull() == WhenFull.REFUSE
          && !(tooManyOfKind.isEmpty() && tooManyBesides.isEmpty())) {
        return SessionCreation.Full.of(limits, session, !tooManyOfKind.isEmpty());
      }
      tooMany = Stream.concat(tooManyOfKind.stream(), tooManyBesides.stream()).toList();
    }
    for (Session oldest : tooMany) {
      all.remove(oldest.id());
      ended.add(oldest, EndReason.LIMIT);
    }
    all.put(session.id(), new Entry(session, session.idleEnd(now)));
    return new SessionCreation.Created(user, Revocation.of(tooMany.size()));
  }

  /** Returns the oldest, so many that one more finds a place among the others. */
  private static List<Session> excess(List<Session> oldestFirst, int most) {
    return oldestFirst.subList(0, Math.max(0, oldestFirst.size() - most + 1));
  }

  @Override
  public Optional<LiveSession> find(AccountId account, SessionId session, Deadline deadline) {
    requireNonNull(session, "session");
    deadline.check("sessions in memory, find");
    Entry entry = of(account).get(session);
    if (entry == null) {
      return Optional.empty();
    }
    Duration left = Duration.between(clock.instant(), entry.end);
    if (left.isNegative() || left.isZero()) {
      return Optional.empty();
    }
    return profiles
        .load(account, deadline)
        .filter(user -> entry.session.kind().epochOf(user).equals(entry.session.epoch()))
        // A session that was revoked while its user was read is over.
        .filter(user -> of(account).containsKey(session))
        .map(user -> new LiveSession(entry.session, user, left));
  }

  @Override
  public void touch(Session session, Deadline deadline) {
    deadline.check("sessions in memory, touch");
    Map<SessionId, Entry> held = sessions.get(session.account());
    if (held != null) {
      held.computeIfPresent(
          session.id(),
          (id, entry) -> {
            Instant now = clock.instant();
            return entry.end.isAfter(now) ? entry.usedAt(now) : entry;
          });
    }
  }

  @Override
  public RotationResult rotate(Rotation rotation, Deadline deadline) {
    Optional<LiveSession> live = find(rotation.account(), rotation.session(), deadline);
    if (live.isEmpty()) {
      return new RotationResult.Over();
    }
    UserRecord user = live.get().user();
    AtomicReference<RotationResult> result = new AtomicReference<>(new RotationResult.Over());
    of(rotation.account())
        .computeIfPresent(
            rotation.session(),
            (id, entry) -> {
              Instant now = clock.instant();
              if (!entry.end.isAfter(now)) {
                return entry;
              }
              Rotation.Step step = rotation.step(entry.session, now);
              Entry next = step.writes() ? entry.rotated(rotation, step, now) : entry;
              result.set(step.result(next.live(user, now)));
              return next;
            });
    return requireNonNull(result.get());
  }

  @Override
  public Revocation revoke(
      AccountId account, SessionId session, EndReason reason, Deadline deadline) {
    requireNonNull(session, "session");
    requireNonNull(reason, "reason");
    deadline.check("sessions in memory, revoke");
    return Revocation.of(end(account, session, reason) ? 1 : 0);
  }

  @Override
  public Revocation revokeAll(AccountId account, EndReason reason, Deadline deadline) {
    requireNonNull(reason, "reason");
    deadline.check("sessions in memory, revokeAll");
    return revokeWhere(account, InMemoryTokenStore::isOfALogin, reason);
  }

  @Override
  public Revocation revokeOthers(Session kept, EndReason reason, Deadline deadline) {
    requireNonNull(reason, "reason");
    deadline.check("sessions in memory, revokeOthers");
    return revokeWhere(
        kept.account(), each -> isOfALogin(each) && !each.id().equals(kept.id()), reason);
  }

  private Revocation revokeWhere(
      AccountId account, Predicate<Session> condition, EndReason reason) {
    int revoked = 0;
    for (Entry entry : of(account).values()) {
      if (condition.test(entry.session) && end(account, entry.session.id(), reason)) {
        revoked++;
      }
    }
    return Revocation.of(revoked);
  }

  /** API keys outlive what ends many sessions at once. */
  private static boolean isOfALogin(Session session) {
    return session.kind() != SessionKind.API_KEY;
  }

  /** Removes a session; true if it was live. */
  private boolean end(AccountId account, SessionId session, EndReason reason) {
    Entry removed = remove(account, session);
    if (removed == null || !removed.end.isAfter(clock.instant())) {
      return false;
    }
    ended.add(removed.session, reason);
    return true;
  }

  @Override
  public List<Session> list(AccountId account, Deadline deadline) {
    Optional<UserRecord> user = profiles.load(account, deadline);
    if (user.isEmpty()) {
      return List.of();
    }
    Instant now = clock.instant();
    return of(account).values().stream()
        .filter(entry -> entry.end.isAfter(now))
        .map(Entry::session)
        .filter(session -> session.kind().epochOf(user.get()).equals(session.epoch()))
        .sorted(Comparator.comparing(Session::createdAt).reversed())
        .toList();
  }

  @Override
  public List<EndedSession> listEnded(AccountId account, Deadline deadline) {
    requireNonNull(account, "account");
    deadline.check("sessions in memory, listEnded");
    return ended.of(account);
  }

  @Override
  public boolean fenceUser(AccountId account, long floor, Deadline deadline) {
    // Nothing is remembered of a user.
    return true;
  }

  @Override
  public Optional<UserRecord> peekUser(AccountId account, Deadline deadline) {
    return Optional.empty();
  }

  @Override
  public SessionLocation location() {
    return SessionLocation.MEMORY;
  }

  @Override
  public int removeExpired(int max, Deadline deadline) {
    if (max <= 0) {
      throw new IllegalArgumentException("max must be positive: " + max);
    }
    deadline.check("sessions in memory, removeExpired");
    Instant now = clock.instant();
    int removed = 0;
    for (Map.Entry<AccountId, Map<SessionId, Entry>> held : sessions.entrySet()) {
      Iterator<Entry> entries = held.getValue().values().iterator();
      while (entries.hasNext()) {
        if (removed == max) {
          return removed;
        }
        Entry entry = entries.next();
        if (!entry.end.isAfter(now) && remove(held.getKey(), entry.session.id()) != null) {
          removed++;
        }
      }
    }
    return removed + ended.removeOld(max - removed);
  }

  private Map<SessionId, Entry> of(AccountId account) {
    return sessions.getOrDefault(requireNonNull(account, "account"), Map.of());
  }

  private @Nullable Entry remove(AccountId account, SessionId session) {
    Map<SessionId, Entry> held = sessions.get(account);
    Entry removed = held == null ? null : held.remove(session);
    // An account without sessions leaves nothing behind.
    sessions.computeIfPresent(account, (id, left) -> left.isEmpty() ? null : left);
    return removed;
  }

  /** A session, and when it is over unless a request comes before. */
  private record Entry(Session session, Instant end) {
    Entry usedAt(Instant now) {
      return new Entry(session.toBuilder().lastUsedAt(now).build(), session.idleEnd(now));
    }

    Entry rotated(Rotation rotation, Rotation.Step step, Instant now) {
      return new Entry(rotation.applied(session, step, now), session.idleEnd(now));
    }

    LiveSession live(UserRecord user, Instant now) {
      return new LiveSession(session, user, Duration.between(now, end));
    }
  }
}
