package io.doorward.auth.redis;

import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * The binary form of what is sealed: numbers of fixed width, texts with their length in front. No
 * names of classes and no types, so a value that was planted can make nothing but what the reader
 * expects.
 */
final class BinaryCodec {
  private BinaryCodec() {}

  /** Puts values one after the other. Not thread-safe. */
  static final class Writer {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(256);

    Writer number(long value) {
      out.writeBytes(ByteBuffer.allocate(Long.BYTES).putLong(value).array());
      return this;
    }

    Writer text(String value) {
      byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
      out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
      out.writeBytes(bytes);
      return this;
    }

    Writer texts(Set<String> values) {
      number(values.size());
      values.forEach(this::text);
      return this;
    }

    /** Keeps milliseconds: nothing here needs finer ones. */
    Writer instant(Instant value) {
      return number(value.toEpochMilli());
    }

    byte[] toBytes() {
      return out.toByteArray();
    }
  }

  /** Takes values in the order in which they were put. Not thread-safe. */
  static final class Reader {
    private final ByteBuffer in;

    private Reader(byte[] bytes) {
      in = ByteBuffer.wrap(bytes);
    }

    long number() {
      return in.getLong();
    }

    int count() {
      return Math.toIntExact(in.getLong());
    }

    String text() {
      int length = in.getInt();
      if (length < 0 || length > in.remaining()) {
        throw new IllegalArgumentException("a text must end within the value: " + length);
      }
      byte[] bytes = new byte[length];
      in.get(bytes);
      return new String(bytes, StandardCharsets.UTF_8);
    }

    Set<String> texts() {
      int count = count();
      Set<String> texts = new HashSet<>();
      for (int i = 0; i < count; i++) {
        texts.add(text());
      }
      return texts;
    }

    Instant instant() {
      return Instant.ofEpochMilli(number());
    }
  }

  /** Reads a whole value; empty if it is not of the form that {@code body} expects. */
  static <T> Optional<T> read(byte[] bytes, Function<Reader, T> body) {
    Reader reader = new Reader(bytes);
    try {
      T value = body.apply(reader);
      return reader.in.hasRemaining() ? Optional.empty() : Optional.of(value);
    } catch (BufferUnderflowException
        | IllegalArgumentException
        | ArithmeticException
        | DateTimeException e) {
      return Optional.empty();
    }
  }
}
