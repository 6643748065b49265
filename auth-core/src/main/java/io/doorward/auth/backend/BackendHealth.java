package io.doorward.auth.backend;

import io.doorward.auth.base.StoreException;
import java.time.Duration;
import java.util.Optional;

/**
 * The health of a backend, as seen by this node. Immutable and thread-safe.
 *
 * @param name which one, for instance {@code Redis}
 * @param state its state
 * @param lastFailure how its last call failed; empty if that was answered
 * @param lostFor for how long it has been lost; empty unless it is
 */
public record BackendHealth(
    String name,
    State state,
    Optional<StoreException.Kind> lastFailure,
    Optional<Duration> lostFor) {

  /** The state of a backend. */
  public enum State {
    /** Its last call was answered, or none was made yet. */
    UP,
    /** Its last call failed, but calls still go to it. */
    FAILING,
    /** Its circuit breaker is open; a single trial call probes it at intervals. */
    LOST
  }

  /**
   * Returns whether the backend answers.
   *
   * @return true if it is {@link State#UP}
   */
  public boolean isUp() {
    return state == State.UP;
  }
}
