package io.doorward.auth.base;

/**
 * A source of elapsed time. Readings have no meaning by themselves; the difference of two is
 * nanoseconds that passed. It never goes backwards, unlike a wall clock.
 *
 * <p>Implementations must be thread-safe. Tests inject one that they move by hand.
 */
@FunctionalInterface
public interface Ticker {
  /**
   * Returns the present reading.
   *
   * @return nanoseconds since an arbitrary origin; may be negative and may wrap
   */
  long nanos();

  /**
   * Returns the ticker of the running system.
   *
   * @return a ticker over {@link System#nanoTime()}
   */
  static Ticker system() {
    return System::nanoTime;
  }
}
