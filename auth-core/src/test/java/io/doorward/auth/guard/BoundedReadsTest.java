package io.doorward.auth.guard;

import static io.doorward.auth.fixture.Fixtures.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.fixture.HandClock;
import io.doorward.auth.guard.BoundedReads.Answer;
import io.doorward.auth.guard.Bulkhead.Caller;
import io.doorward.auth.guard.Bulkhead.Lane;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class BoundedReadsTest {
  private static final Caller STRANGER = Caller.in(Lane.COMMON);
  private static final Caller KNOWN = Caller.in(Lane.PREFERRED);

  private final HandClock clock = new HandClock();
  private final Bulkhead bulkhead = Bulkhead.of("reads", 1, 0);
  private final BoundedReads<String, String> reads = new BoundedReads<>("store", bulkhead, clock);

  @Test
  void anAnswerIsDatedBeforeTheDatabaseWasAsked() {
    Instant before = clock.instant();

    Answer<String> answer =
        reads.read(
            STRANGER,
            "key",
            soon(),
            () -> {
              clock.advance(Duration.ofSeconds(3));
              return "value";
            });

    assertThat(answer).isEqualTo(new Answer<>(before, "value"));
  }

  @Test
  void aFullBulkheadIsNotAsked() {
    bulkhead.offerNow(
        () -> {
          assertThatThrownBy(() -> reads.read(STRANGER, "key", soon(), () -> "value"))
              .isInstanceOfSatisfying(
                  StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.OVERLOADED));
          return true;
        });

    assertThat(reads.read(STRANGER, "key", soon(), () -> "value").value()).isEqualTo("value");
  }

  @Test
  void lanesShareNoRead() {
    BoundedReads<String, String> wide =
        new BoundedReads<>("store", Bulkhead.of("reads", 2, 0), clock);

    Answer<String> outer =
        wide.read(
            STRANGER,
            "key",
            soon(),
            () -> "outer and " + wide.read(KNOWN, "key", soon(), () -> "inner").value());

    assertThat(outer.value()).isEqualTo("outer and inner");
  }
}
