package io.doorward.auth.session;

import java.time.Duration;
import java.time.Instant;
import java.util.function.Function;

/**
 * The result of exchanging a refresh token. Immutable and thread-safe.
 *
 * <p>A refresh token is replaced when it is used, and has one successor (RFC 9700, 4.14.2). For the
 * grace after that ({@link SessionPolicy#refreshGrace}) its predecessor gets the very same
 * successor, so that two tabs, or a client that lost the answer, do not log themselves out. For 60
 * s more, by which the clocks of two servers may differ, it is rejected and the session lives.
 * Later it is taken for a copy, and its session ends.
 */
public sealed interface RefreshResult {
  /**
   * The session goes on, and its idle time has begun anew, as after a request. <b>Store a new
   * refresh token before you use either token</b>: the one that was sent is good for the grace
   * only. Write nothing where it is the one that was sent: a late answer would replace a newer one.
   *
   * @param principal the account, its roles and the session
   * @param token a new access token; those before are good until they expire
   * @param expiresAt when the access token expires
   * @param refreshToken the present one: until the grace and 60 s are over, after the login or an
   *     exchange, the same one again
   */
  record Refreshed(
      AuthenticatedPrincipal principal,
      AccessToken token,
      Instant expiresAt,
      RefreshToken refreshToken)
      implements RefreshResult {}

  /**
   * The token was not issued by this service, its session is over, or it was replaced. If it was
   * replaced longer ago than the grace and 60 s, or is older still, this call has ended the
   * session. Answer 401; the client logs in again. The reason goes to the listener only.
   */
  record Rejected() implements RefreshResult {}

  /**
   * A backend could not answer. The exchange may have been made, and then the token that was sent
   * is good for the grace only: send the same one again, soon. Answer 503.
   *
   * @param retryAfter when it is worth trying again
   */
  record Unavailable(Duration retryAfter) implements RefreshResult {}

  /**
   * Maps the result, one function a case.
   *
   * @param refreshed for {@link Refreshed}
   * @param rejected for {@link Rejected}
   * @param unavailable for {@link Unavailable}
   * @param <R> what the functions return
   * @return what the matching function returned
   */
  default <R> R match(
      Function<Refreshed, R> refreshed,
      Function<Rejected, R> rejected,
      Function<Unavailable, R> unavailable) {
    if (this instanceof Refreshed r) {
      return refreshed.apply(r);
    }
    if (this instanceof Rejected r) {
      return rejected.apply(r);
    }
    return unavailable.apply((Unavailable) this);
  }
}
