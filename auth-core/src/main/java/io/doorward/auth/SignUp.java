package io.doorward.auth;

import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.password.Password;

/**
 * Somebody wants an account. Immutable and thread-safe.
 *
 * @param loginId canonical
 * @param password the new password in clear; redacted when printed
 * @param client where it comes from
 */
public record SignUp(LoginId loginId, Password password, ClientContext client) {}
