package io.doorward.auth.redis;

import io.doorward.auth.account.UserRecord;
import io.doorward.auth.backend.Backend;
import io.doorward.auth.backend.Backend.BackendAware;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.event.ServiceEvent;
import io.doorward.auth.redis.BinaryCodec.Reader;
import io.doorward.auth.redis.BinaryCodec.Writer;
import io.doorward.auth.redis.FencedEntries.Found;
import io.doorward.auth.redis.FencedEntries.Hit;
import io.doorward.auth.redis.FencedEntries.Miss;
import io.doorward.auth.redis.FencedEntries.Sealed;
import io.doorward.auth.redis.SealedFormat.Origin;
import io.doorward.auth.redis.SealedFormat.Reading;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionView;
import io.doorward.auth.session.TokenStore.LiveSession;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Redis as the view of sessions that a database owns. A request is answered by one trip that writes
 * nothing: the session and its account's user record lie in one slot. Thread-safe.
 *
 * <p>A session's value names the state of the user record that was read with it, and is served only
 * beside a user record in that state. The user record follows the rules of a cached credential:
 * stamp, floor and ticket. So sessions need neither a stamp nor a ticket of their own; after a
 * restart or a fail-over an account's sessions are good again once one of them was read.
 *
 * <p>Security: sessions and user records are sealed (AES-256-GCM) for their keys. A value that was
 * planted, moved or changed is a miss, which an {@link ServiceEvent.SealedValueRejected} reports. A
 * genuine session that is put back after it was ended names an old state and is a miss as well. An
 * attacker that can put back the old user record beside it revives both, at most to the end sealed
 * inside, one {@link Builder#ttl} after the database read.
 *
 * <p>Failure: every method throws {@link StoreException}, and nothing is retried. A server that is
 * not a primary, or not one to be believed, is {@link StoreException.Kind#REFUSED}.
 */
public final class RedisSessionView implements SessionView, BackendAware {
  static final SealedFormat FORMAT = new SealedFormat("session in view", 3);

  private static final Duration LEAST_LEFT = Duration.ofMillis(1);

  private final StoreContext context;
  private final FencedEntries<UserRecord> users;
  private final Duration markerTtl;
  private final OpenedValues<StoredSession> remembered;

  private RedisSessionView(Builder builder) {
    context = builder.context;
    users = UserRecords.entries(context, builder.ttl, builder.markerTtl, builder.remembered);
    markerTtl = builder.markerTtl;
    remembered = new OpenedValues<>(builder.remembered, context);
  }

  @Override
  public Collection<Backend> backends() {
    return List.of(context.server());
  }

  @Override
  public Lookup find(AccountId account, SessionId session, Deadline deadline) {
    Optional<LiveSession> live = findPlainly(account, session, deadline);
    return live.isPresent() ? new Lookup.Hit(live.get()) : findByScript(account, session, deadline);
  }

  /** Finds a session that is live as far as plain commands can tell; empty says nothing. */
  private Optional<LiveSession> findPlainly(
      AccountId account, SessionId session, Deadline deadline) {
    String key = key(account, session);
    String userKey = UserRecords.key(context, account);
    return context
        .scripts()
        .read(deadline, "find", key, userKey)
        .flatMap(
            answer ->
                answer
                    .at(1)
                    .flatMap(entry -> users.served(userKey, entry, answer.stamp()))
                    .flatMap(
                        user ->
                            answer
                                .at(0)
                                .flatMap(value -> open(key, account, session, value).value())
                                .flatMap(stored -> live(stored, user.value()))));
  }

  private Lookup findByScript(AccountId account, SessionId session, Deadline deadline) {
    String userKey = UserRecords.key(context, account);
    Reply found =
        context
            .call(RedisScript.VIEW_FIND)
            .keys(key(account, session), userKey)
            .arg(users.newNonce())
            .arg(markerTtl)
            .run(deadline);
    if (found.at(0).text().equals("miss")) {
      return new Lookup.Miss(ticket(account, session, users.miss(found)));
    }
    Found<UserRecord> user = users.opened(userKey, found.at(1), found.at(2), deadline);
    if (!(user instanceof Hit<UserRecord> hit)) {
      return new Lookup.Miss(ticket(account, session, (Miss<UserRecord>) user));
    }
    Reading<StoredSession> stored = read(account, session, found.at(3).bytes());
    if (stored.origin() == Origin.NEWER) {
      return new Lookup.Miss(ticket(account, session, users.newer()));
    }
    Optional<LiveSession> live = stored.value().flatMap(it -> live(it, hit.value()));
    return live.isPresent()
        ? new Lookup.Hit(live.get())
        : new Lookup.Miss(ticket(account, session, deadline));
  }

  @Override
  public Ticket ticket(AccountId account, SessionId session, Deadline deadline) {
    return ticket(account, session, users.renew(UserRecords.key(context, account), deadline));
  }

  private static Ticket ticket(AccountId account, SessionId session, Miss<?> miss) {
    return new Ticket(account, session, miss.nonce(), miss.stamp());
  }

  @Override
  public boolean fill(Ticket ticket, LiveSession live, Instant readAt, Deadline deadline) {
    Session session = live.session();
    if (!ticket.account().equals(session.account()) || !ticket.session().equals(session.id())) {
      return false;
    }
    String key = key(session.account(), session.id());
    String userKey = UserRecords.key(context, session.account());
    Duration life = users.jittered();
    Duration left = StoreContext.min(users.left(life, readAt), users.left(live.idleLeft(), readAt));
    Optional<Sealed> user = users.seal(userKey, live.user(), readAt);
    Miss<UserRecord> right = new Miss<>(ticket.nonce(), ticket.stamp());
    if (user.isEmpty() || left.toMillis() <= 0 || right.isVoid()) {
      return false;
    }
    return context
        .call(RedisScript.VIEW_FILL)
        .keys(key, userKey)
        .arg(right.stampBytes())
        .arg(right.nonceBytes())
        .arg(user.get().version())
        .arg(user.get().payload())
        .arg(user.get().left())
        .arg(write(key, live, readAt, life))
        .arg(left)
        .run(deadline)
        .isOne();
  }

  /**
   * In clear the idle end, the number of the user record's state and the moment of the read; sealed
   * that state's tag, the life in the view, the idle end once more, and the session.
   */
  private byte[] write(String key, LiveSession live, Instant readAt, Duration life) {
    Instant idleEnd = readAt.plus(live.idleLeft());
    Writer out =
        new Writer()
            .number(live.user().version())
            .instant(readAt)
            .endOfClear()
            .text(live.user().tag())
            .number(life.toMillis())
            .instant(idleEnd);
    SessionCodec.write(live.session(), out);
    byte[] sealed = FORMAT.seal(context, key, out);
    return SessionString.of(idleEnd, sealed);
  }

  /** Opens a session that lies beside a user record; what is not ours is reported. */
  private Reading<StoredSession> read(AccountId account, SessionId id, byte[] value) {
    Reading<StoredSession> reading = open(key(account, id), account, id, value);
    if (reading.origin() == Origin.FOREIGN) {
      context.reports().rejected("session");
    }
    return reading;
  }

  private Reading<StoredSession> open(String key, AccountId account, SessionId id, byte[] value) {
    return SessionString.idleEnd(value)
        .map(idleEnd -> unseal(key, value).map(stored -> stored.endingBy(idleEnd)))
        .orElse(Reading.foreign())
        .filter(it -> it.session.account().equals(account) && it.session.id().equals(id));
  }

  private Reading<StoredSession> unseal(String key, byte[] value) {
    return remembered.read(
        key,
        value,
        SessionString.HEAD,
        bytes -> FORMAT.read(context, key, bytes, RedisSessionView::read));
  }

  /**
   * Returns a session if it is to be served beside this user record. Compares instead of counting
   * milliseconds: an idle end that was planted may be further away than a number can say.
   */
  private Optional<LiveSession> live(StoredSession stored, UserRecord user) {
    return Optional.of(stored)
        .filter(it -> it.version == user.version() && it.tag.equals(user.tag()))
        .filter(it -> it.session.kind().epochOf(user).equals(it.session.epoch()))
        .filter(it -> users.isOfGoodAge(it.readAt, it.life))
        .map(it -> new LiveSession(it.session, user, idleLeft(it)))
        .filter(it -> it.idleLeft().compareTo(LEAST_LEFT) >= 0);
  }

  /** Clocks that differ gain nothing, and may cost a miss, which is one read of the database. */
  private Duration idleLeft(StoredSession stored) {
    Instant now = context.now();
    Duration longest =
        StoreContext.min(
            stored.session.idleTimeout(), Duration.between(now, stored.session.absoluteEnd()));
    return StoreContext.min(longest, Duration.between(now, stored.idleEnd));
  }

  private static StoredSession read(Reader in) {
    long version = in.number();
    Instant readAt = in.instant();
    String tag = in.text();
    Duration life = Duration.ofMillis(in.number());
    return new StoredSession(version, tag, readAt, life, in.instant(), SessionCodec.read(in));
  }

  @Override
  public boolean fenceUser(AccountId account, long floor, Deadline deadline) {
    return users.fence(UserRecords.key(context, account), floor, deadline);
  }

  @Override
  public Optional<UserRecord> peekUser(AccountId account, Deadline deadline) {
    return users.peek(UserRecords.key(context, account), deadline);
  }

  /** Has no name in common with the sessions of a {@link RedisTokenStore}. */
  private String key(AccountId account, SessionId session) {
    return context.keyOf(account.value(), "view:", session.value());
  }

  /** A session as it lies in the view, with the state of the user record that was read with it. */
  private record StoredSession(
      long version, String tag, Instant readAt, Duration life, Instant idleEnd, Session session) {
    /** The idle end in clear can only shorten a session: nothing touches one in a view. */
    StoredSession endingBy(Instant inClear) {
      return inClear.isBefore(idleEnd)
          ? new StoredSession(version, tag, readAt, life, inClear, session)
          : this;
    }
  }

  /** Collects settings; starts at {@link RedisStores}. Not thread-safe. */
  public static final class Builder {
    private final StoreContext context;
    private Duration ttl = Duration.ofHours(1);
    private Duration markerTtl = Duration.ofSeconds(15);
    private int remembered = 10_000;

    Builder(StoreContext context) {
      this.context = context;
    }

    /**
     * Sets how long a session is served after its database read, give or take a tenth, and never
     * past its idle or absolute end. It is also the longest that an ended session may live where
     * Redis could not be told, and that checks need no database while that is away.
     *
     * @param ttl 1 s to 1 d; default 1 h
     * @return this
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder ttl(Duration ttl) {
      this.ttl = StoreContext.requireBetween("ttl", ttl, Duration.ofSeconds(1), Duration.ofDays(1));
      return this;
    }

    /**
     * Sets how long a ticket is good at least. It has to cover reading the database.
     *
     * @param ttl 1 s to 10 min; default 15 s
     * @return this
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder markerTtl(Duration ttl) {
      this.markerTtl =
          StoreContext.requireBetween(
              "markerTtl", ttl, Duration.ofSeconds(1), Duration.ofMinutes(10));
      return this;
    }

    /**
     * Sets how many sessions, and how many user records, are remembered open. What is not is
     * unsealed again at each check. It is read at each check all the same. Each takes about 2 KB of
     * memory.
     *
     * @param values 0 to 10,000,000; default 10,000
     * @return this
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder remembered(int values) {
      this.remembered = OpenedValues.requireNumber(values);
      return this;
    }

    /**
     * Makes the view. Does not connect.
     *
     * @return the view
     */
    public RedisSessionView build() {
      return new RedisSessionView(this);
    }
  }
}
