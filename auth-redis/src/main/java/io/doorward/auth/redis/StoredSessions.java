package io.doorward.auth.redis;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.redis.BinaryCodec.Reader;
import io.doorward.auth.redis.BinaryCodec.Writer;
import io.doorward.auth.redis.SealedFormat.Origin;
import io.doorward.auth.redis.SealedFormat.Reading;
import io.doorward.auth.redis.server.IdentifiedRead;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionKind;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;

/**
 * The form of sessions that are kept in Redis only. What a rotation of refresh tokens has to
 * compare before it replaces a session stands in clear, bound to the seal: its generation, when
 * that began, and the key that was used. In front of it stand two marks, by which a script counts
 * the sessions of an account: one of the epoch, one of the kind of device. Thread-safe.
 *
 * <p>A session ends when its TTL in Redis is over, which every touch renews, or {@link
 * StoreContext#SKEW} after its idle end by the clock of a node, because clocks of nodes may differ
 * by that much. Both stand in clear: an attacker that writes to Redis can move them, but not past
 * the absolute end, which is sealed.
 */
final class StoredSessions {
  static final SealedFormat FORMAT = new SealedFormat("session", 4);

  private static final String PREFIX = "session:";

  /** Time left to a session that Redis still has, although its idle end is past by this clock. */
  private static final Duration LEAST_LEFT = Duration.ofMillis(1);

  private static final int MARK_DIGITS = 2 * Long.BYTES;

  private final StoreContext context;
  private final OpenedValues<Session> remembered;

  /**
   * Reads and writes them.
   *
   * @param remembered how many are remembered open
   */
  StoredSessions(StoreContext context, int remembered) {
    this.context = context;
    this.remembered = new OpenedValues<>(remembered, context);
  }

  String key(AccountId account, SessionId id) {
    return context.keyOf(account.value(), PREFIX, id.value());
  }

  /** Returns what the keys of an account's sessions begin with, up to the id. */
  String prefix(AccountId account) {
    return context.key(account.value(), PREFIX);
  }

  /** Returns the key of an account's index of sessions. */
  String index(AccountId account) {
    return context.key(account.value(), "sessions");
  }

  /** A session and its idle end, as they lie in Redis. */
  record StoredSession(Session session, Instant idleEnd) {}

  /** Returns how long a session lives unless it is touched again; not positive if it is over. */
  Duration lifeFromNow(Session session) {
    return StoreContext.min(session.idleTimeout(), absoluteLeft(session));
  }

  Duration absoluteLeft(Session session) {
    return Duration.between(context.now(), session.absoluteEnd());
  }

  /** The index outlives its sessions even if the clock of the node that touches one is behind. */
  Duration indexLife(Session session) {
    return absoluteLeft(session).plus(StoreContext.SKEW);
  }

  byte[] write(Session session, Duration life) {
    String key = key(session.account(), session.id());
    Writer out = new Writer().number(epochMark(session)).number(deviceMark(session));
    SessionCodec.writeRotation(session, out);
    SessionCodec.writeRest(session, out.endOfClear());
    return SessionString.of(context.now().plus(life), FORMAT.seal(context, key, out));
  }

  /**
   * Reads what lies under its key; empty if it is not the session that should lie there, and
   * reported if no earlier version wrote it.
   *
   * @param step of the store, for messages
   * @throws StoreException if a newer version of this library wrote it
   */
  Optional<StoredSession> read(String step, AccountId account, SessionId id, byte[] value) {
    String key = key(account, id);
    Reading<StoredSession> reading = readingOf(key, account, id, value);
    if (reading.origin() == Origin.NEWER || SessionString.isNewer(value)) {
      throw newer(step, "session");
    }
    if (reading.origin() == Origin.FOREIGN && !FORMAT.isWithoutNumber(context, key, value)) {
      context.reports().rejected("session");
    }
    return reading.value();
  }

  /** Reads what lies under a key and reports nothing, for a caller that goes on to a script. */
  Optional<StoredSession> peek(String key, AccountId account, SessionId id, byte[] value) {
    return readingOf(key, account, id, value).value();
  }

  private Reading<StoredSession> readingOf(
      String key, AccountId account, SessionId id, byte[] value) {
    return SessionString.idleEnd(value)
        .map(idleEnd -> unseal(key, value).map(session -> new StoredSession(session, idleEnd)))
        .orElse(Reading.foreign())
        .filter(it -> it.session.account().equals(account) && it.session.id().equals(id));
  }

  private Reading<Session> unseal(String key, byte[] value) {
    return remembered.read(
        key,
        value,
        SessionString.HEAD,
        bytes -> FORMAT.read(context, key, bytes, StoredSessions::read));
  }

  private static Session read(Reader in) {
    return SessionCodec.read(in.skip(2 * Long.BYTES));
  }

  /** Returns a number that sessions of one epoch have in common; 0 for an API key. */
  private static long epochMark(Session session) {
    return session.kind() == SessionKind.API_KEY
        ? 0
        : mark(session.epoch().number() + " " + session.epoch().tag());
  }

  private static long deviceMark(Session session) {
    return mark(session.deviceKind());
  }

  private static long mark(String text) {
    return HexFormat.fromHexDigitsToLong(
        IdentifiedRead.sha1Hex(text.getBytes(StandardCharsets.UTF_8)), 0, MARK_DIGITS);
  }

  /** Returns what is left of a session's idle time; empty if it is over. */
  Optional<Duration> left(StoredSession stored) {
    Duration left = Duration.between(context.now(), stored.idleEnd);
    Duration longest = lifeFromNow(stored.session);
    return longest.toMillis() <= 0 || left.plus(StoreContext.SKEW).compareTo(Duration.ZERO) <= 0
        ? Optional.empty()
        : Optional.of(
            left.compareTo(LEAST_LEFT) < 0 ? LEAST_LEFT : StoreContext.min(left, longest));
  }

  /** Returns the failure of a step that needs what a newer version of this library wrote. */
  static StoreException newer(String step, String what) {
    return new StoreException(
        StoreException.Kind.NEWER_FORMAT,
        "token store: " + step + ": a newer version of this library wrote the " + what);
  }
}
