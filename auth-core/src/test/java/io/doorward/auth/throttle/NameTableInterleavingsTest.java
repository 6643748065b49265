package io.doorward.auth.throttle;

import io.doorward.auth.throttle.AttemptLimiter.Outcome;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Test;

/**
 * Lincheck runs attempts at three names in many interleavings, on a table that has room for two of
 * them, and compares the answers with those that one attempt after the other would have had.
 */
class NameTableInterleavingsTest {
  /** Time stands still. */
  private static final long NOW = 1;

  private static final long LEASE = 1000;

  /** A table with less room than there are names. */
  @Param(name = "name", gen = IntGen.class, conf = "1:3")
  public static class SmallTable {
    private final NameTable<Integer, AccountAttempts> table =
        new NameTable<>(2, () -> new AccountAttempts(AttemptBudgets.defaults()));

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
  void callersAtOnceAreCountedAsOneAfterTheOther() {
    new ModelCheckingOptions()
        .iterations(5)
        .invocationsPerIteration(100)
        .threads(3)
        .actorsPerThread(2)
        .actorsBefore(4)
        .actorsAfter(1)
        .check(SmallTable.class);
  }
}
