package io.doorward.auth.redis.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.redis.server.RedisFailures.NotSentException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.exceptions.JedisConnectionException;

class SharedLookupTest {
  private static final Duration PERIOD = Duration.ofSeconds(1);
  private static final Duration LONG = Duration.ofSeconds(30);

  private final AtomicLong nanos = new AtomicLong();
  private final AtomicInteger questions = new AtomicInteger();
  private final Semaphore answers = new Semaphore(0);
  private volatile boolean away;

  private final SharedLookup<Integer> lookup =
      new SharedLookup<>("test-lookup", this::ask, PERIOD, LONG, nanos::get);

  @AfterEach
  void close() {
    lookup.close();
  }

  /** Answers with the number of the question, when it may. */
  private Integer ask() {
    int number = questions.incrementAndGet();
    try {
      answers.acquire();
    } catch (InterruptedException e) {
      throw new JedisConnectionException("ended", e);
    }
    if (away) {
      throw new JedisConnectionException("away");
    }
    return number;
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  private int first() {
    answers.release();
    return lookup.current();
  }

  @Test
  void nothingIsAskedBeforeSomebodyWantsToKnow() {
    assertThat(questions).hasValue(0);
    assertThat(Calls.isThreadAlive("test-lookup")).isFalse();
  }

  @Test
  void allWhoWaitShareOneQuestion() throws Exception {
    ExecutorService callers = Executors.newFixedThreadPool(16);
    try {
      List<Future<Integer>> all = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        all.add(callers.submit(lookup::current));
      }
      await().until(() -> questions.get() == 1);
      answers.release();
      for (Future<Integer> each : all) {
        assertThat(each.get()).isEqualTo(1);
      }
    } finally {
      callers.shutdownNow();
    }
    assertThat(questions).hasValue(1);
  }

  @Test
  void whoWaitsIsGoneAtHisDeadlineAndTheQuestionGoesOn() {
    Deadline soon = Deadline.after(Duration.ofMillis(50));
    assertThatThrownBy(() -> CallDeadline.within(soon, lookup::current))
        .isInstanceOf(NotSentException.class);

    answers.release();

    assertThat(lookup.current()).isEqualTo(1);
  }

  @Test
  void anInterruptedCallerKeepsItsFlag() {
    Thread.currentThread().interrupt();

    assertThatThrownBy(lookup::current).isInstanceOf(NotSentException.class);

    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void whatIsOldIsAskedAgainBehindItsCallersBack() {
    first();
    pass(PERIOD.minusNanos(1));
    assertThat(lookup.current()).isEqualTo(1);
    assertThat(questions).hasValue(1);

    pass(Duration.ofNanos(1));
    assertThat(lookup.current()).as("without a wait").isEqualTo(1);

    answers.release();
    await().until(() -> lookup.current() == 2);
    assertThat(questions).hasValue(2);
  }

  @Test
  void whatNobodyUsedForLongIsAskedFirst() {
    first();
    pass(PERIOD.multipliedBy(2));
    answers.release();

    assertThat(lookup.current()).isEqualTo(2);
  }

  @Test
  void whatIsDoubtedIsAskedAgainOnceInAPause() {
    first();
    for (int i = 0; i < 100; i++) {
      lookup.doubt();
      assertThat(lookup.renewed()).isEqualTo(1);
    }
    assertThat(questions).hasValue(1);

    pass(SharedLookup.PAUSE);
    answers.release();
    assertThat(lookup.renewed()).isEqualTo(2);
    assertThat(questions).hasValue(2);
  }

  @Test
  void aDoubtWithinThePauseIsNotForgotten() {
    first();
    lookup.doubt();
    assertThat(questions).hasValue(1);

    pass(SharedLookup.PAUSE);
    answers.release();
    lookup.current();

    await().until(() -> lookup.current() == 2);
  }

  @Test
  void whatIsKnownIsKeptWhileNobodyAnswers() {
    first();
    away = true;
    for (int i = 0; i < 5; i++) {
      pass(PERIOD.multipliedBy(3));
      answers.release();
      assertThat(lookup.renewed()).isEqualTo(1);
      assertThat(lookup.current()).isEqualTo(1);
    }
  }

  @Test
  void whoKnowsNothingIsToldWhyAndNotMoreOftenThanThePauseAllows() {
    away = true;
    answers.release();
    for (int i = 0; i < 100; i++) {
      assertThatThrownBy(lookup::current)
          .isInstanceOf(JedisConnectionException.class)
          .hasMessage("away");
    }
    assertThat(questions).hasValue(1);

    away = false;
    pass(SharedLookup.PAUSE);
    answers.release();
    assertThat(lookup.current()).isEqualTo(2);
  }

  @Test
  void whoAsksAfterTheEndIsRefused() {
    lookup.close();

    assertThatThrownBy(lookup::current)
        .isInstanceOf(NotSentException.class)
        .hasMessage("the client is closed");
  }
}
