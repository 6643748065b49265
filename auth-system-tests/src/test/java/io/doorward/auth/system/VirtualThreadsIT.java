package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Ticker;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.session.SessionPolicy;
import io.doorward.auth.testkit.TestSecrets;
import io.doorward.auth.throttle.AttemptBudgets;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedMethod;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Ten thousand virtual threads on a handful of connections: none waits for ever, none takes its
 * carrier along. Where there are no virtual threads two hundred others do the same.
 */
@Timeout(240)
@Tag("jdk")
class VirtualThreadsIT {
  private static final int VIRTUAL = 10_000;
  private static final int PLATFORM = 200;
  private static final int PEOPLE = 40;
  private static final int ENOUGH = 1_000_000;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Deadlines are kept by threads that have to get a turn on a busy machine. */
  private static final Duration SLACK = Duration.ofSeconds(10);

  private final Ticker ticker = Ticker.system();

  /** What a thread got, and the longest it waited for one answer. */
  private record Visit(LoginResult login, Optional<CheckResult> check, Duration longest) {}

  @ParameterizedTest
  @EnumSource
  void tenThousandOfThemLogInAndAreCheckedAndNonePinsItsCarrier(
      Sessions sessions, @TempDir Path directory) throws Exception {
    try (Application application = Application.shared(sessions);
        Recording recording = new Recording()) {
      Node node =
          application.node(
              new Application.Setup()
                  .connections(4, 4)
                  .patience(PATIENCE)
                  .redisTimeout(Duration.ofSeconds(20))
                  .budgets(boundless())
                  .service(
                      builder ->
                          builder
                              .passwordHasher(new FastHasher())
                              // Each person logs in more often than 100 sessions allow.
                              .sessionPolicy(SessionPolicy.defaults().withMaxSessions(1_000))));
      List<Person> people = Stream.generate(Person::random).limit(PEOPLE).toList();
      people.forEach(node::signedUp);
      // The JDK holds a carrier while it loads and initialises classes: let it do so beforehand.
      visit(node, people, VIRTUAL / 10);
      recording.enable("jdk.VirtualThreadPinned").withThreshold(Duration.ZERO).withStackTrace();
      recording.start();

      List<Visit> visits = visit(node, people, VIRTUAL);

      recording.stop();
      assertThat(visits)
          .allSatisfy(visit -> assertThat(visit.longest).isLessThan(PATIENCE.plus(SLACK)))
          .noneMatch(visit -> visit.login instanceof LoginResult.Rejected)
          .noneMatch(visit -> visit.login instanceof LoginResult.NextStep)
          .anyMatch(visit -> visit.login instanceof LoginResult.Success);
      assertThat(visits.stream().flatMap(visit -> visit.check.stream()))
          .noneMatch(CheckResult.Rejected.class::isInstance)
          .anyMatch(CheckResult.Active.class::isInstance);
      assertThat(pinned(recording, directory.resolve("pinned.jfr"))).isEmpty();
      node.loggedIn(people.get(0));
    }
  }

  @Test
  void theRecordingSeesAThreadThatPinsItsCarrier(@TempDir Path directory) throws Exception {
    try (Recording recording = new Recording();
        Threads threads = Threads.start()) {
      recording.enable("jdk.VirtualThreadPinned").withThreshold(Duration.ZERO).withStackTrace();
      recording.start();
      threads.executor.submit(Pinning::pin).get(30, TimeUnit.SECONDS);
      recording.stop();
      assertThat(pinned(recording, directory.resolve("pinned.jfr")).isEmpty())
          .isEqualTo(!threads.areVirtual);
    }
  }

  private static AttemptBudgets boundless() {
    return new AttemptBudgets(
        ENOUGH,
        Duration.ofSeconds(1),
        Duration.ofMinutes(1),
        ENOUGH,
        Duration.ofMinutes(1),
        Duration.ofMinutes(2));
  }

