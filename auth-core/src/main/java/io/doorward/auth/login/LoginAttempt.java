package io.doorward.auth.login;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.password.Password;
import io.doorward.auth.session.SessionOptions;

/**
 * A login request: an identifier, a password and the client. Immutable and thread-safe.
 *
 * @param loginId canonical
 * @param password in clear; redacted when printed
 * @param client the client that sends it; {@link ClientContext#unknown()} has no network budget
 * @param session the kind of session to open
 */
public record LoginAttempt(
    LoginId loginId, Password password, ClientContext client, SessionOptions session) {
  /**
   * Checks that no component is null.
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
   * Creates an attempt that opens an ordinary cookie session.
   *
   * @param loginId canonical
   * @param password in clear
   * @param client the client that sends it
   */
  public LoginAttempt(LoginId loginId, Password password, ClientContext client) {
    this(loginId, password, client, SessionOptions.cookie());
  }

  /**
   * Returns the same attempt with another client.
   *
   * @param client the client, with what is now known of it
   * @return a new attempt
   */
  public LoginAttempt withClient(ClientContext client) {
    return new LoginAttempt(loginId, password, client, session);
  }
}
