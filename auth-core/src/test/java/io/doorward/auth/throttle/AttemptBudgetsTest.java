package io.doorward.auth.throttle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class AttemptBudgetsTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  @Test
  void theDefaultsAreTheDocumentedOnes() {
    assertThat(AttemptBudgets.defaults())
        .isEqualTo(
            new AttemptBudgets(
                5,
                SECOND,
                Duration.ofMinutes(15),
                50,
                Duration.ofMinutes(10),
                Duration.ofSeconds(30)));
  }

  @Test
  void whatIsNotPositiveIsRefused() {
    refused(
        "accountFailures must be positive: 0",
        () -> new AttemptBudgets(0, SECOND, SECOND, 1, SECOND, SECOND));
    refused(
        "firstWait must be positive: 0",
        () -> new AttemptBudgets(1, Duration.ZERO, SECOND, 1, SECOND, SECOND));
    refused(
        "networkFailures must be positive: -1",
        () -> new AttemptBudgets(1, SECOND, SECOND, -1, SECOND, SECOND));
    refused(
        "networkWindow must be positive: 0",
        () -> new AttemptBudgets(1, SECOND, SECOND, 1, Duration.ZERO, SECOND));
    refused(
        "lease must be positive: 0",
        () -> new AttemptBudgets(1, SECOND, SECOND, 1, SECOND, Duration.ZERO));
    refused(
        "maxWait must be at least firstWait: PT0.999S",
        () -> new AttemptBudgets(1, SECOND, Duration.ofMillis(999), 1, SECOND, SECOND));
  }

  private static void refused(String message, Runnable call) {
    assertThatThrownBy(call::run).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
  }
}
