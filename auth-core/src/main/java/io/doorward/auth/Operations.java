package io.doorward.auth;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.backend.Backend.BackendHealth;
import io.doorward.auth.backend.DegradationTable;
import io.doorward.auth.backend.Finding;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.event.ServiceEvent.CachedValue;
import io.doorward.auth.key.JwkSet;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Operator functions, at {@link AuthService#operations}: health, clean-up, pending invalidations,
 * cache checks. Thread-safe. Every method but {@link #health} blocks, at most until its deadline.
 */
public interface Operations {
  /**
   * Returns the health of the servers, as seen by the calls of this node, and the findings of the
   * last check of their settings. Returns at once and calls no server, so that a probe may call it
   * often.
   *
   * @return the health of this service
   */
  ServiceHealth health();

  /**
   * Checks the servers' settings again, as at the start, and reports new findings to the listener.
   *
   * @param deadline for the whole check; a server that does not answer by then keeps its findings
   * @return the health of this service after the check
   */
  ServiceHealth inspect(Deadline deadline);

  /**
   * Returns the public keys by which other services verify access tokens, to be published as a JWK
   * Set. Reads no server. A signature does not tell whether the session still lives: only a check
   * does.
   *
   * @return those of the key ring; none if all its signing keys are secrets (HS256)
   */
  JwkSet publicKeys();

  /**
   * Reads the keys anew, now and not at the next turn of the {@linkplain
   * AuthServiceBuilder#keySource key source}, for instance to retire a key that has leaked. Blocks
   * as long as the source does. Other nodes follow at their own turn, or call.
   *
   * @return what has become of the keys; after a failure the present ones stay in use
   * @throws IllegalStateException if the service has no key source
   */
  KeyReloadResult reloadKeys();

  /**
   * Deletes expired sessions, outbox rows that were done an hour ago, and outcomes of changes that
   * are two days old. The service calls it every minute; a host may call it on its own schedule.
   * No-op while another node is cleaning up.
   *
   * @param max at most this many of each; positive
   * @param deadline for the whole operation
   * @return done, with the numbers of deleted rows; or unavailable
   */
  CleanUpResult cleanUp(int max, Deadline deadline);

  /**
   * Delivers pending invalidations, which Redis did not confirm when they were committed. The
   * service does so every second and retries failed ones after a delay; this call retries all at
   * once, for a host that has just seen Redis come back.
   *
   * @param deadline for the whole operation
   * @return true if all rows that this node could take were delivered
   */
  boolean relayInvalidations(Deadline deadline);

  /**
   * Returns the number and the age of pending invalidations, for health checks and metrics. One
   * statement on the database.
   *
   * @param deadline for the whole operation
   * @return the backlog, or unavailable
   */
  InvalidationBacklogResult invalidationBacklog(Deadline deadline);

  /**
   * Compares the cached values of the next accounts with the database: finds stale entries that a
   * lost fence left behind, and drops them on request. May run while accounts change, on any node;
   * costs two look-ups in Redis per account.
   *
   * @param request where to begin, how many accounts, whether to repair
   * @param deadline for the whole operation
   * @return the drift and where to continue, or unavailable
   */
  CacheCheckResult checkCaches(CacheCheckRequest request, Deadline deadline);

  /**
   * Compares all accounts, batch after batch. Ends early at the deadline, if a backend does not
   * answer, or if the thread is interrupted; the result then names where to continue.
   *
   * @param request where to begin, how many at a time, the pause in between, whether to repair
   * @param progress called with every batch, on the caller's thread
   * @param deadline for all of it
   * @return the sum of all batches, or unavailable
   */
  CacheCheckResult checkAllCaches(
      CacheCheckRequest request, Consumer<CacheCheckResult.Checked> progress, Deadline deadline);

  /** The result of {@link #reloadKeys}. Immutable and thread-safe. */
  sealed interface KeyReloadResult {
    /** All that the service does uses the new keys. */
    record Replaced() implements KeyReloadResult {}

    /** The source has the keys that are in use. */
    record Unchanged() implements KeyReloadResult {}

    /**
     * The source could not be read, or its keys may not take the place of those in use, which stay.
     * Health and listener have the finding {@code keys.reload}.
     *
     * @param reason for an operator; holds no key
     */
    record Failed(String reason) implements KeyReloadResult {}
  }

  /**
   * The health of a service: its servers, findings, and its degradation table. Immutable and
   * thread-safe.
   *
   * @param backends each server, as seen by the calls of this node; empty where all stores are in
   *     memory or unknown to this library
   * @param findings the findings of the last check of each server's settings and of the service's
   *     own
   * @param degradation what each operation does while servers are away
   */
  record ServiceHealth(
      List<BackendHealth> backends, List<Finding> findings, DegradationTable degradation) {

    /**
     * Copies.
     *
     * @param backends see the type
     * @param findings see the type
     * @param degradation see the type
     */
    public ServiceHealth {
      backends = List.copyOf(backends);
      findings = List.copyOf(findings);
    }

    /**
     * Returns whether all servers answer and no finding prevents a start. A node that is not up may
     * still serve most operations, see {@code degradation}; do not restart it.
     *
     * @return true if all servers answer and there is no refusal
     */
    public boolean isUp() {
      return backends.stream().allMatch(BackendHealth::isUp)
          && findings.stream().noneMatch(found -> found.severity() == Finding.Severity.REFUSAL);
    }
  }

  /** The result of a clean-up. Immutable and thread-safe. */
  sealed interface CleanUpResult {
    /**
     * Expired rows are deleted, or another node is cleaning up.
     *
     * @param sessions expired sessions, and old records of ended ones, that were deleted by this
     *     call
     * @param outboxRows done outbox rows that were deleted by this call
     * @param operations outcomes of changes that were deleted by this call, past the time in which
     *     a call may be repeated
     */
    record Done(int sessions, int outboxRows, int operations) implements CleanUpResult {}

    /**
     * A backend could not answer. Nothing is lost; the next run cleans up.
     *
     * @param retryAfter when it is worth trying again
     */
    record Unavailable(Duration retryAfter) implements CleanUpResult {}

    /**
     * Maps the result, one function a case.
     *
     * @param done for {@link Done}
     * @param unavailable for {@link Unavailable}
     * @param <R> what the functions return
     * @return what the matching function returned
     */
    default <R> R match(
        Function<CleanUpResult.Done, R> done, Function<CleanUpResult.Unavailable, R> unavailable) {
      if (this instanceof CleanUpResult.Done d) {
        return done.apply(d);
      }
      return unavailable.apply((CleanUpResult.Unavailable) this);
    }
  }

  /** The pending invalidations. Immutable and thread-safe. */
  sealed interface InvalidationBacklogResult {
    /**
     * The outbox answered.
     *
     * @param pending invalidations that are not confirmed; 0 in a healthy system, except briefly
     * @param oldest how long the oldest has been pending; empty if there is none
     */
    record Known(long pending, Optional<Duration> oldest) implements InvalidationBacklogResult {}

    /**
     * The database could not answer.
     *
     * @param retryAfter when it is worth trying again
     */
    record Unavailable(Duration retryAfter) implements InvalidationBacklogResult {}

    /**
     * Maps the result, one function a case.
     *
     * @param known for {@link Known}
     * @param unavailable for {@link Unavailable}
     * @param <R> what the functions return
     * @return what the matching function returned
     */
    default <R> R match(
        Function<InvalidationBacklogResult.Known, R> known,
        Function<InvalidationBacklogResult.Unavailable, R> unavailable) {
      if (this instanceof InvalidationBacklogResult.Known k) {
        return known.apply(k);
      }
      return unavailable.apply((InvalidationBacklogResult.Unavailable) this);
    }
  }

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
  record CacheCheckRequest(Optional<AccountId> after, int batch, Duration pause, boolean repair) {
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
     * Begins with the first account, in batches of 100 with 100 ms between two, and repairs
     * nothing.
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

  /** The result of a comparison of caches and database. Immutable and thread-safe. */
  sealed interface CacheCheckResult {
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
        return drift.stream().filter(CacheCheckResult.Drift::repaired).count();
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
    default <R> R match(
        Function<CacheCheckResult.Checked, R> checked,
        Function<CacheCheckResult.Unavailable, R> unavailable) {
      if (this instanceof CacheCheckResult.Checked c) {
        return checked.apply(c);
      }
      return unavailable.apply((CacheCheckResult.Unavailable) this);
    }
  }
}
