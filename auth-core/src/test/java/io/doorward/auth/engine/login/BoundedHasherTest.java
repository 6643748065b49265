package io.doorward.auth.engine.login;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.engine.login.BoundedHasher.Verification;
import io.doorward.auth.password.Password;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.password.PasswordHasher;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BoundedHasherTest {
  private static final Password RIGHT = Password.of("right password");
  private static final Password WRONG = Password.of("wrong password");

  private final GatedHasher hasher = new GatedHasher();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void stop() throws InterruptedException {
    hasher.gate.release(1_000_000);
    threads.shutdown();
    assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aPasswordMatchesItsHashAndNoOther() {
    hasher.open();
    BoundedHasher bounded = BoundedHasher.of(hasher);
    PasswordHash hash = bounded.hash(RIGHT, soon()).orElseThrow();

    assertThat(bounded.verify(RIGHT, Optional.of(hash), soon())).isEqualTo(Verification.MATCH);
    assertThat(bounded.verify(WRONG, Optional.of(hash), soon())).isEqualTo(Verification.MISMATCH);
  }

  @Test
  void withoutAStoredHashTheWorkIsDoneAndNothingMatches() {
    BoundedHasher bounded = BoundedHasher.of(PasswordHasher.standard(), 1, 0);

    assertThat(bounded.verify(RIGHT, Optional.empty(), soon())).isEqualTo(Verification.MISMATCH);
  }

  @Test
  void everyVerificationComparesExactlyOnce() {
    hasher.open();
    BoundedHasher bounded = BoundedHasher.of(hasher, 1, 0);
    assertThat(hasher.hashed).hasValue(1);

    int expected = 0;
    for (Optional<PasswordHash> stored :
        List.of(
            Optional.<PasswordHash>empty(),
            Optional.of(PasswordHash.of("")),
            Optional.of(PasswordHash.of("malformed")),
            Optional.of(hasher.hash(RIGHT)))) {
      bounded.verify(WRONG, stored, soon());
      expected++;
      assertThat(hasher.compared).hasValue(expected);
    }
  }

  @Test
  void aHasherThatMatchesEverythingStillMatchesNoAbsentHash() {
    BoundedHasher bounded =
        BoundedHasher.of(
            new PasswordHasher() {
              @Override
              public PasswordHash hash(Password password) {
                return PasswordHash.of("x");
              }

              @Override
              public boolean matches(Password password, PasswordHash hash) {
                return true;
              }

              @Override
              public boolean isOutdated(PasswordHash hash) {
                return true;
              }
            });

    assertThat(bounded.verify(RIGHT, Optional.empty(), soon())).isEqualTo(Verification.MISMATCH);
    assertThat(bounded.isOutdated(PasswordHash.of("y"))).isTrue();
  }

  @Test
  void noMoreThanThePermitsRunAtOnceAndNoMoreThanTheQueueWait() {
    BoundedHasher bounded = BoundedHasher.of(hasher, 2, 3);
    List<CompletableFuture<Verification>> inside = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      inside.add(verifyAsync(bounded));
    }
    await().until(() -> bounded.toString().contains("inside=5") && hasher.running.get() == 2);

    assertThat(bounded.verify(WRONG, Optional.empty(), soon())).isEqualTo(Verification.BUSY);
    assertThat(bounded.hash(WRONG, soon())).isEmpty();
    assertThat(hasher.running).hasValue(2);

    hasher.open();
    inside.forEach(one -> assertThat(one.join()).isEqualTo(Verification.MISMATCH));
    assertThat(hasher.most).hasValue(2);
    assertThat(bounded.verify(WRONG, Optional.empty(), soon())).isEqualTo(Verification.MISMATCH);
    assertThat(bounded.toString()).contains("inside=0");
  }

  @Test
  void aHundredCallersNeverPassTheBound() {
    hasher.open();
    BoundedHasher bounded = BoundedHasher.of(hasher, 3, 200);
    List<CompletableFuture<Verification>> all = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      all.add(verifyAsync(bounded));
    }

    all.forEach(one -> assertThat(one.join()).isEqualTo(Verification.MISMATCH));
    assertThat(hasher.most.get()).isBetween(1, 3);
    assertThat(hasher.compared).hasValue(100);
  }

  @Test
  void callersAreServedInTheOrderInWhichTheyCame() {
    BoundedHasher bounded = BoundedHasher.of(hasher, 1, 10);
    List<CompletableFuture<Verification>> all = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      Password password = Password.of("caller " + i);
      all.add(
          CompletableFuture.supplyAsync(
              () -> bounded.verify(password, Optional.empty(), soon()), threads));
      String entered = "inside=" + (i + 1);
      int waiting = i;
      await()
          .until(
              () ->
                  bounded.toString().contains(entered)
                      && hasher.running.get() == 1
                      && bounded.waiting() == waiting);
    }

    hasher.open();
    all.forEach(CompletableFuture::join);
    assertThat(hasher.order)
        .containsExactly("caller 0", "caller 1", "caller 2", "caller 3", "caller 4", "caller 5");
  }

  @Test
  void whoWaitsIsBusyAtItsDeadlineAndLeavesTheQueue() {
    BoundedHasher bounded = BoundedHasher.of(hasher, 1, 1);
    CompletableFuture<Verification> first = verifyAsync(bounded);
    await().until(() -> hasher.running.get() == 1);

    Deadline shortly = Deadline.after(Duration.ofMillis(30));
    assertThat(bounded.verify(WRONG, Optional.empty(), shortly)).isEqualTo(Verification.BUSY);

    assertThat(shortly.isExpired()).isTrue();
    assertThat(bounded.toString()).contains("inside=1");
    hasher.open();
    assertThat(first.join()).isEqualTo(Verification.MISMATCH);
  }

  @Test
  void afterTheDeadlineNothingIsHashed() {
    hasher.open();
    BoundedHasher bounded = BoundedHasher.of(hasher, 1, 0);
    AtomicLong nanos = new AtomicLong();
    Deadline deadline = Deadline.after(Duration.ofSeconds(1), nanos::get);
    nanos.set(Duration.ofSeconds(1).toNanos());

    assertThat(bounded.verify(RIGHT, Optional.empty(), deadline)).isEqualTo(Verification.BUSY);
    assertThat(bounded.hash(RIGHT, deadline)).isEmpty();
    assertThat(hasher.compared).hasValue(0);
    assertThat(hasher.hashed).hasValue(1);
  }

  @Test
  void aPermitThatComesAfterTheDeadlineIsGivenBackUnused() {
    BoundedHasher bounded = BoundedHasher.of(hasher, 1, 1);
    AtomicLong nanos = new AtomicLong();
    Deadline deadline = Deadline.after(Duration.ofHours(1), nanos::get);
    CompletableFuture<Verification> first = verifyAsync(bounded);
    await().until(() -> hasher.running.get() == 1);
    CompletableFuture<Verification> second =
        CompletableFuture.supplyAsync(
            () -> bounded.verify(WRONG, Optional.empty(), deadline), threads);
    await().until(() -> bounded.waiting() == 1);

    nanos.set(Duration.ofHours(1).toNanos());
    hasher.open();

    assertThat(first.join()).isEqualTo(Verification.MISMATCH);
    assertThat(second.join()).isEqualTo(Verification.BUSY);
    assertThat(hasher.compared).hasValue(1);
    assertThat(bounded.verify(WRONG, Optional.empty(), soon())).isEqualTo(Verification.MISMATCH);
  }

  @Test
  void anInterruptEndsTheWaitAndTheFlagStaysSet() {
    BoundedHasher bounded = BoundedHasher.of(hasher, 1, 1);
    CompletableFuture<Verification> first = verifyAsync(bounded);
    await().until(() -> hasher.running.get() == 1);
    AtomicReference<Thread> waiter = new AtomicReference<>();
    CompletableFuture<String> second =
        CompletableFuture.supplyAsync(
            () -> {
              waiter.set(Thread.currentThread());
              Verification result = bounded.verify(WRONG, Optional.empty(), soon());
              return result + " " + Thread.interrupted();
            },
            threads);
    await().until(() -> bounded.waiting() == 1);

    waiter.get().interrupt();

    assertThat(second.join()).isEqualTo("BUSY true");
    assertThat(bounded.toString()).contains("inside=1");
    hasher.open();
    assertThat(first.join()).isEqualTo(Verification.MISMATCH);
  }

  @Test
  void whatTheHasherThrowsArrivesAndThePermitIsGivenBack() {
    hasher.open();
    BoundedHasher bounded = BoundedHasher.of(hasher, 1, 0);
    hasher.failure.set(new IllegalStateException("out of order"));

    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> bounded.verify(WRONG, Optional.empty(), soon()))
          .hasMessage("out of order");
      assertThatThrownBy(() -> bounded.hash(WRONG, soon())).hasMessage("out of order");
    }

    hasher.failure.set(null);
    assertThat(bounded.verify(WRONG, Optional.empty(), soon())).isEqualTo(Verification.MISMATCH);
  }

  @Test
  void boundsOutOfRangeAreRefused() {
    assertThatThrownBy(() -> BoundedHasher.of(hasher, 0, 1)).hasMessageContaining("permits");
    assertThatThrownBy(() -> BoundedHasher.of(hasher, 1, -1)).hasMessageContaining("queue");
    assertThatThrownBy(() -> BoundedHasher.of(hasher, 1, Integer.MAX_VALUE))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private CompletableFuture<Verification> verifyAsync(BoundedHasher bounded) {
    return CompletableFuture.supplyAsync(
        () -> bounded.verify(WRONG, Optional.empty(), soon()), threads);
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(30));
  }

  /** Compares when the gate lets it, and counts. Its hash is the password itself. */
  private static final class GatedHasher implements PasswordHasher {
    private final Semaphore gate = new Semaphore(0);
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();
    private final AtomicInteger compared = new AtomicInteger();
    private final AtomicInteger hashed = new AtomicInteger();
    private final AtomicReference<RuntimeException> failure = new AtomicReference<>();
    private final ConcurrentLinkedQueue<String> order = new ConcurrentLinkedQueue<>();

    void open() {
      gate.release(100_000);
    }

    @Override
    public PasswordHash hash(Password password) {
      fail();
      hashed.incrementAndGet();
      return PasswordHash.of(password.reveal());
    }

    @Override
    public boolean matches(Password password, PasswordHash hash) {
      fail();
      order.add(password.reveal());
      most.accumulateAndGet(running.incrementAndGet(), Math::max);
      pass();
      running.decrementAndGet();
      compared.incrementAndGet();
      return password.reveal().equals(hash.reveal());
    }

    @Override
    public boolean isOutdated(PasswordHash hash) {
      return false;
    }

    /** Waits not for ever, so that a broken bound fails a test instead of hanging it. */
    private void pass() {
      try {
        if (!gate.tryAcquire(20, TimeUnit.SECONDS)) {
          throw new IllegalStateException("the gate stayed shut");
        }
      } catch (InterruptedException e) {
        throw new IllegalStateException("interrupted while hashing", e);
      }
    }

    private void fail() {
      RuntimeException thrown = failure.get();
      if (thrown != null) {
        throw thrown;
      }
    }
  }
}
