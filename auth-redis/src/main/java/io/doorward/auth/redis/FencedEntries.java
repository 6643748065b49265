package io.doorward.auth.redis;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.redis.BinaryCodec.Reader;
import io.doorward.auth.redis.BinaryCodec.Writer;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
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
 * One string with one TTL under one key, which the scripts in {@code entry.lua} read as five parts:
 *
 * <ul>
 *   <li><em>stamp</em>: the identity of the server that stored it (invariant 3)
 *   <li><em>nonce</em> or none: what the open tickets of this key refer to (2)
 *   <li><em>floor</em>: the lowest version that may be served (1)
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
 * <p>The model in {@code FencedEntryModel} says the same in Java; a test compares it with the
 * scripts on a real server, and the model checker walks it together with all that can fail.
 *
 * <p>Thread-safe. Every operation may be repeated.
 *
 * @param <T> what is kept
 */
final class FencedEntries<T> {
  private static final int NONCE_BYTES = 16;

  /** The nonce of a ticket that fills nothing. */
  private static final String NO_NONCE = ".".repeat(22);

  private final SecureRandom nonces = new SecureRandom();
  private final StoreContext context;
  private final String what;
  private final Codec<T> codec;
  private final Duration ttl;
  private final Duration markerTtl;

  /** Keeps values that live for {@code ttl}, give or take a tenth, after their database read. */
  FencedEntries(
      StoreContext context, String what, Codec<T> codec, Duration ttl, Duration markerTtl) {
    this.context = context;
    this.what = what;
    this.codec = codec;
    this.ttl = ttl;
    this.markerTtl = markerTtl;
  }

  /** How a value is written and read back. */
  interface Codec<T> {
    /** Names what {@link #write} makes; what was sealed under another name does not open. */
    String format();

    long version(T value);

    void write(T value, Writer out);

    /** Throws {@link IllegalArgumentException} if the value is none. */
    T read(Reader in);
  }

  /** What a look-up found. */
  sealed interface Found<T> {}

  /** A value that may be used. */
  record Hit<T>(T value, Instant readAt) implements Found<T> {}

  /** Nothing that may be used, and the right to fill it; none where the server is full. */
  record Miss<T>(String nonce, String stamp) implements Found<T> {}

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
    Optional<Hit<T>> hit = open(key, entry.at(1).text(), entry.at(2).bytes());
    return hit.isPresent() ? hit.get() : replace(key, deadline);
  }

  /** Returns what a look-up would serve, and leaves everything as it is. */
  Optional<T> peek(String key, Deadline deadline) {
    Reply entry = context.call(RedisScript.ENTRY_PEEK).keys(key).run(deadline);
    return entry.isNothing()
        ? Optional.empty()
        : open(key, entry.at(0).text(), entry.at(1).bytes()).map(Hit::value);
  }

  /** Hands out a ticket to renew what lies there and serves meanwhile. */
  Miss<T> renew(String key, Deadline deadline) {
    return miss(ask(key, EntryMode.KEEP, deadline));
  }

  /** Hands out a ticket to replace what lies there, which is too old or not ours and goes. */
  Miss<T> replace(String key, Deadline deadline) {
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
  String newNonce() {
    byte[] nonce = new byte[NONCE_BYTES];
    nonces.nextBytes(nonce);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(nonce);
  }

  /** Reads the ticket that a script handed out. */
  Miss<T> miss(Reply entry) {
    if (entry.at(3).isOne()) {
      context.reports().rejected(what);
    }
    Miss<T> ticket = new Miss<>(entry.at(1).text(), entry.at(2).text());
    if (ticket.nonce.equals(NO_NONCE)) {
      context.reports().outOfMemory();
    }
    return ticket;
  }

  /** Stores a value under a ticket, unless something that is younger than the ticket refuses it. */
  Fill fill(String key, Miss<?> ticket, T value, Instant readAt, Deadline deadline) {
    Optional<Sealed> sealed = seal(key, value, readAt);
    if (sealed.isEmpty() || ticket.nonce.equals(NO_NONCE)) {
      return Fill.VOID;
    }
    Reply stored =
        context
            .call(RedisScript.ENTRY_FILL)
            .keys(key)
            .arg(ticket.stamp())
            .arg(ticket.nonce())
            .arg(sealed.get().version())
            .arg(sealed.get().payload())
            .arg(sealed.get().left())
            .run(deadline);
    if (stored.isNumber()) {
      return stored.isOne() ? Fill.STORED : Fill.VOID;
    }
    return new Fill(false, Long.parseLong(stored.text()));
  }

  /** Makes of a value what a script stores; empty if it is too old for that. */
  Optional<Sealed> seal(String key, T value, Instant readAt) {
    Duration life = jittered();
    Duration left = left(life, readAt);
    if (left.toMillis() <= 0) {
      return Optional.empty();
    }
    long version = codec.version(value);
    Writer out = new Writer().number(version).instant(readAt).number(life.toMillis());
    codec.write(value, out);
    byte[] payload = context.seal(out.toBytes(), key, codec.format());
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
        context
            .call(RedisScript.ENTRY_FENCE)
            .keys(key)
            .arg(fixed(floor))
            .arg(longest())
            .run(deadline);
    return context.scripts().isSettled(stamp.text(), deadline);
  }

  /**
   * Opens an entry that a script returned; empty if it is too old, or not ours, which is reported.
   */
  Optional<Hit<T>> open(String key, String clearVersion, byte[] payload) {
    Optional<Opened<T>> opened =
        context
            .open(payload, key, codec.format())
            .flatMap(plain -> BinaryCodec.read(plain, this::opened))
            .filter(o -> fixed(o.version).equals(clearVersion))
            .filter(o -> o.version == codec.version(o.value));
    if (opened.isEmpty()) {
      context.reports().rejected(what);
      return Optional.empty();
    }
    return opened.filter(this::isOfGoodAge).map(o -> new Hit<>(o.value, o.readAt));
  }

  private Opened<T> opened(Reader in) {
    return new Opened<>(in.number(), in.instant(), Duration.ofMillis(in.number()), codec.read(in));
  }

  /** The age counts from the database read, so an entry that is put back later gains nothing. */
  private boolean isOfGoodAge(Opened<T> opened) {
    return isOfGoodAge(opened.readAt, opened.life);
  }

  boolean isOfGoodAge(Instant readAt, Duration life) {
    Duration age = Duration.between(readAt, context.now());
    Duration limit = life.compareTo(longest()) < 0 ? life : longest();
    return age.compareTo(limit) < 0 && age.compareTo(StoreContext.SKEW.negated()) >= 0;
  }

  /** Spreads ends by a tenth either way, so that what was filled together does not end together. */
  Duration jittered() {
    long tenth = ttl.toMillis() / 10;
    return ttl.plusMillis(tenth == 0 ? 0 : context.random().nextLong(-tenth, tenth + 1));
  }

  private Duration longest() {
    return ttl.plusMillis(ttl.toMillis() / 10);
  }

  /** Returns the 19 digits that scripts compare as text. */
  static String fixed(long version) {
    if (version < 0) {
      throw new IllegalArgumentException("version must not be negative: " + version);
    }
    String digits = Long.toString(version);
    return "0".repeat(19 - digits.length()) + digits;
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
    private final String version;
    private final byte[] payload;
    private final Duration left;

    private Sealed(long version, byte[] payload, Duration left) {
      this.version = fixed(version);
      this.payload = payload;
      this.left = left;
    }

    /** Returns 19 digits. */
    String version() {
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

  private record Opened<T>(long version, Instant readAt, Duration life, T value) {}
}
