package io.doorward.auth.base;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Names a tenant: a customer, brand or region whose accounts are kept apart from all others. One
 * login identifier may be an account in each of several tenants. An application that has no tenants
 * uses {@link #DEFAULT} everywhere and never sees this type.
 *
 * <p>Opaque: 1 to 64 characters of {@code A-Z a-z 0-9 _ -}, compared exactly. Immutable and
 * thread-safe. It is a name, not a secret, and appears in tokens and in Redis.
 *
 * @param value the text
 */
public record TenantId(String value) {
  /** The tenant of everything that names no tenant; its text is {@code default}. */
  public static final TenantId DEFAULT = new TenantId("default");

  private static final int MAX = 64;

  /**
   * Checks the alphabet and the length.
   *
   * @param value see the type
   * @throws IllegalArgumentException if {@code value} is empty, over-long or has another character
   */
  public TenantId {
    Ids.requireUrlSafe("tenantId", value, MAX);
  }

  /**
   * Reads one that came from outside, for instance from a host name.
   *
   * @param text what came; null if nothing did
   * @return the tenant; empty if the text is not the name of one
   */
  public static Optional<TenantId> parse(@Nullable String text) {
    return Ids.parse(text, MAX, TenantId::new);
  }

  /**
   * Returns whether this is {@link #DEFAULT}.
   *
   * @return true for the tenant {@code default}
   */
  public boolean isDefault() {
    return equals(DEFAULT);
  }

  /** Returns the text itself. */
  @Override
  public String toString() {
    return value;
  }
}
