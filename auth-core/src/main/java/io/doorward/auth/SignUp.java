package io.doorward.auth;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.password.Password;

/**
 * A request to create an account. Immutable and thread-safe.
 *
 * @param loginId canonical
 * @param password the new password in clear; redacted when printed
 * @param client the client that sends the request
 */
public record SignUp(LoginId loginId, Password password, ClientContext client) {
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
