package io.doorward.auth.login;

import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.AuthenticatedPrincipal;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Function;

/** The result of a login. Immutable and thread-safe. */
public sealed interface LoginResult {
  /**
   * Logged in.
   *
   * @param principal the account, with the new session
   * @param token opens the session; goes into a cookie or into the answer, nowhere else
   * @param expiresAt when the token expires
   * @param deviceCookie for the client to keep, also after logout, and to send at its next login,
   *     so that a flood of attempts or an attack on the account does not lock it out
   */
  record Success(
      AuthenticatedPrincipal principal,
      AccessToken token,
      Instant expiresAt,
      DeviceCookie deviceCookie)
      implements LoginResult {}

  /**
   * The password is right, but a further proof is needed before there is a session.
   *
   * @param step what is needed; names a method of RFC 8176, for instance {@code otp}
   */
  record NextStep(String step) implements LoginResult {}

  /**
   * Unknown identifier, wrong password, or an account that may not log in: one answer for all.
   * Answer 401. The reason goes to the listener only.
   */
  record Rejected() implements LoginResult {}

  /**
   * Too many attempts. Answer 429.
   *
   * @param retryAfter when an attempt will be admitted again
   */
  record Throttled(Duration retryAfter) implements LoginResult {}

  /**
   * A backend could not answer, or the node is overloaded. The login says nothing about the
   * password and was not counted as a failure. Answer 503.
   *
   * @param retryAfter when it is worth trying again
   */
  record Unavailable(Duration retryAfter) implements LoginResult {}

  /**
   * Maps the result, one function a case. Where the compiler cannot tell which type is meant, as
   * between the {@code println} methods, say it: {@code result.<String>match(...)}.
   *
   * @param success for {@link Success}
   * @param nextStep for {@link NextStep}
   * @param rejected for {@link Rejected}
   * @param throttled for {@link Throttled}
   * @param unavailable for {@link Unavailable}
   * @param <R> what the functions return
   * @return what the matching function returned
   */
  default <R> R match(
      Function<Success, R> success,
      Function<NextStep, R> nextStep,
      Function<Rejected, R> rejected,
      Function<Throttled, R> throttled,
      Function<Unavailable, R> unavailable) {
    if (this instanceof Success s) {
      return success.apply(s);
    }
    if (this instanceof NextStep n) {
      return nextStep.apply(n);
    }
    if (this instanceof Rejected r) {
      return rejected.apply(r);
    }
    if (this instanceof Throttled t) {
      return throttled.apply(t);
    }
    return unavailable.apply((Unavailable) this);
  }
}
