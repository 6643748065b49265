package io.doorward.auth.session;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.SessionId;
import java.time.Duration;
import java.util.function.Function;

/** The result of authenticating a request. Immutable and thread-safe. */
public sealed interface CheckResult {
  /**
   * The token is genuine and its session is live.
   *
   * @param principal the account, its roles and the session
   */
  record Active(AuthenticatedPrincipal principal) implements CheckResult {}

  /**
   * The token is invalid or expired, or its session has ended. Answer 401. The reason goes to the
   * listener only.
   */
  record Rejected() implements CheckResult {}

  /**
   * The token is genuine and young, but no server could answer whether its session is live.
   * Returned only if the application has chosen {@link
   * io.doorward.auth.backend.Degradation#allowingUnverified}. The session may have been revoked
   * since the token was issued, and roles are not known: allow only what a revoked session may do,
   * if anything, and answer 503 to the rest.
   *
   * @param account the account that the token names
   * @param session the session that the token names
   */
  record Unverified(AccountId account, SessionId session) implements CheckResult {}

  /**
   * A backend could not answer. Answer 503, refuse the request, and keep the cookie.
   *
   * @param retryAfter when it is worth trying again
   */
  record Unavailable(Duration retryAfter) implements CheckResult {}

  /**
   * Maps the result, one function a case.
   *
   * @param active for {@link Active}
   * @param rejected for {@link Rejected}
   * @param unverified for {@link Unverified}
   * @param unavailable for {@link Unavailable}
   * @param <R> what the functions return
   * @return what the matching function returned
   */
  default <R> R match(
      Function<Active, R> active,
      Function<Rejected, R> rejected,
      Function<Unverified, R> unverified,
      Function<Unavailable, R> unavailable) {
    if (this instanceof Active a) {
      return active.apply(a);
    }
    if (this instanceof Rejected r) {
      return rejected.apply(r);
    }
    if (this instanceof Unverified p) {
      return unverified.apply(p);
    }
    return unavailable.apply((Unavailable) this);
  }
}
