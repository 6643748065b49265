package io.doorward.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The program that the README shows, as its readers run it. */
@Tag("jdk")
final class FirstLoginIT {
  @Test
  void theProgramOfTheReadmeLogsIn() {
    PrintStream before = System.out;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (Servers servers = Servers.start()) {
      System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
      FirstLogin.main(new String[] {servers.jdbcUrl(), servers.redisUri().toString()});
    } finally {
      System.setOut(before);
    }

    // The tests log to the same place, and the start has something to say of these servers.
    assertThat(bytes.toString(StandardCharsets.UTF_8).lines()).last().isEqualTo("Success");
  }
}
