package io.doorward.auth.redis;

import io.doorward.auth.account.ProfileStore;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.guard.Bulkhead;
import io.doorward.auth.guard.Bulkhead.Lane;
import io.doorward.auth.guard.SharedReads;
import io.doorward.auth.redis.FencedEntries.Fill;
import io.doorward.auth.redis.FencedEntries.Miss;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The one way from the database to Redis: a ticket, then a bounded read that callers share, then
 * the fill under the ticket. Its order is what keeps an old record from coming back, so it stands
 * apart from the decisions when to read, which are {@link UserRecords}'. Thread-safe.
 */
final class UserRecordReads {
  private static final Fill NOT_FILLED = new Fill(false, 0);

  private final StoreContext context;
  private final FencedEntries<UserRecord> entries;
  private final ProfileStore profiles;
  private final Bulkhead bulkhead;
  private final SharedReads<Key, Read> shared = new SharedReads<>("token store: profiles");

  UserRecordReads(
      StoreContext context,
      FencedEntries<UserRecord> entries,
      ProfileStore profiles,
      Bulkhead bulkhead) {
    this.context = context;
    this.entries = entries;
    this.profiles = profiles;
    this.bulkhead = bulkhead;
  }

  /**
   * Reads the database, together with other callers that ask for this account in this lane, and
   * stores what it said.
   *
   * <p>A caller shares only a read that was sent after it came, and it took its ticket before that.
   * So the read is younger than the ticket of every caller that shares it, as the ticket rule asks.
   */
  Optional<UserRecord> together(
      AccountId account, Lane lane, Miss<UserRecord> ticket, Deadline deadline) {
    Read read =
        shared.read(
            new Key(account, lane),
            deadline,
            () -> bulkhead.call(lane, deadline, () -> readAndFill(account, ticket, deadline)));
    if (!read.fill.stored() && !read.ticket.equals(ticket)) {
      // The caller that read held an older ticket, which a change has voided.
      fill(account, ticket, read.user, read.readAt, deadline);
    }
    return read.user;
  }

  /** Reads the database for one caller, in the preferred lane, and stores what it said. */
  Optional<UserRecord> alone(AccountId account, Miss<UserRecord> ticket, Deadline deadline) {
    return bulkhead.call(Lane.PREFERRED, deadline, () -> readAndFill(account, ticket, deadline))
        .user;
  }

  /** Runs a read of the database that can be skipped, only if it need not wait. */
  <T> Optional<T> ifThereIsRoom(Supplier<T> work) {
    return bulkhead.offerNow(work);
  }

  /** Reads the database in the room that the caller has, and stores what it said. */
  Optional<UserRecord> inPlace(AccountId account, Miss<UserRecord> ticket, Deadline deadline) {
    return readAndFill(account, ticket, deadline).user;
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
    Instant readAt = context.now();
    Optional<UserRecord> user = profiles.load(account, deadline);
    return new Read(ticket, readAt, user, fill(account, ticket, user, readAt, deadline));
  }

  /** Only reports a failure: the record is known, also if the database cannot be written to. */
  private boolean outgrow(AccountId account, long number, Deadline deadline) {
    try {
      return profiles.outgrow(account, number, deadline);
    } catch (StoreException e) {
      context.reports().failed(Part.PROFILE_STORE, e);
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
          ? entries.fill(UserRecords.key(context, account), ticket, user.get(), readAt, deadline)
          : NOT_FILLED;
    } catch (StoreException e) {
      // The answer is known; the next caller will try to store it again.
      context.reports().failed(e);
      return NOT_FILLED;
    }
  }

  /** What callers must agree on to share a read. */
  private record Key(AccountId account, Lane lane) {}

  /**
   * What the database said.
   *
   * @param ticket of the caller that asked
   * @param readAt the moment before that
   * @param user what was there
   * @param fill whether it could be stored under that ticket
   */
  private record Read(
      Miss<UserRecord> ticket, Instant readAt, Optional<UserRecord> user, Fill fill) {}
}
