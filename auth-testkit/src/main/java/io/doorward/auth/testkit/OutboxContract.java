package io.doorward.auth.testkit;

import static io.doorward.auth.testkit.Fixtures.SIXTEEN;
import static io.doorward.auth.testkit.Fixtures.confirming;
import static io.doorward.auth.testkit.Fixtures.deadline;
import static io.doorward.auth.testkit.Fixtures.expired;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.account.Outbox;
import io.doorward.auth.account.Outbox.Backlog;
import io.doorward.auth.account.Outbox.Drained;
import io.doorward.auth.account.Outbox.Invalidation;
import io.doorward.auth.account.Outbox.Outcome;
import io.doorward.auth.account.Outbox.Pending;
import io.doorward.auth.base.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests the contract of every {@link Outbox}. Extend it, name the stores, and run it. */
@Tag("contract")
public abstract class OutboxContract {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  /** For sub-classes. */
  protected OutboxContract() {}

  /**
   * Returns the stores under test.
   *
   * @return stores over one database, which need not be empty
   */
  protected abstract AccountStores stores();

  private Outbox outbox() {
    return stores().outbox();
  }

  @BeforeEach
  void nothingIsPending() {
    Fixtures.drainAll(stores());
  }

  @Test
  void aPendingRowIsDeliveredOnceItIsConfirmedAndNotAgain() {
    List<Invalidation> pending = Fixtures.account(stores()).pending();
    List<Invalidation> seen = new ArrayList<>();

    Drained first = outbox().drain(100, confirming(seen), deadline());
    Drained second = outbox().drain(100, confirming(seen), deadline());

    assertThat(seen).containsExactlyInAnyOrderElementsOf(pending);
    assertThat(first).isEqualTo(new Drained(pending.size(), pending.size(), pending.size()));
    assertThat(second).isEqualTo(new Drained(0, 0, 0));
    assertThat(outbox().backlog(deadline()).pending()).isZero();
  }

  @Test
  void aRowThatWasNotConfirmedComesAgain() {
    List<Invalidation> pending = Fixtures.account(stores()).pending();

    Drained refused = outbox().drain(100, Fixtures::refuse, deadline());

    assertThat(refused).isEqualTo(new Drained(pending.size(), pending.size(), 0));
    assertThat(outbox().backlog(deadline()).pending()).isEqualTo(pending.size());
    assertThat(Fixtures.drainAll(stores())).containsExactlyInAnyOrderElementsOf(pending);
  }

  @Test
  void oneRefusalDoesNotHoldUpTheOthers() {
    List<Invalidation> pending = new ArrayList<>(Fixtures.account(stores()).pending());
    pending.addAll(Fixtures.account(stores()).pending());
    long refused = pending.get(0).id();

    Drained drained =
        outbox()
            .drain(
                100,
                row ->
                    row.invalidation().id() == refused
                        ? Fixtures.refuse(row)
                        : new Outcome.Confirmed(),
                deadline());

    assertThat(drained).isEqualTo(new Drained(pending.size(), pending.size(), pending.size() - 1));
    assertThat(Fixtures.drainAll(stores())).containsExactly(pending.get(0));
  }

  @Test
  void aRowThatWaitsIsNotTakenBeforeItIsDue() {
    List<Invalidation> pending = Fixtures.account(stores()).pending();
    outbox().drain(100, row -> new Outcome.Later(1, Duration.ofHours(1)), deadline());
    List<Invalidation> others = Fixtures.account(stores()).pending();
    List<Invalidation> seen = new ArrayList<>();

    outbox().drain(100, confirming(seen), deadline());

    assertThat(seen).containsExactlyInAnyOrderElementsOf(others);
    assertThat(outbox().backlog(deadline()).pending()).isEqualTo(pending.size());
  }

  @Test
  void aRowThatWaitsIsTakenOnceItIsDue() {
    List<Invalidation> pending = Fixtures.account(stores()).pending();
    outbox().drain(100, row -> new Outcome.Later(1, Duration.ofMillis(300)), deadline());
    List<Invalidation> seen = new ArrayList<>();

    await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () -> {
              outbox().drain(100, confirming(seen), deadline());
              return seen.size() == pending.size();
            });

