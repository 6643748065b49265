package io.doorward.auth.guard;

import static io.doorward.auth.fixture.Fixtures.over;
import static io.doorward.auth.fixture.Fixtures.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.fixture.Together;
import io.doorward.auth.guard.Bulkhead.Caller;
import io.doorward.auth.guard.Bulkhead.Lane;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class BulkheadTest {
  private final CountDownLatch go = new CountDownLatch(1);
  private final AtomicInteger running = new AtomicInteger();

  private String held() {
    running.incrementAndGet();
    Together.await(go);
    return "done";
  }

  private CompletableFuture<String> start(Bulkhead bulkhead) {
    return Together.start(() -> bulkhead.call(soon(), this::held));
  }

  private static void assertKind(Kind kind, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.kind()).isEqualTo(kind));
  }

  @Test
  void soManyRunSoManyWaitAndTheRestIsRefusedAtOnce() {
    Bulkhead bulkhead = Bulkhead.of("reads", 2, 1);
    List<CompletableFuture<String>> inside =
        List.of(start(bulkhead), start(bulkhead), start(bulkhead));
    await().until(() -> bulkhead.toString().contains("inside=3"));
    await().until(() -> running.get() == 2);

    assertKind(Kind.OVERLOADED, () -> bulkhead.call(soon(), () -> "one too many"));

    assertThat(running).hasValue(2);
    go.countDown();
    inside.forEach(call -> assertThat(Together.join(call)).isEqualTo("done"));
    assertThat(running).hasValue(3);
    assertThat(bulkhead).hasToString("Bulkhead[reads, permits=2, queue=1, inside=0]");
  }

  @Test
  void aStormInOneLaneLeavesThePlacesOfTheOther() {
    Bulkhead bulkhead = Bulkhead.of("reads", 1, 2);
    List<CompletableFuture<String>> storm =
        List.of(start(bulkhead), start(bulkhead), start(bulkhead));
    await().until(() -> bulkhead.waiting() == 2);
    assertKind(Kind.OVERLOADED, () -> bulkhead.call(soon(), () -> "one too many"));

    CompletableFuture<String> known =
        Together.start(() -> bulkhead.call(Lane.PREFERRED, soon(), () -> "known"));
    await().until(() -> bulkhead.waiting() == 3);

    go.countDown();
    assertThat(Together.join(known)).isEqualTo("known");
    storm.forEach(Together::join);
  }

  @Test
  void threeOfFourTurnsAreThePreferredLanesAndNeitherStarves() {
    Bulkhead bulkhead = Bulkhead.of("reads", 1, 8);
    CompletableFuture<String> first = start(bulkhead);
    await().until(() -> running.get() == 1);
    List<String> turns = new CopyOnWriteArrayList<>();
    List<CompletableFuture<Boolean>> waiting = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      waiting.add(queueUp(bulkhead, Lane.COMMON, () -> turns.add("c")));
    }
    for (int i = 0; i < 8; i++) {
      waiting.add(queueUp(bulkhead, Lane.PREFERRED, () -> turns.add("p")));
    }

    go.countDown();
    Together.join(first);
    waiting.forEach(Together::join);

    assertThat(String.join("", turns)).isEqualTo("pppcpppcppcccccc");
  }

  private static CompletableFuture<Boolean> queueUp(
      Bulkhead bulkhead, Lane lane, Supplier<Boolean> work) {
    int before = bulkhead.waiting();
    CompletableFuture<Boolean> caller = Together.start(() -> bulkhead.call(lane, soon(), work));
    await().until(() -> bulkhead.waiting() == before + 1);
    return caller;
  }

  /** Starts a call that holds its turn, or waits for one. */
  private CompletableFuture<String> begin(Bulkhead bulkhead, Caller caller) {
    String before = bulkhead.toString();
    CompletableFuture<String> call =
        Together.start(() -> bulkhead.call(caller, soon(), this::held));
    await()
        .pollInterval(Duration.ofMillis(2))
        .until(() -> call.isDone() || !bulkhead.toString().equals(before));
    return call;
  }

  private static long refused(List<CompletableFuture<String>> calls) {
    return calls.stream().filter(CompletableFuture::isCompletedExceptionally).count();
  }

  private static Caller caller(Lane lane, String account, String network) {
    return new Caller(lane, Set.of("account " + account, "network " + network));
  }

  @Test
  void whoTakesAllPlacesLeavesThemToOthersButAQuarter() {
    Bulkhead bulkhead = Bulkhead.of("reads", 1, 8);
    CompletableFuture<String> running = begin(bulkhead, caller(Lane.PREFERRED, "0", "0"));
    List<CompletableFuture<String>> greedy = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      greedy.add(begin(bulkhead, caller(Lane.PREFERRED, "greedy", "here")));
    }
    assertKind(
        Kind.OVERLOADED,
        () -> bulkhead.call(caller(Lane.PREFERRED, "greedy", "here"), soon(), () -> "no"));

    List<CompletableFuture<String>> others = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      Caller other = caller(Lane.PREFERRED, "a" + i, "n" + i);
      others.add(Together.start(() -> bulkhead.call(other, soon(), this::held)));
      int left = i + 1;
      await().until(() -> refused(greedy) == left);
    }
    assertKind(
        Kind.OVERLOADED,
        () -> bulkhead.call(caller(Lane.PREFERRED, "a9", "n9"), soon(), () -> "no room"));

    assertThat(greedy.subList(0, 2)).as("the first keep theirs").noneMatch(Future::isDone);
    assertThat(bulkhead.waiting()).isEqualTo(8);
    go.countDown();
    others.forEach(call -> assertThat(Together.join(call)).isEqualTo("done"));
    Together.join(running);
  }

  @Test
  void whereAllComeFromOneNetworkTheAccountsShare() {
    Bulkhead bulkhead = Bulkhead.of("reads", 1, 4);
    CompletableFuture<String> running = begin(bulkhead, caller(Lane.COMMON, "0", "proxy"));
    List<CompletableFuture<String>> greedy = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      greedy.add(begin(bulkhead, caller(Lane.COMMON, "greedy", "proxy")));
    }

    Caller another = caller(Lane.COMMON, "other", "proxy");
    CompletableFuture<String> other =
        Together.start(() -> bulkhead.call(another, soon(), this::held));

    await().until(() -> refused(greedy) == 1);
    assertThat(other).isNotDone();
    go.countDown();
    assertThat(Together.join(other)).isEqualTo("done");
    Together.join(running);
  }

  @Test
  void theNextTurnGoesToWhoHasLessThanAQuarterOfThem() {
    Bulkhead bulkhead = Bulkhead.of("reads", 2, 8);
    List<CompletableFuture<String>> greedy = new ArrayList<>();
    CountDownLatch one = new CountDownLatch(1);
    Caller many = caller(Lane.PREFERRED, "greedy", "here");
    greedy.add(
        Together.start(
            () ->
                bulkhead.call(
                    many,
                    soon(),
                    () -> {
                      Together.await(one);
                      return "one";
                    })));
    await().until(() -> bulkhead.toString().contains("inside=1"));
    for (int i = 0; i < 6; i++) {
      greedy.add(begin(bulkhead, many));
    }
    CompletableFuture<String> stranger =
        Together.start(() -> bulkhead.call(caller(Lane.COMMON, "b", "m"), soon(), () -> "second"));
    await().until(() -> bulkhead.waiting() == 6);
    CompletableFuture<String> known =
        Together.start(() -> bulkhead.call(caller(Lane.PREFERRED, "a", "n"), soon(), this::held));
    await().until(() -> bulkhead.waiting() == 7);

    one.countDown();

    await().until(() -> running.get() == 2);
    assertThat(bulkhead.waiting()).isEqualTo(6);
    assertThat(known).as("runs, and so does one of the greedy").isNotDone();
    assertThat(stranger).isNotDone();
    go.countDown();
    assertThat(Together.join(known)).isEqualTo("done");
    assertThat(Together.join(stranger)).isEqualTo("second");
    greedy.forEach(Together::join);
  }

  @Test
  void whatNobodyElseWantsOneMayHaveAlone() {
    Bulkhead bulkhead = Bulkhead.of("reads", 4, 4);
    List<CompletableFuture<String>> alone = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      alone.add(begin(bulkhead, caller(Lane.COMMON, "alone", "here")));
    }

    assertThat(running).hasValue(4);
    assertThat(bulkhead.waiting()).isEqualTo(4);
    go.countDown();
    alone.forEach(call -> assertThat(Together.join(call)).isEqualTo("done"));
  }

  @Test
  void whoCannotWaitRunsOnlyWhereThereIsRoomAtOnce() {
    Bulkhead bulkhead = Bulkhead.of("reads", 1, 1);
    assertThat(bulkhead.offerNow(() -> "room")).hasValue("room");
    CompletableFuture<String> first = start(bulkhead);
    await().until(() -> running.get() == 1);

    assertThat(bulkhead.offerNow(() -> "never")).isEmpty();
    assertThat(bulkhead.offerNow(caller(Lane.PREFERRED, "a", "n"), () -> "never")).isEmpty();

    go.countDown();
    assertThat(Together.join(first)).isEqualTo("done");
    assertThat(bulkhead.offerNow(() -> "room again")).hasValue("room again");
  }

  @Test
  void whoCannotWaitGetsNoMoreThanAQuarter() {
    Bulkhead bulkhead = Bulkhead.of("reads", 8, 0);
    List<CompletableFuture<String>> inside = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      inside.add(begin(bulkhead, caller(Lane.COMMON, "a", "n" + i)));
    }
    await().until(() -> running.get() == 2);

    assertThat(bulkhead.offerNow(caller(Lane.COMMON, "a", "n2"), () -> "never")).isEmpty();
    assertThat(bulkhead.offerNow(caller(Lane.COMMON, "b", "n2"), () -> "room")).hasValue("room");
    go.countDown();
    inside.forEach(Together::join);
  }

  @Test
  void callersThatGiveUpLoseNoTurn() {
    Bulkhead bulkhead = Bulkhead.of("reads", 2, 16);
    List<CompletableFuture<Boolean>> callers = new ArrayList<>();
    AtomicInteger most = new AtomicInteger();
    for (int i = 0; i < 16; i++) {
      Lane lane = i % 2 == 0 ? Lane.PREFERRED : Lane.COMMON;
      callers.add(
          Together.start(
              () -> {
                for (int turn = 0; turn < 200; turn++) {
                  Optional<Integer> unused =
                      bulkhead.offer(
                          Caller.in(lane),
                          Deadline.after(Duration.ofNanos(1 + turn * 500L)),
                          () -> {
                            most.accumulateAndGet(running.incrementAndGet(), Math::max);
                            Thread.onSpinWait();
                            return running.decrementAndGet();
                          });
                }
                return true;
              }));
    }
    callers.forEach(Together::join);

    assertThat(most.get()).isBetween(1, 2);
    assertThat(bulkhead).hasToString("Bulkhead[reads, permits=2, queue=16, inside=0]");
    assertThat(bulkhead.call(soon(), () -> "there is room")).isEqualTo("there is room");
  }

  @Test
  void whoeverWaitsLeavesAtItsDeadlineAndMakesRoom() {
    Bulkhead bulkhead = Bulkhead.of("reads", 1, 1);
    CompletableFuture<String> first = start(bulkhead);
    await().until(() -> running.get() == 1);

    for (int i = 0; i < 3; i++) {
      assertKind(
          Kind.OVERLOADED,
          () -> bulkhead.call(Deadline.after(Duration.ofMillis(20)), () -> "too late"));
    }

    go.countDown();
    assertThat(Together.join(first)).isEqualTo("done");
  }

  @Test
  void aFailureGivesThePlaceBack() {
    Bulkhead bulkhead = Bulkhead.of("reads", 1, 0);
    Supplier<String> failing =
        () -> {
          throw new StoreException(Kind.TIMEOUT, "reads: cut by the test");
        };
    for (int i = 0; i < 3; i++) {
      assertKind(Kind.TIMEOUT, () -> bulkhead.call(soon(), failing));
    }
    assertThat(bulkhead.call(soon(), () -> "there is room")).isEqualTo("there is room");
  }

  @Test
  void anInterruptEndsTheWaitAndStays() {
    Bulkhead bulkhead = Bulkhead.of("reads", 1, 1);
    CompletableFuture<String> first = start(bulkhead);
    await().until(() -> running.get() == 1);

    boolean interrupted =
        Together.join(
            Together.start(
                () -> {
                  Thread.currentThread().interrupt();
                  assertKind(Kind.UNREACHABLE, () -> bulkhead.call(soon(), () -> "never"));
                  return Thread.currentThread().isInterrupted();
                }));

    assertThat(interrupted).isTrue();
    go.countDown();
    assertThat(Together.join(first)).isEqualTo("done");
  }

  @Test
  void nothingRunsAfterTheDeadlineOrWithNumbersOutOfRange() {
    assertKind(Kind.TIMEOUT, () -> Bulkhead.of("reads", 1, 1).call(over(), () -> "never"));
    assertThatIllegalArgumentException().isThrownBy(() -> Bulkhead.of("reads", 0, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> Bulkhead.of("reads", 1, -1));
  }
}
