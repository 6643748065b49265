package io.doorward.auth.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URL;
import java.net.URLClassLoader;
import java.util.concurrent.ThreadFactory;
import org.junit.jupiter.api.Test;

class DaemonThreadsTest {
  @Test
  void aThreadDoesNotKeepTheClassesOfTheApplicationThatNeededIt() throws Exception {
    Thread caller = Thread.currentThread();
    ClassLoader before = caller.getContextClassLoader();
    try (URLClassLoader application = new URLClassLoader(new URL[0], before)) {
      caller.setContextClassLoader(application);
      Thread made = DaemonThreads.named("doorward-test").newThread(() -> {});

      assertThat(made.getContextClassLoader()).isSameAs(DaemonThreads.class.getClassLoader());
      assertThat(made.isDaemon()).isTrue();
    } finally {
      caller.setContextClassLoader(before);
    }
  }

  @Test
  void namesAreOneOrNumbered() {
    ThreadFactory one = DaemonThreads.named("doorward-one");
    ThreadFactory many = DaemonThreads.numbered("doorward-many-");

    assertThat(one.newThread(() -> {}).getName()).isEqualTo("doorward-one");
    assertThat(one.newThread(() -> {}).getName()).isEqualTo("doorward-one");
    assertThat(many.newThread(() -> {}).getName()).isEqualTo("doorward-many-1");
    assertThat(many.newThread(() -> {}).getName()).isEqualTo("doorward-many-2");
  }
}
