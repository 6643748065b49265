package io.doorward.auth;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.ClientContext;
import io.doorward.auth.password.Password;
import io.doorward.auth.session.AuthenticatedPrincipal;

/**
 * A request of a logged-in user to change the password. Immutable and thread-safe.
 *
 * @param principal the user, as the request check returned it
 * @param current the present password in clear, as proof of identity
 * @param next the new password in clear
 * @param client the client that sends the request
 */
public record PasswordChange(
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
