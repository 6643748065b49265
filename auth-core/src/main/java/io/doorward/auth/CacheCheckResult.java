package io.doorward.auth;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.event.AuthEvent.CachedValue;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The result of a comparison of caches and database. Immutable and thread-safe. */
public sealed interface CacheCheckResult {
  /**
   * Accounts were checked.
   *
   * @param checked how many
   * @param drift the differences, without login identifiers
   * @param next the account after which to go on; empty if the last one was checked
   */
  record Checked(int checked, List<Drift> drift, Optional<AccountId> next)
      implements CacheCheckResult {
    /**
     * Copies the list.
     *
     * @param checked see the type
     * @param drift see the type
     * @param next see the type
     */
    public Checked {
      drift = List.copyOf(drift);
    }

    /**
     * Counts the repaired differences.
     *
     * @return how many were dropped from the caches
     */
    public long repaired() {
      return drift.stream().filter(Drift::repaired).count();
    }
  }

  /**
   * A cached value that differs from the database.
   *
   * @param account the account whose cached value differs
   * @param what which of its cached values
   * @param repaired true if it was dropped, for every node
   */
  record Drift(AccountId account, CachedValue what, boolean repaired) {}

  /**
   * A backend does not answer. The accounts after {@code next} were not checked.
   *
   * @param next the account after which to go on; empty to begin with the first
   * @param retryAfter when it is worth trying again
   */
  record Unavailable(Optional<AccountId> next, Duration retryAfter) implements CacheCheckResult {}

  /**
   * Maps the result, one function a case.
   *
   * @param checked for {@link Checked}
   * @param unavailable for {@link Unavailable}
   * @param <R> what the functions return
   * @return what the matching function returned
   */
  default <R> R match(Function<Checked, R> checked, Function<Unavailable, R> unavailable) {
    if (this instanceof Checked c) {
      return checked.apply(c);
    }
    return unavailable.apply((Unavailable) this);
  }
}
