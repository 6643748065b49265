package io.doorward.auth.redis;

import io.doorward.auth.account.ProfileStore;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.guard.Bulkhead;
import io.doorward.auth.guard.Bulkhead.Lane;
import io.doorward.auth.redis.FencedEntries.Hit;
import io.doorward.auth.redis.FencedEntries.Miss;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Decides where a user record comes from: from Redis where it is there and young enough, else from
 * the database, by {@link UserRecordReads}. What is not known never lets a session pass.
 * Thread-safe.
 */
final class UserRecords {
  /** After the database failed to refresh a record, this node leaves it alone for so long. */
  private static final Duration REFRESH_PAUSE = Duration.ofSeconds(5);

  private final StoreContext context;
  private final FencedEntries<UserRecord> entries;
  private final UserRecordReads reads;
  private final Duration refreshAge;
  private final Set<AccountId> refreshing = ConcurrentHashMap.newKeySet();
  private volatile Instant noRefreshBefore = Instant.MIN;

  /**
   * How records are kept and read.
   *
   * @param ttl how long a record is used after its database read
   * @param markerTtl how long a ticket is good at least
   * @param refreshAge the age from which a record is read anew
   * @param concurrentLoads how many may be read at once
   * @param waitingLoads how many more may wait for that, in each lane
   * @param remembered how many records are remembered open
   */
  record Options(
      Duration ttl,
      Duration markerTtl,
      Duration refreshAge,
      int concurrentLoads,
      int waitingLoads,
      int remembered) {}

  UserRecords(StoreContext context, ProfileStore profiles, Options options) {
    this.context = context;
    this.entries = entries(context, options.ttl, options.markerTtl, options.remembered);
    this.refreshAge = options.refreshAge;
    Bulkhead bulkhead =
        Bulkhead.of(
            "token store, reads of profiles", options.concurrentLoads, options.waitingLoads);
    this.reads = new UserRecordReads(context, entries, profiles, bulkhead);
  }

  /** Returns the entries themselves, for a store that rebuilds a record in another way. */
  static FencedEntries<UserRecord> entries(
      StoreContext context, Duration ttl, Duration markerTtl, int remembered) {
    return new FencedEntries<>(
        context, "user record", new UserRecordCodec(), ttl, markerTtl, remembered);
  }

  static String key(StoreContext context, AccountId account) {
    return context.key(account.value(), "user");
  }

  String key(AccountId account) {
    return key(context, account);
  }

  /**
   * Returns the account's record; empty if there is no such account.
   *
   * @param lane where to wait if the database has to be read
   */
  Optional<UserRecord> get(AccountId account, Lane lane, Deadline deadline) {
    return use(account, lane, entries.lookup(key(account), deadline), deadline);
  }

  /**
   * Returns the account's record for a request check, where a script has read the entry already:
   * its version and its payload, nothing if there is none to serve.
   */
  Optional<UserRecord> get(AccountId account, Reply version, Reply payload, Deadline deadline) {
    if (version.isNothing() || payload.isNothing()) {
      return get(account, Lane.COMMON, deadline);
    }
    return use(
        account, Lane.COMMON, entries.opened(key(account), version, payload, deadline), deadline);
  }

  /**
   * Returns what is served of an entry that plain commands have read.
   *
   * @param key of the record, see {@link #key(AccountId)}
   */
  Optional<Hit<UserRecord>> served(String key, byte[] entry, byte[] stamp) {
    return entries.served(key, entry, stamp);
  }

  private Optional<UserRecord> use(
      AccountId account, Lane lane, FencedEntries.Found<UserRecord> found, Deadline deadline) {
    return found instanceof Hit<UserRecord> hit
        ? fresh(account, hit, deadline)
        : reads.together(account, lane, (Miss<UserRecord>) found, deadline);
  }

  /** Returns the record that would be used, without loading it. */
  Optional<UserRecord> peek(AccountId account, Deadline deadline) {
    return entries.peek(key(account), deadline);
  }

  boolean fence(AccountId account, long floor, Deadline deadline) {
    return entries.fence(key(account), floor, deadline);
  }

  /**
   * Returns what the database says, whatever lies in Redis, and stores it there where it is taken.
   * For a session that is about to be created.
   */
  Optional<UserRecord> renew(AccountId account, Deadline deadline) {
    return reads.alone(account, entries.renew(key(account), deadline), deadline);
  }

  /**
   * Returns a record that is there, read anew if it is old. Fences keep it right; reading it anew
   * bounds what a lost fence can do. So the one that is there still serves where the database
   * cannot be read now, and to all callers but the one that reads.
   */
  Optional<UserRecord> fresh(AccountId account, Hit<UserRecord> hit, Deadline deadline) {
    Instant now = context.now();
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
    Duration half = deadline.part(2);
    if (half.isZero()) {
      return Optional.of(present);
    }
    try {
      // What can wait takes no turn from callers that cannot.
      return reads
          .ifThereIsRoom(() -> readAnew(account, present, half, deadline))
          .orElse(Optional.of(present));
    } catch (StoreException e) {
      noRefreshBefore = context.now().plus(REFRESH_PAUSE);
      context.reports().failed(Part.PROFILE_STORE, e);
      return Optional.of(present);
    }
  }

  private Optional<UserRecord> readAnew(
      AccountId account, UserRecord present, Duration time, Deadline deadline) {
    Miss<UserRecord> ticket;
    try {
      ticket = entries.renew(key(account), deadline);
    } catch (StoreException e) {
      context.reports().failed(e);
      return Optional.of(present);
    }
    Optional<UserRecord> user = reads.inPlace(account, ticket, Deadline.after(time));
    if (user.isEmpty()) {
      invalidate(account, present, deadline);
    }
    return user;
  }

  /**
   * Fences off the record of an account that is gone without a word to Redis: what lies there must
   * not serve others. The caller has the database's answer, whether Redis can be told or not.
   */
  private void invalidate(AccountId account, UserRecord present, Deadline deadline) {
    try {
      boolean unused = entries.fence(key(account), present.version() + 1, deadline);
    } catch (StoreException e) {
      context.reports().failed(e);
    }
  }
}
