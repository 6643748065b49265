package io.doorward.auth.redis;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.ProfileStore;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.backend.Backend;
import io.doorward.auth.backend.Backend.BackendAware;
import io.doorward.auth.backend.DegradationTable.SessionLocation;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.event.ServiceEvent;
import io.doorward.auth.guard.Bulkhead.Lane;
import io.doorward.auth.redis.FencedEntries.Hit;
import io.doorward.auth.redis.StoredSessions.StoredSession;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.TokenStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sessions that live in Redis only. A request is answered by one trip: the session and its
 * account's user record lie in one slot. The user record is a view of the database and is rebuilt
 * from it whenever it is not there: with bounded concurrency, behind which callers wait in two
 * lanes. New sessions have the preferred one, because logins are few, bounded by hashing; checks
 * have the other. So neither a storm of checks nor one of logins takes all places. Thread-safe.
 *
 * <p>Security: sessions and user records are sealed (AES-256-GCM) for their keys. A value that was
 * planted, moved or changed authenticates no session and grants no role; it counts as absent, which
 * an {@link ServiceEvent.SealedValueRejected} reports. An attacker that writes to Redis can delete
 * sessions, put a genuine one back, and move its idle end: it then lives to the absolute end that
 * is sealed inside and no longer than its credential.
 *
 * <p>What this store does not promise: Redis acknowledges writes before its replicas and its disk
 * have them. At a fail-over or a crash the last ones can be lost, about a second's worth with
 * {@code appendfsync everysec}, more when replicas lag. A lost new session means a new login. A
 * lost revocation means that the session lives again, to its idle or absolute end at most; not if
 * it was ended by a change of password or status, because that is in the database. An application
 * that cannot bear this keeps its sessions in PostgreSQL. Restarts and flushes without persistence
 * end every session.
 *
 * <p>Failure: every method throws {@link StoreException}, and nothing is retried. A user record
 * that cannot be read because as many are being read, and waited for, as may is {@link
 * StoreException.Kind#OVERLOADED}. Every method may be repeated; a repeated {@link #revoke} tells
 * what it found then.
 */
public final class RedisTokenStore implements TokenStore, BackendAware {
  private static final Logger LOG = LoggerFactory.getLogger(RedisTokenStore.class);

  /** How often a user record may change under a session that is being created. */
  private static final int CREATE_ROUNDS = 4;

  /** How many sessions one script looks at, so that it holds up others for about a millisecond. */
  private static final int STEP = 1_000;

  private final StoreContext context;
  private final UserRecords users;
  private final StoredSessions sessions;

  private RedisTokenStore(Builder builder) {
    context = builder.context;
    sessions = new StoredSessions(context, builder.remembered);
    users =
        new UserRecords(
            context,
            builder.profiles,
            new UserRecords.Options(
                builder.userTtl,
                builder.markerTtl,
                builder.userRefresh,
                builder.concurrentLoads,
                builder.waitingLoads,
                builder.remembered));
    LOG.info(
        "token store: sessions are kept in Redis only. At a fail-over or crash Redis can lose its"
            + " last acknowledged writes: new sessions then need a new login, and a session that"
            + " was revoked in that window lives again until it ends by itself, unless its"
            + " credential changed.");
  }

  @Override
  public SessionLocation location() {
    return SessionLocation.REDIS;
  }

  @Override
  public Collection<Backend> backends() {
    return List.of(context.server());
  }

  @Override
  public Optional<UserRecord> create(Session session, Deadline deadline) {
    Duration life = sessions.lifeFromNow(session);
    for (int round = 0; round < CREATE_ROUNDS; round++) {
      Optional<UserRecord> user = users.get(session.account(), Lane.PREFERRED, deadline);
      if (user.isPresent() && !isGood(session, user.get())) {
        // Redis alone never refuses: the database may have failed over and lost a change that Redis
        // knows, or have made one that Redis was not told of.
        user = users.renew(session.account(), deadline);
        if (user.isPresent() && !isGood(session, user.get())) {
          return Optional.empty();
        }
      }
      if (user.isEmpty() || life.toMillis() <= 0) {
        return user;
      }
      if (store(session, user.get(), life, deadline)) {
        return user;
      }
      // The user record changed between reading it and storing the session: judge again.
    }
    throw new StoreException(
        StoreException.Kind.REFUSED,
        "token store: create: the user record changed "
            + CREATE_ROUNDS
            + " times meanwhile, or Redis knows a later change of it than the database; in that"
            + " case call invalidateCredential for the account, or flush Redis");
  }

  private static boolean isGood(Session session, UserRecord user) {
    return session.kind().epochOf(user).equals(session.epoch());
  }

  private boolean store(Session session, UserRecord user, Duration life, Deadline deadline) {
    String key = key(session.account(), session.id());
    Reply stored =
        context
            .call(RedisScript.SESSION_CREATE)
            .keys(key, users.key(session.account()), index(session.account()))
            .arg(session.id().value())
            .arg(sessions.write(key, session, life))
            .arg(life)
            .arg(session.createdAt().toEpochMilli())
            .arg(indexLife(session))
            .arg(FencedEntries.wide(user.version()))
            .run(deadline);
    if (stored.number() == FencedEntries.NEWER) {
      throw StoredSessions.newer("create", "user record");
    }
    return stored.isOne();
  }

  @Override
  public Optional<LiveSession> find(AccountId account, SessionId id, Deadline deadline) {
    String key = key(account, id);
    String userKey = users.key(account);
    Optional<PlainAnswer> answer = context.scripts().read(deadline, "find", key, userKey);
    Optional<StoredSession> stored =
        answer
            .flatMap(it -> it.at(0))
            .flatMap(value -> sessions.peek(key, account, id, value))
            .filter(it -> sessions.left(it).isPresent());
    Optional<Hit<UserRecord>> user =
        answer.flatMap(it -> it.at(1).flatMap(entry -> users.served(userKey, entry, it.stamp())));
    return stored.isPresent() && user.isPresent()
        ? live(stored.get(), users.fresh(account, user.get(), deadline))
        : findByScript(account, id, deadline);
  }

  private Optional<LiveSession> live(StoredSession stored, Optional<UserRecord> user) {
    Session session = stored.session();
    return sessions
        .left(stored)
        .flatMap(
            left ->
                user.filter(it -> isGood(session, it))
                    .map(it -> new LiveSession(session, it, left)));
  }

  private Optional<LiveSession> findByScript(AccountId account, SessionId id, Deadline deadline) {
    Reply answer =
        context
            .call(RedisScript.SESSION_FIND)
            .keys(key(account, id), users.key(account))
            .run(deadline);
    if (answer.at(0).isNothing()) {
      return Optional.empty();
    }
    Optional<StoredSession> stored = open("find", account, id, answer.at(0).bytes());
    return stored.isPresent() && sessions.left(stored.get()).isPresent()
        ? live(stored.get(), users.get(account, answer.at(1), answer.at(2), deadline))
        : Optional.empty();
  }

  @Override
  public void touch(Session session, Deadline deadline) {
    Duration life = sessions.lifeFromNow(session);
    if (life.toMillis() > 0) {
      Reply unused =
          context
              .call(RedisScript.SESSION_TOUCH)
              .keys(key(session.account(), session.id()), index(session.account()))
              .arg(session.id().value())
              .arg(life)
              .arg(session.createdAt().toEpochMilli())
              .arg(indexLife(session))
              .arg(SessionString.wide(context.now().plus(life)))
              .run(deadline);
    }
  }

  /** The index outlives its sessions even if the clock of the node that touches one is behind. */
  private Duration indexLife(Session session) {
    return sessions.absoluteLeft(session).plus(StoreContext.SKEW);
  }

  @Override
  public Revocation revoke(AccountId account, SessionId id, EndReason reason, Deadline deadline) {
    return Revocation.of(
        context
            .call(RedisScript.SESSION_REVOKE)
            .keys(key(account, id), index(account))
            .arg(id.value())
            .run(deadline)
            .count());
  }

  @Override
  public Revocation revokeOldest(Session opened, int most, Deadline deadline) {
    if (most <= 0) {
      throw new IllegalArgumentException("most must be positive: " + most);
    }
    return Revocation.of(
        context
            .call(RedisScript.SESSION_REVOKE_OLDEST)
            .keys(key(opened.account(), opened.id()), index(opened.account()))
            .arg(opened.id().value())
            .arg(most)
            .arg((long) most + STEP)
            .run(deadline)
            .count());
  }

  /**
   * {@inheritDoc}
   *
   * <p>Ends a thousand sessions at a time, until none is left: what was created before the call is
   * over when it returns. Where it fails on the way, some have ended; a repeat ends the others.
   */
  @Override
  public Revocation revokeAll(AccountId account, EndReason reason, Deadline deadline) {
    long ended = 0;
    long left;
    do {
      Reply step =
          context
              .call(RedisScript.SESSION_REVOKE_ALL)
              .keys(index(account), sessionPrefix(account))
              .arg(STEP)
              .run(deadline);
      ended += step.at(0).number();
      left = step.at(1).number();
    } while (left > 0);
    return Revocation.of(Math.toIntExact(ended));
  }

  /** Lists the newest thousand at most, which is as many as an account may have. */
  @Override
  public List<Session> list(AccountId account, Deadline deadline) {
    List<Reply> answer =
        context
            .call(RedisScript.SESSION_LIST)
            .keys(index(account), sessionPrefix(account))
            .arg(STEP)
            .run(deadline)
            .items();
    if (answer.isEmpty()) {
      return List.of();
    }
    Optional<UserRecord> user = users.get(account, Lane.COMMON, deadline);
    List<Session> live = new ArrayList<>();
    for (int i = 0; i < answer.size(); i += 2) {
      byte[] value = answer.get(i + 1).bytes();
      SessionId.parse(answer.get(i).text())
          .flatMap(id -> open("list", account, id, value))
          .filter(stored -> sessions.left(stored).isPresent())
          .map(StoredSession::session)
          .filter(session -> user.isPresent() && isGood(session, user.get()))
          .ifPresent(live::add);
    }
    live.sort(Comparator.comparing(Session::createdAt).reversed());
    return List.copyOf(live);
  }

  @Override
  public boolean fenceUser(AccountId account, long floor, Deadline deadline) {
    return users.fence(account, floor, deadline);
  }

  @Override
  public Optional<UserRecord> peekUser(AccountId account, Deadline deadline) {
    return users.peek(account, deadline);
  }

  /** Returns 0: Redis deletes what is over by itself. */
  @Override
  public int removeExpired(int max, Deadline deadline) {
    return 0;
  }

  private Optional<StoredSession> open(String step, AccountId account, SessionId id, byte[] value) {
    return sessions.read(step, key(account, id), account, id, value);
  }

  private String key(AccountId account, SessionId id) {
    return sessionPrefix(account) + id.value();
  }

  private String sessionPrefix(AccountId account) {
    return context.key(account.value(), "session:");
  }

  private String index(AccountId account) {
    return context.key(account.value(), "sessions");
  }

  /** Collects settings; starts at {@link RedisStores}. Not thread-safe. */
  public static final class Builder {
    private final StoreContext context;
    private final ProfileStore profiles;
    private Duration userTtl = Duration.ofHours(1);
    private Duration userRefresh = Duration.ofMinutes(10);
    private Duration markerTtl = Duration.ofSeconds(15);
    private int concurrentLoads = 4;
    private int waitingLoads = 256;
    private int remembered = 10_000;

    Builder(StoreContext context, ProfileStore profiles) {
      this.context = context;
      this.profiles = requireNonNull(profiles, "profiles");
    }

    /**
     * Sets how long a user record is used after its database read, give or take a tenth, when it
     * cannot be read anew.
     *
     * @param ttl 1 s to 1 d; default 1 h
     * @return this
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder userTtl(Duration ttl) {
      this.userTtl =
          StoreContext.requireBetween("userTtl", ttl, Duration.ofSeconds(1), Duration.ofDays(1));
      return this;
    }

    /**
     * Sets the age from which a user record is read anew when a request uses it. Changes do not
     * wait for it: they are fenced.
     *
     * @param age 1 s to 1 d; default 10 min; must be below {@code userTtl} to have an effect
     * @return this
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder userRefresh(Duration age) {
      this.userRefresh =
          StoreContext.requireBetween(
              "userRefresh", age, Duration.ofSeconds(1), Duration.ofDays(1));
      return this;
    }

    /**
     * Sets how long the right to store a user record is good at least. It has to cover reading the
     * database.
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
     * Bounds the reads of user records from the database, so that request checks leave connections
     * to logins when Redis has forgotten everything. Set it below the size of the connection pool.
     *
     * @param permits how many at once; positive, default 4
     * @param waiting how many more may wait for their turn in each lane, not past their deadlines;
     *     not negative, default 256. What does not fit is refused at once, as unavailable
     * @return this
     * @throws IllegalArgumentException if a number is out of range
     */
    public Builder concurrentLoads(int permits, int waiting) {
      if (permits < 1) {
        throw new IllegalArgumentException("concurrentLoads must be positive: " + permits);
      }
      if (waiting < 0) {
        throw new IllegalArgumentException("waiting must not be negative: " + waiting);
      }
      this.concurrentLoads = permits;
      this.waitingLoads = waiting;
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
     * Makes the store. Does not connect.
     *
     * @return the store
     */
    public RedisTokenStore build() {
      return new RedisTokenStore(this);
    }
  }
}
