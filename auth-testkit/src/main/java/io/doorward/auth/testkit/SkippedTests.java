package io.doorward.auth.testkit;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;

/**
 * Fails a test run in which a test was skipped, disabled or aborted, for builds that do not look at
 * their test reports. JUnit finds it by itself; it does something only where the system property
 * {@code doorward.failOnSkip} is {@code true}.
 *
 * <p>JUnit offers no way to fail a run as such, so it ends the session with an error that names the
 * tests, which build tools report as a failed run. Thread-safe.
 */
public final class SkippedTests implements LauncherSessionListener, TestExecutionListener {
  private static final String SWITCH = "doorward.failOnSkip";

  private final Queue<String> skipped = new ConcurrentLinkedQueue<>();

  /** For the service loader. */
  public SkippedTests() {}

  @Override
  public void launcherSessionOpened(LauncherSession session) {
    if (Boolean.getBoolean(SWITCH)) {
      session.getLauncher().registerTestExecutionListeners(this);
    }
  }

  @Override
  public void executionSkipped(TestIdentifier test, String reason) {
    skipped.add(test.getDisplayName() + " (" + reason + ")");
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    if (result.getStatus() == TestExecutionResult.Status.ABORTED) {
      skipped.add(test.getDisplayName() + " (aborted)");
    }
  }

  @Override
  public void launcherSessionClosed(LauncherSession session) {
    if (!skipped.isEmpty()) {
      throw new AssertionError("a skipped test is a failed test: " + String.join(", ", skipped));
    }
  }
}
