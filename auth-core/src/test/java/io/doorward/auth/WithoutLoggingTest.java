package io.doorward.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.account.AccountStore;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.session.TokenStore;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** In a JVM of its own, whose class path has no provider of SLF4J. */
class WithoutLoggingTest {
  @Test
  void aFindingIsReadOnSystemErrWhereNothingIsLogged() throws Exception {
    String all =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    String without =
        Arrays.stream(all.split(File.pathSeparator))
            .filter(entry -> !Path.of(entry).getFileName().toString().startsWith("logback"))
            .collect(Collectors.joining(File.pathSeparator));
    Process started =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                without,
                Starts.class.getName())
            .redirectErrorStream(true)
            .start();
    String said = new String(started.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(started.waitFor()).as(said).isZero();
    assertThat(said).contains("No SLF4J providers were found").containsOnlyOnce("keys.ephemeral: ");
  }

  /** The program that a reader of the documentation writes first. */
  static final class Starts {
    private Starts() {}

    public static void main(String[] args) {
      AccountStore accounts = AccountStore.inMemory();
      AuthService.builder(accounts, TokenStore.inMemory(accounts), KeyRing.ephemeral())
          .build()
          .close();
    }
  }
}
