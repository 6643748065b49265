package io.doorward.auth.base;

import java.time.Duration;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;

/**
 * Lincheck runs small crowds of callers in many interleavings and compares what they were answered
 * with what one caller after the other would have been.
 */
class InterleavingsTest {
  /** Time stands still: no caller is late. */
  private static Deadline endless() {
    return Deadline.after(Duration.ofHours(1), () -> 0);
  }

  private static ModelCheckingOptions crowd() {
    return new ModelCheckingOptions()
        .iterations(5)
        .invocationsPerIteration(100)
        .threads(3)
        .actorsPerThread(2)
        .actorsBefore(1)
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
    public void nobodyIsLeftInside() {
      if (!bulkhead.toString().contains("inside=0")) {
        throw new IllegalStateException(bulkhead.toString());
      }
    }
  }

  @Test
  void aBulkheadOfOneLetsOneInAndForgetsNobody() {
    crowd().check(OnePlace.class);
  }

  /** What is read is never older than the question. */
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
}
