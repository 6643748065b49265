package io.doorward.auth.account;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.TenantId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An account as another system has it, to be imported. Building one checks nothing and never
 * throws: what cannot be imported comes back from the import with its number and the reason.
 *
 * <p>Immutable and thread-safe. Security: it holds a hash and personal data; {@link #toString()}
 * shows none of it.
 */
public final class ImportedAccount {
  private final TenantId tenant;
  private final List<Optional<LoginId>> loginIds;
  private final Optional<String> hash;
  private final AccountStatus status;
  private final List<@Nullable String> roles;
  private final Optional<String> externalId;
  private final Optional<Instant> createdAt;

  private ImportedAccount(Builder builder) {
    this.tenant = builder.tenant;
    this.loginIds =
        builder.loginIds.stream().map(it -> it.map(found -> found.inTenant(tenant))).toList();
    this.hash = Optional.ofNullable(builder.hash);
    this.status = builder.status;
    this.roles = Collections.unmodifiableList(new ArrayList<>(builder.roles));
    this.externalId = Optional.ofNullable(builder.externalId);
    this.createdAt = Optional.ofNullable(builder.createdAt);
  }

  /**
   * Starts to build an account.
   *
   * @return a builder of an active account of the default tenant with nothing else
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Returns the tenant.
   *
   * @return of the account
   */
  public TenantId tenant() {
    return tenant;
  }

  /**
   * Returns the login identifiers in canonical form.
   *
   * @return in the order in which they were given; empty in the place of a text that is none
   */
  public List<Optional<LoginId>> loginIds() {
    return loginIds;
  }

  /**
   * Returns the stored hash.
   *
   * @return as it was given; empty for an account without a password
   */
  public Optional<String> hash() {
    return hash;
  }

  /**
   * Returns the status.
   *
   * @return of the account
   */
  public AccountStatus status() {
    return status;
  }

  /**
   * Returns the roles.
   *
   * @return as they were given
   */
  public List<@Nullable String> roles() {
    return roles;
  }

  /**
   * Returns the id that the host's own system gave the account.
   *
   * @return as it was given; empty if there is none
   */
  public Optional<String> externalId() {
    return externalId;
  }

  /**
   * Returns when the other system made the account.
   *
   * @return as it was given; empty if it is not known
   */
  public Optional<Instant> createdAt() {
    return createdAt;
  }

  /** Returns a text without identifiers and hash. */
  @Override
  public String toString() {
    return "ImportedAccount[" + loginIds.size() + " login identifiers, hidden]";
  }

  /** Collects what is known of an account. For one thread. */
  public static final class Builder {
    private final List<Optional<LoginId>> loginIds = new ArrayList<>();
    private TenantId tenant = TenantId.DEFAULT;
    private @Nullable String hash;
    private AccountStatus status = AccountStatus.ACTIVE;
    private List<@Nullable String> roles = List.of();
    private @Nullable String externalId;
    private @Nullable Instant createdAt;

    private Builder() {}

    /**
     * Adds an e-mail address.
     *
     * @param address as it is stored; {@link LoginId#parseEmail} says what is read
     * @return this builder
     */
    public Builder email(@Nullable String address) {
      return add(LoginId.parseEmail(address));
    }

    /**
     * Adds a telephone number.
     *
     * @param number as it is stored; {@link LoginId#parsePhone} says what is read
     * @return this builder
     */
    public Builder phone(@Nullable String number) {
      return add(LoginId.parsePhone(number));
    }

    /**
     * Adds a login identifier that the application's own canonicaliser made.
     *
     * @param loginId for instance a {@linkplain LoginId#name user name}; its tenant plays no part
     * @return this builder
     */
    public Builder loginId(LoginId loginId) {
      return add(Optional.of(requireNonNull(loginId, "loginId")));
    }

    private Builder add(Optional<LoginId> loginId) {
      loginIds.add(loginId);
      return this;
    }

    /**
     * Sets the tenant.
     *
     * @param tenant {@link TenantId#DEFAULT} by default
     * @return this builder
     */
    public Builder tenant(TenantId tenant) {
      this.tenant = requireNonNull(tenant, "tenant");
      return this;
    }

    /**
     * Sets the hash of the password, as it is stored. The password hasher of the service must be
     * able to read it.
     *
     * @param hash the encoded text; null for an account without a password, the default
     * @return this builder
     */
    public Builder hash(@Nullable String hash) {
      this.hash = hash;
      return this;
    }

    /**
     * Sets the status.
     *
     * @param status {@link AccountStatus#ACTIVE} by default
     * @return this builder
     */
    public Builder status(AccountStatus status) {
      this.status = requireNonNull(status, "status");
      return this;
    }

    /**
     * Sets the roles.
     *
     * @param roles names as {@link ProfileStore} describes them; none by default
     * @return this builder
     */
    public Builder roles(Collection<? extends @Nullable String> roles) {
      this.roles = new ArrayList<>(requireNonNull(roles, "roles"));
      return this;
    }

    /**
     * Sets the id that the host's own system gave the account.
     *
     * @param externalId 1 to 255 characters, unique in the tenant; null if there is none, the
     *     default
     * @return this builder
     */
    public Builder externalId(@Nullable String externalId) {
      this.externalId = externalId;
      return this;
    }

    /**
     * Sets when the account was made.
     *
     * @param createdAt not in the future; null if it is not known, the default: the time of the
     *     import then
     * @return this builder
     */
    public Builder createdAt(@Nullable Instant createdAt) {
      this.createdAt = createdAt;
      return this;
    }

    /**
     * Builds the account.
     *
     * @return a value with what was set
     */
    public ImportedAccount build() {
      return new ImportedAccount(this);
    }
  }
}
