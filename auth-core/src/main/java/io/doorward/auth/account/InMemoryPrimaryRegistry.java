package io.doorward.auth.account;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/** The registry of one process. */
final class InMemoryPrimaryRegistry implements PrimaryRegistry {
  private static final int KEPT = 64;
  private static final int KEPT_WAITING = 16;

  private static final Comparator<Row> NEWEST_FIRST =
      Comparator.comparingLong((Row row) -> row.number).reversed();

  private final Ticker ticker;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, List<Row>> rows = new HashMap<>();
  private long last;

  InMemoryPrimaryRegistry(Ticker ticker) {
    this.ticker = requireNonNull(ticker, "ticker");
  }

  @Override
  public List<Registration> register(
      String cache, Primary primary, Duration wait, Deadline deadline) {
    requireNonNull(cache, "cache");
    requireNonNull(primary, "primary");
    requireNonNull(wait, "wait");
    return locked(
        "register",
        deadline,
        () -> {
          List<Row> known = rows.computeIfAbsent(cache, name -> new ArrayList<>());
          Row row =
              find(known, primary.identity())
                  .orElseGet(
                      () -> {
                        Row fresh = new Row(primary, ++last, term(known), ticker.nanos());
                        known.add(fresh);
                        return fresh;
                      });
          if (row.state == State.WAITING && mayTakeOver(row, known, wait)) {
            row.state = State.ADMITTED;
            row.number = ++last;
            row.since = ticker.nanos();
          }
          forget(known, true, KEPT_WAITING);
          forget(known, false, KEPT);
          return registrations(known);
        });
  }

  private boolean mayTakeOver(Row row, List<Row> known, Duration wait) {
    List<Registration> all = registrations(known);
    List<Row> present =
        known.stream().filter(each -> !each.registration(0).isSuperseded(all)).toList();
    long now = ticker.nanos();
    return present.isEmpty()
        || present.stream().anyMatch(each -> row.primary.mayFollow(each.primary))
        || present.stream().anyMatch(each -> each.primary.continues(row.primary))
        || (now - row.met >= wait.toNanos()
            && present.stream().allMatch(each -> now - each.seen >= wait.toNanos()));
  }

  @Override
  public List<Registration> list(String cache, Deadline deadline) {
    requireNonNull(cache, "cache");
    return locked("list", deadline, () -> registrations(rows.getOrDefault(cache, List.of())));
  }

  @Override
  public void seen(String cache, String identity, Deadline deadline) {
    requireNonNull(identity, "identity");
    locked(
        "seen",
        deadline,
        () -> {
          find(rows.getOrDefault(cache, List.of()), identity)
              .ifPresent(row -> row.seen = ticker.nanos());
          return true;
        });
  }

  @Override
  public boolean withdraw(String cache, String identity, Deadline deadline) {
    requireNonNull(identity, "identity");
    return locked(
        "withdraw",
        deadline,
        () -> {
          List<Row> known = rows.getOrDefault(cache, List.of());
          Optional<Row> row = find(known, identity).filter(each -> each.state != State.WITHDRAWN);
          row.ifPresent(
              each -> {
                each.state = State.WITHDRAWN;
                for (Row other : known) {
                  other.term++;
                  other.since = ticker.nanos();
                }
              });
          return row.isPresent();
        });
  }

  private static void forget(List<Row> known, boolean waiting, int kept) {
    List<Row> old =
        known.stream()
            .filter(row -> (row.state == State.WAITING) == waiting)
            .sorted(NEWEST_FIRST)
            .skip(kept)
            .toList();
    known.removeAll(old);
  }

  private <T> T locked(String what, Deadline deadline, Supplier<T> work) {
    deadline.check("primary registry in memory, " + what);
    lock.lock();
    try {
      return work.get();
    } finally {
      lock.unlock();
    }
  }

  private static Optional<Row> find(List<Row> known, String identity) {
    return known.stream().filter(row -> row.primary.identity().equals(identity)).findAny();
  }

  private static long term(List<Row> known) {
    return known.stream().mapToLong(row -> row.term).max().orElse(0);
  }

  private List<Registration> registrations(List<Row> known) {
    long now = ticker.nanos();
    return known.stream()
        .sorted(NEWEST_FIRST)
        .map(row -> row.registration(now - row.since))
        .toList();
  }

  private static final class Row {
    private final Primary primary;
    private final long met;
    private long number;
    private long term;
    private long since;
    private long seen;
    private State state = State.WAITING;

    Row(Primary primary, long number, long term, long now) {
      this.primary = primary;
      this.number = number;
      this.term = term;
      this.met = now;
      this.since = now;
      this.seen = now;
    }

    Registration registration(long age) {
      return new Registration(primary, number, term, Duration.ofNanos(age), state);
    }
  }
}
