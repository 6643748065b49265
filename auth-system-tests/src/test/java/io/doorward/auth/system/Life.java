package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.system.History.Answer;
import io.doorward.auth.system.History.Change;
import io.doorward.auth.system.History.Check;
import io.doorward.auth.system.History.Drained;
import io.doorward.auth.system.History.Event;
import io.doorward.auth.system.History.Login;
import io.doorward.auth.system.History.RoleChange;
import io.doorward.auth.system.History.Span;
import io.doorward.auth.system.HistoryChecker.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.awaitility.Awaitility;

/**
 * All that goes on in an application for a while, on real servers that break all the time: people
 * and administrators on every node get into each other's way at random, things break, and all that
 * anybody was answered is held against the laws when it is over. Used once, by one thread.
 */
final class Life {
  private static final int WORKERS = 8;
  private static final int ACCOUNTS = 24;
  private static final int REFRESHERS = 2;

  /**
   * How long a fault is felt: calls end at their deadlines, and a server that was lost is tried
   * again. A Redis that was restarted waits four times {@code confirmWithin} until it takes over
   * from the one before, and changes are pending for one more.
   */
  private static final Duration SLACK = Duration.ofSeconds(7);

  /** How long an entry is served: with its jitter, also by a node behind the one that filled it. */
  private static final Duration ENTRY_LIFE =
      Fleet.ENTRY_TTL.multipliedBy(11).dividedBy(10).plus(Fleet.CLOCKS_APART);

  private static final Duration SIGHTING = Duration.ofMillis(50);

  /** How many times as long as it should a life may last to see enough. */
  private static final int LONGEST = 6;

  private final Fleet fleet;
  private final Duration length;
  private final long enough;
  private final SplittableRandom random;
  private final History history = new History();
  private final RefreshTally refreshes = new RefreshTally();
  private final List<Subject> subjects = new CopyOnWriteArrayList<>();
  private final Set<Subject> everybody = ConcurrentHashMap.newKeySet();
  private final CountDownLatch over = new CountDownLatch(1);
  private final Chaos chaos;

  /**
   * @param length how long it lasts at least
   * @param enough how many changes, logins and refreshes it goes on for on a machine that is too
   *     slow to see them in that time, and {@value #LONGEST} times as long at most
   */
  Life(Fleet fleet, Duration length, long enough, SplittableRandom random) {
    this.fleet = fleet;
    this.length = length;
    this.enough = enough;
    this.random = random;
    this.chaos = new Chaos(fleet, subjects, history, random.split(), over);
  }

  /** Lives, lets the nodes finish, and compares. */
  Outcome run() throws Exception {
    live();
    long backlog = settle();
    try (Administrator administrator = new Administrator(fleet.application())) {
      Audit audit = new Audit(fleet, administrator);
      everybody.forEach(audit::compare);
      audit.compareEnded(refreshes);
      Verdict verdict = new HistoryChecker(history, ENTRY_LIFE).check(SLACK);
      return new Outcome(
          Counts.of(history.events()),
          refreshes.result(),
          verdict,
          audit.differences(),
          backlog,
          chaos.done(),
          everybody.size());
    }
  }

