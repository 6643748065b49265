package io.doorward.auth.redis;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.doorward.auth.key.Sealer;
import io.doorward.auth.redis.SealedFormat.Origin;
import io.doorward.auth.redis.SealedFormat.Reading;
import java.util.Arrays;
import java.util.function.Function;

/**
 * Remembers what sealed values of one format say, so that the same bytes under the same key are
 * opened once and not at each request. It does not stand for a read: it is asked with the bytes
 * that Redis has just answered. Ends that are sealed inside are judged at each use. Thread-safe.
 *
 * <p>Security: a value is found under its key and by all of its bytes. By its bytes alone, an
 * administrator's record that was copied under another key would grant its roles there. What was
 * opened by keys that have been replaced since is opened again, so a retired key opens nothing. It
 * belongs to stores of one namespace.
 *
 * @param <T> what they say; immutable, because callers share it
 */
final class OpenedValues<T> {
  /** Values are counted in units of so many bytes. */
  private static final int UNIT = 1024;

  private static final int MOST = 10_000_000;

  private final int most;
  private final StoreContext context;
  private final Cache<String, Known<T>> known;

  /**
   * Remembers nothing yet.
   *
   * @param most how many values of the usual size, up to 1 KiB; 0 for none
   * @param context has the keys
   */
  OpenedValues(int most, StoreContext context) {
    this.most = most;
    this.context = context;
    this.known =
        Caffeine.newBuilder()
            .maximumWeight(most)
            .weigher((String key, Known<T> value) -> 1 + value.sealed.length / UNIT)
            .executor(Runnable::run)
            .build();
  }

  static int requireNumber(int values) {
    if (values < 0 || values > MOST) {
      throw new IllegalArgumentException("remembered must be 0 to " + MOST + ": " + values);
    }
    return values;
  }

  /**
   * Returns what is known of a value; else what opening it says, which is remembered.
   *
   * @param from where the sealed value begins in {@code bytes}, which are read and not kept
   * @param open opens the sealed value that it is given
   */
  Reading<T> read(String key, byte[] bytes, int from, Function<byte[], Reading<T>> open) {
    if (most == 0) {
      return open.apply(Arrays.copyOfRange(bytes, from, bytes.length));
    }
    // Read before the value is opened: what a replaced key has opened must not count as today's.
    Sealer sealer = context.keys().sealer();
    Known<T> before = known.getIfPresent(key);
    if (before != null
        && before.sealer == sealer
        && Arrays.equals(before.sealed, 0, before.sealed.length, bytes, from, bytes.length)) {
      return before.reading;
    }
    byte[] sealed = Arrays.copyOfRange(bytes, from, bytes.length);
    Reading<T> reading = open.apply(sealed);
    if (reading.origin() == Origin.THIS_FORMAT) {
      known.put(key, new Known<>(sealer, sealed, reading));
    }
    return reading;
  }

  /** A value as it lay there, the keys that opened it, and what it says. */
  private static final class Known<T> {
    private final Sealer sealer;
    private final byte[] sealed;
    private final Reading<T> reading;

    Known(Sealer sealer, byte[] sealed, Reading<T> reading) {
      this.sealer = sealer;
      this.sealed = sealed;
      this.reading = reading;
    }
  }
}
