package io.doorward.auth.session;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.Map;

/**
 * How many live sessions an account may have, in all and on devices of one kind. Expired sessions,
 * those that a change of the account has ended, and API keys do not count. Immutable and
 * thread-safe.
 *
 * <p>A store decides and stores in one step, so that the limits hold exactly, however many logins
 * on however many nodes race.
 *
 * @param perAccount how many in all; positive
 * @param perDeviceKind how many on devices of one kind, by {@link Session#deviceKind()}; positive.
 *     A kind that is absent is limited by {@code perAccount} only
 * @param whenFull what happens to a login that would open one more
 */
public record SessionLimits(int perAccount, Map<String, Integer> perDeviceKind, WhenFull whenFull) {
  private static final int DEFAULT = 100;
  private static final SessionLimits DEFAULTS =
      new SessionLimits(DEFAULT, Map.of(), WhenFull.END_OLDEST);
  private static final SessionLimits NONE =
      new SessionLimits(Integer.MAX_VALUE, Map.of(), WhenFull.END_OLDEST);

  /** What happens to a login that would open one session more than an account may have. */
  public enum WhenFull {
    /** It succeeds, and ends the oldest session, by creation time. */
    END_OLDEST,
    /** It is refused, and opens and ends nothing. */
    REFUSE
  }

  /**
   * Copies the map.
   *
   * @param perAccount see the type
   * @param perDeviceKind see the type
   * @param whenFull see the type
   * @throws IllegalArgumentException if a number is not positive, or a kind is not 1 to 32
   *     characters of {@code [a-z0-9_-]}
   */
  public SessionLimits {
    requireNonNull(whenFull, "whenFull");
    perDeviceKind = Map.copyOf(requireNonNull(perDeviceKind, "perDeviceKind"));
    requirePositive("perAccount", perAccount);
    perDeviceKind.forEach(
        (kind, most) -> requirePositive(SessionRules.requireDeviceKind(kind), most));
  }

  /**
   * Returns the defaults.
   *
   * @return 100 sessions in all; the oldest ends
   */
  public static SessionLimits defaults() {
    return DEFAULTS;
  }

  /**
   * Returns no limits, for what a store keeps besides the sessions of logins.
   *
   * @return limits that no session exceeds
   */
  public static SessionLimits none() {
    return NONE;
  }

  /**
   * Returns these limits with another number in all.
   *
   * @param most how many live sessions an account may have; positive
   * @return new limits
   * @throws IllegalArgumentException if it is not positive
   */
  public SessionLimits withPerAccount(int most) {
    return new SessionLimits(most, perDeviceKind, whenFull);
  }

  /**
   * Returns these limits with another number for devices of one kind.
   *
   * @param kind of {@link SessionOptions#withDeviceKind}, or {@code browser} or {@code app}, which
   *     sessions are on by themselves
   * @param most how many live sessions an account may have there; positive
   * @return new limits
   * @throws IllegalArgumentException if the number is not positive, or the kind is none
   */
  public SessionLimits withDeviceKind(String kind, int most) {
    Map<String, Integer> more = new HashMap<>(perDeviceKind);
    more.put(requireNonNull(kind, "kind"), most);
    return new SessionLimits(perAccount, more, whenFull);
  }

  /**
   * Returns these limits with another answer to a login that would exceed them.
   *
   * @param whenFull end the oldest session, or refuse the login
   * @return new limits
   */
  public SessionLimits withWhenFull(WhenFull whenFull) {
    return new SessionLimits(perAccount, perDeviceKind, whenFull);
  }

  /**
   * Returns how many sessions an account may have on devices of a kind.
   *
   * @param deviceKind of the session that is opened
   * @return its own limit, or that of the account if it has none or a higher one
   */
  public int on(String deviceKind) {
    return Math.min(perAccount, perDeviceKind.getOrDefault(deviceKind, perAccount));
  }

  /**
   * Returns whether a session can exceed these limits.
   *
   * @param session to be stored
   * @return false for every session if these are {@link #none()}, and always for an API key
   */
  public boolean apply(Session session) {
    return session.kind() != SessionKind.API_KEY
        && (perAccount != Integer.MAX_VALUE || !perDeviceKind.isEmpty());
  }

  private static void requirePositive(String what, int most) {
    if (most < 1) {
      throw new IllegalArgumentException(what + " must be positive: " + most);
    }
  }
}