    assertThat(seen).containsExactlyInAnyOrderElementsOf(pending);
  }

  @Test
  void aRowRemembersHowOftenItFailed() {
    int rows = Fixtures.account(stores()).pending().size();
    List<Integer> attempts = new ArrayList<>();

    for (int i = 0; i < 3; i++) {
      outbox()
          .drain(
              100,
              row -> {
                attempts.add(row.attempts());
                return Fixtures.refuse(row);
              },
              deadline());
    }

    assertThat(attempts).hasSize(3 * rows).startsWith(0).endsWith(2).isSorted();
  }

  @Test
  void whatFailedGoesBehindWhatIsDueAlready() {
    List<Invalidation> first = Fixtures.account(stores()).pending();
    List<Invalidation> second = Fixtures.account(stores()).pending();
    outbox().drain(first.size(), Fixtures::refuse, deadline());
    List<Invalidation> seen = new ArrayList<>();

    outbox().drain(second.size(), confirming(seen), deadline());

    assertThat(seen).containsExactlyInAnyOrderElementsOf(second);
  }

  @Test
  void whatWaitsCanBeMadeDue() {
    List<Invalidation> pending = new ArrayList<>(Fixtures.account(stores()).pending());
    pending.addAll(Fixtures.account(stores()).pending());
    outbox().drain(100, row -> new Outcome.Later(5, Duration.ofHours(1)), deadline());
    List<Pending> seen = new ArrayList<>();

    assertThat(outbox().makeDue(1, deadline())).isOne();
    assertThat(outbox().makeDue(100, deadline())).isEqualTo(pending.size() - 1);
    assertThat(outbox().makeDue(100, deadline())).isZero();
    outbox()
        .drain(
            100,
            row -> {
              seen.add(row);
              return new Outcome.Confirmed();
            },
            deadline());

    assertThat(seen).extracting(Pending::invalidation).containsExactlyInAnyOrderElementsOf(pending);
    assertThat(seen).extracting(Pending::attempts).containsOnly(5);
  }

  @Test
  void theBacklogTellsHowManyAndHowOld() {
    assertThat(outbox().backlog(deadline())).isEqualTo(new Backlog(0, Optional.empty()));

    int rows = Fixtures.account(stores()).pending().size();
    outbox().drain(1, row -> new Outcome.Later(1, Duration.ofHours(1)), deadline());

    await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () ->
                outbox().backlog(deadline()).oldest().orElseThrow().compareTo(Duration.ofMillis(50))
                    > 0);
    Backlog backlog = outbox().backlog(deadline());
    assertThat(backlog.pending()).as("what waits counts too").isEqualTo(rows);
    assertThat(backlog.oldest()).hasValueSatisfying(age -> assertThat(age).isLessThan(MINUTE));
  }

  @Test
  void noMoreThanAskedForAreTaken() {
    for (int i = 0; i < 3; i++) {
      Fixtures.account(stores());
    }
    List<Invalidation> seen = new ArrayList<>();

    assertThat(outbox().drain(2, confirming(seen), deadline())).isEqualTo(new Drained(2, 2, 2));

    assertThat(seen).hasSize(2);
  }

  @Test
  void aNumberOfRowsIsPositiveAndAnAgeNotNegative() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> outbox().drain(0, confirming(new ArrayList<>()), deadline()));
    assertThatIllegalArgumentException().isThrownBy(() -> outbox().makeDue(0, deadline()));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> outbox().removeDone(Duration.ZERO, 0, deadline()));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> outbox().removeDone(Duration.ofMillis(-1), 1, deadline()));
  }

  @Test
  void sixteenNodesDeliverEveryRowExactlyOnce() {
    List<Invalidation> pending = new ArrayList<>();
    for (int i = 0; i < SIXTEEN; i++) {
      pending.addAll(Fixtures.account(stores()).pending());
    }
    Queue<Invalidation> seen = new ConcurrentLinkedQueue<>();

    Concurrently.call(
        SIXTEEN,
        () -> {
          int left = 50;
          while (outbox().backlog(deadline()).pending() > 0 && left-- > 0) {
            outbox().drain(2, confirming(seen), deadline());
          }
          return null;
        });

    assertThat(seen).containsExactlyInAnyOrderElementsOf(pending);
  }

  @Test
  void aRowThatOneNodeHoldsIsNotHandedToAnother() {
    int first = Fixtures.account(stores()).pending().size();
    CountDownLatch holds = new CountDownLatch(1);
    CountDownLatch looked = new CountDownLatch(1);
    List<Drained> drained =
        Concurrently.call(
            List.of(
                () ->
                    outbox()
                        .drain(
                            first,
                            row -> {
                              holds.countDown();
                              return came(looked) ? new Outcome.Confirmed() : Fixtures.refuse(row);
                            },
                            deadline()),
                () -> {
                  assertThat(came(holds)).isTrue();
                  try {
                    return outbox().drain(100, row -> new Outcome.Confirmed(), deadline());
                  } finally {
                    looked.countDown();
                  }
                }));

    assertThat(drained).containsExactly(new Drained(first, first, first), new Drained(0, 0, 0));
  }

  @Test
  void whatTheChangingNodeDeliveredIsDone() {
    List<Invalidation> one = Fixtures.account(stores()).pending();
    List<Invalidation> two = Fixtures.account(stores()).pending();

    outbox().done(one, deadline());
    outbox().done(one, deadline());
    outbox().done(List.of(), deadline());

    assertThat(outbox().backlog(deadline()).pending()).isEqualTo(two.size());
    assertThat(Fixtures.drainAll(stores())).containsExactlyInAnyOrderElementsOf(two);
  }

  @Test
  void onlyOldRowsThatAreDoneAreRemoved() {
    List<Invalidation> done = Fixtures.account(stores()).pending();
    outbox().done(done, deadline());
    List<Invalidation> pending = Fixtures.account(stores()).pending();

    assertThat(outbox().removeDone(Duration.ofHours(1), 1000, deadline())).isZero();

    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(
            () -> assertThat(outbox().removeDone(Duration.ofMillis(1), 1, deadline())).isOne());
    while (outbox().removeDone(Duration.ofMillis(1), 1000, deadline()) > 0) {
      // Rows of earlier tests.
    }
    assertThat(outbox().backlog(deadline()).pending()).isEqualTo(pending.size());
    assertThat(Fixtures.drainAll(stores())).containsExactlyInAnyOrderElementsOf(pending);
    outbox().done(done, deadline());
  }

  @Test
  void anExpiredDeadlineIsAStoreExceptionAndNotAnAnswer() {
    List<Invalidation> pending = Fixtures.account(stores()).pending();
    List<Invalidation> seen = new ArrayList<>();
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> outbox().drain(100, confirming(seen), expired()));
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> outbox().done(pending, expired()));
    assertThatExceptionOfType(StoreException.class).isThrownBy(() -> outbox().backlog(expired()));
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> outbox().makeDue(1, expired()));
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> outbox().removeDone(Duration.ofHours(1), 1, expired()));
    assertThat(seen).isEmpty();
    assertThat(outbox().backlog(deadline()).pending()).isEqualTo(pending.size());
  }

  private static boolean came(CountDownLatch latch) {
    try {
      return latch.await(20, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
