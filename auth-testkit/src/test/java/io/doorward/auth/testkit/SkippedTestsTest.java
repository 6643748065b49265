package io.doorward.auth.testkit;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

class SkippedTestsTest {
  @Test
  void aDisabledTestFailsTheRun() {
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(() -> run(WithADisabledTest.class))
        .withMessageContaining("neverRuns");
  }

  @Test
  void anAbortedTestFailsTheRun() {
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(() -> run(WithAnAbortedTest.class))
        .withMessageContaining("aborts");
  }

  @Test
  void aRunWithoutSkipsPasses() {
    assertThatCode(() -> run(WithoutSkips.class)).doesNotThrowAnyException();
  }

  private static void run(Class<?> tests) {
    SkippedTests listener = new SkippedTests();
    LauncherConfig config =
        LauncherConfig.builder()
            .enableLauncherSessionListenerAutoRegistration(false)
            .addTestExecutionListeners(listener)
            .build();
    try (LauncherSession session = LauncherFactory.openSession(config)) {
      Launcher launcher = session.getLauncher();
      launcher.execute(
          LauncherDiscoveryRequestBuilder.request().selectors(selectClass(tests)).build());
      listener.launcherSessionClosed(session);
    }
  }

  /** Not found by the build: its name ends in none of the build's endings. */
  static class WithADisabledTest {
    @Test
    @Disabled("on purpose")
    void neverRuns() {
      throw new IllegalStateException("it ran");
    }
  }

  static class WithAnAbortedTest {
    @Test
    void aborts() {
      Assumptions.abort("on purpose");
    }
  }

  static class WithoutSkips {
    @Test
    void runs() {}
  }
}
