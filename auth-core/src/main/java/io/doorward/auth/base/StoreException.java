package io.doorward.auth.base;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.guard.Retries;
import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * A backend could not answer. It never means "no": whoever catches it answers "unavailable", not
 * "rejected".
 *
 * <p>Messages name the backend, the step and the rule. They never hold a bound value, an identifier
 * of a person, a token or a secret.
 */
public final class StoreException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  /** How a backend failed, and so what a caller may do about it. */
  public enum Kind {
    /** Nothing was sent or nothing was done. A repeat is safe. */
    UNREACHABLE,
    /**
     * It took too long or the answer was lost. What was asked for may have happened. Reads may be
     * repeated; a change only under the same {@link OperationId}.
     */
    TIMEOUT,
    /**
     * It answered that it cannot do this now (read-only, loading, out of memory, serialisation).
     */
    REFUSED,
    /** It is set up wrongly: schema, permission, version. A repeat cannot help; a person must. */
    MISCONFIGURED,
    /**
     * It was not asked, because it has not answered for a while and its circuit breaker is open.
     * Nothing was sent; a repeat is safe, and of use once it answers again.
     */
    CIRCUIT_OPEN,
    /**
     * This node is full: as many callers use the backend, and wait for it, as may. Nothing was sent
     * and nothing was done. A repeat is safe, but only later or elsewhere is it of use, so {@link
     * Retries} do not try it again. It says nothing about the health of the backend.
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
   * Tells whether trying again at once can help.
   *
   * @return false for {@link Kind#MISCONFIGURED}, and for {@link Kind#CIRCUIT_OPEN} and {@link
   *     Kind#OVERLOADED}, where it would only add to the load
   */
  public boolean isTransient() {
    return switch (kind) {
      case UNREACHABLE, TIMEOUT, REFUSED -> true;
      case MISCONFIGURED, CIRCUIT_OPEN, OVERLOADED -> false;
    };
  }
}
