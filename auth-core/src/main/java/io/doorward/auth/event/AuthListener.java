package io.doorward.auth.event;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * Receives events. Called on the thread of the event, after it happened; it must be thread-safe and
 * return quickly.
 *
 * <p>Failure: what a listener throws is caught, logged and changes nothing.
 */
@FunctionalInterface
public interface AuthListener {
  /**
   * Receives one event.
   *
   * @param event the event; ignore unknown types, because more may be added
   */
  void on(AuthEvent event);

  /**
   * Returns a listener that does nothing.
   *
   * @return the listener
   */
  static AuthListener none() {
    return event -> {};
  }

  /**
   * Returns a listener that tells several others, one after the other in the order given. An
   * exception of one is logged, and the others are still called.
   *
   * @param listeners any number of them
   * @return a listener that never throws
   */
  static AuthListener all(AuthListener... listeners) {
    return new CombinedListener(List.of(requireNonNull(listeners, "listeners")));
  }

  /**
   * Wraps a listener so that nothing it throws reaches the caller.
   *
   * @param listener any listener
   * @return a listener that logs what {@code listener} throws
   */
  static AuthListener guarded(AuthListener listener) {
    requireNonNull(listener, "listener");
    return listener instanceof GuardedListener ? listener : new GuardedListener(listener);
  }
}
