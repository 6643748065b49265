package io.doorward.auth.engine.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.fixture.HandExecutor;
import io.doorward.auth.fixture.Together;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class BackgroundWorkTest {
  @Test
  void itsThreadsAreNamedAndDoNotKeepTheProcessAlive() {
    CompletableFuture<Thread> worker = new CompletableFuture<>();
    CompletableFuture<Thread> timer = new CompletableFuture<>();
    try (BackgroundWork work = BackgroundWork.owning(8)) {
      work.executor().execute(() -> worker.complete(Thread.currentThread()));
      work.every(Duration.ofMillis(10), () -> timer.complete(Thread.currentThread()));

      assertThat(Together.join(worker).getName()).startsWith("doorward-background-");
      assertThat(Together.join(worker).isDaemon()).isTrue();
      assertThat(Together.join(timer).getName()).startsWith("doorward-timer-");
      assertThat(Together.join(timer).isDaemon()).isTrue();
    }
  }

  @Test
  void whatDoesNotFitIntoTheQueueIsRefused() {
    CountDownLatch go = new CountDownLatch(1);
    try (BackgroundWork work = BackgroundWork.owning(1)) {
      for (int i = 0; i < 3; i++) {
        work.executor().execute(() -> Together.await(go));
      }

      assertThatThrownBy(() -> work.executor().execute(() -> {}))
          .isInstanceOf(RejectedExecutionException.class);
      go.countDown();
    }
  }

  @Test
  void aTaskThatFailsIsRunAgainAtItsNextTurn() {
    AtomicInteger runs = new AtomicInteger();
    try (BackgroundWork work = BackgroundWork.owning(1)) {
      work.every(
          Duration.ofMillis(10),
          () -> {
            runs.incrementAndGet();
            throw new IllegalStateException("thrown by the test");
          });

      Awaitility.await().until(() -> runs.get() >= 3);
    }
  }

  @Test
  void closingLetsWaitingWorkFinish() {
    AtomicBoolean done = new AtomicBoolean();
    CountDownLatch go = new CountDownLatch(1);
    BackgroundWork work = BackgroundWork.owning(8);
    for (int i = 0; i < 2; i++) {
      work.executor().execute(() -> Together.await(go));
    }
    work.executor().execute(() -> done.set(true));
    CompletableFuture<Boolean> closing =
        Together.start(
            () -> {
              work.close();
              return done.get();
            });
    go.countDown();

    assertThat(Together.join(closing)).isTrue();
  }

  @Test
  void closingInterruptsWorkThatHangsAndDoesNotWaitForIt() {
    CountDownLatch inside = new CountDownLatch(2);
    CountDownLatch interrupted = new CountDownLatch(2);
    CountDownLatch go = new CountDownLatch(1);
    Runnable hangs =
        () -> {
          inside.countDown();
          waitDeaf(go, interrupted);
        };
    BackgroundWork work = BackgroundWork.owning(8);
    work.executor().execute(hangs);
    work.every(Duration.ofMillis(10), hangs);
    Together.await(inside);

    work.close();
    Together.await(interrupted);
    go.countDown();
  }

  @Test
  void aCloserThatIsInterruptedStopsWaitingAndStaysInterrupted() {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    BackgroundWork work = BackgroundWork.owning(8);
    work.executor()
        .execute(
            () -> {
              inside.countDown();
              waitDeaf(go, interrupted);
            });
    Together.await(inside);
    Thread.currentThread().interrupt();
    work.close();

    assertThat(Thread.interrupted()).isTrue();
    Together.await(interrupted);
    go.countDown();
  }

  /** Waits for {@code go}; an interrupt is noted and changes nothing. */
  private static void waitDeaf(CountDownLatch go, CountDownLatch interrupted) {
    while (go.getCount() > 0) {
      try {
        go.await();
      } catch (InterruptedException e) {
        interrupted.countDown();
      }
    }
  }

  @Test
  void anExecutorThatWasHandedInIsNotClosed() {
    HandExecutor executor = new HandExecutor();
    AtomicBoolean ran = new AtomicBoolean();
    try (BackgroundWork work = BackgroundWork.using(executor)) {
      assertThat(work.executor()).isSameAs(executor);
    }
    executor.execute(() -> ran.set(true));
    executor.runAll();

    assertThat(ran).isTrue();
  }
}
