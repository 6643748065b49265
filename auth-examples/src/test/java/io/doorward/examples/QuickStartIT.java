package io.doorward.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.testkit.TestSecrets;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The demonstration, as the README's first command runs it. */
final class QuickStartIT {
  @Test
  void everyStepIsAsExpectedAndNothingSecretIsPrinted() {
    TestSecrets.record(QuickStart.PASSWORD);
    TestSecrets.record(QuickStart.NEW_PASSWORD);
    TestSecrets.record(QuickStart.SET_PASSWORD);
    TestSecrets.record(QuickStart.WRONG_PASSWORD);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    boolean fine = QuickStart.run(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    String printed = bytes.toString(StandardCharsets.UTF_8);
    List<String> lines = printed.lines().toList();
    int steps = lines.size() - 1;

    assertThat(fine).as(printed).isTrue();
    assertThat(lines.subList(0, steps))
        .hasSizeGreaterThan(30)
        .allMatch(line -> line.startsWith("[ok] "));
    assertThat(lines.get(steps)).isEqualTo(steps + " steps, " + steps + " ok");
    // The address is personal data, so not that either.
    assertThat(printed).doesNotContain("pass phrase", "@", "eyJ", "__Host-");
  }
}
