package io.doorward.auth.redis;

import static io.doorward.auth.redis.RedisCalls.bytes;
import static io.doorward.auth.redis.RedisCalls.items;
import static io.doorward.auth.redis.RedisCalls.text;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.redis.Wire.Reader;
import io.doorward.auth.redis.Wire.Writer;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * What credentials and user records have in common: values that PostgreSQL owns, kept in Redis so
 * that an old one is never served. Each lies under one key as one string with one TTL, which the
 * scripts know as <em>entry or none, floor, nonce or none, stamp</em>.
 *
 * <ul>
 *   <li>A look-up that finds nothing to serve hands out a ticket. Who has it reads the database
 *       afterwards and may fill.
 *   <li>A fence raises the floor, drops the payload and voids every ticket. So a read that began
 *       before the fence cannot bring an old value back. A server without memory for it deletes the
 *       entry instead, which does the same: what is absent serves nothing and refuses fills.
 *   <li>Everything carries the identity of the server that stored it. After a restart or a
 *       fail-over it counts as absent, and what is absent refuses fills: writes that were lost
 *       cannot leave an old value behind.
 *   <li>The payload is sealed for its key, and its version, the moment of the database read and its
 *       time to live are inside. The version in clear only serves the scripts; where it differs,
 *       the entry was planted.
 * </ul>
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

  Found<T> lookup(String key, Deadline deadline) {
    List<?> answer = ask(key, IfThere.SERVE, deadline);
    if (text(answer.get(0)).equals("miss")) {
      return miss(answer);
    }
    Optional<Hit<T>> hit = open(key, text(answer.get(1)), (byte[]) answer.get(2));
    return hit.isPresent() ? hit.get() : replace(key, deadline);
  }

  /** Returns what a look-up would serve, and leaves everything as it is. */
  Optional<T> peek(String key, Deadline deadline) {
    Object answer = context.run(RedisScript.ENTRY_PEEK, List.of(key), List.of(), deadline, "peek");
    if (answer == null) {
      return Optional.empty();
    }
    List<?> entry = items(answer);
    return open(key, text(entry.get(0)), (byte[]) entry.get(1)).map(Hit::value);
  }

  /** Hands out a ticket to renew what lies there and serves meanwhile. */
  Miss<T> renew(String key, Deadline deadline) {
    return miss(ask(key, IfThere.KEEP, deadline));
  }

  /** Hands out a ticket to replace what lies there, which is too old or not ours and goes. */
  Miss<T> replace(String key, Deadline deadline) {
    return miss(ask(key, IfThere.DROP, deadline));
  }

  private List<?> ask(String key, IfThere ifThere, Deadline deadline) {
    return items(
        context.run(
            RedisScript.ENTRY_LOOKUP,
            List.of(key),
            List.of(newNonce(), bytes(markerTtl.toMillis()), bytes(ifThere.word)),
            deadline,
            "look up"));
  }

  byte[] newNonce() {
    byte[] nonce = new byte[NONCE_BYTES];
    nonces.nextBytes(nonce);
    return bytes(Base64.getUrlEncoder().withoutPadding().encodeToString(nonce));
  }

  /** Reads the ticket that a script handed out. */
  Miss<T> miss(List<?> answer) {
    if ((Long) answer.get(3) == 1) {
      reject();
    }
    Miss<T> ticket = new Miss<>(text(answer.get(1)), text(answer.get(2)));
    if (ticket.nonce.equals(NO_NONCE)) {
      context.outOfMemory();
    }
    return ticket;
  }

  Fill fill(String key, Miss<?> ticket, T value, Instant readAt, Deadline deadline) {
    Optional<Sealed> sealed = seal(key, value, readAt);
    if (sealed.isEmpty() || ticket.nonce.equals(NO_NONCE)) {
      return Fill.VOID;
    }
    Object stored =
        context.run(
            RedisScript.ENTRY_FILL,
            List.of(key),
            List.of(
                bytes(ticket.stamp()),
                bytes(ticket.nonce()),
                sealed.get().version(),
                sealed.get().payload(),
                sealed.get().left()),
            deadline,
            "fill");
    if (stored instanceof Long done) {
      return done == 1 ? Fill.STORED : Fill.VOID;
    }
    return new Fill(false, Long.parseLong(text(stored)));
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

  /** What is left of a life that began with the database read; never more than all of it. */
  Duration left(Duration life, Instant readAt) {
    Duration left = life.minus(Duration.between(readAt, context.clock().instant()));
    return left.compareTo(life) > 0 ? life : left;
  }

  /** Returns true if no node believes an older primary any more than the one that was told. */
  boolean fence(String key, long floor, Deadline deadline) {
    Object stamp =
        context.run(
            RedisScript.ENTRY_FENCE,
            List.of(key),
            List.of(bytes(fixed(floor)), bytes(longest().toMillis())),
            deadline,
            "fence");
    return context.calls().isSettled(text(stamp), deadline);
  }

  /** Opens an entry that a script returned; empty, and an event, if it is not ours. */
  Optional<Hit<T>> open(String key, String clearVersion, byte[] payload) {
    Optional<Opened<T>> opened =
        context
            .open(payload, key, codec.format())
            .flatMap(plain -> Wire.read(plain, this::opened))
            .filter(o -> fixed(o.version).equals(clearVersion))
            .filter(o -> o.version == codec.version(o.value));
    if (opened.isEmpty()) {
      reject();
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
    Duration age = Duration.between(readAt, context.clock().instant());
    Duration limit = life.compareTo(longest()) < 0 ? life : longest();
    return age.compareTo(limit) < 0 && age.compareTo(StoreContext.SKEW.negated()) >= 0;
  }

  private void reject() {
    context.listener().on(new AuthEvent.SealedValueRejected(what));
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
  private enum IfThere {
    SERVE("serve"),
    KEEP("keep"),
    DROP("drop");

    /** What the script calls it. */
    private final String word;

    IfThere(String word) {
      this.word = word;
    }
  }

  /** A value as scripts store it. */
  static final class Sealed {
    private final byte[] version;
    private final byte[] payload;
    private final byte[] left;

    private Sealed(long version, byte[] payload, Duration left) {
      this.version = bytes(fixed(version));
      this.payload = payload;
      this.left = bytes(left.toMillis());
    }

    /** Returns 19 digits. */
    byte[] version() {
      return version;
    }

    byte[] payload() {
      return payload;
    }

    /** Returns how many milliseconds it may lie there. */
    byte[] left() {
      return left;
    }
  }

  private record Opened<T>(long version, Instant readAt, Duration life, T value) {}
}
