package io.doorward.auth.redis;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.redis.BinaryCodec.Reader;
import io.doorward.auth.redis.BinaryCodec.Writer;
import io.doorward.auth.redis.SealedFormat.Origin;
import io.doorward.auth.redis.SealedFormat.Reading;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Keeps values that PostgreSQL owns in Redis, so that an old one is never served: cached
 * credentials and user records.
 *
 * <h2>Invariants</h2>
 *
 * <ol>
 *   <li>No value is served whose version is below the floor of its key.
 *   <li>No value is stored that was read before the last fence of its key.
 *   <li>A server serves only what it has stored itself, and fills only under tickets that it has
 *       handed out itself: after a restart or a fail-over all that lay there before counts as
 *       absent.
 *   <li>What is absent serves nothing and refuses fills. So whatever Redis forgets, by eviction, a
 *       flush, a lost write or its end, costs a database read and never brings an old value back.
 *   <li>No value outlives its database read by more than its time to live, also if it is copied
 *       back.
 * </ol>
 *
 * <h2>What lies there</h2>
 *
 * One string with one TTL under one key, which the scripts in {@code entry.lua} read as five parts
 * behind one byte that tells their form:
 *
 * <ul>
 *   <li><em>stamp</em>, 16 bytes: the server that stored it (invariant 3)
 *   <li><em>nonce</em>, 16 bytes, or none: what the open tickets of this key refer to (2)
 *   <li><em>floor</em>, 8 bytes: the lowest version that may be served (1)
 *   <li><em>version</em> and <em>payload</em>, or none: the value, sealed for its key. Its version,
 *       the moment of its database read and its time to live are inside the seal (5); the version
 *       in clear only serves the scripts, and where it differs the entry was planted
 * </ul>
 *
 * <h2>Protocol</h2>
 *
 * <ol>
 *   <li>A <em>look-up</em> that finds nothing to serve leaves a nonce and returns it with the stamp
 *       as a ticket, which is called a lease in the literature on memcache. Only then the caller
 *       reads the database.
 *   <li>A <em>fill</em> stores the value if the ticket's nonce and stamp still lie there, and its
 *       version is neither below the floor nor below the version that is there.
 *   <li>A <em>fence</em>, before and after the transaction of a change, raises the floor, drops the
 *       payload and removes the nonce. A read that began before the fence has a ticket that refers
 *       to nothing any more, however late it fills. A server without memory for the floor deletes
 *       the entry instead, which does the same by invariant 4.
 * </ol>
 *
 * <p>Versions come from one sequence of the database. Where a fail-over of the database has set it
 * back, {@link Fill#refusedBy} says which number the account has to outgrow. A value that was
 * copied back, by an attacker or from a dump, still has its old version, its old stamp and its
 * sealed end.
 *
 * <p>An entry in a later form was written by a newer version of this library, during an upgrade. It
 * is a miss without the right to fill, so that old and new nodes do not replace each other's
 * entries; a fence replaces it, since a change must reach the nodes of every version.
 *
 * <p>The model in {@code FencedEntryModel} says the same in Java; a test compares it with the
 * scripts on a real server, and the model checker walks it together with all that can fail.
 *
 * <p>Thread-safe. Every operation may be repeated.
 *
 * @param <T> what is kept
 */
final class FencedEntries<T> {
  private static final int NONCE_BYTES = 16;

  /** Where the parts of an entry begin, as {@code entry.lua} has them. */
  private static final int STAMP = 1;

  private static final int NONCE = 17;
  private static final int FLOOR = 33;
  private static final int VERSION = 41;
  private static final int PAYLOAD = 49;
  private static final byte FRAME = '2';

  /** The nonce of a ticket that fills nothing, in hex. */
  private static final String NO_NONCE = "0".repeat(2 * NONCE_BYTES);

  /** What the scripts call something that a newer version wrote. */
  static final int NEWER = 2;

  private final SecureRandom nonces = new SecureRandom();
  private final StoreContext context;
  private final String what;
  private final Codec<T> codec;
  private final Duration ttl;
  private final Duration longest;
  private final Duration markerTtl;
  private final OpenedValues<Opened<T>> remembered;

  /**
   * Keeps values that live for {@code ttl}, give or take a tenth, after their database read.
   *
   * @param remembered how many of them are remembered open
   */
  FencedEntries(
      StoreContext context,
      String what,
      Codec<T> codec,
      Duration ttl,
      Duration markerTtl,
      int remembered) {
    this.context = context;
    this.what = what;
    this.codec = codec;
    this.ttl = ttl;
    this.longest = ttl.plusMillis(ttl.toMillis() / 10);
    this.markerTtl = markerTtl;
    this.remembered = new OpenedValues<>(remembered, context);
  }

  /** How a value is written and read back. */
  interface Codec<T> {
    /** Returns the format of what {@link #write} makes. */
    SealedFormat format();

    long version(T value);

    void write(T value, Writer out);

    /** Throws {@link IllegalArgumentException} if the value is none. */
    T read(Reader in);
  }

  /** What a look-up found. */
  sealed interface Found<T> {}

  /** A value that may be used. */
  record Hit<T>(T value, Instant readAt) implements Found<T> {}

  /**
   * Nothing that may be used, and the right to fill it; none where the server is full, or where a
   * newer version wrote what lies there.
   *
   * @param nonce 16 bytes in hex
   * @param stamp 16 bytes in hex
   */
  record Miss<T>(String nonce, String stamp) implements Found<T> {
    /** Tells whether it fills nothing, also because no server can have handed it out. */
    boolean isVoid() {
      return nonce.equals(NO_NONCE) || !isHex(nonce) || !isHex(stamp);
    }

    private static boolean isHex(String text) {
      return text.length() == NO_NONCE.length() && text.chars().allMatch(HexFormat::isHexDigit);
    }

    byte[] nonceBytes() {
      return HexFormat.of().parseHex(nonce);
    }

    byte[] stampBytes() {
      return HexFormat.of().parseHex(stamp);
    }
  }

  /**
   * What became of a fill.
   *
   * @param stored whether the value lies there now
   * @param refusedBy the floor, or the version of what lies there, that it is below although its
   *     ticket is good; 0 if no number refused it
   */
  record Fill(boolean stored, long refusedBy) {
    private static final Fill STORED = new Fill(true, 0);
    private static final Fill VOID = new Fill(false, 0);
  }

  /** Looks for a value to serve; hands out a ticket where there is none. */
  Found<T> lookup(String key, Deadline deadline) {
    Reply entry = ask(key, EntryMode.SERVE, deadline);
    if (entry.at(0).text().equals("miss")) {
      return miss(entry);
    }
    return opened(key, entry.at(1), entry.at(2), deadline);
  }

  /**
   * Returns what a script has found to serve; where this node cannot use it, a ticket to replace
   * it, or none if a newer version wrote it.
   *
   * @param version the reply's part in clear
   * @param payload the reply's sealed part
   */
  Found<T> opened(String key, Reply version, Reply payload, Deadline deadline) {
    return open(key, version.wide(), payload.bytes()).orElseGet(() -> replace(key, deadline));
  }

  /** Returns what a look-up would serve, and leaves everything as it is. */
  Optional<T> peek(String key, Deadline deadline) {
    Reply entry = context.call(RedisScript.ENTRY_PEEK).keys(key).run(deadline);
    return entry.isNothing()
        ? Optional.empty()
        : open(key, entry.at(0).wide(), entry.at(1).bytes())
            .flatMap(
                found -> found instanceof Hit<T> hit ? Optional.of(hit.value) : Optional.empty());
  }

  /** Hands out a ticket to renew what lies there and serves meanwhile. */
  Miss<T> renew(String key, Deadline deadline) {
    return miss(ask(key, EntryMode.KEEP, deadline));
  }

  /** Hands out a ticket to replace what lies there, which is too old or not ours and goes. */
  private Miss<T> replace(String key, Deadline deadline) {
    return miss(ask(key, EntryMode.DROP, deadline));
  }

  private Reply ask(String key, EntryMode mode, Deadline deadline) {
    return context
        .call(RedisScript.ENTRY_LOOKUP)
        .keys(key)
        .arg(newNonce())
        .arg(markerTtl)
        .arg(mode.word)
        .run(deadline);
  }

  /** Makes what a ticket that is handed out next refers to. */
  byte[] newNonce() {
    byte[] nonce = new byte[NONCE_BYTES];
    nonces.nextBytes(nonce);
    return nonce;
  }

  /** Reads the ticket that a script handed out. */
  Miss<T> miss(Reply entry) {
    Miss<T> ticket = new Miss<>(entry.at(1).hex(), entry.at(2).hex());
    if (entry.at(3).isOne()) {
      context.reports().rejected(what);
    }
    if (entry.at(3).number() == NEWER) {
      context.reports().newer();
    } else if (ticket.isVoid()) {
      context.reports().outOfMemory();
    }
    return ticket;
  }

  /** Stores a value under a ticket, unless something that is younger than the ticket refuses it. */
  Fill fill(String key, Miss<?> ticket, T value, Instant readAt, Deadline deadline) {
    Optional<Sealed> sealed = seal(key, value, readAt);
    if (sealed.isEmpty() || ticket.isVoid()) {
      return Fill.VOID;
    }
    Reply stored =
        context
            .call(RedisScript.ENTRY_FILL)
            .keys(key)
            .arg(ticket.stampBytes())
            .arg(ticket.nonceBytes())
            .arg(sealed.get().version())
            .arg(sealed.get().payload())
            .arg(sealed.get().left())
            .run(deadline);
    if (stored.isNumber()) {
      return stored.isOne() ? Fill.STORED : Fill.VOID;
    }
    return new Fill(false, stored.wide());
  }

  /** Makes of a value what a script stores; empty if it is too old for that. */
  Optional<Sealed> seal(String key, T value, Instant readAt) {
    Duration life = jittered();
    Duration left = left(life, readAt);
    if (left.toMillis() <= 0) {
      return Optional.empty();
    }
    long version = codec.version(value);
    Writer out = new Writer();
    codec.write(value, out);
    out.instant(readAt).number(life.toMillis());
    byte[] payload = codec.format().seal(context, key, out);
    return Optional.of(new Sealed(version, payload, left));
  }

  /**
   * Returns what is left of a life that began with the database read; never more than all of it.
   */
  Duration left(Duration life, Instant readAt) {
    Duration left = life.minus(Duration.between(readAt, context.now()));
    return left.compareTo(life) > 0 ? life : left;
  }

  /**
   * Raises the floor and voids every ticket.
   *
   * @return true if no node believes an older primary any more than the one that was told
   */
  boolean fence(String key, long floor, Deadline deadline) {
    Reply stamp =
        context.call(RedisScript.ENTRY_FENCE).keys(key).arg(wide(floor)).arg(longest).run(deadline);
    return context.scripts().isSettled(stamp.text(), deadline);
  }

  /**
   * Opens an entry that a script returned: a hit, or a miss without a ticket if a newer version
   * wrote it. Empty if it is too old, or not ours, which is reported.
   */
  private Optional<Found<T>> open(String key, long clearVersion, byte[] payload) {
    Reading<Opened<T>> reading = read(key, payload, 0);
    if (reading.origin() == Origin.NEWER) {
      return Optional.of(newer());
    }
    Optional<Opened<T>> opened = reading.value().filter(it -> isOf(it, clearVersion));
    if (opened.isEmpty() && reading.origin() != Origin.EARLIER) {
      context.reports().rejected(what);
    }
    return opened.filter(this::isOfGoodAge).map(Opened::hit);
  }

  private Reading<Opened<T>> read(String key, byte[] bytes, int from) {
    return remembered.read(
        key, bytes, from, payload -> codec.format().read(context, key, payload, this::opened));
  }

  private boolean isOf(Opened<T> opened, long clearVersion) {
    return codec.version(opened.value) == clearVersion;
  }

  /**
   * Returns what a script would serve of an entry that plain commands have read, by the same rules:
   * stored by this server, not below its floor, and of good age. Reports nothing, since a script
   * looks at whatever cannot be used, and does.
   *
   * @param entry the whole string
   * @param stamp of the server that it was read from, at this moment
   */
  Optional<Hit<T>> served(String key, byte[] entry, byte[] stamp) {
    ByteBuffer parts = ByteBuffer.wrap(entry);
    if (entry.length < PAYLOAD
        || entry[0] != FRAME
        || !Arrays.equals(entry, STAMP, NONCE, stamp, 0, stamp.length)) {
      return Optional.empty();
    }
    long version = parts.getLong(VERSION);
    if (version == 0 || Long.compareUnsigned(version, parts.getLong(FLOOR)) < 0) {
      return Optional.empty();
    }
    return read(key, entry, PAYLOAD)
        .value()
        .filter(it -> isOf(it, version))
        .filter(this::isOfGoodAge)
        .map(Opened::hit);
  }

  /** Reports that a newer version wrote what lies there; returns a miss that fills nothing. */
  Miss<T> newer() {
    context.reports().newer();
    return new Miss<>(NO_NONCE, NO_NONCE);
  }

  private Opened<T> opened(Reader in) {
    return new Opened<>(codec.read(in), in.instant(), Duration.ofMillis(in.number()));
  }

  /** The age counts from the database read, so an entry that is put back later gains nothing. */
  private boolean isOfGoodAge(Opened<T> opened) {
    return isOfGoodAge(opened.readAt, opened.life);
  }

  boolean isOfGoodAge(Instant readAt, Duration life) {
    Duration age = Duration.between(readAt, context.now());
    return age.compareTo(StoreContext.min(life, longest)) < 0
        && !age.plus(StoreContext.SKEW).isNegative();
  }

  /** Spreads ends by a tenth either way, so that what was filled together does not end together. */
  Duration jittered() {
    long tenth = ttl.toMillis() / 10;
    return ttl.plusMillis(tenth == 0 ? 0 : context.random().nextLong(-tenth, tenth + 1));
  }

  /** Returns a version as scripts compare it: 8 bytes, the highest first. */
  static byte[] wide(long version) {
    if (version < 0) {
      throw new IllegalArgumentException("version must not be negative: " + version);
    }
    return ByteBuffer.allocate(Long.BYTES).putLong(version).array();
  }

  /** What a look-up does with an entry that is there. */
  private enum EntryMode {
    SERVE("serve"),
    KEEP("keep"),
    DROP("drop");

    /** What the script calls it. */
    private final String word;

    EntryMode(String word) {
      this.word = word;
    }
  }

  /** A value as scripts store it. */
  static final class Sealed {
    private final byte[] version;
    private final byte[] payload;
    private final Duration left;

    private Sealed(long version, byte[] payload, Duration left) {
      this.version = wide(version);
      this.payload = payload;
      this.left = left;
    }

    /** Returns 8 bytes. */
    byte[] version() {
      return version;
    }

    byte[] payload() {
      return payload;
    }

    /** Returns how long it may lie there. */
    Duration left() {
      return left;
    }
  }

  private record Opened<T>(T value, Instant readAt, Duration life) {
    Hit<T> hit() {
      return new Hit<>(value, readAt);
    }
  }
}
