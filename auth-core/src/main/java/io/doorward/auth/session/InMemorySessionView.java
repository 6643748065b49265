package io.doorward.auth.session;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.session.TokenStore.LiveSession;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The view of one process. What it forgets is read anew, so it forgets whole accounts. */
final class InMemorySessionView implements SessionView {
  private static final int SESSIONS_OF_AN_ACCOUNT = 64;

  private final InstantSource clock;
  private final Duration ttl;
  private final String stamp = OperationId.random().value();
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<AccountId, State> states;

  InMemorySessionView(InstantSource clock, Duration ttl, int maxAccounts) {
    this.clock = requireNonNull(clock, "clock");
    this.ttl = ttl;
    this.states = bounded(maxAccounts);
  }

  @Override
  public Lookup find(AccountId account, SessionId session, Deadline deadline) {
    requireNonNull(session, "session");
    deadline.check("session view in memory, find");
    Instant now = clock.instant();
    lock.lock();
    try {
      State state = state(account);
      UserRecord user = state.user;
      Held held = state.sessions.get(session);
      if (user != null && held != null && held.user.isSameState(user) && held.lives(now, ttl)) {
        Duration left = Duration.between(now, held.idleEnd);
        return new Lookup.Hit(new LiveSession(held.session, user, left));
      }
      return new Lookup.Miss(handOut(account, session, state));
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Ticket ticket(AccountId account, SessionId session, Deadline deadline) {
    requireNonNull(session, "session");
    deadline.check("session view in memory, ticket");
    lock.lock();
    try {
      return handOut(account, session, state(account));
    } finally {
      lock.unlock();
    }
  }

  private Ticket handOut(AccountId account, SessionId session, State state) {
    String nonce = state.nonce;
    if (nonce == null) {
      nonce = OperationId.random().value();
      state.nonce = nonce;
    }
    return new Ticket(account, session, nonce, stamp);
  }

  @Override
  public boolean fill(Ticket ticket, LiveSession live, Instant readAt, Deadline deadline) {
    deadline.check("session view in memory, fill");
    Session session = live.session();
    if (!ticket.account().equals(session.account()) || !ticket.session().equals(session.id())) {
      return false;
    }
    Held held = new Held(session, live.user(), readAt, readAt.plus(live.idleLeft()));
    lock.lock();
    try {
      State state = states.get(ticket.account());
      UserRecord user = live.user();
      if (state == null
          || !stamp.equals(ticket.stamp())
          || !ticket.nonce().equals(state.nonce)
          || user.version() < state.floor
          || (state.user != null && user.version() < state.user.version())
          || !held.lives(clock.instant(), ttl)) {
        return false;
      }
      state.user = user;
      state.sessions.merge(
          session.id(), held, (there, given) -> there.isLaterThan(given) ? there : given);
      return true;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean fenceUser(AccountId account, long floor, Deadline deadline) {
    if (floor < 0) {
      throw new IllegalArgumentException("floor must not be negative: " + floor);
    }
    deadline.check("session view in memory, fence");
    lock.lock();
    try {
      State state = state(account);
      state.floor = Math.max(state.floor, floor);
      state.nonce = null;
      if (floor > 0) {
        // No session is served without the record that was read with it.
        state.user = null;
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Optional<UserRecord> peekUser(AccountId account, Deadline deadline) {
    deadline.check("session view in memory, peek");
    lock.lock();
    try {
      State state = states.get(requireNonNull(account, "account"));
      return state == null ? Optional.empty() : Optional.ofNullable(state.user);
    } finally {
      lock.unlock();
    }
  }

  private State state(AccountId account) {
    return states.computeIfAbsent(requireNonNull(account, "account"), id -> new State());
  }

  /** Forgets what was not used for the longest time. */
  private static <K, V> Map<K, V> bounded(int max) {
    return new LinkedHashMap<>(16, 0.75f, true) {
      private static final long serialVersionUID = 1L;

      @Override
      protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > max;
      }
    };
  }

  private record Held(Session session, UserRecord user, Instant readAt, Instant idleEnd) {
    boolean lives(Instant now, Duration ttl) {
      return now.isBefore(idleEnd)
          && now.isBefore(session.absoluteEnd())
          && now.isBefore(readAt.plus(ttl));
    }

    /** Tells whether this was read later in the same state. */
    boolean isLaterThan(Held other) {
      return user.isSameState(other.user) && readAt.isAfter(other.readAt);
    }
  }

  /** The state of one account; accessed only under the lock. */
  private static final class State {
    final Map<SessionId, Held> sessions = bounded(SESSIONS_OF_AN_ACCOUNT);
    @Nullable UserRecord user;
    @Nullable String nonce;
    long floor;
  }
}
