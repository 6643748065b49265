package io.doorward.auth.session;

import io.doorward.auth.account.Epoch;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.SessionId;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * One login that is being used. Immutable and thread-safe; a change is a new value in the store.
 * Two sessions are equal if all their values are.
 */
public final class Session {
  private final SessionId id;
  private final AccountId account;
  private final SessionKind kind;
  private final Epoch epoch;
  private final int generation;
  private final Instant rotatedAt;
  private final Optional<String> keyId;
  private final Instant createdAt;
  private final Instant authTime;
  private final Instant lastUsedAt;
  private final Instant absoluteEnd;
  private final Duration idleTimeout;
  private final Set<String> amr;
  private final Set<String> scopes;
  private final Optional<String> device;
  private final Map<String, String> attributes;

  Session(SessionBuilder builder) {
    this.id = builder.id;
    this.account = builder.account;
    this.kind = builder.kind;
    this.epoch = builder.epoch;
    this.generation = builder.generation;
    this.rotatedAt = builder.rotatedAt;
    this.keyId = builder.keyId;
    this.createdAt = builder.createdAt;
    this.authTime = builder.authTime;
    this.lastUsedAt = builder.lastUsedAt;
    this.absoluteEnd = builder.absoluteEnd;
    this.idleTimeout = builder.idleTimeout;
    this.amr = builder.amr;
    this.scopes = builder.scopes;
    this.device = builder.device;
    this.attributes = builder.attributes;
  }

  /**
   * Starts to build a session.
   *
   * @param account whose it is
   * @param kind how its token is presented
   * @param epoch the account's epoch in which it was proved
   * @param createdAt when it begins
   * @param absoluteEnd when it ends at the latest; after {@code createdAt}
   * @param idleTimeout how long it lives without a request; positive, at most 36,500 days
   * @return a builder with the documented defaults
   * @throws IllegalArgumentException if the end or the idle time is out of range
   */
  public static SessionBuilder builder(
      AccountId account,
      SessionKind kind,
      Epoch epoch,
      Instant createdAt,
      Instant absoluteEnd,
      Duration idleTimeout) {
    return new SessionBuilder(account, kind, epoch, createdAt, absoluteEnd, idleTimeout);
  }

  /**
   * Starts to build a session that differs from this one in what is set. It has the same id unless
   * another one is set.
   *
   * @return a builder with the values of this session
   */
  public SessionBuilder toBuilder() {
    SessionBuilder builder =
        new SessionBuilder(account, kind, epoch, createdAt, absoluteEnd, idleTimeout);
    builder.id = id;
    builder.generation = generation;
    builder.rotatedAt = rotatedAt;
    builder.keyId = keyId;
    builder.authTime = authTime;
    builder.lastUsedAt = lastUsedAt;
    builder.amr = amr;
    builder.scopes = scopes;
    builder.device = device;
    builder.attributes = attributes;
    return builder;
  }

  /**
   * Returns the id, which tokens name.
   *
   * @return the id
   */
  public SessionId id() {
    return id;
  }

  /**
   * Returns whose session it is.
   *
   * @return the account
   */
  public AccountId account() {
    return account;
  }

  /**
   * Returns how its token is presented.
   *
   * @return the kind
   */
  public SessionKind kind() {
    return kind;
  }

  /**
   * Returns the account's epoch in which it was proved. It is good in no other.
   *
   * @return the epoch
   */
  public Epoch epoch() {
    return epoch;
  }

  /**
   * Returns how often its refresh token was replaced.
   *
   * @return 0 at first
   */
  public int generation() {
    return generation;
  }

  /**
   * Returns when the present {@link #generation} began.
   *
   * @return the creation at first
   */
  public Instant rotatedAt() {
    return rotatedAt;
  }

  /**
   * Returns the key under which the refresh token of the present generation was given out.
   *
   * @return the key's name in the key ring; empty if no refresh token was given out
   */
  public Optional<String> keyId() {
    return keyId;
  }

  /**
   * Returns when it began.
   *
   * @return the creation
   */
  public Instant createdAt() {
    return createdAt;
  }

