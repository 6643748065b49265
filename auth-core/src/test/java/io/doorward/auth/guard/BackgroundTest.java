package io.doorward.auth.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.fixture.HandExecutor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BackgroundTest {
  private final HandExecutor executor = new HandExecutor();
  private final Background background = new Background(executor, Duration.ofSeconds(30));
  private final List<Duration> left = new ArrayList<>();

  @Test
  void aTaskRunsOnTheExecutorWithADeadlineOfItsOwn() {
    assertThat(background.offer(deadline -> left.add(deadline.remaining()))).isTrue();
    assertThat(left).isEmpty();

    executor.runAll();
    assertThat(left)
        .singleElement()
        .satisfies(it -> assertThat(it).isBetween(Duration.ofSeconds(20), Duration.ofSeconds(30)));
  }

  @Test
  void whatDoesNotFitIsRefused() {
    executor.fillUp();

    assertThat(background.offer(deadline -> left.add(deadline.remaining()))).isFalse();
    executor.runAll();
    assertThat(left).isEmpty();
  }

  @Test
  void whatATaskThrowsReachesNobody() {
    assertThat(
            background.offer(
                deadline -> {
                  throw new IllegalStateException("thrown by the test");
                }))
        .isTrue();

    assertThatCode(executor::runAll).doesNotThrowAnyException();
  }

  @Test
  void aDeadlineThatIsNotPositiveIsRefused() {
    assertThatThrownBy(() -> new Background(executor, Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("background deadline must be positive: PT0S");
  }
}
