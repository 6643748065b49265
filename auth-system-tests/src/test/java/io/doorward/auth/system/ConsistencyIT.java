package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.system.History.Answer;
import io.doorward.auth.system.History.Change;
import io.doorward.auth.system.History.Check;
import io.doorward.auth.system.History.Drained;
import io.doorward.auth.system.History.Event;
import io.doorward.auth.system.History.Login;
import io.doorward.auth.system.History.Outcome;
import io.doorward.auth.system.History.RoleChange;
import io.doorward.auth.system.History.Span;
import io.doorward.auth.system.HistoryChecker.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/**
 * A minute of an application's life on real servers that break all the time: people and
 * administrators on four nodes get into each other's way at random, and all that they were answered
 * is held against the laws.
 *
 * <p>{@code -Ddoorward.consistency.seconds=600} makes it longer. {@code
 * -Ddoorward.consistency.seed=...} draws the same choices again; the threads still run as they
 * like.
 */
class ConsistencyIT {
  private static final Duration LENGTH =
      Duration.ofSeconds(Long.getLong("doorward.consistency.seconds", 60));
  private static final int WORKERS = 8;
  private static final int ACCOUNTS = 24;

  /** How long a fault is felt: open calls end at their deadlines, connections are made anew. */
  private static final Duration SLACK = Duration.ofMillis(2_500);

  /** How long an entry is served: with its jitter, and a margin for clocks that are not one. */
  private static final Duration ENTRY_LIFE = Fleet.ENTRY_TTL.multipliedBy(11).dividedBy(10);

  /** How much may stay without an answer while things break. */
  private static final double UNANSWERED = 0.05;

  private static final Duration SIGHTING = Duration.ofMillis(50);

  private final History history = new History();
  private final List<Subject> subjects = new CopyOnWriteArrayList<>();
  private final Set<Subject> everybody = ConcurrentHashMap.newKeySet();
  private final CountDownLatch over = new CountDownLatch(1);

  @Test
  void noAnswerOfAMinuteFullOfFaultsBreaksALaw() throws Exception {
    long seed =
        Long.getLong("doorward.consistency.seed", ThreadLocalRandom.current().nextLong(1_000_000));
    say("consistency run of %d s, -Ddoorward.consistency.seed=%d", LENGTH.toSeconds(), seed);
    SplittableRandom random = new SplittableRandom(seed);
    try (Fleet fleet = new Fleet(seed);
        Administrator administrator = new Administrator(fleet.application())) {
      Chaos chaos = new Chaos(fleet, subjects, history, random.split(), over);
      live(fleet, chaos, random);
      long backlog = settle(fleet);
      Audit audit = new Audit(fleet, administrator);
      everybody.forEach(audit::compare);
      judge(chaos, audit, backlog);
    }
  }

  /** Lets everything loose for the time of the run. */
  private void live(Fleet fleet, Chaos chaos, SplittableRandom random) throws Exception {
    ExecutorService threads = Executors.newCachedThreadPool();
    try {
      List<Worker> workers = new ArrayList<>();
      for (int i = 0; i < WORKERS; i++) {
        workers.add(new Worker(fleet, subjects, everybody, history, random.split(), over));
      }
      for (int i = 0; i < ACCOUNTS; i++) {
        subjects.add(workers.get(0).signUp(Person.random()));
      }
      List<Future<?>> running = new ArrayList<>();
      workers.forEach(worker -> running.add(threads.submit(worker)));
      running.add(threads.submit(chaos));
      running.add(threads.submit(() -> watch(fleet)));
      awaitEnd(running);
    } finally {
      over.countDown();
      threads.shutdownNow();
    }
  }

  /** Waits for the time to be over, or for whatever ends before. */
  private void awaitEnd(List<Future<?>> running) throws Exception {
    long end = System.nanoTime() + LENGTH.toNanos();
    while (System.nanoTime() < end && running.stream().noneMatch(Future::isDone)) {
      boolean unused = over.await(SIGHTING.toMillis(), TimeUnit.MILLISECONDS);
    }
    over.countDown();
    for (Future<?> each : running) {
      try {
        each.get(60, TimeUnit.SECONDS);
      } catch (ExecutionException e) {
        throw new AssertionError("a part of the run failed", e.getCause());
      }
    }
  }

