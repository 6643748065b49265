package io.doorward.auth.redis;

import io.doorward.auth.redis.server.IdentifiedRead;
import java.util.HexFormat;
import java.util.Optional;

/** What plain commands have read on a server that may be believed at this moment. Immutable. */
final class PlainAnswer {
  private static final int STAMP_DIGITS = 32;

  private final IdentifiedRead.Answer answer;
  private final byte[] stamp;

  /**
   * Takes what was read.
   *
   * @param stamp of what the server stores in its present term, in hex
   */
  PlainAnswer(IdentifiedRead.Answer answer, String stamp) {
    this.answer = answer;
    this.stamp = HexFormat.of().parseHex(stamp, 0, STAMP_DIGITS);
  }

  /** Returns the string under a key; empty if there is none that a plain read can tell. */
  Optional<byte[]> at(int key) {
    return answer.at(key);
  }

  /** Returns the stamp that an entry of this server has, 16 bytes. Not copied. */
  byte[] stamp() {
    return stamp;
  }
}
