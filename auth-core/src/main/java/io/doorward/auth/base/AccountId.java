package io.doorward.auth.base;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Names an account, and the tenant that it is in, for its whole life. In tokens and in Redis it is
 * this text, so that whatever is bound to an account is bound to its tenant, too.
 *
 * <p>The text is the {@linkplain #local() local id} alone in the default tenant, and {@code
 * tenant.local} in any other. Both parts have 1 to 64 characters of {@code A-Z a-z 0-9 _ -}. A
 * tenant {@code default} in front is refused, so that no account has two texts. Compared exactly.
 * Immutable and thread-safe.
 *
 * <p>PostgreSQL keeps the tenant as text and the local id as a UUID, so the JDBC module uses the
 * UUID's canonical text.
 *
 * @param value the text
 */
public record AccountId(String value) {
  private static final char TENANT_END = '.';
  private static final int MAX = 64;

  /**
   * Checks both parts.
   *
   * @param value see the type
   * @throws IllegalArgumentException if a part is empty, over-long or has another character, or the
   *     default tenant is spelt out
   */
  public AccountId {
    if (!isText(requireNonNull(value, "accountId"))) {
      throw new IllegalArgumentException(
          "accountId must be LOCAL, or TENANT.LOCAL outside the default tenant, each 1 to "
              + MAX
              + " characters of A-Z a-z 0-9 _ -; was "
              + value.length()
              + " long");
    }
  }

  /**
   * Puts an account into a tenant.
   *
   * @param tenant of the account
   * @param local names the account in its tenant; 1 to 64 characters of {@code A-Z a-z 0-9 _ -}
   * @return its id
   * @throws IllegalArgumentException if {@code local} has another form
   */
  public static AccountId of(TenantId tenant, String local) {
    Ids.requireUrlSafe("local", local, MAX);
    return new AccountId(tenant.isDefault() ? local : tenant.value() + TENANT_END + local);
  }

  /**
   * Creates a new id in the default tenant: a version 4 UUID (RFC 9562). It is a name, not a
   * secret.
   *
   * @return an identifier that was never used before
   */
  public static AccountId random() {
    return random(TenantId.DEFAULT);
  }

  /**
   * Creates a new id, see {@link #random()}.
   *
   * @param tenant of the account
   * @return an identifier that was never used before
   */
  public static AccountId random(TenantId tenant) {
    return of(tenant, UUID.randomUUID().toString());
  }

  /**
   * Reads one that came from outside.
   *
   * @param text what came; null if nothing did
   * @return the identifier; empty if the text is not one
   */
  public static Optional<AccountId> parse(@Nullable String text) {
    return text != null && isText(text) ? Optional.of(new AccountId(text)) : Optional.empty();
  }

  private static boolean isText(String text) {
    if (text.length() > MAX + 1 + MAX) {
      return false;
    }
    int end = text.indexOf(TENANT_END);
    if (end < 0) {
      return Ids.isUrlSafe(text, MAX);
    }
    String tenant = text.substring(0, end);
    return Ids.isUrlSafe(tenant, MAX)
        && !tenant.equals(TenantId.DEFAULT.value())
        && Ids.isUrlSafe(text.substring(end + 1), MAX);
  }

  /**
   * Returns the tenant that the account is in.
   *
   * @return the default tenant if the text names none
   */
  public TenantId tenant() {
    int end = value.indexOf(TENANT_END);
    return end < 0 ? TenantId.DEFAULT : new TenantId(value.substring(0, end));
  }

  /**
   * Returns whether the account is in a tenant.
   *
   * @param tenant any
   * @return true if it is in that one
   */
  public boolean isIn(TenantId tenant) {
    int end = value.indexOf(TENANT_END);
    return end < 0 ? tenant.isDefault() : tenant.value().equals(value.substring(0, end));
  }

  /**
   * Refuses a name, such as a login identifier, that is in another tenant than the account.
   *
   * @param tenant that the name is in
   * @param what the name of the parameter, for the message
   * @throws IllegalArgumentException if the account is in another tenant
   */
  public void requireSame(TenantId tenant, String what) {
    if (!isIn(tenant)) {
      throw new IllegalArgumentException(
          what + " must be in the tenant of its account, " + tenant() + ", was in " + tenant);
    }
  }

  /**
   * Returns the name of the account in its tenant.
   *
   * @return the text without the tenant
   */
  public String local() {
    return value.substring(value.indexOf(TENANT_END) + 1);
  }

  /** Returns the text itself. */
  @Override
  public String toString() {
    return value;
  }
}
