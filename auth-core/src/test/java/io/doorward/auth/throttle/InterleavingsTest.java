package io.doorward.auth.throttle;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.guard.Bulkhead;
import io.doorward.auth.guard.SharedReads;
import io.doorward.auth.throttle.AttemptLimiter.Outcome;
import java.time.Duration;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;

/**
 * Lincheck runs small crowds of callers in many interleavings and compares what they are answered
 * with what one caller after the other would be. All in one class, which is in the package of the
 * table, because preparing the JVM takes longer than the interleavings.
 */
class InterleavingsTest {
  /** Time stands still. */
  private static final long NOW = 1;

  private static final long LEASE = 1_000;

  /** No caller is late. */
  private static Deadline endless() {
    return Deadline.after(Duration.ofHours(1), () -> NOW);
  }

  private static ModelCheckingOptions crowd() {
    return new ModelCheckingOptions()
        .iterations(3)
        .invocationsPerIteration(100)
        .threads(3)
        .actorsPerThread(2)
        .actorsBefore(2)
        .actorsAfter(1);
  }

  /** With one place a bulkhead is a mutex: what it guards may be a plain number. */
  public static class OnePlace {
    private final Bulkhead bulkhead = Bulkhead.of("one place", 1, 8);
    private int number;

    @Operation
    public int preferred() {
      return bulkhead.call(Bulkhead.Lane.PREFERRED, endless(), () -> ++number);
    }

    @Operation
    public int common() {
      return bulkhead.call(Bulkhead.Lane.COMMON, endless(), () -> ++number);
    }

    @Validate
    public void allHaveLeft() {
      if (!bulkhead.toString().contains("inside=0")) {
        throw new IllegalStateException(bulkhead.toString());
      }
    }
  }

  @Test
  void aBulkheadOfOneLetsOneInAndForgetsNone() {
    crowd().check(OnePlace.class);
  }

  /** A row that changes while it is read. */
  public static class OneRow {
    private final SharedReads<String, Integer> reads = new SharedReads<>("row");
    private volatile int row;

    @Operation
    public int read() {
      return reads.read("row", endless(), () -> row);
    }

    @Operation
    public synchronized int change() {
      return ++row;
    }
  }

  @Test
  void aSharedReadIsNeverOlderThanItsQuestion() {
    crowd().check(OneRow.class);
  }

  /** A table with room for two of three names. */
  @Param(name = "name", gen = IntGen.class, conf = "1:3")
  public static class SmallTable {
    private final BoundedCounterTable<Integer, AccountAttempts> table =
        new BoundedCounterTable<>(
            2, String::valueOf, () -> new AccountAttempts(AttemptBudgets.defaults()));

    @Operation
    public long reserve(@Param(name = "name") int name) {
      return table.ask(name, NOW, attempts -> attempts.reserve("id", NOW, LEASE));
    }

    @Operation
    public boolean fail(@Param(name = "name") int name) {
      return table.tell(name, NOW, attempts -> attempts.settle("id", true, Outcome.FAILURE, NOW));
    }

    @Operation
    public long wait(@Param(name = "name") int name) {
      return table.ask(name, NOW, attempts -> attempts.waitBeforeNext(NOW));
    }

    @Operation
    public int size() {
      return table.size();
    }
  }

  @Test
  void aTableCountsCallersAtOnceAsOneAfterTheOther() {
    crowd().actorsBefore(4).check(SmallTable.class);
  }
}
