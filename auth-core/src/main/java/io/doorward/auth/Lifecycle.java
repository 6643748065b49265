package io.doorward.auth;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** The state of a service, open or closed, shared by its interfaces. Thread-safe. */
final class Lifecycle {
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * Refuses a call to a closed service.
   *
   * @throws IllegalStateException after {@link #close}
   */
  void requireOpen() {
    if (closed.get()) {
      throw new IllegalStateException("the AuthService is closed");
    }
  }

  /** Returns true once: to the caller that has to close. */
  boolean close() {
    return closed.compareAndSet(false, true);
  }

  /** Runs actions, the last one first, and each of them also where another one throws. */
  void closeAll(List<Runnable> actions) {
    if (actions.isEmpty()) {
      return;
    }
    int last = actions.size() - 1;
    try {
      actions.get(last).run();
    } finally {
      closeAll(actions.subList(0, last));
    }
  }
}
