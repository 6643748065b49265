package io.doorward.auth.account;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.Outbox.Invalidation;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The outbox of {@link InMemoryAccounts}. Thread-safe. */
final class InMemoryOutbox implements Outbox {
  private final InMemoryLock lock;
  private final InstantSource clock;
  private final Map<Long, Row> rows = new TreeMap<>();
  private long lastId;

  InMemoryOutbox(InMemoryLock lock, InstantSource clock) {
    this.lock = lock;
    this.clock = clock;
  }

  /** Writes a row; called under the lock. */
  Invalidation tellLogin(AccountId account, LoginId loginId, long floor) {
    return tell(account, new Invalidation.OfLogin(++lastId, loginId, floor));
  }

  /** Writes a row; called under the lock. */
  Invalidation tellUser(AccountId account, long floor) {
    return tell(account, new Invalidation.OfUser(++lastId, account, floor));
  }

  private Invalidation tell(AccountId account, Invalidation invalidation) {
    rows.put(invalidation.id(), new Row(account, invalidation, clock.instant()));
    return invalidation;
  }

  /** Returns what of these is not done; called under the lock. */
  List<Invalidation> undone(List<Invalidation> told) {
    return told.stream()
        .filter(
            invalidation -> {
              Row row = rows.get(invalidation.id());
              return row != null && row.doneAt == null;
            })
        .toList();
  }

  /** Returns whether anything of an account is not done; called under the lock. */
  boolean hasUndone(AccountId account) {
    return undone().anyMatch(row -> row.account.equals(account));
  }

  /** Those that are due first come first. */
  private Stream<Row> undone() {
    return rows.values().stream()
        .filter(row -> row.doneAt == null)
        .sorted(Comparator.comparing(row -> row.dueAt));
  }

  @Override
  public Drained drain(int max, Function<Pending, Outcome> deliver, Deadline deadline) {
    InMemoryLock.requirePositive(max);
    requireNonNull(deliver, "deliver");
    List<Row> taken = lock.call("drain", deadline, () -> take(max));
    int tried = 0;
    int delivered = 0;
    try {
      for (Row row : taken) {
        if (deadline.isExpired()) {
          break;
        }
        tried++;
        Outcome outcome = deliver.apply(new Pending(row.invalidation, row.attempts));
        if (outcome instanceof Outcome.Confirmed) {
          delivered++;
        }
        lock.run(() -> note(row, outcome));
      }
    } finally {
      lock.run(() -> taken.forEach(row -> row.held = false));
    }
    return new Drained(taken.size(), tried, delivered);
  }

  private List<Row> take(int max) {
    Instant now = clock.instant();
    List<Row> free =
        undone().filter(row -> !row.held && !row.dueAt.isAfter(now)).limit(max).toList();
    free.forEach(row -> row.held = true);
    return free;
  }

  private void note(Row row, Outcome outcome) {
    if (outcome instanceof Outcome.Later later) {
      row.attempts = later.attempts();
      row.dueAt = clock.instant().plus(later.dueIn());
    } else {
      markDone(row);
    }
  }

  private void markDone(Row row) {
    if (row.doneAt == null) {
      row.doneAt = clock.instant();
    }
  }

  @Override
  public int makeDue(int max, Deadline deadline) {
    InMemoryLock.requirePositive(max);
    return lock.call(
        "makeDue",
        deadline,
        () -> {
          Instant now = clock.instant();
          List<Row> waiting =
              undone().filter(row -> !row.held && row.dueAt.isAfter(now)).limit(max).toList();
          waiting.forEach(row -> row.dueAt = now);
          return waiting.size();
        });
  }

  @Override
  public void done(Collection<Invalidation> delivered, Deadline deadline) {
    List<Invalidation> copy = List.copyOf(delivered);
    lock.call(
        "done",
        deadline,
        () -> {
          for (Invalidation invalidation : copy) {
            Row row = rows.get(invalidation.id());
            if (row != null) {
              markDone(row);
            }
          }
          return copy;
        });
  }

  @Override
  public Backlog backlog(Deadline deadline) {
    return lock.call(
        "backlog",
        deadline,
        () ->
            new Backlog(
                undone().count(),
                undone()
                    .map(row -> row.writtenAt)
                    .min(Comparator.naturalOrder())
                    .map(first -> Duration.between(first, clock.instant()))));
  }

  @Override
  public int removeDone(Duration age, int max, Deadline deadline) {
    requireNotNegative(age);
    InMemoryLock.requirePositive(max);
    return lock.call(
        "removeDone",
        deadline,
        () -> {
          Instant before = clock.instant().minus(age);
          int removed = 0;
          Iterator<Row> all = rows.values().iterator();
          while (removed < max && all.hasNext()) {
            Instant doneAt = all.next().doneAt;
            if (doneAt != null && doneAt.isBefore(before)) {
              all.remove();
              removed++;
            }
          }
          return removed;
        });
  }

  static void requireNotNegative(Duration age) {
    if (age.isNegative()) {
      throw new IllegalArgumentException("age must not be negative: " + age);
    }
  }

  /** One row; touched only under the lock. */
  private static final class Row {
    final AccountId account;
    final Invalidation invalidation;
    final Instant writtenAt;
    Instant dueAt;
    @Nullable Instant doneAt;
    int attempts;
    boolean held;

    Row(AccountId account, Invalidation invalidation, Instant now) {
      this.account = account;
      this.invalidation = invalidation;
      this.writtenAt = now;
      this.dueAt = now;
    }
  }
}
