package io.doorward.auth.backend;

import io.doorward.auth.base.StoreException;
import java.time.Duration;
import java.util.Optional;

/**
 * How a backend is, as this node sees it. Immutable and thread-safe.
 *
 * @param name which one, for instance {@code Redis}
 * @param state how it is
 * @param lastFailure how its last call failed; empty if that was answered
 * @param lostFor for how long it has been lost; empty unless it is
 */
public record BackendHealth(
    String name,
    State state,
    Optional<StoreException.Kind> lastFailure,
    Optional<Duration> lostFor) {

  /** How a backend is. */
  public enum State {
    /** Its last call was answered, or none was made yet. */
    UP,
    /** Its last call failed, but it is still asked. */
    FAILING,
    /** Its circuit breaker is open: one call every now and then tries whether it answers again. */
    LOST
  }

  /**
   * Tells whether it answers.
   *
   * @return true if it is {@link State#UP}
   */
  public boolean isUp() {
    return state == State.UP;
  }
}
