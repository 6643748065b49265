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
import io.doorward.auth.redis.FencedEntries.Hit;
import io.doorward.auth.redis.FencedEntries.Miss;
import io.doorward.auth.redis.FencedEntries.Sealed;
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
  private static final String SEAL_FORMAT = "session in view 3";

  private final StoreContext context;
  private final FencedEntries<UserRecord> users;
  private final Duration markerTtl;

  private RedisSessionView(Builder builder) {
    context = builder.context;
    users = UserRecords.entries(context, builder.ttl, builder.markerTtl);
    markerTtl = builder.markerTtl;
  }

  @Override
  public Collection<Backend> backends() {
    return List.of(context.server());
  }

  @Override
  public Lookup find(AccountId account, SessionId session, Deadline deadline) {
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
    Optional<Hit<UserRecord>> user = users.open(userKey, found.at(1).text(), found.at(2).bytes());
    if (user.isEmpty()) {
      return new Lookup.Miss(ticket(account, session, users.replace(userKey, deadline)));
    }
    Optional<LiveSession> live = open(account, session, found.at(3).bytes(), user.get().value());
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
    if (user.isEmpty() || left.toMillis() <= 0) {
      return false;
    }
    return context
        .call(RedisScript.VIEW_FILL)
        .keys(key, userKey)
        .arg(ticket.stamp())
        .arg(ticket.nonce())
        .arg(user.get().version())
        .arg(user.get().payload())
        .arg(user.get().left())
        .arg(seal(key, live, readAt, life))
        .arg(left)
        .run(deadline)
        .isOne();
  }

  /** State of the user record, moment of the read, life in the view, idle time left, session. */
  private byte[] seal(String key, LiveSession live, Instant readAt, Duration life) {
    Writer out =
        new Writer()
            .number(live.user().version())
            .text(live.user().tag())
            .instant(readAt)
            .number(life.toMillis())
            .number(live.idleLeft().toMillis());
    SessionCodec.write(live.session(), out);
    return context.seal(out.toBytes(), key, SEAL_FORMAT);
  }

  /** Opens a session that lies beside this user record; empty if it is not to be served. */
  private Optional<LiveSession> open(
      AccountId account, SessionId id, byte[] sealed, UserRecord user) {
    Optional<StoredSession> stored =
        context
            .open(sealed, key(account, id), SEAL_FORMAT)
            .flatMap(plain -> BinaryCodec.read(plain, RedisSessionView::read))
            .filter(it -> it.session.account().equals(account) && it.session.id().equals(id));
    if (stored.isEmpty()) {
      context.reports().rejected("session");
      return Optional.empty();
    }
    return stored
        .filter(it -> it.version == user.version() && it.tag.equals(user.tag()))
        .filter(it -> it.session.epoch().equals(user.epoch()))
        .filter(it -> users.isOfGoodAge(it.readAt, it.life))
        .map(it -> new LiveSession(it.session, user, idleLeft(it)))
        .filter(live -> live.idleLeft().toMillis() > 0);
  }

  private Duration idleLeft(StoredSession stored) {
    Instant now = context.now();
    return StoreContext.min(
        users.left(stored.idleLeft, stored.readAt),
        Duration.between(now, stored.session.absoluteEnd()));
  }

  private static StoredSession read(Reader in) {
    return new StoredSession(
        in.number(),
        in.text(),
        in.instant(),
        Duration.ofMillis(in.number()),
        Duration.ofMillis(in.number()),
        SessionCodec.read(in));
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
    return context.key(account.value(), "view:" + session.value());
  }

  /** A session as it lies in the view, with the state of the user record that was read with it. */
  private record StoredSession(
      long version,
      String tag,
      Instant readAt,
      Duration life,
      Duration idleLeft,
      Session session) {}

  /** Collects settings; starts at {@link RedisStores}. Not thread-safe. */
  public static final class Builder {
    private final StoreContext context;
    private Duration ttl = Duration.ofHours(1);
    private Duration markerTtl = Duration.ofSeconds(15);

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
     * Makes the view. Does not connect.
     *
     * @return the view
     */
    public RedisSessionView build() {
      return new RedisSessionView(this);
    }
  }
}
