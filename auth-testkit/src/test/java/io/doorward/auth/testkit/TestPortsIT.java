package io.doorward.auth.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Ports that stay with a server while it is down. */
class TestPortsIT {
  @Test
  void aPortLiesBelowThoseThatTheSystemGivesOut() {
    assertThat(TestPorts.take()).isBetween(20_000, 31_999);
  }

  @Test
  void noPortIsGivenTwice() {
    Set<Integer> ports = new HashSet<>();
    for (int i = 0; i < 200; i++) {
      assertThat(ports.add(TestPorts.take())).isTrue();
    }
  }

  @Test
  void aPortOnWhichSomethingListensIsNotGiven() throws Exception {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThat(TestPorts.take(other.getLocalPort())).isFalse();
    }
  }

  @Test
  void aPortOfOneJvmIsNotGivenToAnother() throws Exception {
    int held = TestPorts.take();

    assertThat(OtherJvm.answer(held)).isEqualTo("false");
  }

  /** A second JVM, which tries to take one port. */
  static final class OtherJvm {
    private OtherJvm() {}

    public static void main(String[] arguments) {
      System.out.print(TestPorts.take(Integer.parseInt(arguments[0])));
    }

    static String answer(int port) throws Exception {
      Process process =
          new ProcessBuilder(
                  List.of(
                      Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                      "-cp",
                      System.getProperty("java.class.path"),
                      OtherJvm.class.getName(),
                      Integer.toString(port)))
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).isZero();
      return answer;
    }
  }
}
