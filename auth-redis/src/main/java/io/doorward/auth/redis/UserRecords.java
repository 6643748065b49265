package io.doorward.auth.redis;

import io.doorward.auth.account.ProfileStore;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.guard.Bulkhead;
import io.doorward.auth.guard.Bulkhead.Lane;
import io.doorward.auth.guard.SharedReads;
import io.doorward.auth.redis.FencedEntries.Fill;
import io.doorward.auth.redis.FencedEntries.Hit;
import io.doorward.auth.redis.FencedEntries.Miss;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * User records: from Redis where they are, from the database by the ticket rule where they are not.
 * What is not known is never passed. Thread-safe.
 */
final class UserRecords {
  /** After the database failed to refresh a record, this node leaves it alone for so long. */
  private static final Duration REFRESH_PAUSE = Duration.ofSeconds(5);

  private static final Fill NOT_FILLED = new Fill(false, 0);

  private final StoreContext context;
  private final FencedEntries<UserRecord> entries;
  private final ProfileStore profiles;
  private final Duration refreshAge;
  private final Bulkhead loads;
  private final SharedReads<Key, Read> reads = new SharedReads<>("token store: profiles");
  private final Set<AccountId> refreshing = ConcurrentHashMap.newKeySet();
  private volatile Instant noRefreshBefore = Instant.MIN;

  UserRecords(
      StoreContext context,
      ProfileStore profiles,
      Duration ttl,
      Duration markerTtl,
      Duration refreshAge,
      int concurrentLoads,
      int waitingLoads) {
    this.context = context;
    this.entries = entries(context, ttl, markerTtl);
    this.profiles = profiles;
    this.refreshAge = refreshAge;
    this.loads = Bulkhead.of("token store, reads of profiles", concurrentLoads, waitingLoads);
  }

  /** Returns the entries themselves, for who rebuilds a record in another way. */
  static FencedEntries<UserRecord> entries(StoreContext context, Duration ttl, Duration markerTtl) {
    return new FencedEntries<>(context, "user record", new UserRecordCodec(), ttl, markerTtl);
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
    FencedEntries.Found<UserRecord> found = entries.lookup(key(account), deadline);
    return found instanceof Hit<UserRecord> hit
        ? fresh(account, hit, deadline)
        : load(account, lane, (Miss<UserRecord>) found, deadline);
  }

  /**
   * Returns the account's record for a request check, where a script has read the entry already:
   * its version and its payload, null if there is none to serve.
   */
  Optional<UserRecord> get(AccountId account, Object version, Object payload, Deadline deadline) {
    if (version == null || payload == null) {
      return get(account, Lane.COMMON, deadline);
    }
    Optional<Hit<UserRecord>> hit =
        entries.open(key(account), RedisCalls.text(version), (byte[]) payload);
    return hit.isPresent()
        ? fresh(account, hit.get(), deadline)
        : load(account, Lane.COMMON, entries.replace(key(account), deadline), deadline);
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
    if (half.isZero()) {
      return Optional.of(present);
    }
    try {
      // What can wait takes no turn from those who cannot.
      return loads
          .offerNow(() -> readAnew(account, present, half, deadline))
          .orElse(Optional.of(present));
    } catch (StoreException e) {
      noRefreshBefore = context.clock().instant().plus(REFRESH_PAUSE);
      context.listener().on(new AuthEvent.BackendFailed(Part.PROFILE_STORE, e.kind()));
      return Optional.of(present);
    }
  }

  private Optional<UserRecord> readAnew(
      AccountId account, UserRecord present, Duration time, Deadline deadline) {
    Miss<UserRecord> ticket;
    try {
      ticket = entries.renew(key(account), deadline);
    } catch (StoreException e) {
      redisFailed(e);
      return Optional.of(present);
    }
    Read read = readAndFill(account, ticket, Deadline.after(time));
    if (read.user.isEmpty()) {
      voidRecord(account, present, deadline);
    }
    return read.user;
  }