  /**
   * Returns when the person last proved who they are (OpenID Connect {@code auth_time}).
   *
   * @return the time of the proof
   */
  public Instant authTime() {
    return authTime;
  }

  /**
   * Returns when it was last used, to about a tenth of its idle time: when a touch last extended
   * it, in stores that record that (PostgreSQL and memory).
   *
   * @return the creation at first
   */
  public Instant lastUsedAt() {
    return lastUsedAt;
  }

  /**
   * Returns when it ends at the latest.
   *
   * @return an instant after the creation
   */
  public Instant absoluteEnd() {
    return absoluteEnd;
  }

  /**
   * Returns how long it lives without a request.
   *
   * @return positive, at most 36,500 days
   */
  public Duration idleTimeout() {
    return idleTimeout;
  }

  /**
   * Returns how the person proved who they are (RFC 8176), for instance {@code pwd}.
   *
   * @return an unmodifiable set
   */
  public Set<String> amr() {
    return amr;
  }

  /**
   * Returns what it may be used for, where that is less than all that its account may do (RFC 6749,
   * 3.3).
   *
   * @return an unmodifiable set; empty if it has no scopes
   */
  public Set<String> scopes() {
    return scopes;
  }

  /**
   * Returns the label of the device, for lists of sessions.
   *
   * @return at most 256 characters; empty if it is not known
   */
  public Optional<String> device() {
    return device;
  }

  /**
   * Returns the values that the application keeps here.
   *
   * @return an unmodifiable map of at most 16 values, and the library's own ({@code doorward.})
   */
  public Map<String, String> attributes() {
    return attributes;
  }

  /**
   * Returns the kind of device that it is on, which limits of sessions may count: see {@link
   * SessionLimits}.
   *
   * @return what {@link SessionOptions#withDeviceKind} has set; else {@code browser} for a cookie
   *     session and {@code app} for any other
   */
  public String deviceKind() {
    return attributes.getOrDefault(
        SessionRules.DEVICE_KIND, kind == SessionKind.COOKIE ? "browser" : "app");
  }

  /**
   * Returns the network that its user logged in from, for lists of sessions.
   *
   * <p>Security: it is personal data.
   *
   * @return as {@link io.doorward.auth.base.ClientContext#network()} gave it; empty if it is not
   *     known
   */
  public Optional<String> network() {
    return Optional.ofNullable(attributes.get(SessionRules.NETWORK));
  }

  /** Returns when the session is over if nothing touches it after this moment. */
  Instant idleEnd(Instant touched) {
    Instant idle = touched.plus(idleTimeout);
    return idle.isBefore(absoluteEnd) ? idle : absoluteEnd;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Session that
        && id.equals(that.id)
        && account.equals(that.account)
        && kind == that.kind
        && epoch.equals(that.epoch)
        && generation == that.generation
        && rotatedAt.equals(that.rotatedAt)
        && keyId.equals(that.keyId)
        && createdAt.equals(that.createdAt)
        && authTime.equals(that.authTime)
        && lastUsedAt.equals(that.lastUsedAt)
        && absoluteEnd.equals(that.absoluteEnd)
        && idleTimeout.equals(that.idleTimeout)
        && amr.equals(that.amr)
        && scopes.equals(that.scopes)
        && device.equals(that.device)
        && attributes.equals(that.attributes);
  }

  @Override
  public int hashCode() {
    return Objects.hash(id, account);
  }

  /** Leaves out the device and what the application keeps here: both may be about a person. */
  @Override
  public String toString() {
    return new StringJoiner(", ", "Session[", "]")
        .add("id=" + id)
        .add("account=" + account)
        .add("kind=" + kind)
        .add("epoch=" + epoch)
        .add("generation=" + generation)
        .add("rotatedAt=" + rotatedAt)
        .add("keyId=" + keyId.orElse("none"))
        .add("createdAt=" + createdAt)
        .add("authTime=" + authTime)
        .add("lastUsedAt=" + lastUsedAt)
        .add("absoluteEnd=" + absoluteEnd)
        .add("idleTimeout=" + idleTimeout)
        .add("amr=" + amr)
        .add("scopes=" + scopes)
        .add("attributes=" + attributes.size())
        .toString();
  }
}
