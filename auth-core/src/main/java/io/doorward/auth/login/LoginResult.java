package io.doorward.auth.login;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.engine.login.DeviceCookies;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.AuthenticatedPrincipal;
import io.doorward.auth.session.RefreshToken;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/** The result of a login. Immutable and thread-safe. */
public sealed interface LoginResult {
  /**
   * Logged in.
   *
   * @param principal the account, with the new session
   * @param token opens the session; goes into a cookie or into the answer, nowhere else
   * @param expiresAt when the token expires
   * @param refreshToken of a bearer session, for {@code AuthService.refresh}; goes into the answer,
   *     or into an {@code HttpOnly} cookie of its own; nowhere else. Empty for a cookie session,
   *     whose token is good to its end
   * @param deviceCookie for the client to keep, also after logout, and to send at its next login,
   *     so that a flood of attempts or an attack on the account does not lock it out. Empty if the
   *     account has no login identifier, so that it has no login with a password
   */
  record Success(
      AuthenticatedPrincipal principal,
      AccessToken token,
      Instant expiresAt,
      Optional<RefreshToken> refreshToken,
      Optional<DeviceCookie> deviceCookie)
      implements LoginResult {}

  /**
   * The password is right, but a further proof is needed before there is a session.
   *
   * @param step what is needed; names a method of RFC 8176, for instance {@code otp}
   */
  record NextStep(String step) implements LoginResult {}

  /**
   * The password is right, but the account has as many sessions as it may have, and no login ends
   * one ({@link io.doorward.auth.session.SessionLimits.WhenFull#REFUSE}). Nothing was opened and
   * nothing ended. Answer 409; the person can end a session on another device, or wait for one to
   * expire.
   *
   * @param most how many sessions it may have
   * @param deviceKind the kind of device that the number is for; empty if it is for all together
   */
  record TooManySessions(int most, Optional<String> deviceKind) implements LoginResult {}

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
   * @param tooManySessions for {@link TooManySessions}
   * @param rejected for {@link Rejected}
   * @param throttled for {@link Throttled}
   * @param unavailable for {@link Unavailable}
   * @param <R> what the functions return
   * @return what the matching function returned
   */
  default <R> R match(
      Function<Success, R> success,
      Function<NextStep, R> nextStep,
      Function<TooManySessions, R> tooManySessions,
      Function<Rejected, R> rejected,
      Function<Throttled, R> throttled,
      Function<Unavailable, R> unavailable) {
    if (this instanceof Success s) {
      return success.apply(s);
    }
    if (this instanceof NextStep n) {
      return nextStep.apply(n);
    }
    if (this instanceof TooManySessions m) {
      return tooManySessions.apply(m);
    }
    if (this instanceof Rejected r) {
      return rejected.apply(r);
    }
    if (this instanceof Throttled t) {
      return throttled.apply(t);
    }
    return unavailable.apply((Unavailable) this);
  }

  /**
   * A cookie that a device keeps after a login, so that it is known at the next one. {@link
   * DeviceCookies} makes it; the client brings it back in {@link
   * io.doorward.auth.base.ClientContext#withDeviceCookie}. Immutable and thread-safe.
   *
   * <p>Security: it is no credential and opens nothing; a thief gets the attempt budget of one
   * device for one login identifier. It is kept at logout and ends when the password is changed,
   * like all sessions. It is secret all the same and is never printed.
   */
  final class DeviceCookie {
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_-]{1,256}");

    private final String value;
    private final Instant expiresAt;

    private DeviceCookie(String value, Instant expiresAt) {
      if (!FORM.matcher(requireNonNull(value, "value")).matches()) {
        throw new IllegalArgumentException(
            "device cookie must be 1 to 256 characters of A-Z a-z 0-9 _ -");
      }
      this.value = value;
      this.expiresAt = requireNonNull(expiresAt, "expiresAt");
    }

    /**
     * Wraps a value. Applications get theirs from {@link LoginResult.Success}.
     *
     * @param value 1 to 256 characters of {@code A-Z a-z 0-9 _ -}
     * @param expiresAt when the device stops being known
     * @return the cookie
     * @throws IllegalArgumentException if the value has another form
     */
    public static DeviceCookie of(String value, Instant expiresAt) {
      return new DeviceCookie(value, expiresAt);
    }

    /**
     * Returns what the client has to keep. Goes into a cookie, or into whatever a program keeps,
     * and nowhere else.
     *
     * @return the value
     */
    public String reveal() {
      return value;
    }

    /**
     * Returns when the device stops being known.
     *
     * @return the end, which is sealed inside as well
     */
    public Instant expiresAt() {
      return expiresAt;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof DeviceCookie that
          && expiresAt.equals(that.expiresAt)
          && MessageDigest.isEqual(
              value.getBytes(StandardCharsets.US_ASCII),
              that.value.getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public int hashCode() {
      return value.hashCode();
    }

    /** Returns the end, without the value. */
    @Override
    public String toString() {
      return "DeviceCookie[redacted, expiresAt=" + expiresAt + "]";
    }
  }
}
