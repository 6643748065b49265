package io.doorward.auth.redis;

import io.doorward.auth.redis.server.IdentifiedRead;
import java.util.HexFormat;
import java.util.Optional;

/** What plain commands have read on a server that may be believed at this moment. Immutable. */
final class PlainAnswer {
  private final IdentifiedRead.Answer answer;
  private final Stamp stamp;

  /**
   * Takes what was read.
   *
   * @param stamp of what the server stores in its present term
   */
  PlainAnswer(IdentifiedRead.Answer answer, Stamp stamp) {
    this.answer = answer;
    this.stamp = stamp;
  }

  /** Returns the string under a key; empty if there is none that a plain read can tell. */
  Optional<byte[]> at(int key) {
    return answer.at(key);
  }

  /** Returns the stamp that an entry of this server has, 16 bytes. Not copied. */
  byte[] stamp() {
    return stamp.bytes;
  }

  /** A stamp in hex, and in bytes as it stands in an entry. Immutable. */
  static final class Stamp {
    /** Of no server. */
    static final Stamp NONE = new Stamp("", new byte[0]);

    private static final int DIGITS = 32;

    private final String hex;
    private final byte[] bytes;

    private Stamp(String hex, byte[] bytes) {
      this.hex = hex;
      this.bytes = bytes;
    }

    /** Returns the stamp that is written so: this one, if it is. */
    Stamp orOf(String other) {
      return hex.equals(other) ? this : new Stamp(other, HexFormat.of().parseHex(other, 0, DIGITS));
    }
  }
}
