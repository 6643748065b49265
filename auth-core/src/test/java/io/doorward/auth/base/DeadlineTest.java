package io.doorward.auth.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeadlineTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private final AtomicLong nanos = new AtomicLong();

  @ParameterizedTest
  @ValueSource(longs = {0, 1, -1, Long.MAX_VALUE, Long.MIN_VALUE, Long.MAX_VALUE - 1_000_000_000})
  void whatIsLeftCountsDownToZeroAndStaysThere(long origin) {
    nanos.set(origin);
    Deadline deadline = Deadline.after(Duration.ofSeconds(2), nanos::get);

    assertThat(deadline.remaining()).isEqualTo(Duration.ofSeconds(2));
    nanos.addAndGet(SECOND);
    assertThat(deadline.remaining()).isEqualTo(Duration.ofSeconds(1));
    assertThat(deadline.isExpired()).isFalse();
    nanos.addAndGet(SECOND - 1);
    assertThat(deadline.isExpired()).isFalse();
    deadline.check("step");
    nanos.addAndGet(1);
    assertThat(deadline.isExpired()).isTrue();
    assertThat(deadline.remaining()).isZero();
    nanos.addAndGet(1000 * SECOND);
    assertThat(deadline.isExpired()).isTrue();
    assertThat(deadline.remaining()).isZero();
  }

  @Test
  void aStepGetsTheShorterOfItsOwnBoundAndWhatIsLeft() {
    Deadline deadline = Deadline.after(Duration.ofSeconds(2), nanos::get);

    assertThat(deadline.cap(Duration.ofMillis(250))).isEqualTo(Duration.ofMillis(250));
    assertThat(deadline.cap(Duration.ofSeconds(9))).isEqualTo(Duration.ofSeconds(2));
    nanos.set(3 * SECOND);
    assertThat(deadline.cap(Duration.ofMillis(250))).isZero();
  }

  @Test
  void aStepThatOthersFollowGetsAPartOfWhatIsLeft() {
    Deadline deadline = Deadline.after(Duration.ofSeconds(2), nanos::get);

    nanos.set(SECOND);
    assertThat(deadline.part(1)).isEqualTo(Duration.ofSeconds(1));
    assertThat(deadline.part(4)).isEqualTo(Duration.ofMillis(250));
    nanos.set(3 * SECOND);
    assertThat(deadline.part(4)).isZero();
    assertThatThrownBy(() -> deadline.part(0)).hasMessage("parts must be positive: 0");
  }

  @Test
  void afterItAStepIsRefusedAsATimeout() {
    Deadline deadline = Deadline.after(Duration.ofSeconds(2), nanos::get);
    nanos.set(2 * SECOND);

    assertThatThrownBy(() -> deadline.check("credential store: read"))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.TIMEOUT))
        .hasMessage("credential store: read: the deadline has passed");
  }

  @Test
  void aDayIsTheLongestWait() {
    Deadline deadline = Deadline.after(Duration.ofSeconds(Long.MAX_VALUE), nanos::get);

    assertThat(deadline.remaining()).isEqualTo(Duration.ofDays(1));
    assertThat(deadline).hasToString("Deadline[86400000 ms left]");
  }

  @Test
  void aWaitMustBePositive() {
    assertThatThrownBy(() -> Deadline.after(Duration.ZERO)).hasMessageContaining("PT0S");
    assertThatThrownBy(() -> Deadline.after(Duration.ofNanos(-1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theSystemsTickerRuns() {
    Deadline deadline = Deadline.after(Duration.ofNanos(1));
    assertThat(Deadline.after(Duration.ofHours(1)).isExpired()).isFalse();
    assertThat(deadline.remaining()).isLessThanOrEqualTo(Duration.ofNanos(1));
  }
}
