package io.doorward.auth;

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
    AuthenticatedPrincipal principal, Password current, Password next, ClientContext client) {}