  /**
   * The account is gone and nobody told Redis: what lies there must not serve others. Whoever asked
   * has the database's answer, whether Redis can be told or not.
   */
  private void voidRecord(AccountId account, UserRecord present, Deadline deadline) {
    try {
      entries.fence(key(account), present.version() + 1, deadline);
    } catch (StoreException e) {
      redisFailed(e);
    }
  }

  private void redisFailed(StoreException e) {
    context.listener().on(new AuthEvent.BackendFailed(Part.TOKEN_STORE, e.kind()));
  }

  /**
   * Returns what the database says, whatever lies in Redis, and stores it there where it is taken.
   * For a session that is about to be created.
   */
  Optional<UserRecord> renew(AccountId account, Deadline deadline) {
    Miss<UserRecord> ticket = entries.renew(key(account), deadline);
    return loads.call(Lane.PREFERRED, deadline, () -> readAndFill(account, ticket, deadline)).user;
  }

  /**
   * Reads the database, together with others who ask for this account in this lane, and in company
   * of so many others only that logins keep their connections.
   *
   * <p>A caller shares only a read that was sent after it came, and it took its ticket before that.
   * So the read is younger than the ticket of everybody who shares it, as the ticket rule asks.
   */
  private Optional<UserRecord> load(
      AccountId account, Lane lane, Miss<UserRecord> ticket, Deadline deadline) {
    Read read =
        reads.read(
            new Key(account, lane),
            deadline,
            () -> loads.call(lane, deadline, () -> readAndFill(account, ticket, deadline)));
    if (!read.fill.stored() && !read.ticket.equals(ticket)) {
      // The one who read held an older ticket, which a change has voided.
      fill(account, ticket, read.user, read.readAt, deadline);
    }
    return read.user;
  }

  /**
   * Reads the database and stores the record under a ticket that was handed out before.
   *
   * <p>Whatever raised a number that refuses it was committed before the ticket was handed out, so
   * before the database was read, unless the database has lost it: then the account gets a version
   * above it and is read once more.
   */
  private Read readAndFill(AccountId account, Miss<UserRecord> ticket, Deadline deadline) {
    Read read = readOnce(account, ticket, deadline);
    return read.fill.refusedBy() > 0 && outgrow(account, read.fill.refusedBy(), deadline)
        ? readOnce(account, ticket, deadline)
        : read;
  }

  private Read readOnce(AccountId account, Miss<UserRecord> ticket, Deadline deadline) {
    Instant readAt = context.clock().instant();
    Optional<UserRecord> user = profiles.load(account, deadline);
    return new Read(ticket, readAt, user, fill(account, ticket, user, readAt, deadline));
  }

  /** What was read is known, whether the database can be written to or not. */
  private boolean outgrow(AccountId account, long number, Deadline deadline) {
    try {
      return profiles.outgrow(account, number, deadline);
    } catch (StoreException e) {
      context.listener().on(new AuthEvent.BackendFailed(Part.PROFILE_STORE, e.kind()));
      return false;
    }
  }

  private Fill fill(
      AccountId account,
      Miss<UserRecord> ticket,
      Optional<UserRecord> user,
      Instant readAt,
      Deadline deadline) {
    try {
      return user.isPresent()
          ? entries.fill(key(account), ticket, user.get(), readAt, deadline)
          : NOT_FILLED;
    } catch (StoreException e) {
      // The answer is known; the next caller will try to store it again.
      redisFailed(e);
      return NOT_FILLED;
    }
  }

  /** What callers must agree on to share a read. */
  private record Key(AccountId account, Lane lane) {}

  /**
   * What the database said.
   *
   * @param ticket of the one who asked
   * @param readAt the moment before that
   * @param user what was there
   * @param fill whether it could be stored under that ticket
   */
  private record Read(
      Miss<UserRecord> ticket, Instant readAt, Optional<UserRecord> user, Fill fill) {}
}
