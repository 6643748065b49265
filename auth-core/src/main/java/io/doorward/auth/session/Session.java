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

/**
 * One login that is being used. Immutable and thread-safe; a change is a new value in the store.
 *
 * @param id names it
 * @param account whose it is
 * @param kind how its token is presented
 * @param epoch the account's epoch in which it was proved
 * @param generation counts refreshes; 0 at first
 * @param createdAt when it began
 * @param authTime when the person last proved who they are (OpenID Connect {@code auth_time})
 * @param absoluteEnd when it ends at the latest
 * @param idleTimeout how long it lives without a request; positive, at most 36,500 days
 * @param amr how the person proved it (RFC 8176), for instance {@code pwd}
 * @param device a label of the device for lists of sessions, if known; at most 256 characters
 * @param attributes a few values of the application; at most 16, keys to 64 and values to 256
 *     characters
 */
public record Session(
    SessionId id,
    AccountId account,
    SessionKind kind,
    Epoch epoch,
    int generation,
    Instant createdAt,
    Instant authTime,
    Instant absoluteEnd,
    Duration idleTimeout,
    Set<String> amr,
    Optional<String> device,
    Map<String, String> attributes) {
  private static final int MAX_ATTRIBUTES = 16;
  private static final int MAX_KEY = 64;
  private static final int MAX_VALUE = 256;
  private static final Duration LONGEST_IDLE = Duration.ofDays(36_500);

  /**
   * Checks and copies.
   *
   * @param id see the type
   * @param account see the type
   * @param kind see the type
   * @param epoch see the type
   * @param generation see the type
   * @param createdAt see the type
   * @param authTime see the type
   * @param absoluteEnd see the type
   * @param idleTimeout see the type
   * @param amr see the type
   * @param device see the type
   * @param attributes see the type
   * @throws IllegalArgumentException if a number, a time or a size is outside what is documented
   */
  public Session {
    requireNonNull(id, "id");
    requireNonNull(account, "account");
    requireNonNull(kind, "kind");
    requireNonNull(epoch, "epoch");
    requireNonNull(createdAt, "createdAt");
    requireNonNull(authTime, "authTime");
    requireNonNull(amr, "amr");
    requireNonNull(attributes, "attributes");
    if (generation < 0) {
      throw new IllegalArgumentException("generation must not be negative: " + generation);
    }
    if (!absoluteEnd.isAfter(createdAt)) {
      throw new IllegalArgumentException("absoluteEnd must be after createdAt: " + absoluteEnd);
    }
    if (idleTimeout.isNegative() || idleTimeout.isZero()) {
      throw new IllegalArgumentException("idleTimeout must be positive: " + idleTimeout);
    }
    if (idleTimeout.compareTo(LONGEST_IDLE) > 0) {
      throw new IllegalArgumentException(
          "idleTimeout must be at most " + LONGEST_IDLE + ": " + idleTimeout);
    }
    if (device.isPresent() && device.get().length() > MAX_VALUE) {
      throw new IllegalArgumentException("device must have at most " + MAX_VALUE + " characters");
    }
    amr = Set.copyOf(amr);
    attributes = requireAttributes(attributes);
  }

  /** Returns when the session is over if nothing touches it after this moment. */
  Instant idleEnd(Instant touched) {
    Instant idle = touched.plus(idleTimeout);
    return idle.isBefore(absoluteEnd) ? idle : absoluteEnd;
  }

  /** Leaves out the device and what the application keeps here: both may be about a person. */
  @Override
  public String toString() {
    return "Session[id="
        + id
        + ", account="
        + account
        + ", kind="
        + kind
        + ", epoch="
        + epoch
        + ", generation="
        + generation
        + ", createdAt="
        + createdAt
        + ", authTime="
        + authTime
        + ", absoluteEnd="
        + absoluteEnd
        + ", idleTimeout="
        + idleTimeout
        + ", amr="
        + amr
        + ", attributes="
        + attributes.size()
        + "]";
  }

  /** Copies attributes that are neither too many nor too long. */
  static Map<String, String> requireAttributes(Map<String, String> given) {
    Map<String, String> attributes = Map.copyOf(given);
    if (attributes.size() > MAX_ATTRIBUTES) {
      throw new IllegalArgumentException(
          "attributes must be at most " + MAX_ATTRIBUTES + ": " + attributes.size());
    }
    attributes.forEach(
        (key, value) -> {
          if (key.isEmpty() || key.length() > MAX_KEY || value.length() > MAX_VALUE) {
            throw new IllegalArgumentException(
                "attributes must have keys of 1 to "
                    + MAX_KEY
                    + " and values of at most "
                    + MAX_VALUE
                    + " characters");
          }
        });
    return attributes;
  }
}
