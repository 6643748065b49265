package io.doorward.auth.base;

import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Names an account for its whole life. In tokens and in Redis it is this text; PostgreSQL keeps it
 * as a UUID, so the JDBC module uses the UUID's canonical text.
 *
 * <p>Opaque: 1 to 64 characters of {@code A-Z a-z 0-9 _ -}, compared exactly. Immutable and
 * thread-safe.
 *
 * @param value the text
 */
public record AccountId(String value) {
  private static final int MAX = 64;

  /**
   * Checks the alphabet and the length.
   *
   * @param value see the type
   * @throws IllegalArgumentException if {@code value} is empty, over-long or has another character
   */
  public AccountId {
    Ids.requireUrlSafe("accountId", value, MAX);
  }

  /**
   * Creates a new id: a version 4 UUID (RFC 9562). It is a name, not a secret.
   *
   * @return an identifier that was never used before
   */
  public static AccountId random() {
    return new AccountId(UUID.randomUUID().toString());
  }

  /**
   * Reads one that came from outside.
   *
   * @param text what came; null if nothing did
   * @return the identifier; empty if the text is not one
   */
  public static Optional<AccountId> parse(@Nullable String text) {
    return Ids.parse(text, MAX, AccountId::new);
  }

  /** Returns the text itself. */
  @Override
  public String toString() {
    return value;
  }
}
