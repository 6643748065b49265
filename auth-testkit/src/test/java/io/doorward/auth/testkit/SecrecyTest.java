package io.doorward.auth.testkit;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.core.status.Status;
import io.doorward.auth.testkit.SecrecyCheck.Report;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

class SecrecyTest {
  private static final String SECRET = "only-in-this-test-0123456789";

  @TempDir private Path dir;

  @Test
  void aSecretInALogIsFoundByFileAndLineAndNotPrinted() throws IOException {
    secrets(SECRET, "another-secret");
    Files.writeString(dir.resolve("logs-1.log"), "harmless\nxx" + SECRET + "yy\nharmless\n");
    Files.writeString(dir.resolve("logs-2.log"), "only-in-this-test-012345678\n");
    Files.writeString(dir.resolve("other.log"), SECRET);

    Report report = SecrecyCheck.scan(List.of(dir));

    assertThat(report).isEqualTo(new Report(List.of(dir.resolve("logs-1.log") + ":2"), 2, 2, 4));
    assertThat(report.toString()).doesNotContain(SECRET);
  }

  @Test
  void secretsOfOneModuleAreLookedForInTheLogsOfAll() throws IOException {
    Path one = Files.createDirectories(dir.resolve("one/target/secrecy"));
    Path two = Files.createDirectories(dir.resolve("two/target/secrecy"));
    secrets(one, SECRET);
    Files.writeString(two.resolve("logs-1.log"), SECRET + "\n");

    Report report =
        SecrecyCheck.scan(dir.resolve("one"), dir.resolve("two"), dir.resolve("no-such-module"));

    assertThat(report.findings()).containsExactly(two.resolve("logs-1.log") + ":1");
  }

  @Test
  void twoSecretsWithOneBeginningAreBothFound() throws IOException {
    secrets("same-beginning-1", "same-beginning-2");
    Files.writeString(dir.resolve("logs-1.log"), "same-beginning-1\nsame-beginning-2\n");

    assertThat(SecrecyCheck.scan(List.of(dir)).findings()).hasSize(2);
  }

  @Test
  void everythingThatIsLoggedIsCaptured() throws IOException {
    Path file = dir.resolve("logs-capture.log");
    LoggerContext loggers = new LoggerContext();
    loggers.setMDCAdapter(((LoggerContext) LoggerFactory.getILoggerFactory()).getMDCAdapter());
    SecrecyLogs.capture(loggers, file);
    MDC.put("key", "in-the-context");
    loggers.getLogger("io.doorward.x").trace("at trace");
    loggers.getLogger("a.library").debug("at debug", new IllegalStateException("in a throwable"));
    loggers.getLogger("a.library").atDebug().addKeyValue("k", "in-a-pair").log("pair");
    loggers.getLogger("a.library").trace("not at trace");
    loggers.getLogger("org.eclipse.jetty.http").debug("not the headers");
    MDC.clear();
    loggers.stop();

    assertThat(Files.readString(file))
        .contains("at trace", "at debug", "in a throwable", "in-the-context", "in-a-pair")
        .doesNotContain("not at trace", "not the headers");
  }

  @Test
  void thisVeryJvmIsCapturedJavaUtilLoggingIncluded() throws IOException {
    Logger logger = LoggerFactory.getLogger("io.doorward.auth.testkit.SecrecyTest");

    assertThat(logger.isTraceEnabled()).isTrue();
    assertThat(LoggerFactory.getLogger("some.library").isDebugEnabled()).isTrue();
    assertThat(LoggerFactory.getLogger("some.library").isTraceEnabled()).isFalse();
    assertThat(
            java.util.logging.Logger.getLogger("some.driver")
                .isLoggable(java.util.logging.Level.FINE))
        .isTrue();
    try (Stream<Path> files = Files.list(SecrecyCheck.directory())) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .anyMatch(name -> name.startsWith("logs-" + ProcessHandle.current().pid() + "-"));
    }
  }

  @Test
  void loggingIsLeftAloneUnlessAsked() {
    LoggerContext loggers = new LoggerContext();
    String before = System.clearProperty("doorward.secrecy");
    try {
      assertThat(new SecrecyLogs().configure(loggers))
          .isEqualTo(Configurator.ExecutionStatus.INVOKE_NEXT_IF_ANY);
    } finally {
      System.setProperty("doorward.secrecy", before);
    }

    assertThat(loggers.getLogger("ROOT").iteratorForAppenders()).isExhausted();
  }

  @Test
  void capturingNeedsNoBridgeOfJavaUtilLogging() throws Exception {
    LoggerContext loggers = new LoggerContext();
    Configurator logs =
        (Configurator)
            new WithoutBridge()
                .loadClass(SecrecyLogs.class.getName())
                .getConstructor()
                .newInstance();
    logs.setContext(loggers);

    assertThat(logs.configure(loggers))
        .isEqualTo(Configurator.ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY);
    assertThat(loggers.getStatusManager().getCopyOfStatusList())
        .extracting(Status::getMessage)
        .contains("java.util.logging is not captured: add org.slf4j:jul-to-slf4j");
    loggers.stop();
  }

  /** The kit on a class path without jul-to-slf4j. */
  private static final class WithoutBridge extends ClassLoader {
    WithoutBridge() {
      super(SecrecyTest.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (name.startsWith("org.slf4j.bridge.")) {
        throw new ClassNotFoundException(name);
      }
      if (!name.startsWith(SecrecyLogs.class.getPackageName() + '.')) {
        return super.loadClass(name, resolve);
      }
      Class<?> known = findLoadedClass(name);
      return known == null ? findClass(name) : known;
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
      try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
        byte[] bytes = requireNonNull(in, name).readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }

  @Test
  void whatIsHandedOutIsRecorded() throws IOException {
    String password = TestSecrets.newPassword().reveal();
    String hash = TestSecrets.newHash().reveal();
    String key = Base64.getEncoder().withoutPadding().encodeToString(TestSecrets.newKey());

    assertThat(recorded()).contains(password, hash, key);
    assertThat(TestSecrets.newPassword().reveal()).isNotEqualTo(password);
  }

  @Test
  void aShortTextIsNoSecretThatCouldBeLookedFor() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TestSecrets.record("1234567"))
        .withMessageNotContaining("1234567");
  }

  private static List<String> recorded() throws IOException {
    try (Stream<Path> files = Files.list(SecrecyCheck.directory())) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("secrets-"))
          .flatMap(
              file -> {
                try {
                  return Files.readAllLines(file).stream();
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              })
          .map(line -> new String(Base64.getDecoder().decode(line), StandardCharsets.UTF_8))
          .toList();
    }
  }

  private void secrets(String... secrets) throws IOException {
    secrets(dir, secrets);
  }

  private static void secrets(Path directory, String... secrets) throws IOException {
    Files.writeString(
        directory.resolve("secrets-1.txt"),
        Stream.of(secrets)
            .map(
                secret ->
                    Base64.getEncoder().encodeToString(secret.getBytes(StandardCharsets.UTF_8)))
            .collect(Collectors.joining("\n", "", "\n")));
  }
}
