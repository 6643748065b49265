package io.doorward.auth.event;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * Hears what happens. Called on the thread on which it happens, after the fact; it must be
 * thread-safe and return quickly.
 *
 * <p>Failure: what a listener throws is caught, logged and changes nothing.
 */
@FunctionalInterface
public interface AuthListener {
  /**
   * Hears one event.
   *
   * @param event what happened; treat types you do not know as absent, there will be more
   */
  void on(AuthEvent event);

  /**
   * Returns a listener that does nothing.
   *
   * @return the silent listener
   */
  static AuthListener none() {
    return event -> {};
  }

  /**
   * Returns a listener that tells several others, one after the other in the order given. What one
   * throws is logged and does not keep the rest from hearing.
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
