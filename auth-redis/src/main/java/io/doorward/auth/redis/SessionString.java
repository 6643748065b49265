package io.doorward.auth.redis;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;

/**
 * The string that holds a session in Redis: one byte that tells its form, the idle end, and the
 * sealed session. The idle end stands in clear, so that a touch need not seal anew. Whatever an
 * attacker writes there, the sealed ends hold. Immutable.
 */
final class SessionString {
  private static final byte FRAME = '2';
  private static final byte LAST_FRAME = '9';
  private static final int HEAD = 1 + Long.BYTES;

  private final Instant idleEnd;
  private final byte[] sealed;

  /**
   * Puts a string together.
   *
   * @param idleEnd when the session ends unless it is touched, by the clocks of the nodes
   * @param sealed a value of a {@link SealedFormat}
   */
  SessionString(Instant idleEnd, byte[] sealed) {
    this.idleEnd = idleEnd;
    this.sealed = sealed;
  }

  Instant idleEnd() {
    return idleEnd;
  }

  byte[] sealed() {
    return sealed;
  }

  /** Returns the idle end as scripts write it: milliseconds since 1970 in 8 bytes. */
  static byte[] wide(Instant idleEnd) {
    return ByteBuffer.allocate(Long.BYTES).putLong(idleEnd.toEpochMilli()).array();
  }

  byte[] toBytes() {
    return ByteBuffer.allocate(HEAD + sealed.length)
        .put(FRAME)
        .putLong(idleEnd.toEpochMilli())
        .put(sealed)
        .array();
  }

  /** Tells whether a newer version of this library wrote it: its first byte is a later digit. */
  static boolean isNewer(byte[] value) {
    return value.length > 0 && value[0] > FRAME && value[0] <= LAST_FRAME;
  }

  /** Reads a string; empty if it has another form. */
  static Optional<SessionString> read(byte[] value) {
    if (value.length < HEAD || value[0] != FRAME) {
      return Optional.empty();
    }
    Instant idleEnd = Instant.ofEpochMilli(ByteBuffer.wrap(value).getLong(1));
    return Optional.of(new SessionString(idleEnd, Arrays.copyOfRange(value, HEAD, value.length)));
  }
}
