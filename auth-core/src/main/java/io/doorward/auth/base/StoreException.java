package io.doorward.auth.base;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.guard.Retries;
import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * Signals that a backend could not answer. It never means "no": a caller that catches it answers
 * "unavailable", not "rejected".
 *
 * <p>Messages name the backend, the step and the rule. They never hold a bound value, an identifier
 * of a person, a token or a secret.
 */
public final class StoreException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  /** How a backend failed, which determines what a caller may do. */
  public enum Kind {
    /** Nothing was sent or nothing was done. A repeat is safe. */
    UNREACHABLE,
    /**
     * The call timed out or the answer was lost. The operation may have been executed. Reads may be
     * repeated; a change only under the same {@link OperationId}.
     */
    TIMEOUT,
    /**
     * The backend answered that it cannot do this now (read-only, loading, out of memory,
     * serialisation).
     */
    REFUSED,
    /**
     * The backend is misconfigured: schema, permission or version. A repeat cannot help; an
     * operator must fix it.
     */
    MISCONFIGURED,
    /**
     * The backend holds something that a newer version of this library wrote and that this one does
     * not know: a factor, a kind, a status or a format. What it means is unknown, so it is neither
     * used nor taken for absent. A repeat helps only on a node that runs the newer version.
     */
    NEWER_FORMAT,
    /**
     * The circuit breaker is open, because the backend has not answered for a while. Nothing was
     * sent. A repeat is safe, and useful once the backend answers again.
     */
    CIRCUIT_OPEN,
    /**
     * This node's bulkhead for the backend and its queue are full. Nothing was sent and nothing was
     * done. A repeat is safe but only useful later or on another node, so {@link Retries} do not
     * retry it. It says nothing about the health of the backend.
     */
    OVERLOADED
  }

  private final Kind kind;

  /**
   * Creates an exception without a cause.
   *
   * @param kind how the backend failed
   * @param message backend, step and rule; never a value
   */
  public StoreException(Kind kind, String message) {
    this(kind, message, null);
  }

  /**
   * Creates an exception.
   *
   * @param kind how the backend failed
   * @param message backend, step and rule; never a value
   * @param cause what the driver threw, or null
   */
  public StoreException(Kind kind, String message, @Nullable Throwable cause) {
    super(requireNonNull(message, "message"), cause);
    this.kind = requireNonNull(kind, "kind");
  }

  /**
   * Returns how the backend failed.
   *
   * @return the kind
   */
  public Kind kind() {
    return kind;
  }

  /**
   * Returns whether an immediate retry can help.
   *
   * @return false for {@link Kind#MISCONFIGURED} and {@link Kind#NEWER_FORMAT}, and for {@link
   *     Kind#CIRCUIT_OPEN} and {@link Kind#OVERLOADED}, where it would only add to the load
   */
  public boolean isTransient() {
    return switch (kind) {
      case UNREACHABLE, TIMEOUT, REFUSED -> true;
      case MISCONFIGURED, NEWER_FORMAT, CIRCUIT_OPEN, OVERLOADED -> false;
    };
  }
}
