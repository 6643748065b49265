package io.doorward.auth.session;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.session.EndedSession.EndReason;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Records of the sessions of one process that were ended within a day; those that expired leave
 * none. Thread-safe.
 */
final class EndedSessions {
  private static final Duration KEPT = Duration.ofDays(1);

  /** Of one account. */
  private static final int MOST = 1_000;

  private final InstantSource clock;

  /** The oldest record first; each deque is used inside {@code compute} only. */
  private final Map<AccountId, Deque<EndedSession>> records = new ConcurrentHashMap<>();

  EndedSessions(InstantSource clock) {
    this.clock = clock;
  }

  void add(Session session, EndReason reason) {
    Instant now = clock.instant();
    records.compute(
        session.account(),
        (account, held) -> {
          Deque<EndedSession> all = held == null ? new ArrayDeque<>() : held;
          if (all.size() == MOST) {
            all.removeFirst();
          }
          all.addLast(
              new EndedSession(
                  session.id(), account, session.kind(), reason, session.createdAt(), now));
          return all;
        });
  }

  /** Returns the records of an account, the newest end first. */
  List<EndedSession> of(AccountId account) {
    Instant oldest = oldest();
    List<EndedSession> found = new ArrayList<>();
    records.computeIfPresent(
        account,
        (id, held) -> {
          held.stream().filter(record -> record.endedAt().isAfter(oldest)).forEach(found::add);
          return held;
        });
    found.sort(Comparator.comparing(EndedSession::endedAt).reversed());
    return List.copyOf(found);
  }

  /** Removes records of more than a day ago, and returns how many. */
  int removeOld(int max) {
    Instant oldest = oldest();
    int removed = 0;
    for (AccountId account : records.keySet()) {
      if (removed == max) {
        break;
      }
      removed += removeOld(account, oldest, max - removed);
    }
    return removed;
  }

  private int removeOld(AccountId account, Instant oldest, int max) {
    List<EndedSession> removed = new ArrayList<>();
    records.computeIfPresent(
        account,
        (id, held) -> {
          held.stream()
              .filter(record -> !record.endedAt().isAfter(oldest))
              .limit(max)
              .forEach(removed::add);
          held.removeAll(removed);
          return held.isEmpty() ? null : held;
        });
    return removed.size();
  }

  private Instant oldest() {
    return clock.instant().minus(KEPT);
  }
}
