package io.doorward.auth;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.Sessions.LogoutResult;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.TenantId;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.password.Password;
import io.doorward.auth.password.PasswordPolicy;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.AuthenticatedPrincipal;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.session.RefreshResult;
import io.doorward.auth.session.RefreshToken;
import io.doorward.auth.session.TokenStore;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Signs accounts up, logs them in, checks requests, refreshes tokens, logs out and changes
 * passwords. {@link #sessions}, {@link #admin} and {@link #operations} return the interfaces for
 * everything else.
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
   * Creates an account from what a form brought, within 5 s; see {@link #signUp(SignUp, Deadline)}.
   *
   * @param email as the person typed it; null if the field was missing
   * @param password as received; null if the field was missing
   * @param client the client that sends the request
   * @return as for a {@link SignUp}; also login identifier refused. A text that cannot be a
   *     password is a password refused
   */
  SignUpResult signUp(@Nullable String email, @Nullable String password, ClientContext client);

  /**
   * Checks a password and opens a session.
   *
   * @param attempt the login identifier, the password and where the request came from
   * @param deadline for the whole operation, token issue included
   * @return success, next step, rejected, throttled or unavailable
   */
  LoginResult login(LoginAttempt attempt, Deadline deadline);

  /**
   * Checks a password from what a form brought and opens a session, within 5 s; see {@link
   * #login(LoginAttempt, Deadline)}.
   *
   * @param email as the person typed it; null if the field was missing
   * @param password as received; null if the field was missing
   * @param client the client that sends the request
   * @return as for a {@link LoginAttempt}; rejected at once, and not counted as an attempt, where a
   *     text is no e-mail address or cannot be a password
   */
  LoginResult login(@Nullable String email, @Nullable String password, ClientContext client);

  /**
   * Authenticates a request of the default tenant, within 1 s; see {@link #check(AccessToken,
   * TenantId, Deadline)}.
   *
   * @param token as the request brought it; null if it brought none
   * @return active with the principal, rejected, unavailable, or by choice unverified
   */
  CheckResult check(@Nullable String token);

  /**
   * Authenticates a request of the default tenant, see {@link #check(AccessToken, TenantId,
   * Deadline)}.
   *
   * @param token as the request brought it
   * @param deadline for the whole operation
   * @return active with the principal, rejected, unavailable, or by choice unverified
   */
  default CheckResult check(AccessToken token, Deadline deadline) {
    return check(token, TenantId.DEFAULT, deadline);
  }

  /**
   * Authenticates a request: verifies the token, compares its tenant with the request's, then looks
   * up its session. A token of another tenant is rejected, however live its session is there.
   *
   * @param token as the request brought it
   * @param tenant that the request is addressed to
   * @param deadline for the whole operation
   * @return active with the principal, rejected, unavailable, or by choice unverified
   */
  CheckResult check(AccessToken token, TenantId tenant, Deadline deadline);

  /**
   * Exchanges a refresh token of the default tenant, within 5 s; see {@link #refresh(RefreshToken,
   * TenantId, Deadline)}.
   *
   * @param token as the client kept it; null if the request brought none
   * @return refreshed, rejected or unavailable
   */
  RefreshResult refresh(@Nullable String token);

  /**
   * Exchanges a refresh token of the default tenant.
   *
   * @param token as the client kept it
   * @param deadline for the whole operation
   * @return refreshed, rejected or unavailable
   */
  default RefreshResult refresh(RefreshToken token, Deadline deadline) {
    return refresh(token, TenantId.DEFAULT, deadline);
  }

  /**
   * Exchanges the refresh token of a bearer session for a new access token and the next refresh
   * token. The client stores that before it uses it, sends one request at a time, waits at most
   * half of the grace, and repeats a request whose answer it lost; see {@link RefreshResult}.
   *
   * @param token as the client kept it
   * @param tenant that the request is addressed to
   * @param deadline for the whole operation; with one beyond the grace, a call that may have
   *     reached the store is not repeated
   * @return refreshed, rejected or unavailable
   */
  RefreshResult refresh(RefreshToken token, TenantId tenant, Deadline deadline);

  /**
   * Ends the session that a token names, in whatever tenant it is, also where this node's clock
   * calls the token expired. Does nothing if the token is no longer valid or was never issued.
   *
   * @param token as the request brought it
   * @param deadline for the whole operation
   * @return done, with 1 session if it ended by this call, else with 0; or unavailable
   */
  LogoutResult logout(AccessToken token, Deadline deadline);

  /**
   * Ends the session that a token names, within 5 s; see {@link #logout(AccessToken, Deadline)}.
   *
   * @param token as the request brought it; null if it brought none
   * @return done, with 1 session if it ended by this call, else with 0; or unavailable
   */
  LogoutResult logout(@Nullable String token);

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
   * Changes a password from what a form brought, within 5 s; see {@link
   * #changePassword(PasswordChange, Deadline)}.
   *
   * @param principal the user, as the request check returned it
   * @param current the present password; null if the field was missing
   * @param next the new password; null if the field was missing
   * @param client the client that sends the request
   * @return as for a {@link PasswordChange}; rejected, and not counted as an attempt, where {@code
   *     current} cannot be a password; password refused where {@code next} cannot be one
   */
  PasswordChangeResult changePassword(
      AuthenticatedPrincipal principal,
      @Nullable String current,
      @Nullable String next,
      ClientContext client);

  /**
   * Returns the interface for the sessions of accounts.
   *
   * @return the same object at every call
   */
  Sessions sessions();

  /**
   * Returns the interface for owners who cannot log in any more.
   *
   * @return the same object at every call
   */
  Recovery recovery();

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

  /**
   * A request to create an account. Immutable and thread-safe.
   *
   * @param loginId canonical
   * @param password the new password in clear; redacted when printed
   * @param client the client that sends the request
   */
  record SignUp(LoginId loginId, Password password, ClientContext client) {
    /**
     * Checks that no component is null.
     *
     * @param loginId see the type
     * @param password see the type
     * @param client see the type
     * @throws NullPointerException with the name of what is null
     */
    public SignUp {
      requireNonNull(loginId, "loginId");
      requireNonNull(password, "password");
      requireNonNull(client, "client");
    }
  }

  /** The result of a sign-up. Immutable and thread-safe. */
  sealed interface SignUpResult {
    /**
     * The account exists and is committed.
     *
     * @param account its id
     * @param cachePending true if Redis could not be told yet; the relay will
     */
    record Created(AccountId account, boolean cachePending) implements SignUpResult {}

    /** The login identifier is taken. Nothing was written. Answer 409. */
    record Duplicate() implements SignUpResult {}

    /** The text is no e-mail address. Nothing was written. Answer 400. */
    record LoginIdRefused() implements SignUpResult {}

    /**
     * The password does not meet the policy. Nothing was written. Answer 400.
     *
     * @param reason which rule; may be shown
     */
    record PasswordRefused(PasswordPolicy.Refusal reason) implements SignUpResult {}

    /**
     * Too many sign-ups came from this network, or to this node. Nothing was read. Answer 429.
     *
     * @param retryAfter when another sign-up will be admitted
     */
    record Throttled(Duration retryAfter) implements SignUpResult {}

    /**
     * A backend could not answer, or the node is overloaded. Answer 503. If the answer to a commit
     * was lost the account may exist; a repeat then says {@link Duplicate}.
     *
     * @param retryAfter when it is worth trying again
     */
    record Unavailable(Duration retryAfter) implements SignUpResult {}

    /**
     * Maps the result, one function a case.
     *
     * @param created for {@link Created}
     * @param duplicate for {@link Duplicate}
     * @param loginIdRefused for {@link LoginIdRefused}
     * @param passwordRefused for {@link PasswordRefused}
     * @param throttled for {@link Throttled}
     * @param unavailable for {@link Unavailable}
     * @param <R> what the functions return
     * @return what the matching function returned
     */
    default <R> R match(
        Function<SignUpResult.Created, R> created,
        Function<SignUpResult.Duplicate, R> duplicate,
        Function<SignUpResult.LoginIdRefused, R> loginIdRefused,
        Function<SignUpResult.PasswordRefused, R> passwordRefused,
        Function<SignUpResult.Throttled, R> throttled,
        Function<SignUpResult.Unavailable, R> unavailable) {
      if (this instanceof SignUpResult.Created c) {
        return created.apply(c);
      }
      if (this instanceof SignUpResult.Duplicate d) {
        return duplicate.apply(d);
      }
      if (this instanceof SignUpResult.LoginIdRefused l) {
        return loginIdRefused.apply(l);
      }
      if (this instanceof SignUpResult.PasswordRefused p) {
        return passwordRefused.apply(p);
      }
      if (this instanceof SignUpResult.Throttled t) {
        return throttled.apply(t);
      }
      return unavailable.apply((SignUpResult.Unavailable) this);
    }
  }

  /**
   * A request of a logged-in user to change the password. Immutable and thread-safe.
   *
   * @param principal the user, as the request check returned it
   * @param current the present password in clear, as proof of identity
   * @param next the new password in clear
   * @param client the client that sends the request
   */
  record PasswordChange(
      AuthenticatedPrincipal principal, Password current, Password next, ClientContext client) {
    /**
     * Checks that no component is null.
     *
     * @param principal see the type
     * @param current see the type
     * @param next see the type
     * @param client see the type
     * @throws NullPointerException with the name of what is null
     */
    public PasswordChange {
      requireNonNull(principal, "principal");
      requireNonNull(current, "current");
      requireNonNull(next, "next");
      requireNonNull(client, "client");
    }
  }

  /** The result of a password change. Immutable and thread-safe. */
  sealed interface PasswordChangeResult {
    /**
     * Changed and committed. No node accepts the old password, and every session that existed
     * before has ended, the caller's own included.
     *
     * @param renewed a new session in place of the caller's own; empty if it could not be created;
     *     the user then logs in with the new password
     * @param cachePending true if Redis could not be told yet: until the relay has told it, a
     *     cached entry may still be accepted for at most its time to live plus clock skew
     */
    record Changed(Optional<LoginResult.Success> renewed, boolean cachePending)
        implements PasswordChangeResult {}

    /**
     * The present password is wrong, or the account may not log in. Nothing was changed. Answer
     * 403.
     */
    record Rejected() implements PasswordChangeResult {}

    /**
     * The new password does not meet the policy. Nothing was changed. Answer 400.
     *
     * @param reason which rule; may be shown
     */
    record PasswordRefused(PasswordPolicy.Refusal reason) implements PasswordChangeResult {}

    /** A concurrent call changed the credential. Nothing was changed by this call. Answer 409. */
    record Conflict() implements PasswordChangeResult {}

    /**
     * Too many attempts. Answer 429.
     *
     * @param retryAfter when an attempt will be admitted again
     */
    record Throttled(Duration retryAfter) implements PasswordChangeResult {}

    /**
     * A backend could not answer. Answer 503. If the answer to a commit was lost the new password
     * may be in force; the cached credential has been invalidated or will be.
     *
     * @param retryAfter when it is worth trying again
     */
    record Unavailable(Duration retryAfter) implements PasswordChangeResult {}

    /**
     * Maps the result, one function a case.
     *
     * @param changed for {@link Changed}
     * @param rejected for {@link Rejected}
     * @param passwordRefused for {@link PasswordRefused}
     * @param conflict for {@link Conflict}
     * @param throttled for {@link Throttled}
     * @param unavailable for {@link Unavailable}
     * @param <R> what the functions return
     * @return what the matching function returned
     */
    default <R> R match(
        Function<PasswordChangeResult.Changed, R> changed,
        Function<PasswordChangeResult.Rejected, R> rejected,
        Function<PasswordChangeResult.PasswordRefused, R> passwordRefused,
        Function<PasswordChangeResult.Conflict, R> conflict,
        Function<PasswordChangeResult.Throttled, R> throttled,
        Function<PasswordChangeResult.Unavailable, R> unavailable) {
      if (this instanceof PasswordChangeResult.Changed c) {
        return changed.apply(c);
      }
      if (this instanceof PasswordChangeResult.Rejected r) {
        return rejected.apply(r);
      }
      if (this instanceof PasswordChangeResult.PasswordRefused p) {
        return passwordRefused.apply(p);
      }
      if (this instanceof PasswordChangeResult.Conflict c) {
        return conflict.apply(c);
      }
      if (this instanceof PasswordChangeResult.Throttled t) {
        return throttled.apply(t);
      }
      return unavailable.apply((PasswordChangeResult.Unavailable) this);
    }
  }
}
