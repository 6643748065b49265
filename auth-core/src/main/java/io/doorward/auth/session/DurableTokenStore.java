package io.doorward.auth.session;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.UserRecord;
import io.doorward.auth.backend.Backend;
import io.doorward.auth.backend.Backend.BackendAware;
import io.doorward.auth.backend.DegradationTable.SessionLocation;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.event.ServiceEvent;
import io.doorward.auth.guard.BackendCalls;
import io.doorward.auth.guard.BoundedReads;
import io.doorward.auth.guard.BoundedReads.Answer;
import io.doorward.auth.guard.Bulkhead;
import io.doorward.auth.guard.Bulkhead.Caller;
import io.doorward.auth.guard.Bulkhead.Lane;
import io.doorward.auth.guard.Retries;
import io.doorward.auth.session.EndedSession.EndReason;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Keeps sessions in a database and serves them from a {@link SessionView}. Losing the view, wholly
 * or in part, neither ends a session nor revives one: sessions that the view does not have are read
 * from the database. Thread-safe: one instance serves all threads.
 *
 * <p>A session is written to the database first. Ending one raises the version of its account's
 * user record in the same transaction. The invalidation for the view is returned as {@link
 * TokenStore.Revocation#pending}, like that of any other change of a user record. A node that
 * cannot reach the view reads the database and refuses the session at once; a node that can accepts
 * the session until the invalidation is delivered.
 *
 * <p>Security: checks read the database with bounded concurrency, so that a lost view does not take
 * the database away from logins.
 *
 * <p>Failure: a view that does not answer, or that is not trusted, is bypassed, with a {@link
 * ServiceEvent.BackendFailed}. Calls to the view use only a part of a deadline. Sessions in the
 * view need no database. Every method throws {@link StoreException} when neither can answer before
 * the deadline; a check that finds no room is {@link StoreException.Kind#OVERLOADED}, never "no
 * session". Nothing is retried here.
 */
public final class DurableTokenStore implements TokenStore, BackendAware {
  /** A look-up in the view may use this fraction of the deadline; the rest is for the database. */
  private static final int LOOKUP_PART = 2;

  /** A fill of the view may use this fraction of the deadline. */
  private static final int FILL_PART = 10;

  private final TokenStore durable;
  private final SessionView view;
  private final Bulkhead bulkhead;
  private final InstantSource clock;
  private final BackendCalls viewCalls;
  private final BoundedReads<Key, Optional<LiveSession>> reads;

  private DurableTokenStore(Builder builder) {
    this.durable = builder.durable;
    this.view = builder.view;
    this.bulkhead =
        Bulkhead.of("token store, reads of checks", builder.concurrentReads, builder.waitingReads);
    this.clock = builder.clock;
    this.viewCalls = BackendCalls.of(Part.SESSION_VIEW, Retries.none(), builder.listener);
    this.reads = new BoundedReads<>(Part.TOKEN_STORE.text(), bulkhead, clock);
  }

  /**
   * Starts to build a store.
   *
   * @param durable owns the sessions. Every change that ends a live one must raise the version of
   *     the account's user record in the same transaction, as the tables of auth-jdbc do; one
   *     statement must read session and user record together
   * @param view serves sessions in front of {@code durable}
   * @return a builder with the documented defaults
   */
  public static Builder builder(TokenStore durable, SessionView view) {
    return new Builder(durable, view);
  }

  @Override
  public SessionCreation create(Session session, SessionLimits limits, Deadline deadline) {
    Optional<SessionView.Ticket> ticket = ticket(session.account(), session.id(), deadline);
    Instant readAt = clock.instant();
    SessionCreation creation = durable.create(session, limits, deadline);
    // What has ended others has made another state of the user record: this one would serve them.
    if (creation instanceof SessionCreation.Created created
        && created.ended().pending().isEmpty()) {
      Duration idleLeft = Duration.between(readAt, session.idleEnd(readAt));
      LiveSession live = new LiveSession(session, created.user(), idleLeft);
      fill(ticket, new Answer<>(readAt, Optional.of(live)), deadline);
    }
    return creation;
  }

  @Override
  public Optional<LiveSession> find(AccountId account, SessionId session, Deadline deadline) {
    requireNonNull(account, "account");
    requireNonNull(session, "session");
    Optional<SessionView.Lookup> found =
        ask(LOOKUP_PART, deadline, part -> view.find(account, session, part));
    if (found.isPresent() && found.get() instanceof SessionView.Lookup.Hit hit) {
      return Optional.of(hit.live());
    }
    Optional<SessionView.Ticket> ticket =
        found.map(SessionView.Lookup.Miss.class::cast).map(SessionView.Lookup.Miss::ticket);
    Answer<Optional<LiveSession>> read = read(account, session, deadline);
    fill(ticket, read, deadline);
    return read.value();
  }

  /**
   * Reads the session from the database. Each caller fills under its own ticket, taken before this
   * call.
   */
  private Answer<Optional<LiveSession>> read(
      AccountId account, SessionId session, Deadline deadline) {
    return reads.read(
        Caller.in(Lane.COMMON),
        new Key(account, session),
        deadline,
        () -> durable.find(account, session, deadline));
  }

  /**
   * Renews the session in the view too; otherwise the next check would find the old end and touch
   * it again.
   */
  @Override
  public void touch(Session session, Deadline deadline) {
    Optional<SessionView.Ticket> ticket = ticket(session.account(), session.id(), deadline);
    bulkhead.call(
        deadline,
        () -> {
          durable.touch(session, deadline);
          return true;
        });
    if (ticket.isPresent()) {
      fill(ticket, read(session.account(), session.id(), deadline), deadline);
    }
  }

  /**
   * Renews the session in the view too, as a touch does. Takes its place among the checks, so that
   * refreshes leave connections to logins.
   */
  @Override
  public RotationResult rotate(Rotation rotation, Deadline deadline) {
    Optional<SessionView.Ticket> ticket = ticket(rotation.account(), rotation.session(), deadline);
    Answer<RotationResult> answer =
        bulkhead.call(
            deadline,
            () -> {
              Instant readAt = clock.instant();
              return new Answer<>(readAt, durable.rotate(rotation, deadline));
            });
    if (answer.value() instanceof RotationResult.Present present && present.step().writes()) {
      fill(ticket, new Answer<>(answer.readAt(), Optional.of(present.live())), deadline);
    }
    return answer.value();
  }

  @Override
  public Revocation revoke(
      AccountId account, SessionId session, EndReason reason, Deadline deadline) {
    return durable.revoke(account, session, reason, deadline);
  }

  @Override
  public Revocation revokeAll(AccountId account, EndReason reason, Deadline deadline) {
    return durable.revokeAll(account, reason, deadline);
  }

  @Override
  public Revocation revokeOthers(Session kept, EndReason reason, Deadline deadline) {
    return durable.revokeOthers(kept, reason, deadline);
  }

  @Override
  public List<Session> list(AccountId account, Deadline deadline) {
    return durable.list(account, deadline);
  }

  @Override
  public List<EndedSession> listEnded(AccountId account, Deadline deadline) {
    return durable.listEnded(account, deadline);
  }

  @Override
  public boolean fenceUser(AccountId account, long floor, Deadline deadline) {
    return view.fenceUser(account, floor, deadline);
  }

  @Override
  public Optional<UserRecord> peekUser(AccountId account, Deadline deadline) {
    return view.peekUser(account, deadline);
  }

  @Override
  public SessionLocation location() {
    return SessionLocation.DATABASE_WITH_VIEW;
  }

  @Override
  public Collection<Backend> backends() {
    List<Backend> all = new ArrayList<>();
    for (Object part : List.of(durable, view)) {
      if (part instanceof BackendAware known) {
        all.addAll(known.backends());
      }
    }
    return all;
  }

  @Override
  public int removeExpired(int max, Deadline deadline) {
    return durable.removeExpired(max, deadline);
  }

  private Optional<SessionView.Ticket> ticket(
      AccountId account, SessionId session, Deadline deadline) {
    return ask(FILL_PART, deadline, part -> view.ticket(account, session, part));
  }

  private void fill(
      Optional<SessionView.Ticket> ticket, Answer<Optional<LiveSession>> read, Deadline deadline) {
    if (ticket.isPresent() && read.value().isPresent()) {
      Optional<Boolean> unused =
          ask(
              FILL_PART,
              deadline,
              part -> view.fill(ticket.get(), read.value().get(), read.readAt(), part));
    }
  }

  /** Calls the view; returns empty if it fails or has no time left. */
  private <T> Optional<T> ask(int part, Deadline deadline, Function<Deadline, T> question) {
    Duration time = deadline.part(part);
    if (time.isZero()) {
      return Optional.empty();
    }
    return viewCalls.tried(() -> question.apply(Deadline.after(time)));
  }

  /** The key under which concurrent checks share a read. */
  private record Key(AccountId account, SessionId session) {}

  /** Collects settings. Not thread-safe. */
  public static final class Builder {
    private final TokenStore durable;
    private final SessionView view;
    private int concurrentReads = 4;
    private int waitingReads = 256;
    private InstantSource clock = InstantSource.system();
    private AuthListener listener = AuthListener.none();

    private Builder(TokenStore durable, SessionView view) {
      this.durable = requireNonNull(durable, "durable");
      this.view = requireNonNull(view, "view");
    }

    /**
     * Limits the concurrent database calls of checks and refreshes: reads of sessions that the view
     * does not have, touches, and rotations. Set it below the size of the connection pool, so that
     * logins keep the rest.
     *
     * @param permits how many at once; positive, default 4
     * @param waiting how many more may wait, at most until their deadlines; not negative, default
     *     256. Further checks are answered as unavailable at once
     * @return this
     * @throws IllegalArgumentException if a number is out of range
     */
    public Builder concurrentReads(int permits, int waiting) {
      if (permits < 1) {
        throw new IllegalArgumentException("permits must be positive: " + permits);
      }
      if (waiting < 0) {
        throw new IllegalArgumentException("waiting must not be negative: " + waiting);
      }
      this.concurrentReads = permits;
      this.waitingReads = waiting;
      return this;
    }

    /**
     * Sets the clock that measures a session's age in the view. Default: the system's.
     *
     * @param clock tells the time
     * @return this
     */
    public Builder clock(InstantSource clock) {
      this.clock = requireNonNull(clock, "clock");
      return this;
    }

    /**
     * Sets the event listener, which is told when the view does not answer. Default: none.
     *
     * @param listener called on the thread of the failed call
     * @return this
     */
    public Builder listener(AuthListener listener) {
      this.listener = requireNonNull(listener, "listener");
      return this;
    }

    /**
     * Builds the store. Does not connect.
     *
     * @return the store
     */
    public DurableTokenStore build() {
      return new DurableTokenStore(this);
    }
  }
}
