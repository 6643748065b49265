package io.doorward.auth.redis.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.redis.server.RedisFailures.CrowdedException;
import io.doorward.auth.redis.server.RedisFailures.NotSentException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisException;

class SharedTripsTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  /** What each trip was asked, in the order in which they were sent. */
  private final List<List<Integer>> sent = Collections.synchronizedList(new ArrayList<>());

  /** What the server holds at the moment of a trip. */
  private final AtomicInteger stored = new AtomicInteger();

  private final Semaphore answers = new Semaphore(0);
  private final List<Thread> threads = Collections.synchronizedList(new ArrayList<>());
  private final SharedTrips<Integer, String> trips =
      new SharedTrips<>(LONG, LONG, 1_000, this::slowTrip);

  @AfterEach
  void letGo() {
    answers.release(100_000);
  }

  /** The server sees what was stored before the trip was sent; its answer comes when it is let. */
  private List<String> slowTrip(List<Integer> questions) {
    List<String> seen = questions.stream().map(each -> each + " at " + stored.get()).toList();
    sent.add(questions);
    try {
      answers.acquire();
    } catch (InterruptedException e) {
      // As the socket of a virtual thread does.
      Thread.currentThread().interrupt();
      throw new JedisConnectionException("interrupted", e);
    }
    return seen;
  }

  private CompletableFuture<String> ask(int question) {
    return ask(question, LONG);
  }

  private CompletableFuture<String> ask(int question, Duration deadline) {
    CompletableFuture<String> answer = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                answer.complete(CallDeadline.within(deadline, () -> trips.ask(question)));
              } catch (RuntimeException e) {
                answer.completeExceptionally(e);
              }
            });
    thread.setDaemon(true);
    thread.start();
    threads.add(thread);
    return answer;
  }

  /** Starts callers one after the other, each when the one before has its place. */
  private List<CompletableFuture<String>> askAll(int first, int last) {
    List<CompletableFuture<String>> all = new ArrayList<>();
    for (int question = first; question <= last; question++) {
      all.add(askAndWait(question));
    }
    return all;
  }

  private CompletableFuture<String> askAndWait(int question) {
    CompletableFuture<String> answer = ask(question);
    Thread thread = threads.get(threads.size() - 1);
    await()
        .pollInterval(Duration.ofMillis(1))
        .until(
            () ->
                thread.getState() == Thread.State.WAITING
                    || thread.getState() == Thread.State.TIMED_WAITING);
    return answer;
  }

  private void awaitTrips(int number) {
    await().until(() -> sent.size() == number);
  }

  @Test
  void aLoneCallerMakesItsOwnTrip() {
    answers.release(2);

    assertThat(trips.ask(1)).isEqualTo("1 at 0");
    assertThat(trips.ask(2)).isEqualTo("2 at 0");
    assertThat(sent).containsExactly(List.of(1), List.of(2));
  }

  @Test
  void callersThatWaitShareTheNextTrip() {
    List<CompletableFuture<String>> all = askAll(1, 7);

    answers.release(3);

    assertThat(all.stream().map(CompletableFuture::join))
        .containsExactly("1 at 0", "2 at 0", "3 at 0", "4 at 0", "5 at 0", "6 at 0", "7 at 0");
    assertThat(sent).containsExactly(List.of(1), List.of(2), List.of(3, 4, 5, 6, 7));
  }

  @Test
  void noCallerSharesATripThatWasSentBeforeItCame() {
    List<CompletableFuture<String>> early = askAll(1, 2);
    stored.set(1);
    CompletableFuture<String> late = askAndWait(3);

    answers.release(3);

    assertThat(early.get(0).join()).isEqualTo("1 at 0");
    assertThat(late.join()).isEqualTo("3 at 1");
  }

  @Test
  void aTripHasABoundedNumberOfCallers() {
    List<CompletableFuture<String>> all = askAll(1, 2 + 128 + 1);

    answers.release(4);

    all.forEach(CompletableFuture::join);
    assertThat(sent.stream().map(List::size)).containsExactlyInAnyOrder(1, 1, 128, 1);
  }

  @Test
  void aTripThatFailsFailsForItsCallersOnly() {
    SharedTrips<Integer, Integer> failing =
        new SharedTrips<>(
            LONG,
            LONG,
            10,
            questions -> {
              if (questions.contains(1)) {
                throw new JedisConnectionException("cut");
              }
              return questions;
            });

    assertThatThrownBy(() -> failing.ask(1)).isInstanceOf(JedisConnectionException.class);
    assertThat(failing.ask(2)).isEqualTo(2);
  }

  @Test
  void allCallersOfATripThatFailedFail() {
    Semaphore gate = new Semaphore(0);
    SharedTrips<Integer, Integer> failing =
        new SharedTrips<>(
            LONG,
            LONG,
            10,
            questions -> {
              gate.acquireUninterruptibly();
              throw new JedisConnectionException("cut");
            });
    List<CompletableFuture<Integer>> all = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      int question = i;
      all.add(CompletableFuture.supplyAsync(() -> failing.ask(question), this::start));
    }

    gate.release(10);

    for (CompletableFuture<Integer> each : all) {
      assertThatThrownBy(each::join).hasCauseInstanceOf(JedisConnectionException.class);
    }
  }

  @Test
  void aCallerThatWasInterruptedTakesNoOtherWithIt() {
    List<CompletableFuture<String>> all = askAll(1, 5);
    answers.release(1);
    awaitTrips(3);
    assertThat(sent.get(2)).containsExactly(3, 4, 5);

    threads.get(2).interrupt();
    awaitTrips(4);
    answers.release(10);

    assertThatThrownBy(all.get(2)::join).hasCauseInstanceOf(JedisConnectionException.class);
    assertThat(all.get(3).join()).isEqualTo("4 at 0");
    assertThat(all.get(4).join()).isEqualTo("5 at 0");
    assertThat(sent.get(3)).containsExactly(4, 5);
  }

  @Test
  void aCallerWhoseTimeIsOverTakesNoOtherWithIt() {
    AtomicInteger made = new AtomicInteger();
    Semaphore busy = new Semaphore(0);
    SharedTrips<Integer, Integer> shared =
        new SharedTrips<>(
            LONG,
            LONG,
            10,
            questions -> {
              made.incrementAndGet();
              if (questions.contains(3)) {
                // What a socket does when the time of its caller is over.
                while (!CallDeadline.cap(LONG).isZero()) {
                  Thread.onSpinWait();
                }
                throw new JedisConnectionException("too late");
              }
              busy.acquireUninterruptibly();
              return questions;
            });
    CompletableFuture<Integer> one =
        CompletableFuture.supplyAsync(() -> shared.ask(1), this::start);
    CompletableFuture<Integer> two =
        CompletableFuture.supplyAsync(() -> shared.ask(2), this::start);
    await().until(() -> made.get() == 2);
    CompletableFuture<Integer> hurried =
        CompletableFuture.supplyAsync(
            () -> CallDeadline.within(Duration.ofSeconds(3), () -> shared.ask(3)), this::start);
    Thread third = threads.get(threads.size() - 1);
    await().until(() -> third.getState() == Thread.State.TIMED_WAITING);
    CompletableFuture<Integer> patient =
        CompletableFuture.supplyAsync(() -> shared.ask(4), this::start);
    Thread fourth = threads.get(threads.size() - 1);
    await().until(() -> fourth.getState() == Thread.State.TIMED_WAITING);

    busy.release(1);
    await().until(() -> made.get() == 3);
    busy.release(10);

    assertThatThrownBy(hurried::join).hasCauseInstanceOf(JedisConnectionException.class);
    assertThat(patient.join()).isEqualTo(4);
    one.join();
    two.join();
  }

  @Test
  void aCallerThatStopsWaitingIsNotAskedFor() {
    List<CompletableFuture<String>> all = askAll(1, 4);

    threads.get(2).interrupt();

    assertThatThrownBy(all.get(2)::join).hasCauseInstanceOf(NotSentException.class);
    answers.release(10);
    assertThat(all.get(3).join()).isEqualTo("4 at 0");
    assertThat(sent).containsExactly(List.of(1), List.of(2), List.of(4));
  }

  @Test
  void aCallerThatWaitsUntilItsDeadlineLeaves() {
    List<CompletableFuture<String>> all = askAll(1, 2);

    CompletableFuture<String> hurried = ask(3, Duration.ofMillis(50));

    assertThatThrownBy(hurried::join).hasCauseInstanceOf(CrowdedException.class);
    answers.release(10);
    all.forEach(CompletableFuture::join);
    assertThat(sent).containsExactly(List.of(1), List.of(2));
  }

  @Test
  void aCallerOnALateTripLeavesAtItsDeadline() {
    List<CompletableFuture<String>> all = new ArrayList<>(askAll(1, 3));
    CompletableFuture<String> hurried = ask(4, Duration.ofSeconds(1));
    await().until(() -> threads.get(3).getState() == Thread.State.TIMED_WAITING);
    answers.release(1);
    awaitTrips(3);
    assertThat(sent.get(2)).containsExactly(3, 4);

    assertThatThrownBy(hurried::join).hasCauseInstanceOf(JedisConnectionException.class);

    answers.release(10);
    all.forEach(CompletableFuture::join);
  }

  @Test
  void callersBeyondTheBoundAreRefusedAtOnce() {
    SharedTrips<Integer, String> few = new SharedTrips<>(LONG, LONG, 0, this::slowTrip);
    CompletableFuture<String> one = CompletableFuture.supplyAsync(() -> few.ask(1), this::start);
    CompletableFuture<String> two = CompletableFuture.supplyAsync(() -> few.ask(2), this::start);
    awaitTrips(2);

    assertThatThrownBy(() -> few.ask(3)).isInstanceOf(CrowdedException.class);

    answers.release(2);
    one.join();
    two.join();
  }

  private void start(Runnable task) {
    Thread thread = new Thread(task);
    thread.setDaemon(true);
    threads.add(thread);
    thread.start();
  }

  /** Trips that fail, callers that are interrupted and callers whose time is short, all at once. */
  @Test
  void nothingIsStuckWhateverBecomesOfCallersAndTrips() {
    Random random = new Random(7);
    SharedTrips<Integer, Integer> flaky =
        new SharedTrips<>(
            Duration.ofMillis(200),
            Duration.ofMillis(200),
            1_000,
            questions -> {
              Thread.onSpinWait();
              if (questions.get(0) % 5 == 0) {
                throw new JedisException("flaky");
              }
              return questions;
            });
    List<Thread> callers = new ArrayList<>();
    AtomicInteger wrong = new AtomicInteger();
    AtomicInteger right = new AtomicInteger();
    for (int i = 0; i < 32; i++) {
      int base = i * 1_000;
      Duration time = Duration.ofNanos(1_000L * (1 + random.nextInt(2_000)));
      Thread thread =
          new Thread(
              () -> {
                for (int j = 0; j < 500; j++) {
                  int question = base + j;
                  try {
                    int answer =
                        CallDeadline.within(Deadline.after(time), () -> flaky.ask(question));
                    (answer == question ? right : wrong).incrementAndGet();
                  } catch (JedisException e) {
                    boolean unused = Thread.interrupted();
                  }
                }
              });
      callers.add(thread);
      thread.start();
    }
    while (callers.stream().anyMatch(Thread::isAlive)) {
      callers.get(random.nextInt(callers.size())).interrupt();
      Thread.onSpinWait();
    }

    assertThat(wrong).hasValue(0);
    assertThat(right).hasPositiveValue();
    for (int question : List.of(1, 2, 3)) {
      assertThat(flaky.ask(question)).isEqualTo(question);
    }
  }
}
