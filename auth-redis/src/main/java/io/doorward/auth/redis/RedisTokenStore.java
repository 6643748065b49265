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
import io.doorward.auth.redis.StoredSessions.StoredSession;
import io.doorward.auth.session.EndedSession.EndReason;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionCreation;
import io.doorward.auth.session.SessionLimits;
import io.doorward.auth.session.SessionLimits.WhenFull;
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
 * sessions, put a genuine one back, also with an older generation, and move its idle end: it then
 * lives to the absolute end that is sealed inside and no longer than its credential.
 *
 * <p>What this store does not promise: Redis acknowledges writes before its replicas and its disk
 * have them. At a fail-over or a crash the last ones can be lost, about a second's worth with
 * {@code appendfsync everysec}, more when replicas lag. A lost new session means a new login. A
 * lost revocation means that the session lives again, to its idle or absolute end at most; not if
 * it was ended by a change of password or status, because that is in the database. An application
 * that cannot bear this keeps its sessions in PostgreSQL. A lost rotation is made good by the token
 * that it gave out. Restarts and flushes without persistence end every session.
 *
 * <p>Failure: every method throws {@link StoreException}, and nothing is retried. A user record
 * that cannot be read because as many are being read, and waited for, as may is {@link
 * StoreException.Kind#OVERLOADED}. Every method may be repeated; a repeated {@link #revoke} tells
 * what it found then.
 */
public final class RedisTokenStore implements TokenStore, BackendAware {
  private static final Logger LOG = LoggerFactory.getLogger(RedisTokenStore.class);

  /** How often what a session is judged by may change before it is stored. */
  private static final int ROUNDS = 4;

  /** How many sessions one script looks at, so that it holds up others for about a millisecond. */
  private static final int STEP = 1_000;

  /** More sessions than an index can name. */
  private static final int NO_LIMIT = Integer.MAX_VALUE;

  /** What the script that stores a session replies, besides {@link FencedEntries#NEWER}. */
  private static final int STORED = 1;

  private static final int FULL = 3;
  private static final int FULL_OF_KIND = 4;

  /** Is no session's id. */
  private static final String NO_SESSION = "";

  private final StoreContext context;
  private final UserRecords users;
  private final StoredSessions sessions;
  private final LiveSessions live;
  private final SessionRotation rotations;

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
    live = new LiveSessions(context, users, sessions);
    rotations = new SessionRotation(context, users, sessions, live);
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
  public SessionCreation create(Session session, SessionLimits limits, Deadline deadline) {
    Duration life = sessions.lifeFromNow(session);
    for (int round = 0; round < ROUNDS; round++) {
      Optional<UserRecord> user = users.get(session.account(), Lane.PREFERRED, deadline);
      if (user.isPresent() && !LiveSessions.isGood(session, user.get())) {
        // Redis alone never refuses: the database may have failed over and lost a change that Redis
        // knows, or have made one that Redis was not told of.
        user = users.renew(session.account(), deadline);
        if (user.isPresent() && !LiveSessions.isGood(session, user.get())) {
          return new SessionCreation.Stale();
        }
      }
      if (user.isEmpty()) {
        return new SessionCreation.Stale();
      }
      if (life.toMillis() <= 0) {
        return SessionCreation.Created.of(user.get());
      }
      Reply reply = store(session, limits, user.get(), life, deadline);
      long status = reply.at(0).number();
      if (status == STORED) {
        return new SessionCreation.Created(user.get(), Revocation.of(reply.at(1).count()));
      }
      if (status == FULL || status == FULL_OF_KIND) {
        return SessionCreation.Full.of(limits, session, status == FULL_OF_KIND);
      }
      // The user record changed between reading it and storing the session: judge again.
    }
    throw changing("create");
  }

  private static StoreException changing(String step) {
    return new StoreException(
        StoreException.Kind.REFUSED,
        "token store: "
            + step
            + ": the session or the user record changed "
            + ROUNDS
            + " times meanwhile, or Redis knows a later change of the record than the database; in"
            + " that case call invalidateCredential for the account, or flush Redis");
  }

  private Reply store(
      Session session, SessionLimits limits, UserRecord user, Duration life, Deadline deadline) {
    boolean isLimited = limits.apply(session);
    int most = isLimited ? limits.perAccount() : NO_LIMIT;
    Reply stored =
        context
            .call(RedisScript.SESSION_CREATE)
            .keys(
                sessions.key(session.account(), session.id()),
                users.key(session.account()),
                sessions.index(session.account()))
            .arg(session.id().value())
            .arg(sessions.write(session, life))
            .arg(life)
            .arg(session.createdAt().toEpochMilli())
            .arg(sessions.indexLife(session))
            .arg(FencedEntries.wide(user.version()))
            .arg(most)
            .arg(isLimited ? limits.on(session.deviceKind()) : NO_LIMIT)
            .arg(limits.whenFull() == WhenFull.REFUSE ? 1 : 0)
            .arg((long) most + STEP)
            .run(deadline);
    if (stored.at(0).number() == FencedEntries.NEWER) {
      throw StoredSessions.newer("create", "user record");
    }
    return stored;
  }

  @Override
  public Optional<LiveSession> find(AccountId account, SessionId id, Deadline deadline) {
    return live.find(account, id, deadline);
  }

  /**
   * {@inheritDoc}
   *
   * <p>The server's clock tells the age of a generation. One trip; another one to replace the
   * session, and both again where it, or the user record, has just changed.
   */
  @Override
  public RotationResult rotate(Rotation rotation, Deadline deadline) {
    for (int round = 0; round < ROUNDS; round++) {
      Optional<RotationResult> result = rotations.tried(rotation, deadline);
      if (result.isPresent()) {
        return result.get();
      }
    }
    throw changing("rotate");
  }

  @Override
  public void touch(Session session, Deadline deadline) {
    Duration life = sessions.lifeFromNow(session);
    if (life.toMillis() > 0) {
      Reply unused =
          context
              .call(RedisScript.SESSION_TOUCH)
              .keys(
                  sessions.key(session.account(), session.id()), sessions.index(session.account()))
              .arg(session.id().value())
              .arg(life)
              .arg(session.createdAt().toEpochMilli())
              .arg(sessions.indexLife(session))
              .arg(SessionString.wide(context.now().plus(life)))
              .run(deadline);
    }
  }

  @Override
  public Revocation revoke(AccountId account, SessionId id, EndReason reason, Deadline deadline) {
    return Revocation.of(
        context
            .call(RedisScript.SESSION_REVOKE)
            .keys(sessions.key(account, id), sessions.index(account))
            .arg(id.value())
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
    return revokeInSteps(account, NO_SESSION, deadline);
  }

  /**
   * {@inheritDoc}
   *
   * <p>In steps, as {@link #revokeAll}.
   */
  @Override
  public Revocation revokeOthers(Session kept, EndReason reason, Deadline deadline) {
    return revokeInSteps(kept.account(), kept.id().value(), deadline);
  }

  private Revocation revokeInSteps(AccountId account, String kept, Deadline deadline) {
    long ended = 0;
    long left;
    do {
      Reply step =
          context
              .call(RedisScript.SESSION_REVOKE_ALL)
              .keys(sessions.index(account), sessions.prefix(account))
              .arg(STEP)
              .arg(kept)
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
            .keys(sessions.index(account), sessions.prefix(account))
            .arg(STEP)
            .run(deadline)
            .items();
    if (answer.isEmpty()) {
      return List.of();
    }
    Optional<UserRecord> user = users.get(account, Lane.COMMON, deadline);
    List<Session> listed = new ArrayList<>();
    for (int i = 0; i < answer.size(); i += 2) {
      byte[] value = answer.get(i + 1).bytes();
      SessionId.parse(answer.get(i).text())
          .flatMap(id -> sessions.read("list", account, id, value))
          .filter(stored -> sessions.left(stored).isPresent())
          .map(StoredSession::session)
          .filter(session -> user.isPresent() && LiveSessions.isGood(session, user.get()))
          .ifPresent(listed::add);
    }
    listed.sort(Comparator.comparing(Session::createdAt).reversed());
    return List.copyOf(listed);
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
