package io.doorward.auth.redis;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a script replied. Redis sends strings, whole numbers and lists of both, and Jedis hands them
 * on as objects: their casts stand here and nowhere else. A script's caller knows which of them
 * comes. Immutable.
 */
final class Reply {
  private final @Nullable Object value;

  private Reply(@Nullable Object value) {
    this.value = value;
  }

  static Reply of(@Nullable Object value) {
    return new Reply(value);
  }

  /** Tells whether it is what Lua calls false. */
  boolean isNothing() {
    return value == null;
  }

  boolean isNumber() {
    return value instanceof Long;
  }

  boolean isOne() {
    return number() == 1;
  }

  long number() {
    return (Long) there();
  }

  int count() {
    return Math.toIntExact(number());
  }

  byte[] bytes() {
    return (byte[]) there();
  }

  String text() {
    return new String(bytes(), StandardCharsets.UTF_8);
  }

  /** Returns the bytes in hex. */
  String hex() {
    return HexFormat.of().formatHex(bytes());
  }

  /** Returns the number that 8 bytes stand for, the highest first. */
  long wide() {
    return ByteBuffer.wrap(bytes()).getLong();
  }

  List<Reply> items() {
    return ((List<?>) there()).stream().map(Reply::of).toList();
  }

  /** Returns one item of a list. */
  Reply at(int index) {
    return of(((List<?>) there()).get(index));
  }

  private Object there() {
    if (value == null) {
      throw new IllegalStateException("the script replied nothing");
    }
    return value;
  }
}