  /** Lets everything loose for the time of the run. */
  private void live() throws Exception {
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
      for (int i = 0; i < REFRESHERS; i++) {
        running.add(
            threads.submit(new RefreshClients(fleet, refreshes, random.split(), over, threads)));
      }
      running.add(threads.submit(chaos));
      running.add(threads.submit(() -> watch()));
      awaitEnd(running);
    } finally {
      over.countDown();
      threads.shutdownNow();
    }
  }

  /** Waits for the time to be over and enough to be seen, or for whatever ends before. */
  private void awaitEnd(List<Future<?>> running) throws Exception {
    long began = System.nanoTime();
    while (isGoingOn(System.nanoTime() - began) && running.stream().noneMatch(Future::isDone)) {
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

  private boolean isGoingOn(long nanos) {
    if (nanos < length.toNanos()) {
      return true;
    }
    if (nanos >= LONGEST * length.toNanos()) {
      return false;
    }
    Counts soFar = Counts.of(history.events());
    return soFar.changes() < enough
        || soFar.logins() < enough
        || refreshes.result().refreshes() < enough;
  }

  /** Writes down again and again whose caches have been told of everything. */
  private Void watch() throws InterruptedException {
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
  private long settle() {
    fleet.heal();
    String backlog = "SELECT count(*) FROM {outbox} WHERE done_at IS NULL";
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> fleet.lateFills() == 0 && fleet.application().count(backlog) == 0);
    return fleet.application().count(backlog);
  }

  /**
   * What came of it.
   *
   * @param counts how much of what was asked
   * @param refreshes what clients with refresh tokens were answered
   * @param differences what the caches believe and the database does not
   * @param backlog what the nodes did not finish by themselves
   * @param faults what broke how often
   */
  record Outcome(
      Counts counts,
      RefreshTally.Result refreshes,
      Verdict verdict,
      List<String> differences,
      long backlog,
      Map<Chaos.Fault, Integer> faults,
      int accounts) {

    /** The share of all that was asked that had no answer. */
    double unanswered() {
      return (double) counts.unanswered() / counts.all();
    }

    int faultsInAll() {
      return faults.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** Says what broke, and what is to be looked into. */
    void print() {
      say("faults %s", faults);
      say(
          "accounts %d, logins accepted %d, checks %d, pending %d, unanswered %.1f %%,"
              + " unexplained %d",
          accounts,
          counts.accepted(),
          counts.checks(),
          counts.pending(),
          100 * unanswered(),
          verdict.unexplained().size());
      say(
          "could have been found wrongly refused: logins %d, checks %d",
          verdict.judgedLogins(), verdict.judgedSessions());
      refreshes.violations().stream().limit(20).forEach(it -> say("violation %s", it));
      verdict.violations().stream().limit(20).forEach(it -> say("violation %s", it));
      verdict.unexplained().stream().limit(20).forEach(it -> say("unexplained %s", it));
      differences.stream().limit(20).forEach(it -> say("difference %s", it));
      say(
          "changes %d, logins %d, stale accepts %d, wrongly refused %d, lost invalidations %d,"
              + " backlog %d",
          counts.changes(),
          counts.logins(),
          verdict.staleAccepts(),
          verdict.wronglyRefused(),
          differences.size(),
          backlog);
      say(
          "refreshes %d, two successors %d, resurrected %d, honest logouts %d; copies caught %d,"
              + " exchanges that the store lost %d, lost after the grace %d",
          refreshes.refreshes(),
          refreshes.twoSuccessors().size(),
          refreshes.resurrected().size(),
          refreshes.honestLogouts().size(),
          refreshes.copies(),
          refreshes.lostByTheStore(),
          refreshes.late());
    }

    /** Holds it against the laws. */
    void assertLawsHeld() {
      assertThat(verdict.violations()).isEmpty();
      assertThat(refreshes.violations()).isEmpty();
      assertThat(differences).isEmpty();
      assertThat(backlog).isZero();
      assertThat(verdict.unexplained()).as("without an answer, and nothing was broken").isEmpty();
    }
  }

  /**
   * How much of what was asked.
   *
   * @param changes that were committed
   * @param logins that were answered
   * @param accepted logins that were let in
   * @param checks that were answered
   * @param pending changes of which the caches were told later
   * @param unanswered changes, logins and checks without an answer
   */
  record Counts(
      long all,
      long changes,
      long logins,
      long accepted,
      long checks,
      long pending,
      long unanswered) {
    static Counts of(List<Event> events) {
      return new Counts(
          events.size(),
          count(events, Counts::isCommitted),
          count(events, it -> it instanceof Login login && login.answer() != Answer.NONE),
          count(events, it -> it instanceof Login login && login.answer() == Answer.YES),
          count(events, it -> it instanceof Check check && check.answer() != Answer.NONE),
          count(events, it -> hasOutcome(it, History.Outcome.PENDING)),
          count(events, Counts::isUnanswered));
    }

    private static long count(List<Event> events, Predicate<Event> which) {
      return events.stream().filter(which).count();
    }

    private static boolean isCommitted(Event event) {
      return event instanceof Change change
          ? change.outcome().isCommitted()
          : event instanceof RoleChange role && role.outcome().isCommitted();
    }

    private static boolean hasOutcome(Event event, History.Outcome outcome) {
      return event instanceof Change change && change.outcome() == outcome;
    }

    private static boolean isUnanswered(Event event) {
      return hasOutcome(event, History.Outcome.UNKNOWN)
          || (event instanceof Login login && login.answer() == Answer.NONE)
          || (event instanceof Check check && check.answer() == Answer.NONE);
    }
  }

  /** Says something that is to be seen in the build's output. */
  static void say(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }
}
