package io.doorward.auth.throttle;

import java.security.SecureRandom;

/**
 * A short hash of texts under a secret key: SipHash-2-4 (Aumasson and Bernstein, 2012) over UTF-16,
 * low byte first. Immutable and thread-safe.
 *
 * <p>Security: a caller who chooses texts and does not know the key cannot find two with the same
 * hash. Mixing a secret into {@link String#hashCode()} does not do that: texts that are equal there
 * stay equal.
 */
final class KeyedHash {
  private static final int BYTES_A_WORD = 8;

  private final long key0;
  private final long key1;

  KeyedHash(long key0, long key1) {
    this.key0 = key0;
    this.key1 = key1;
  }

  static KeyedHash random() {
    SecureRandom random = new SecureRandom();
    return new KeyedHash(random.nextLong(), random.nextLong());
  }

  long of(String text) {
    State state = new State(key0, key1);
    int bytes = 0;
    long word = 0;
    for (int i = 0; i < text.length(); i++) {
      word |= (long) text.charAt(i) << (bytes % BYTES_A_WORD * Byte.SIZE);
      bytes += Character.BYTES;
      if (bytes % BYTES_A_WORD == 0) {
        state.absorb(word);
        word = 0;
      }
    }
    state.absorb(word | (long) bytes << 56);
    return state.finish();
  }

  private static final class State {
    private long v0;
    private long v1;
    private long v2;
    private long v3;

    State(long key0, long key1) {
      v0 = key0 ^ 0x736f6d6570736575L;
      v1 = key1 ^ 0x646f72616e646f6dL;
      v2 = key0 ^ 0x6c7967656e657261L;
      v3 = key1 ^ 0x7465646279746573L;
    }

    void absorb(long word) {
      v3 ^= word;
      rounds(2);
      v0 ^= word;
    }

    long finish() {
      v2 ^= 0xff;
      rounds(4);
      return v0 ^ v1 ^ v2 ^ v3;
    }

    private void rounds(int count) {
      for (int i = 0; i < count; i++) {
        v0 += v1;
        v2 += v3;
        v1 = Long.rotateLeft(v1, 13) ^ v0;
        v3 = Long.rotateLeft(v3, 16) ^ v2;
        v0 = Long.rotateLeft(v0, 32) + v3;
        v2 += v1;
        v1 = Long.rotateLeft(v1, 17) ^ v2;
        v3 = Long.rotateLeft(v3, 21) ^ v0;
        v2 = Long.rotateLeft(v2, 32);
      }
    }
  }
}
