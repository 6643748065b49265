package io.doorward.auth.redis;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;

/**
 * The string that holds a session in Redis: one byte that tells its form, the idle end, and the
 * sealed session. The idle end stands in clear, so that a touch need not seal anew. Whatever an
 * attacker writes there, the sealed ends hold.
 */
final class SessionString {
  private static final byte FRAME = '2';
  private static final byte LAST_FRAME = '9';

  /** Where the sealed session begins. */
  static final int HEAD = 1 + Long.BYTES;

  private SessionString() {}

  /** Returns the idle end as scripts write it: milliseconds since 1970 in 8 bytes. */
  static byte[] wide(Instant idleEnd) {
    return ByteBuffer.allocate(Long.BYTES).putLong(idleEnd.toEpochMilli()).array();
  }

  /**
   * Puts a string together.
   *
   * @param idleEnd when the session ends unless it is touched, by the clocks of the nodes
   * @param sealed a value of a {@link SealedFormat}
   */
  static byte[] of(Instant idleEnd, byte[] sealed) {
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

  /**
   * Returns the idle end of a string, behind which the sealed session stands; empty if it has
   * another form.
   */
  static Optional<Instant> idleEnd(byte[] value) {
    return value.length < HEAD || value[0] != FRAME
        ? Optional.empty()
        : Optional.of(Instant.ofEpochMilli(ByteBuffer.wrap(value).getLong(1)));
  }
}