  private List<Visit> visit(Node node, List<Person> people, int virtual) throws Exception {
    try (Threads threads = Threads.start()) {
      List<Future<Visit>> futures = new ArrayList<>();
      for (int i = 0; i < (threads.areVirtual ? virtual : PLATFORM); i++) {
        Person person = people.get(i % PEOPLE);
        futures.add(threads.executor.submit(() -> visit(node, person)));
      }
      List<Visit> visits = new ArrayList<>();
      for (Future<Visit> future : futures) {
        visits.add(future.get(200, TimeUnit.SECONDS));
      }
      return visits;
    }
  }

  private Visit visit(Node node, Person person) {
    long from = ticker.nanos();
    LoginResult login =
        node.service()
            .login(
                new LoginAttempt(person.loginId(), person.password(), ClientContext.unknown()),
                node.deadline());
    Duration first = Duration.ofNanos(ticker.nanos() - from);
    if (!(login instanceof LoginResult.Success success)) {
      return new Visit(login, Optional.empty(), first);
    }
    TestSecrets.record(success.token().reveal().substring(0, 16));
    from = ticker.nanos();
    CheckResult check = node.check(success.token());
    Duration second = Duration.ofNanos(ticker.nanos() - from);
    return new Visit(login, Optional.of(check), first.compareTo(second) > 0 ? first : second);
  }

  private static List<String> pinned(Recording recording, Path file) throws IOException {
    recording.dump(file);
    return RecordingFile.readAllEvents(file).stream()
        .filter(event -> event.getEventType().getName().equals("jdk.VirtualThreadPinned"))
        .filter(event -> !isFirstUseOfAClass(event))
        .map(RecordedEvent::toString)
        .toList();
  }

  /**
   * Once in the life of a class, who uses it first is waited for while the JDK loads, links and
   * initialises it. For the linking the virtual machine takes a lock of its own, and says only that
   * it was in its critical section (2) and not under somebody's native frame. JaCoCo adds a method
   * of its own to each class, and locks while it runs for the first time.
   */
  private static boolean isFirstUseOfAClass(RecordedEvent event) {
    String reason = text(event, "pinnedReason");
    boolean isInitialised = reason.startsWith("Waited for initialization of ");
    boolean isLinked =
        reason.equals("Freeze or preempt failed (2)")
            && text(event, "blockingOperation").equals("Contended monitor enter");
    boolean isLoaded =
        event.getStackTrace() != null
            && event.getStackTrace().getFrames().stream()
                .map(RecordedFrame::getMethod)
                .anyMatch(VirtualThreadsIT::loadsOrInitialises);
    return isInitialised || isLinked || isLoaded;
  }

  /** Empty where this JDK does not say it. */
  private static String text(RecordedEvent event, String field) {
    return event.hasField(field) ? String.valueOf(event.getString(field)) : "";
  }

  private static boolean loadsOrInitialises(RecordedMethod method) {
    String type = method.getType().getName();
    return type.equals("java.lang.ClassLoader")
        || type.startsWith("jdk.internal.loader.")
        || method.getName().equals("$jacocoInit")
        || (method.getName().equals("<clinit>") && !type.equals(Pinning.class.getName()));
  }

  /** One thread for each task; virtual ones where there are any. */
  private record Threads(ExecutorService executor, boolean areVirtual) implements AutoCloseable {
    static Threads start() throws IllegalAccessException, InvocationTargetException {
      Method virtual;
      try {
        // This is compiled for JDK 17, which does not have it.
        virtual = Executors.class.getMethod("newVirtualThreadPerTaskExecutor");
      } catch (NoSuchMethodException e) {
        return new Threads(Executors.newFixedThreadPool(PLATFORM), false);
      }
      return new Threads((ExecutorService) virtual.invoke(null), true);
    }

    @Override
    public void close() {
      executor.shutdown();
      try {
        assertThat(executor.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
      } catch (InterruptedException e) {
        throw new IllegalStateException("interrupted while threads ended", e);
      }
    }
  }

  /** Its initialiser waits under a native frame, which pins on every JDK from 21 to 25. */
  private static final class Pinning {
    private static final boolean WAITED = waited();

    private static boolean waited() {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
      return true;
    }

    static boolean pin() {
      return WAITED;
    }
  }
}
