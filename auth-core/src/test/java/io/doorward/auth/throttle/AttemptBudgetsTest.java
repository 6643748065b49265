package io.doorward.auth.throttle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.Ticker;
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
                1_000,
                50,
                Duration.ofMinutes(10),
                Duration.ofSeconds(30)));
    assertThat(AttemptBudgets.defaults().allDevicesFailures()).isEqualTo(20);
  }

  @Test
  void theBudgetOfAllDevicesDoesNotOverflow() {
    assertThat(
            new AttemptBudgets(Integer.MAX_VALUE, SECOND, SECOND, 1, SECOND, SECOND)
                .allDevicesFailures())
        .isEqualTo(Integer.MAX_VALUE);
  }

  @Test
  void whatIsNotPositiveIsRefused() {
    refused(
        "accountFailures must be positive: 0",
        () -> new AttemptBudgets(0, SECOND, SECOND, 1, SECOND, SECOND));
    refused(
        "firstWait must be PT0.001S to PT8760H: PT0S",
        () -> new AttemptBudgets(1, Duration.ZERO, SECOND, 1, SECOND, SECOND));
    refused(
        "accountAttempts must be positive: 0",
        () -> new AttemptBudgets(1, SECOND, SECOND, 0, 1, SECOND, SECOND));
    refused(
        "networkFailures must be positive: -1",
        () -> new AttemptBudgets(1, SECOND, SECOND, -1, SECOND, SECOND));
    refused(
        "networkWindow must be PT0.001S to PT8760H: PT0S",
        () -> new AttemptBudgets(1, SECOND, SECOND, 1, Duration.ZERO, SECOND));
    refused(
        "lease must be PT0.001S to PT8760H: PT0S",
        () -> new AttemptBudgets(1, SECOND, SECOND, 1, SECOND, Duration.ZERO));
    refused(
        "maxWait must be at least firstWait: PT0.999S",
        () -> new AttemptBudgets(1, SECOND, Duration.ofMillis(999), 1, SECOND, SECOND));
  }

  @Test
  void durationsThatCouldOverflowLaterAreRefused() {
    Duration longest = Duration.ofDays(365);
    Duration over = longest.plusMillis(1);
    String rule = " must be PT0.001S to PT8760H: " + over;
    refused("maxWait" + rule, () -> new AttemptBudgets(1, SECOND, over, 1, SECOND, SECOND));
    refused("firstWait" + rule, () -> new AttemptBudgets(1, over, over, 1, SECOND, SECOND));
    refused("networkWindow" + rule, () -> new AttemptBudgets(1, SECOND, SECOND, 1, over, SECOND));
    refused("lease" + rule, () -> new AttemptBudgets(1, SECOND, SECOND, 1, SECOND, over));
  }

  @Test
  void theLongestDurationsCanBeCounted() {
    Duration longest = Duration.ofDays(365);
    AttemptBudgets budgets = new AttemptBudgets(1, longest, longest, 1, longest, longest);
    AttemptLimiter limiter = AttemptLimiter.local(budgets, 100, Ticker.system());
    LoginId login = LoginId.email("ada@example.org");
    Deadline soon = Deadline.after(SECOND.multipliedBy(30));

    AttemptLimiter.Decision first = limiter.reserve(login, ClientContext.unknown(), soon);
    AttemptLimiter.Reservation reservation =
        ((AttemptLimiter.Decision.Admitted) first).reservation();
    limiter.settle(reservation, AttemptLimiter.Outcome.FAILURE, soon);

    assertThat(limiter.reserve(login, ClientContext.unknown(), soon))
        .isInstanceOf(AttemptLimiter.Decision.Refused.class);
  }

  @Test
  void aLeaseIsLongerThanWhatIsLeftOfTheDeadline() {
    Ticker still = () -> 7;
    AttemptBudgets budgets = new AttemptBudgets(1, SECOND, SECOND, 1, SECOND, SECOND);

    assertThat(budgets.leaseOf(Deadline.after(Duration.ofMinutes(1), still), still).remaining())
        .isEqualTo(Duration.ofSeconds(61));
  }

  private static void refused(String message, Runnable call) {
    assertThatThrownBy(call::run).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
  }
}
