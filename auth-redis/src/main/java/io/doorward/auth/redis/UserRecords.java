package io.doorward.auth.redis;

import io.doorward.auth.account.ProfileStore;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.redis.FencedEntries.Hit;
import io.doorward.auth.redis.FencedEntries.Miss;
import io.doorward.auth.redis.Wire.Reader;
import io.doorward.auth.redis.Wire.Writer;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * User records: from Redis where they are, from the database by the ticket rule where they are not.
 * What is not known is never passed. Thread-safe.
 */
final class UserRecords {
  /** After the database failed to refresh a record, this node leaves it alone for so long. */
  private static final Duration REFRESH_PAUSE = Duration.ofSeconds(5);

  private final StoreContext context;
  private final FencedEntries<UserRecord> entries;
  private final ProfileStore profiles;
  private final Duration refreshAge;
  private final Semaphore loads;
  private final Set<AccountId> refreshing = ConcurrentHashMap.newKeySet();
  private volatile Instant noRefreshBefore = Instant.MIN;

  UserRecords(
      StoreContext context,
      ProfileStore profiles,
      Duration ttl,
      Duration markerTtl,
      Duration refreshAge,
      int concurrentLoads) {
    this.context = context;
    this.entries = entries(context, ttl, markerTtl);
    this.profiles = profiles;
    this.refreshAge = refreshAge;
    this.loads = new Semaphore(concurrentLoads, true);
  }

  /** Returns the entries themselves, for who rebuilds a record in another way. */
  static FencedEntries<UserRecord> entries(StoreContext context, Duration ttl, Duration markerTtl) {
    return new FencedEntries<>(context, "user record", new Codec(), ttl, markerTtl);
  }

  static String key(StoreContext context, AccountId account) {
    return context.key(account.value(), "user");
  }

  String key(AccountId account) {
    return key(context, account);
  }

  /** Returns the account's record; empty if there is no such account. */
  Optional<UserRecord> get(AccountId account, Deadline deadline) {
    FencedEntries.Found<UserRecord> found = entries.lookup(key(account), deadline);
    return found instanceof Hit<UserRecord> hit
        ? fresh(account, hit, deadline)
        : load(account, (Miss<UserRecord>) found, deadline);
  }

  /**
   * Returns the account's record where a script has read the entry already: its version and its
   * payload, null if there is none to serve.
   */
  Optional<UserRecord> get(AccountId account, Object version, Object payload, Deadline deadline) {
    if (version == null || payload == null) {
      return get(account, deadline);
    }
    Optional<Hit<UserRecord>> hit =
        entries.open(key(account), RedisCalls.text(version), (byte[]) payload);
    return hit.isPresent()
        ? fresh(account, hit.get(), deadline)
        : load(account, entries.replace(key(account), deadline), deadline);
  }

  /** Returns the record that would be used, without loading it. */
  Optional<UserRecord> peek(AccountId account, Deadline deadline) {
    return entries.peek(key(account), deadline);
  }

  boolean fence(AccountId account, long floor, Deadline deadline) {
    return entries.fence(key(account), floor, deadline);
  }

  /**
   * Returns a record that is there, read anew if it is old. Fences keep it right; reading it anew
   * bounds what a lost fence can do. So the one that is there still serves where the database
   * cannot be read now, and to everybody but the one who reads.
   */
  private Optional<UserRecord> fresh(AccountId account, Hit<UserRecord> hit, Deadline deadline) {
    Instant now = context.clock().instant();
    if (Duration.between(hit.readAt(), now).compareTo(refreshAge) < 0
        || now.isBefore(noRefreshBefore)
        || !refreshing.add(account)) {
      return Optional.of(hit.value());
    }
    try {
      return refresh(account, hit.value(), deadline);
    } finally {
      refreshing.remove(account);
    }
  }

  private Optional<UserRecord> refresh(AccountId account, UserRecord present, Deadline deadline) {
    // Half of what is left, so that a database that hangs does not cost the answer.
    Duration half = deadline.remaining().dividedBy(2);
    if (half.isZero() || !loads.tryAcquire()) {
      return Optional.of(present);
    }
    try {
      Optional<UserRecord> loaded =
          loadAndFill(account, entries.renew(key(account), deadline), Deadline.after(half));
      if (loaded.isEmpty()) {
        // The account is gone and nobody told Redis: what lies there must not serve others.
        entries.fence(key(account), present.version() + 1, deadline);
      }
      return loaded;
    } catch (StoreException e) {
      noRefreshBefore = context.clock().instant().plus(REFRESH_PAUSE);
      context.listener().on(new AuthEvent.BackEndFailed("profile store", e.kind()));
      return Optional.of(present);
    } finally {
      loads.release();
    }
  }

  /** Returns what the database says, whatever lies in Redis. */
  Optional<UserRecord> read(AccountId account, Deadline deadline) {
    return inCompany(deadline, () -> profiles.load(account, deadline));
  }

  private Optional<UserRecord> load(AccountId account, Miss<UserRecord> ticket, Deadline deadline) {
    return inCompany(deadline, () -> loadAndFill(account, ticket, deadline));
  }

  /** Reads the database, in company of so many others only that logins keep their connections. */
  private Optional<UserRecord> inCompany(Deadline deadline, Supplier<Optional<UserRecord>> read) {
    boolean admitted;
    try {
      admitted = loads.tryAcquire(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException(
          StoreException.Kind.UNREACHABLE, "token store: interrupted before reading a profile", e);
    }
    if (!admitted) {
      throw new StoreException(
          StoreException.Kind.UNREACHABLE,
          "token store: all places for reading profiles were taken until the deadline");
    }
    try {
      return read.get();
    } finally {
      loads.release();
    }
  }

  /** The ticket was handed out before, so what is read now may be stored under it. */
  private Optional<UserRecord> loadAndFill(
      AccountId account, Miss<UserRecord> ticket, Deadline deadline) {
    Instant readAt = context.clock().instant();
    Optional<UserRecord> loaded = profiles.load(account, deadline);
    if (loaded.isPresent()) {
      try {
        entries.fill(key(account), ticket, loaded.get(), readAt, deadline);
      } catch (StoreException e) {
        // The answer is known; the next caller will try to store it again.
        context.listener().on(new AuthEvent.BackEndFailed("token store", e.kind()));
      }
    }
    return loaded;
  }

  /** Account, oldest good credential version, version with its tag, roles. */
  private static final class Codec implements FencedEntries.Codec<UserRecord> {
    @Override
    public String format() {
      return "user record 2";
    }

    @Override
    public long version(UserRecord value) {
      return value.version();
    }

    @Override
    public void write(UserRecord value, Writer out) {
      out.text(value.account().value())
          .number(value.minCredentialVersion())
          .number(value.version())
          .text(value.tag())
          .number(value.roles().size());
      value.roles().forEach(out::text);
    }

    @Override
    public UserRecord read(Reader in) {
      AccountId account = new AccountId(in.text());
      long minCredentialVersion = in.number();
      long version = in.number();
      String tag = in.text();
      int count = in.count();
      Set<String> roles = new HashSet<>();
      for (int i = 0; i < count; i++) {
        roles.add(in.text());
      }
      return new UserRecord(account, roles, version, tag, minCredentialVersion);
    }
  }
}
