package io.doorward.auth.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SharedReadsTest {
  private final SharedReads<String, Integer> reads = new SharedReads<>("numbers");
  private final List<Thread> threads = new ArrayList<>();

  /** What the database holds at the moment of a read. */
  private final AtomicInteger stored = new AtomicInteger(1);

  private final AtomicInteger sent = new AtomicInteger();
  private final Semaphore answers = new Semaphore(0);

  private final Executor callers =
      task -> {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
      };

  @AfterEach
  void letGo() {
    answers.release(1_000);
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(60));
  }

  /** A statement sees what was committed before it was sent; its answer comes when it is let. */
  private int slowRead() {
    int seen = stored.get();
    sent.incrementAndGet();
    answers.acquireUninterruptibly();
    return seen;
  }

  private CompletableFuture<Integer> call(String key) {
    return CompletableFuture.supplyAsync(() -> reads.read(key, soon(), this::slowRead), callers);
  }

  private void awaitSent(int count) {
    await().atMost(Duration.ofSeconds(30)).until(() -> sent.get() == count);
  }

  private void awaitAllWaiting() {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () ->
                threads.stream()
                    .allMatch(
                        t ->
                            t.getState() == Thread.State.WAITING
                                || t.getState() == Thread.State.TIMED_WAITING
                                || t.getState() == Thread.State.TERMINATED));
  }

  @Test
  void whoIsAloneReadsAtOnce() {
    assertThat(reads.read("a", soon(), stored::get)).isEqualTo(1);
    stored.set(2);
    assertThat(reads.read("a", soon(), stored::get)).isEqualTo(2);
  }

  @Test
  void sixteenWhoComeDuringAReadShareTheNextOne() {
    CompletableFuture<Integer> first = call("a");
    awaitSent(1);
    List<CompletableFuture<Integer>> others = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      others.add(call("a"));
    }
    awaitAllWaiting();

    answers.release(2);

    assertThat(first.join()).isEqualTo(1);
    assertThat(others).extracting(CompletableFuture::join).containsOnly(1);
    assertThat(sent).hasValue(2);
  }

  @Test
  void nobodyGetsAnAnswerThatIsOlderThanTheQuestion() {
    CompletableFuture<Integer> first = call("a");
    awaitSent(1);
    stored.set(2);
    CompletableFuture<Integer> late = call("a");
    awaitAllWaiting();

    answers.release(2);

    assertThat(first.join()).isEqualTo(1);
    assertThat(late.join()).isEqualTo(2);
  }

  @Test
  void differentQuestionsDoNotWaitForEachOther() {
    CompletableFuture<Integer> first = call("a");
    CompletableFuture<Integer> second = call("b");
    awaitSent(2);
    answers.release(2);

    assertThat(first.join()).isEqualTo(1);
    assertThat(second.join()).isEqualTo(1);
  }

  @Test
  void theFailureOfWhoReadsForOthersIsItsOwn() {
    CompletableFuture<Integer> first = call("a");
    awaitSent(1);
    CompletableFuture<Integer> failing =
        CompletableFuture.supplyAsync(
            () ->
                reads.read(
                    "a",
                    soon(),
                    () -> {
                      throw new StoreException(Kind.TIMEOUT, "cut");
                    }),
            callers);
    awaitAllWaiting();
    CompletableFuture<Integer> other = call("a");
    awaitAllWaiting();

    answers.release(2);

    assertThat(first.join()).isEqualTo(1);
    assertThatThrownBy(failing::join)
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(StoreException.class);
    assertThat(other.join()).isEqualTo(1);
  }

  @Test
  void eachWaiterHasItsOwnDeadline() {
    CompletableFuture<Integer> first = call("a");
    awaitSent(1);

    Deadline hasty = Deadline.after(Duration.ofMillis(200));
    int read = reads.read("a", hasty, () -> 7);

    assertThat(read).as("it went without the one that hangs").isEqualTo(7);
    assertThat(first).isNotDone();
  }

  @Test
  void aPassedDeadlineIsATimeout() {
    Deadline passed = Deadline.after(Duration.ofNanos(1));
    await().until(passed::isExpired);

    assertThatThrownBy(() -> reads.read("a", passed, stored::get))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.TIMEOUT));
  }

  @Test
  void anInterruptedWaiterKeepsItsFlagAndLeavesTheOthersToThemselves() {
    CompletableFuture<Integer> first = call("a");
    awaitSent(1);
    AtomicReference<Boolean> flag = new AtomicReference<>();
    CompletableFuture<Integer> interrupted =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return reads.read("a", soon(), this::slowRead);
              } finally {
                flag.set(Thread.currentThread().isInterrupted());
              }
            },
            callers);
    awaitAllWaiting();
    CompletableFuture<Integer> other = call("a");
    awaitAllWaiting();

    threads.get(1).interrupt();

    assertThatThrownBy(interrupted::join)
        .hasCauseInstanceOf(StoreException.class)
        .hasMessageContaining("interrupted");
    assertThat(flag).hasValue(true);
    answers.release(2);
    assertThat(first.join()).isEqualTo(1);
    assertThat(other.join()).isEqualTo(1);
  }
}
