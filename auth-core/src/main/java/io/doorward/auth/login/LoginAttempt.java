package io.doorward.auth.login;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.password.Password;
import io.doorward.auth.session.SessionOptions;

/**
 * Somebody says who they are and offers a password. Immutable and thread-safe.
 *
 * @param loginId canonical
 * @param password in clear; redacted when printed
 * @param client where it comes from; {@link ClientContext#unknown()} has no network budget
 * @param session what kind of session is wanted
 */
public record LoginAttempt(
    LoginId loginId, Password password, ClientContext client, SessionOptions session) {
  /**
   * Refuses what is missing.
   *
   * @param loginId see the type
   * @param password see the type
   * @param client see the type
   * @param session see the type
   * @throws NullPointerException with the name of what is null
   */
  public LoginAttempt {
    requireNonNull(loginId, "loginId");
    requireNonNull(password, "password");
    requireNonNull(client, "client");
    requireNonNull(session, "session");
  }

  /**
   * An attempt that wants an ordinary cookie session.
   *
   * @param loginId canonical
   * @param password in clear
   * @param client where it comes from
   */
  public LoginAttempt(LoginId loginId, Password password, ClientContext client) {
    this(loginId, password, client, SessionOptions.cookie());
  }

  /**
   * The same attempt with what has become known of its client.
   *
   * @param client who asks, and from where
   * @return a new attempt
   */
  public LoginAttempt withClient(ClientContext client) {
    return new LoginAttempt(loginId, password, client, session);
  }
}
