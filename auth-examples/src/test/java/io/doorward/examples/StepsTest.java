package io.doorward.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class StepsTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final Steps steps = new Steps(new PrintStream(bytes, true, StandardCharsets.UTF_8));

  @Test
  void aStepThatIsNotAsExpectedFailsTheWhole() {
    steps.check("first", "200", "200", "GET /a");
    steps.check("second", "200", "500", "GET /b");

    assertThat(steps.finish()).isFalse();
    assertThat(bytes.toString(StandardCharsets.UTF_8).lines())
        .containsExactly(
            "[ok] first: expected 200; saw 200 (GET /a)",
            "[FAILED] second: expected 200; saw 500 (GET /b)",
            "2 steps, 1 ok");
  }

  @Test
  void allStepsAsExpectedAreFine() {
    steps.check("first", "200", "200", "GET /a");

    assertThat(steps.finish()).isTrue();
  }
}
