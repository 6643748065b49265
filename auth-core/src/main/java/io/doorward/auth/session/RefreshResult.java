package io.doorward.auth.session;

import java.time.Duration;
import java.time.Instant;
import java.util.function.Function;

/**
 * The result of exchanging a refresh token. Immutable and thread-safe.
 *
 * <p>A refresh token is replaced when it is used, and has one successor (RFC 9700, 4.14.2). For the
 * grace after that ({@link SessionPolicy#refreshGrace}) its predecessor gets the very same
 * successor, so that two tabs, or a client that lost the answer, do not log themselves out. Later
 * it is taken for a copy, and its session ends.
 */
public sealed interface RefreshResult {
  /**
   * The session goes on, and its idle time has begun anew. <b>Store the refresh token before you
   * use either token</b>: the one that was sent is good for the grace only.
   *
   * @param principal the account, its roles and the session
   * @param token a new access token; those before are good until they expire
   * @param expiresAt when the access token expires
   * @param refreshToken the present one; within the grace after an exchange the same one again
   */
  record Refreshed(
      AuthenticatedPrincipal principal,
      AccessToken token,
      Instant expiresAt,
      RefreshToken refreshToken)
      implements RefreshResult {}

  /**
   * The token is none of this service, its session is over, or it was replaced before: then this
   * call has ended the session. Answer 401; the client logs in again. The reason goes to the
   * listener only.
   */
  record Rejected() implements RefreshResult {}

  /**
   * A backend could not answer. Nothing is lost: send the same token again. Answer 503.
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
