package io.doorward.auth.account;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The credential cache of one process. It forgets the least recently used name when it is full:
 * with the name go its floor and its nonce, so a ticket that is out is void.
 */
final class InMemoryCredentialCache implements CredentialCache {
  /** How long a floor or a nonce without an entry is remembered. */
  private static final Duration MARKER_TTL = Duration.ofSeconds(15);

  private final InstantSource clock;
  private final Duration ttl;
  private final String stamp = OperationId.random().value();
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<LoginId, State> states;

  InMemoryCredentialCache(InstantSource clock, Duration ttl, int maxNames) {
    this.clock = requireNonNull(clock, "clock");
    if (ttl.isNegative() || ttl.isZero()) {
      throw new IllegalArgumentException("ttl must be positive: " + ttl);
    }
    if (maxNames <= 0) {
      throw new IllegalArgumentException("maxNames must be positive: " + maxNames);
    }
    this.ttl = ttl;
    this.states =
        new LinkedHashMap<>(16, 0.75f, true) {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<LoginId, State> eldest) {
            return size() > maxNames;
          }
        };
  }

  @Override
  public Lookup lookup(LoginId loginId, Deadline deadline) {
    requireNonNull(loginId, "loginId");
    deadline.check("credential cache in memory, lookup");
    Instant now = clock.instant();
    lock.lock();
    try {
      State state = present(loginId, now);
      if (state == null) {
        state = new State();
        states.put(loginId, state);
      }
      Entry entry = state.entry;
      if (entry != null && isOfGoodAge(entry, now)) {
        return new Lookup.Hit(entry.credential, entry.readAt);
      }
      state.entry = null;
      if (state.nonce == null) {
        state.nonce = OperationId.random().value();
      }
      state.keepUntil(now.plus(MARKER_TTL));
      return new Lookup.Miss(new Ticket(loginId, state.nonce, stamp));
    } finally {
      lock.unlock();
    }
  }

  @Override
  public List<Credential> peek(LoginId loginId, Deadline deadline) {
    requireNonNull(loginId, "loginId");
    deadline.check("credential cache in memory, peek");
    Instant now = clock.instant();
    lock.lock();
    try {
      State state = present(loginId, now);
      return state == null || state.entry == null || !isOfGoodAge(state.entry, now)
          ? List.of()
          : List.of(state.entry.credential);
    } finally {
      lock.unlock();
    }
  }

  private boolean isOfGoodAge(Entry entry, Instant now) {
    return entry.readAt.plus(ttl).isAfter(now);
  }

  @Override
  public boolean fill(Ticket ticket, Credential credential, Instant readAt, Deadline deadline) {
    requireNonNull(readAt, "readAt");
    if (!ticket.loginId().equals(credential.loginId())) {
      return false;
    }
    deadline.check("credential cache in memory, fill");
    Instant now = clock.instant();
    lock.lock();
    try {
      State state = present(ticket.loginId(), now);
      long version = credential.version().number();
      if (state == null
          || !stamp.equals(ticket.stamp())
          || !ticket.nonce().equals(state.nonce)
          || version < state.floor
          || (state.entry != null && version < state.entry.credential.version().number())) {
        return false;
      }
      state.entry = new Entry(credential, readAt);
      state.keepUntil(readAt.plus(ttl));
      return true;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean fence(LoginId loginId, long floor, Deadline deadline) {
    requireNonNull(loginId, "loginId");
    if (floor < 0) {
      throw new IllegalArgumentException("floor must not be negative: " + floor);
    }
    deadline.check("credential cache in memory, fence");
    Instant now = clock.instant();
    lock.lock();
    try {
      State state = present(loginId, now);
      if (state == null) {
        state = new State();
        states.put(loginId, state);
      }
      state.floor = Math.max(state.floor, floor);
      state.nonce = null;
      if (floor > 0) {
        state.entry = null;
      }
      state.keepUntil(now.plus(MARKER_TTL));
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Drops what is over, so that absent and expired are one case. */
  private @Nullable State present(LoginId loginId, Instant now) {
    State state = states.get(loginId);
    if (state != null && !state.until.isAfter(now)) {
      states.remove(loginId);
      return null;
    }
    return state;
  }

  private record Entry(Credential credential, Instant readAt) {}

  /** The state of one key; accessed only under the lock. */
  private static final class State {
    @Nullable Entry entry;
    @Nullable String nonce;
    long floor;
    Instant until = Instant.MIN;

    /** Never shortens. */
    void keepUntil(Instant instant) {
      if (instant.isAfter(until)) {
        until = instant;
      }
    }
  }
}
