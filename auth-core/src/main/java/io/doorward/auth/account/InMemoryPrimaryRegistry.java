package io.doorward.auth.account;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/** The registry of one process. */
final class InMemoryPrimaryRegistry implements PrimaryRegistry {
  private static final int KEPT = 64;

  private final Ticker ticker;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, List<Row>> rows = new HashMap<>();
  private long last;

  InMemoryPrimaryRegistry(Ticker ticker) {
    this.ticker = requireNonNull(ticker, "ticker");
  }

  @Override
  public List<Registration> register(String cache, Primary primary, Deadline deadline) {
    requireNonNull(cache, "cache");
    requireNonNull(primary, "primary");
    deadline.check("primary registry in memory, register");
    lock.lock();
    try {
      List<Row> known = rows.computeIfAbsent(cache, name -> new ArrayList<>());
      if (known.stream().noneMatch(row -> row.primary.identity().equals(primary.identity()))) {
        known.add(0, new Row(primary, ++last, ticker.nanos()));
        known.subList(Math.min(KEPT, known.size()), known.size()).clear();
      }
      return registrations(known);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public List<Registration> list(String cache, Deadline deadline) {
    requireNonNull(cache, "cache");
    deadline.check("primary registry in memory, list");
    lock.lock();
    try {
      return registrations(rows.getOrDefault(cache, List.of()));
    } finally {
      lock.unlock();
    }
  }

  private List<Registration> registrations(List<Row> known) {
    long now = ticker.nanos();
    return known.stream()
        .map(row -> new Registration(row.primary, row.number, Duration.ofNanos(now - row.since)))
        .toList();
  }

  private record Row(Primary primary, long number, long since) {}
}
