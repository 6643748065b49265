package io.doorward.auth;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.AccountId;
import java.time.Duration;
import java.util.Optional;

/**
 * The parameters of a comparison of caches with the database. Immutable and thread-safe.
 *
 * @param after the account after which to begin, as {@link CacheCheckResult} named it; empty to
 *     begin with the first
 * @param batch how many accounts are read and checked together; 1 to 10,000
 * @param pause between two batches of {@link Operations#checkAllCaches}, to limit the load of a
 *     check; not negative
 * @param repair true to drop differing entries; false to only report them
 */
public record CacheCheckRequest(
    Optional<AccountId> after, int batch, Duration pause, boolean repair) {
  private static final int MAX_BATCH = 10_000;

  /**
   * Checks the numbers.
   *
   * @param after see the type
   * @param batch see the type
   * @param pause see the type
   * @param repair see the type
   * @throws IllegalArgumentException if a number is out of range
   */
  public CacheCheckRequest {
    requireNonNull(after, "after");
    if (batch < 1 || batch > MAX_BATCH) {
      throw new IllegalArgumentException("batch must be 1 to " + MAX_BATCH + ": " + batch);
    }
    if (requireNonNull(pause, "pause").isNegative()) {
      throw new IllegalArgumentException("pause must not be negative: " + pause);
    }
  }

  /**
   * Begins with the first account, in batches of 100 with 100 ms between two, and repairs nothing.
   *
   * @return the request
   */
  public static CacheCheckRequest defaults() {
    return new CacheCheckRequest(Optional.empty(), 100, Duration.ofMillis(100), false);
  }

  /**
   * Continues where another check ended, even in another process.
   *
   * @param account after which to begin
   * @return a request like this
   */
  public CacheCheckRequest after(AccountId account) {
    return new CacheCheckRequest(
        Optional.of(requireNonNull(account, "account")), batch, pause, repair);
  }

  /**
   * Sets the size of a batch.
   *
   * @param accounts 1 to 10,000
   * @return a request like this
   */
  public CacheCheckRequest batch(int accounts) {
    return new CacheCheckRequest(after, accounts, pause, repair);
  }

  /**
   * Sets the pause between two batches.
   *
   * @param pause not negative
   * @return a request like this
   */
  public CacheCheckRequest pause(Duration pause) {
    return new CacheCheckRequest(after, batch, pause, repair);
  }

  /**
   * Drops differing entries, as an invalidation would.
   *
   * @return a request like this
   */
  public CacheCheckRequest repairing() {
    return new CacheCheckRequest(after, batch, pause, true);
  }
}
