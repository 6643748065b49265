package io.doorward.auth.spring.boot;

import io.doorward.auth.session.SessionLifetimes;
import io.doorward.auth.session.SessionLimits;
import io.doorward.auth.session.SessionPolicy;
import io.doorward.auth.spring.boot.DoorwardProperties.Lifetimes;
import io.doorward.auth.spring.boot.DoorwardProperties.Policy;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** The policy of sessions, as properties change the library's defaults. */
final class SessionSettings {
  private SessionSettings() {}

  /**
   * Returns the policy.
   *
   * @throws IllegalArgumentException if a value is out of its range
   */
  static SessionPolicy policy(Policy given) {
    SessionPolicy policy =
        SessionPolicy.defaults()
            .withCookie(lifetimes(SessionLifetimes.ofCookies(), given.cookie()))
            .withBearer(lifetimes(SessionLifetimes.ofBearers(), given.bearer()))
            .withLimits(limits(given));
    policy = with(policy, given.bearerTokenLifetime(), SessionPolicy::withBearerTokenLifetime);
    policy = with(policy, given.refreshGrace(), SessionPolicy::withRefreshGrace);
    return with(policy, given.jitterPercent(), SessionPolicy::withJitterPercent);
  }

  private static SessionLifetimes lifetimes(SessionLifetimes defaults, Lifetimes given) {
    SessionLifetimes lifetimes =
        with(defaults, given.idleTimeout(), SessionLifetimes::withIdleTimeout);
    lifetimes = with(lifetimes, given.absoluteLifetime(), SessionLifetimes::withAbsoluteLifetime);
    lifetimes =
        with(lifetimes, given.rememberedIdleTimeout(), SessionLifetimes::withRememberedIdleTimeout);
    return with(lifetimes, given.rememberedLifetime(), SessionLifetimes::withRememberedLifetime);
  }

  private static SessionLimits limits(Policy given) {
    SessionLimits limits =
        with(SessionLimits.defaults(), given.maxSessions(), SessionLimits::withPerAccount);
    for (Map.Entry<String, Integer> kind : given.maxPerDeviceKind().entrySet()) {
      limits = limits.withDeviceKind(kind.getKey(), kind.getValue());
    }
    return with(limits, given.whenFull(), SessionLimits::withWhenFull);
  }

  /** Changes a value if there is something to change it to. */
  private static <T, V> T with(T value, @Nullable V given, BiFunction<T, V, T> change) {
    return given == null ? value : change.apply(value, given);
  }
}
