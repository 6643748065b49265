package io.doorward.auth.engine.session;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.Sessions.SessionWatch;
import io.doorward.auth.Sessions.WatchEnd;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.Ticker;
import io.doorward.auth.engine.EngineContext;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.guard.BackendCalls;
import io.doorward.auth.guard.Background;
import io.doorward.auth.session.EndedSession;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.TokenStore;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the sessions of long-lived connections in turns, and tells the connections when their
 * sessions end. Thread-safe.
 *
 * <p>A turn reads each watched session once, however many connections it has, as a request check
 * does but without a touch. One turn runs at a time, on a background thread. It begins with the
 * sessions that have waited longest, so a turn that its deadline cuts off starves none.
 *
 * <p>Failure: a session that cannot be read is neither ended nor live. Its watches last until their
 * patience is over. A turn reports a failure of the store once.
 */
public final class SessionWatches {
  private static final Logger LOG = LoggerFactory.getLogger(SessionWatches.class);

  /** How long one read may take: a part of the store that hangs must not use up the turn. */
  private static final Duration READ = Duration.ofMillis(250);

  private final TokenStore store;
  private final BackendCalls calls;
  private final Background background;
  private final Ticker ticker;
  private final ConcurrentMap<Key, Watched> watched = new ConcurrentHashMap<>();
  private final AtomicBoolean running = new AtomicBoolean();

  /** Creates watches over a store, without a turn of their own: see {@link #offerTurn}. */
  public SessionWatches(TokenStore store, EngineContext context) {
    this.store = requireNonNull(store, "store");
    this.calls = context.calls(Part.TOKEN_STORE);
    this.background = context.background();
    this.ticker = context.ticker();
  }

  /** Watches a session that has just been checked, see {@link SessionWatch}. */
  public SessionWatch watch(Session session, Duration patience, Consumer<WatchEnd> listener) {
    Key key = new Key(session.account(), session.id());
    Watch watch = new Watch(key, patience, listener);
    watched.compute(
        key, (unused, there) -> (there == null ? new Watched(key, ticker) : there).with(watch));
    return watch;
  }

  /**
   * Begins a turn in the background, if there is anything to watch. While there is no room for one,
   * only patience ends.
   */
  public void offerTurn() {
    if (watched.isEmpty()) {
      return;
    }
    if (!running.compareAndSet(false, true)) {
      endImpatient();
      return;
    }
    boolean taken =
        background.offer(
            deadline -> {
              try {
                turn(deadline);
              } finally {
                running.set(false);
              }
            });
    if (!taken) {
      running.set(false);
      endImpatient();
    }
  }

  private void turn(Deadline deadline) {
    long now = ticker.nanos();
    List<Watched> longestWaiting =
        watched.values().stream()
            .sorted(Comparator.comparingLong((Watched one) -> one.triedAt - now))
            .toList();
    Optional<StoreException.Kind> failure = Optional.empty();
    for (Watched one : longestWaiting) {
      if (deadline.isExpired()) {
        break;
      }
      try {
        look(one, Deadline.after(deadline.cap(READ)));
      } catch (StoreException e) {
        failure = Optional.of(e.kind());
      }
    }
    failure.ifPresent(calls::failed);
    endImpatient();
  }

  private void look(Watched one, Deadline deadline) {
    long asked = ticker.nanos();
    one.triedAt = asked;
    if (store.find(one.key.account(), one.key.session(), deadline).isPresent()) {
      one.seenAt = asked;
      return;
    }
    Watched ended = watched.remove(one.key);
    if (ended != null) {
      WatchEnd end = new WatchEnd.SessionEnded(record(one.key, deadline));
      ended.watches.forEach(watch -> watch.end(end));
    }
  }

  /** The session has ended. A record that cannot be read now does not hold up the connections. */
  private Optional<EndedSession> record(Key key, Deadline deadline) {
    return calls
        .tried(() -> SessionRegister.record(store, key.account(), key.session(), deadline))
        .flatMap(Function.identity());
  }

  private void endImpatient() {
    long now = ticker.nanos();
    for (Watched one : watched.values()) {
      for (Watch watch : one.watches) {
        Duration unseen = Duration.ofNanos(Math.min(now - one.seenAt, now - watch.since));
        if (unseen.compareTo(watch.patience) >= 0) {
          watch.remove();
          watch.end(new WatchEnd.Unverified(unseen));
        }
      }
    }
  }

  /** Returns how many sessions are watched, for tests. */
  int size() {
    return watched.size();
  }

  private record Key(AccountId account, SessionId session) {}

  /** A session and its connections, which join and leave under the lock of its place in the map. */
  private static final class Watched {
    private final Key key;
    private final Set<Watch> watches = ConcurrentHashMap.newKeySet();

    /** When a read was last begun. */
    private volatile long triedAt;

    /** When the last read was begun that found the session live. */
    private volatile long seenAt;

    Watched(Key key, Ticker ticker) {
      this.key = key;
      this.triedAt = ticker.nanos();
      this.seenAt = triedAt;
    }

    Watched with(Watch watch) {
      watches.add(watch);
      return this;
    }

    @Nullable Watched without(Watch watch) {
      watches.remove(watch);
      return watches.isEmpty() ? null : this;
    }
  }

  /** One connection. */
  private final class Watch implements SessionWatch {
    private final Key key;
    private final Duration patience;
    private final Consumer<WatchEnd> listener;
    private final long since = ticker.nanos();
    private final AtomicBoolean over = new AtomicBoolean();

    Watch(Key key, Duration patience, Consumer<WatchEnd> listener) {
      this.key = key;
      this.patience = patience;
      this.listener = listener;
    }

    @Override
    public void close() {
      over.set(true);
      remove();
    }

    void remove() {
      watched.computeIfPresent(key, (unused, there) -> there.without(this));
    }

    void end(WatchEnd end) {
      if (over.compareAndSet(false, true)) {
        try {
          listener.accept(end);
        } catch (RuntimeException e) {
          LOG.warn("A listener of a session watch failed", e);
        }
      }
    }
  }
}
