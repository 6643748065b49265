package io.doorward.auth;

import io.doorward.auth.account.AccountStore;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.session.TokenStore;

/**
 * Signs accounts up, logs them in, checks requests, logs out and changes passwords. {@link
 * #sessions}, {@link #admin} and {@link #operations} return the interfaces for everything else.
 *
 * <p>Thread-safe: one instance serves an application. Every method blocks, at most until its
 * deadline (plus one hash where it hashes, plus the time-outs of a Redis client that keeps no
 * deadlines), and returns expected outcomes as values; it throws only for misuse ({@link
 * NullPointerException}, {@link IllegalArgumentException}, {@link IllegalStateException} after
 * {@link #close}).
 *
 * <p>Failure: a call whose backend cannot answer returns {@code Unavailable}, never a refusal, and
 * is never counted as a failed attempt.
 */
public interface AuthService extends AutoCloseable {
  /**
   * Starts to build a service.
   *
   * @param accounts owns accounts, credentials and profiles
   * @param tokens keeps sessions
   * @param keys signs access tokens
   * @return a builder with the documented defaults
   */
  static AuthServiceBuilder builder(AccountStore accounts, TokenStore tokens, KeyRing keys) {
    return new AuthServiceBuilder(accounts, tokens, keys);
  }

  /**
   * Creates an account: database first, then the cache.
   *
   * @param request the login identifier and the password
   * @param deadline for the whole operation
   * @return created, duplicate, password refused, throttled or unavailable
   */
  SignUpResult signUp(SignUp request, Deadline deadline);

  /**
   * Checks a password and opens a session.
   *
   * @param attempt the login identifier, the password and where the request came from
   * @param deadline for the whole operation, token issue included
   * @return success, next step, rejected, throttled or unavailable
   */
  LoginResult login(LoginAttempt attempt, Deadline deadline);

  /**
   * Authenticates a request: verifies the token, then looks up its session.
   *
   * @param token as the request brought it
   * @param deadline for the whole operation
   * @return active with the principal, rejected, unavailable, or by choice unverified
   */
  CheckResult check(AccessToken token, Deadline deadline);

  /**
   * Ends the session that a token names, also where this node's clock calls the token expired. Does
   * nothing if the token is no longer valid or was never issued.
   *
   * @param token as the request brought it
   * @param deadline for the whole operation
   * @return done, with 1 session if it ended by this call, else with 0; or unavailable
   */
  LogoutResult logout(AccessToken token, Deadline deadline);

  /**
   * Changes a password. Once this returns {@code Changed}, the old password is rejected and all
   * earlier sessions are revoked; the caller gets a new one.
   *
   * @param change the principal, the present and the new password
   * @param deadline for the whole operation
   * @return changed, rejected, password refused, conflict, throttled or unavailable
   */
  PasswordChangeResult changePassword(PasswordChange change, Deadline deadline);

  /**
   * Returns the interface for the sessions of accounts.
   *
   * @return the same object at every call
   */
  Sessions sessions();

  /**
   * Returns the interface for administrators.
   *
   * @return the same object at every call
   */
  Admin admin();

  /**
   * Returns the interface for operators: health, clean-up, invalidations, cache checks.
   *
   * @return the same object at every call
   */
  Operations operations();

  /**
   * Stops background work and waits at most a second for it. Closes only what the service opened
   * itself, so neither the stores nor an executor that the application passed.
   */
  @Override
  void close();
}
