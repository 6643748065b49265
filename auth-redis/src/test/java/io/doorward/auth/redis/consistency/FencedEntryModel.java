package io.doorward.auth.redis.consistency;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What lies under one key of one server: the rules of {@code entry.lua}, {@code entry_lookup.lua},
 * {@code entry_fill.lua} and {@code entry_fence.lua} in Java, and nothing else. Line by line the
 * same, so that a test can hold the two against each other. Its time to live is no part of it: when
 * the whole entry ends, that is an eviction. Immutable.
 *
 * @param stamp which server stored it; 0: nothing lies there
 * @param nonce what open tickets refer to; 0: none
 * @param floor nothing below it is served or stored
 * @param version of the payload; 0: no payload
 * @param payload what the client sealed
 */
public record FencedEntryModel<P>(
    int stamp, int nonce, long floor, long version, @Nullable P payload) {
  /** What a look-up does with an entry that is there. */
  public enum EntryMode {
    SERVE,
    KEEP,
    DROP
  }

  /**
   * What a look-up answered.
   *
   * @param after the entry from now on
   * @param version of the payload; 0: a miss
   * @param payload null: a miss
   * @param nonce of the ticket; 0: a hit
   */
  public record Answer<P>(FencedEntryModel<P> after, long version, @Nullable P payload, int nonce) {
    public boolean isHit() {
      return version != 0;
    }
  }

  /** Returns what lies under a key that nobody has used. */
  public static <P> FencedEntryModel<P> absent() {
    return new FencedEntryModel<>(0, 0, 0, 0, null);
  }

  public Answer<P> lookup(int server, int freshNonce, EntryMode mode, Set<Protection> with) {
    FencedEntryModel<P> entry = read(server, with);
    boolean there = entry != null;
    if (there && mode == EntryMode.SERVE && entry.isServed()) {
      return new Answer<>(this, entry.version, entry.payload, 0);
    }
    entry = there ? entry : fresh(server);
    if (mode == EntryMode.DROP) {
      entry = entry.withoutPayload();
    }
    if (entry.nonce == 0) {
      entry = entry.withNonce(freshNonce);
    }
    return new Answer<>(entry.storedBy(server), 0, null, entry.nonce);
  }

  /** Returns the entry from now on; null if the fill is refused. */
  public @Nullable FencedEntryModel<P> fill(
      int server, int ticketStamp, int ticketNonce, long next, P value, Set<Protection> with) {
    FencedEntryModel<P> entry = read(server, with);
    if (entry == null && !with.contains(Protection.ABSENT_REFUSES)) {
      entry = FencedEntryModel.<P>fresh(server).withNonce(ticketNonce);
    }
    if (entry == null
        || (ticketStamp != server && with.contains(Protection.STAMP))
        || ((ticketNonce == 0 || ticketNonce != entry.nonce) && with.contains(Protection.TICKET))
        || next < entry.floor
        || next < entry.version) {
      return null;
    }
    return new FencedEntryModel<>(server, entry.nonce, entry.floor, next, value);
  }

  /** Returns the number that refuses a fill whose ticket is good; 0: another reason, or none. */
  public long refusedBy(int server, int ticketStamp, int ticketNonce, long next) {
    long least = Math.max(floor, version);
    boolean isGood =
        stamp == server && ticketStamp == server && ticketNonce != 0 && ticketNonce == nonce;
    return isGood && next < least ? least : 0;
  }

  public FencedEntryModel<P> fence(int server, long least, Set<Protection> with) {
    FencedEntryModel<P> entry = read(server, with);
    entry = entry == null ? fresh(server) : entry;
    long raised = Math.max(least, entry.floor);
    if (with.contains(Protection.FENCE_DROPS_ALL) ? least > 0 : entry.version < raised) {
      entry = entry.withoutPayload();
    }
    long kept = with.contains(Protection.FLOOR) ? raised : 0;
    return new FencedEntryModel<>(server, 0, kept, entry.version, entry.payload);
  }

  /** Returns what is left when the payload is too old to be served; a client finds that out. */
  public FencedEntryModel<P> expired() {
    return withoutPayload();
  }

  /** Returns the entry if this server stored it, else null. */
  private @Nullable FencedEntryModel<P> read(int server, Set<Protection> with) {
    return stamp == server || (stamp != 0 && !with.contains(Protection.STAMP)) ? this : null;
  }

  private boolean isServed() {
    return version != 0 && version >= floor;
  }

  private static <P> FencedEntryModel<P> fresh(int server) {
    return new FencedEntryModel<>(server, 0, 0, 0, null);
  }

  private FencedEntryModel<P> storedBy(int server) {
    return new FencedEntryModel<>(server, nonce, floor, version, payload);
  }

  private FencedEntryModel<P> withNonce(int other) {
    return new FencedEntryModel<>(stamp, other, floor, version, payload);
  }

  private FencedEntryModel<P> withoutPayload() {
    return new FencedEntryModel<>(stamp, nonce, floor, 0, null);
  }
}
