package io.doorward.auth.redis;

import io.doorward.auth.redis.BinaryCodec.Reader;
import io.doorward.auth.redis.BinaryCodec.Writer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * A format of sealed values: a name for what is inside, and a number that grows with each change.
 * In Redis such a value is
 *
 * <ul>
 *   <li>the <em>number</em> of its format, 1 byte
 *   <li>the <em>part in clear</em>, which scripts compare: its length, 1 byte, and itself
 *   <li>the <em>sealed</em> rest; namespace, key, format and the part in clear are its associated
 *       data
 * </ul>
 *
 * <p>So each version of this library can tell whether a value that it cannot read is genuine,
 * because it opens under the number that it says. One of a newer version is neither used nor
 * replaced. One of an earlier version counts as absent. Everything else is foreign: planted, moved,
 * changed, or sealed with a key that is not in the ring. Immutable and thread-safe.
 */
final class SealedFormat {
  private static final int HEAD = 2;
  private static final int BYTE = 0xff;

  private final String name;
  private final int number;

  /** Names a format; its number is 1 to 255. */
  SealedFormat(String name, int number) {
    this.name = name;
    this.number = number;
  }

  /** Which version wrote a value. */
  enum Origin {
    THIS_FORMAT,
    EARLIER,
    NEWER,
    FOREIGN
  }

  /**
   * What lies under a key.
   *
   * @param origin which version wrote it
   * @param value what it says; empty if it has another format or is foreign
   */
  record Reading<T>(Origin origin, Optional<T> value) {
    static <T> Reading<T> foreign() {
      return none(Origin.FOREIGN);
    }

    private static <T> Reading<T> none(Origin origin) {
      return new Reading<>(origin, Optional.empty());
    }

    /** Returns the same of something that is made of the value. */
    <R> Reading<R> map(Function<T, R> made) {
      return new Reading<>(origin, value.map(made));
    }

    /** Returns this, or that it is foreign if it says something that cannot be under its key. */
    Reading<T> filter(Predicate<T> isGenuine) {
      return value.isEmpty() || isGenuine.test(value.get()) ? this : foreign();
    }
  }

  /** Seals a value for its key, but for the part that {@link Writer#endOfClear} ends. */
  byte[] seal(StoreContext context, String key, Writer value) {
    byte[] all = value.toBytes();
    int clear = value.clearLength();
    if (clear > BYTE) {
      throw new IllegalArgumentException("the part in clear must have at most 255 bytes: " + clear);
    }
    byte[] plain = Arrays.copyOfRange(all, clear, all.length);
    byte[] sealed = context.seal(plain, key, text(number), text(all, 0, clear));
    return ByteBuffer.allocate(HEAD + clear + sealed.length)
        .put((byte) number)
        .put((byte) clear)
        .put(all, 0, clear)
        .put(sealed)
        .array();
  }

  /**
   * Opens and reads what lies under a key.
   *
   * @param body reads the part in clear and the rest, one after the other
   */
  <T> Reading<T> read(StoreContext context, String key, byte[] value, Function<Reader, T> body) {
    if (value.length < HEAD || value.length < HEAD + (value[1] & BYTE)) {
      return Reading.none(Origin.FOREIGN);
    }
    int written = value[0] & BYTE;
    int clear = value[1] & BYTE;
    byte[] sealed = Arrays.copyOfRange(value, HEAD + clear, value.length);
    Optional<byte[]> plain = context.open(sealed, key, text(written), text(value, HEAD, clear));
    if (plain.isEmpty()) {
      return Reading.none(Origin.FOREIGN);
    }
    if (written != number) {
      return Reading.none(written > number ? Origin.NEWER : Origin.EARLIER);
    }
    byte[] all =
        ByteBuffer.allocate(clear + plain.get().length)
            .put(value, HEAD, clear)
            .put(plain.get())
            .array();
    Optional<T> read = BinaryCodec.read(all, body);
    return new Reading<>(read.isPresent() ? Origin.THIS_FORMAT : Origin.FOREIGN, read);
  }

  /**
   * Tells whether an earlier version wrote a value: one from before the number of its format stood
   * in front. It opens under one of the numbers that there were.
   */
  boolean isWithoutNumber(StoreContext context, String key, byte[] value) {
    return IntStream.rangeClosed(1, number)
        .anyMatch(format -> context.open(value, key, text(format)).isPresent());
  }

  /** Returns the name under which values of a format are sealed. */
  private String text(int format) {
    return name + " " + format;
  }

  /** Returns bytes as one part of the associated data: one character each. */
  private static String text(byte[] bytes, int from, int length) {
    return new String(bytes, from, length, StandardCharsets.ISO_8859_1);
  }

  /** Returns name and number. */
  @Override
  public String toString() {
    return text(number);
  }
}