  /** Writes down again and again whose caches have been told of everything. */
  private Void watch(Fleet fleet) throws InterruptedException {
    try (Administrator administrator = new Administrator(fleet.application())) {
      while (!over.await(SIGHTING.toMillis(), TimeUnit.MILLISECONDS)) {
        Span began = Span.begin();
        Set<String> pending = administrator.pending();
        Span span = began.ended();
        Set<Integer> numbers = new HashSet<>();
        for (Subject subject : everybody) {
          if (pending.contains(subject.account().value())) {
            numbers.add(subject.number());
          }
        }
        history.add(new Drained(span, numbers));
      }
      return null;
    }
  }

  /** Lets the nodes finish by themselves what is pending; returns what they did not. */
  private static long settle(Fleet fleet) {
    fleet.heal();
    String backlog = "SELECT count(*) FROM {outbox} WHERE done_at IS NULL";
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> fleet.lateFills() == 0 && fleet.application().count(backlog) == 0);
    return fleet.application().count(backlog);
  }

  private void judge(Chaos chaos, Audit audit, long backlog) {
    Verdict verdict = new HistoryChecker(history, ENTRY_LIFE).check(SLACK);
    List<Event> events = history.events();
    long all = events.size();
    long changes = events.stream().filter(ConsistencyIT::isCommitted).count();
    long logins = count(events, it -> it instanceof Login login && login.answer() != Answer.NONE);
    long accepted = count(events, it -> it instanceof Login l && l.answer() == Answer.YES);
    long checks = count(events, it -> it instanceof Check c && c.answer() != Answer.NONE);
    long pending = count(events, it -> hasOutcome(it, Outcome.PENDING));
    long unanswered = count(events, ConsistencyIT::isUnanswered);
    say("faults %s", chaos.done());
    say(
        "accounts %d, logins accepted %d, checks %d, pending %d, unanswered %d, unexplained %d",
        everybody.size(), accepted, checks, pending, unanswered, verdict.unexplained().size());
    say(
        "could have been found wrongly refused: logins %d, checks %d",
        verdict.judgedLogins(), verdict.judgedSessions());
    verdict.violations().stream().limit(20).forEach(it -> say("violation %s", it));
    verdict.unexplained().stream().limit(20).forEach(it -> say("unexplained %s", it));
    audit.differences().stream().limit(20).forEach(it -> say("difference %s", it));
    say(
        "changes %d, logins %d, stale accepts %d, wrongly refused %d, lost invalidations %d,"
            + " backlog %d",
        changes,
        logins,
        verdict.staleAccepts(),
        verdict.wronglyRefused(),
        audit.differences().size(),
        backlog);

    assertThat(verdict.violations()).isEmpty();
    assertThat(audit.differences()).isEmpty();
    assertThat(backlog).isZero();
    assertThat(verdict.unexplained()).as("without an answer, and nothing was broken").isEmpty();
    assertThat((double) unanswered / all).as("share without an answer").isLessThan(UNANSWERED);
    long thousands = LENGTH.toSeconds() * 1_000 / 60;
    assertThat(changes).isGreaterThanOrEqualTo(thousands);
    assertThat(logins).isGreaterThanOrEqualTo(thousands);
    assertThat(verdict.judgedLogins()).isGreaterThanOrEqualTo((int) (thousands / 10));
    assertThat(verdict.judgedSessions()).isGreaterThanOrEqualTo((int) (thousands / 10));
  }

  private static long count(List<Event> events, Predicate<Event> which) {
    return events.stream().filter(which).count();
  }

  private static boolean isCommitted(Event event) {
    return event instanceof Change change
        ? change.outcome().isCommitted()
        : event instanceof RoleChange role && role.outcome().isCommitted();
  }

  private static boolean hasOutcome(Event event, Outcome outcome) {
    return event instanceof Change change && change.outcome() == outcome;
  }

  private static boolean isUnanswered(Event event) {
    return hasOutcome(event, Outcome.UNKNOWN)
        || (event instanceof Login login && login.answer() == Answer.NONE)
        || (event instanceof Check check && check.answer() == Answer.NONE);
  }

  /** Says something that is to be seen in the build's output. */
  private static void say(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }
}
