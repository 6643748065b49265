package io.doorward.auth.account;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.OperationId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Remembers the outcomes of the last operations on {@link InMemoryAccounts}, so that a call that is
 * repeated after a lost answer gets the first outcome. Thread-safe.
 */
final class InMemoryOperations {
  private static final int MAX_OPERATIONS = 10_000;

  private final InMemoryLock lock;
  private final InstantSource clock;
  private final Map<Call, Remembered> outcomes = latest();

  InMemoryOperations(InMemoryLock lock, InstantSource clock) {
    this.lock = lock;
    this.clock = clock;
  }

  /** Returns a map that forgets the oldest beyond so many operations. */
  static <K, V> Map<K, V> latest() {
    return new LinkedHashMap<>() {
      private static final long serialVersionUID = 1L;

      @Override
      protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > MAX_OPERATIONS;
      }
    };
  }

  /** Runs an operation under the lock, or answers a repeated one with its first outcome. */
  <T> T once(
      String step,
      Class<T> type,
      AccountId account,
      OperationId operation,
      Deadline deadline,
      Supplier<T> body) {
    return requireNonNull(onceOrAbsent(step, type, account, operation, deadline, body));
  }

  /** As {@link #once}; an operation that led to nothing is not remembered. */
  <T> @Nullable T onceOrAbsent(
      String step,
      Class<T> type,
      AccountId account,
      OperationId operation,
      Deadline deadline,
      Supplier<? extends @Nullable T> body) {
    Call call =
        new Call(requireNonNull(account, "account"), requireNonNull(operation, "operation"));
    return lock.<@Nullable T>call(
        step,
        deadline,
        () -> {
          Remembered first = outcomes.get(call);
          if (first != null) {
            if (!type.isInstance(first.outcome)) {
              throw new IllegalArgumentException("operation names another call: " + operation);
            }
            return type.cast(first.outcome);
          }
          T outcome = body.get();
          if (outcome != null) {
            outcomes.put(call, new Remembered(outcome, clock.instant()));
          }
          return outcome;
        });
  }

  /** As {@link AccountStore#removeOperations}. */
  int removeOperations(Duration age, int max, Deadline deadline) {
    InMemoryOutbox.requireNotNegative(age);
    InMemoryLock.requirePositive(max);
    return lock.call(
        "removeOperations",
        deadline,
        () -> {
          Instant before = clock.instant().minus(age);
          int removed = 0;
          Iterator<Remembered> all = outcomes.values().iterator();
          while (removed < max && all.hasNext()) {
            if (all.next().doneAt.isBefore(before)) {
              all.remove();
              removed++;
            }
          }
          return removed;
        });
  }

  /** Names an operation: one of the same id on another account is another one. */
  private record Call(AccountId account, OperationId operation) {}

  /** What an operation led to, and when. */
  private record Remembered(Object outcome, Instant doneAt) {}
}
