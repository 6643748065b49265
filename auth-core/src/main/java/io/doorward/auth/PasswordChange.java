package io.doorward.auth;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.ClientContext;
import io.doorward.auth.password.Password;
import io.doorward.auth.session.AuthenticatedPrincipal;

/**
 * Somebody who is logged in wants another password. Immutable and thread-safe.
 *
 * @param principal who, as the request check returned it
 * @param current the present password in clear, to prove it is still the same person
 * @param next the new password in clear
 * @param client where it comes from
 */
public record PasswordChange(
    AuthenticatedPrincipal principal, Password current, Password next, ClientContext client) {
  /**
   * Refuses what is missing.
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
