package io.doorward.auth.session;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.Epoch;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.SessionId;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Collects the values of a {@link Session}, and starts there. Not thread-safe. */
public final class SessionBuilder {
  final AccountId account;
  final SessionKind kind;
  final Epoch epoch;
  final Instant createdAt;
  final Instant absoluteEnd;
  final Duration idleTimeout;
  SessionId id = SessionId.random();
  int generation;
  Instant rotatedAt;
  Optional<String> keyId = Optional.empty();
  Instant authTime;
  Instant lastUsedAt;
  Set<String> amr = Set.of();
  Set<String> scopes = Set.of();
  Optional<String> device = Optional.empty();
  Map<String, String> attributes = Map.of();

  SessionBuilder(
      AccountId account,
      SessionKind kind,
      Epoch epoch,
      Instant createdAt,
      Instant absoluteEnd,
      Duration idleTimeout) {
    this.account = requireNonNull(account, "account");
    this.kind = requireNonNull(kind, "kind");
    this.epoch = requireNonNull(epoch, "epoch");
    this.createdAt = requireNonNull(createdAt, "createdAt");
    this.absoluteEnd = requireNonNull(absoluteEnd, "absoluteEnd");
    this.idleTimeout = requireNonNull(idleTimeout, "idleTimeout");
    this.rotatedAt = createdAt;
    this.authTime = createdAt;
    this.lastUsedAt = createdAt;
    SessionRules.requireLifetime(createdAt, absoluteEnd, idleTimeout);
  }

  /**
   * Sets the id. Default: a new random one.
   *
   * @param session names the session; never used before
   * @return this
   */
  public SessionBuilder id(SessionId session) {
    this.id = requireNonNull(session, "session");
    return this;
  }

  /**
   * Sets the present generation of its refresh token. Default: generation 0 since the creation,
   * under no key.
   *
   * @param count how often the refresh token was replaced; not negative
   * @param since when this generation began, by the clock of the store
   * @param key the key under which its token was given out: 1 to 32 characters of {@code
   *     [A-Za-z0-9_-]}; empty if none was given out
   * @return this
   * @throws IllegalArgumentException if {@code count} is negative or {@code key} has another form
   */
  public SessionBuilder rotation(int count, Instant since, Optional<String> key) {
    if (count < 0) {
      throw new IllegalArgumentException("generation must not be negative: " + count);
    }
    this.generation = count;
    this.rotatedAt = requireNonNull(since, "since");
    this.keyId = key.map(SessionRules::requireKeyId);
    return this;
  }

  /**
   * Sets when the person last proved who they are. Default: the creation.
   *
   * @param instant the time of the proof
   * @return this
   */
  public SessionBuilder authTime(Instant instant) {
    this.authTime = requireNonNull(instant, "instant");
    return this;
  }

  /**
   * Sets when the session was last used. Default: the creation.
   *
   * @param instant the last use that is recorded
   * @return this
   */
  public SessionBuilder lastUsedAt(Instant instant) {
    this.lastUsedAt = requireNonNull(instant, "instant");
    return this;
  }

  /**
   * Sets how the person proved who they are. Default: nothing.
   *
   * @param methods of RFC 8176; copied
   * @return this
   */
  public SessionBuilder amr(Set<String> methods) {
    this.amr = Set.copyOf(requireNonNull(methods, "methods"));
    return this;
  }

  /**
   * Sets what the session may be used for. Default: no scopes.
   *
   * @param names at most 64, of 1 to 64 printable ASCII characters without space, {@code "} and
   *     {@code \} (RFC 6749, 3.3); copied
   * @return this
   * @throws IllegalArgumentException if they are more, or one has another form
   */
  public SessionBuilder scopes(Set<String> names) {
    this.scopes = SessionRules.requireScopes(requireNonNull(names, "names"));
    return this;
  }

  /**
   * Sets the label of the device. Default: none.
   *
   * @param label at most 256 characters, or empty
   * @return this
   * @throws IllegalArgumentException if it is longer
   */
  public SessionBuilder device(Optional<String> label) {
    this.device = label.map(SessionRules::requireDevice);
    return this;
  }

  /**
   * Sets the values that the application keeps here. Default: none.
   *
   * @param values at most 16, keys of 1 to 64 and values of at most 256 characters; copied
   * @return this
   * @throws IllegalArgumentException if they are more or longer
   */
  public SessionBuilder attributes(Map<String, String> values) {
    this.attributes = SessionRules.requireAttributes(requireNonNull(values, "values"));
    return this;
  }

  /**
   * Builds the session.
   *
   * @return an immutable value
   */
  public Session build() {
    return new Session(this);
  }
}
