package io.doorward.auth.base;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Names one state-changing call, so that a repeat of it is recognised and answered with the first
 * outcome instead of being done twice.
 *
 * <p>Opaque: 1 to 64 characters of {@code A-Z a-z 0-9 _ -}, compared exactly. Immutable and
 * thread-safe.
 *
 * @param value the text
 */
public record OperationId(String value) {
  private static final int MAX = 64;

  /**
   * Checks the alphabet and the length.
   *
   * @param value see the type
   * @throws IllegalArgumentException if {@code value} is empty, over-long or has another character
   */
  public OperationId {
    Ids.requireUrlSafe("operationId", value, MAX);
  }

  /**
   * Creates a new id from 128 random bits (RFC 4086, a cryptographic generator).
   *
   * @return an identifier that was never used before
   */
  public static OperationId random() {
    return new OperationId(Ids.random128());
  }

  /**
   * Reads one that came from outside.
   *
   * @param text what came; null if nothing did
   * @return the identifier; empty if the text is not one
   */
  public static Optional<OperationId> parse(@Nullable String text) {
    return Ids.parse(text, MAX, OperationId::new);
  }

  /** Returns the text itself. */
  @Override
  public String toString() {
    return value;
  }
}
