package io.doorward.auth.redis;

import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;

/**
 * The binary form of what is sealed: numbers of fixed width, and texts with one byte in front that
 * tells their form.
 *
 * <ul>
 *   <li>a UUID in its canonical text: 16 bytes
 *   <li>128 bits in URL-safe base64 without padding, as session ids and tags are made: 16 bytes
 *   <li>any other text: UTF-8, and its length in the byte in front where that is below 240
 * </ul>
 *
 * <p>Contains no names of classes and no types, so reading a planted value creates nothing but what
 * the reader expects.
 */
final class BinaryCodec {
  /** The byte in front of a text whose length follows in 4 bytes; a lower one is the length. */
  private static final int LONG_TEXT = 240;

  private static final int UUID_TEXT = 241;
  private static final int BASE64_TEXT = 242;

  private static final int UUID_LENGTH = 36;
  private static final int BASE64_LENGTH = 22;
  private static final int ID_BYTES = 16;

  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();
  private static final Base64.Decoder DECODER = Base64.getUrlDecoder();

  private BinaryCodec() {}

  /** Puts values one after the other. Not thread-safe. */
  static final class Writer {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(256);
    private int clearLength;

    Writer number(long value) {
      out.writeBytes(ByteBuffer.allocate(Long.BYTES).putLong(value).array());
      return this;
    }

    Writer text(String value) {
      Optional<byte[]> uuid = uuidBytes(value);
      Optional<byte[]> id = uuid.isPresent() ? uuid : base64Bytes(value);
      if (id.isPresent()) {
        out.write(uuid.isPresent() ? UUID_TEXT : BASE64_TEXT);
        out.writeBytes(id.get());
        return this;
      }
      byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
      if (bytes.length < LONG_TEXT) {
        out.write(bytes.length);
      } else {
        out.write(LONG_TEXT);
        out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
      }
      out.writeBytes(bytes);
      return this;
    }

    Writer texts(Set<String> values) {
      number(values.size());
      values.forEach(this::text);
      return this;
    }

    /** Keeps milliseconds; no value here needs more. */
    Writer instant(Instant value) {
      return number(value.toEpochMilli());
    }

    /** Ends the part that stands in clear in front of the sealed rest; see {@link SealedFormat}. */
    Writer endOfClear() {
      clearLength = out.size();
      return this;
    }

    int clearLength() {
      return clearLength;
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

    /** Leaves out so many bytes. */
    Reader skip(int bytes) {
      in.get(new byte[bytes]);
      return this;
    }

    int count() {
      return Math.toIntExact(in.getLong());
    }

    String text() {
      int form = Byte.toUnsignedInt(in.get());
      return switch (form) {
        case UUID_TEXT -> new UUID(in.getLong(), in.getLong()).toString();
        case BASE64_TEXT -> ENCODER.encodeToString(bytes(ID_BYTES));
        case LONG_TEXT -> utf8(in.getInt());
        default -> utf8(requireLength(form));
      };
    }

    private static int requireLength(int form) {
      if (form > LONG_TEXT) {
        throw new IllegalArgumentException("a text must have a known form: " + form);
      }
      return form;
    }

    private String utf8(int length) {
      if (length < 0 || length > in.remaining()) {
        throw new IllegalArgumentException("a text must end within the value: " + length);
      }
      return new String(bytes(length), StandardCharsets.UTF_8);
    }

    private byte[] bytes(int length) {
      byte[] bytes = new byte[length];
      in.get(bytes);
      return bytes;
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

  /** Returns the bytes of a UUID; empty if the text is not canonical. */
  private static Optional<byte[]> uuidBytes(String text) {
    if (text.length() != UUID_LENGTH) {
      return Optional.empty();
    }
    try {
      UUID uuid = UUID.fromString(text);
      byte[] bytes =
          ByteBuffer.allocate(ID_BYTES)
              .putLong(uuid.getMostSignificantBits())
              .putLong(uuid.getLeastSignificantBits())
              .array();
      return uuid.toString().equals(text) ? Optional.of(bytes) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Returns the 16 bytes that a base64 text encodes; empty if the text is not their encoding. */
  private static Optional<byte[]> base64Bytes(String text) {
    if (text.length() != BASE64_LENGTH) {
      return Optional.empty();
    }
    try {
      return Optional.of(DECODER.decode(text))
          .filter(it -> ENCODER.encodeToString(it).equals(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
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
