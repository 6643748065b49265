package io.doorward.auth.engine.change;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.AuthService.PasswordChange;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.engine.login.DeviceCookies;
import io.doorward.auth.login.Authenticator;
import io.doorward.auth.login.Authenticator.AuthenticationResult;
import io.doorward.auth.login.LoginAttempt;

/**
 * Proves the present password of an account: throttled like a login, and by the database only, so
 * that a stale cache cannot admit an old one. Thread-safe.
 */
public final class PasswordProof {
  private final Authenticator authenticator;
  private final DeviceCookies devices;

  public PasswordProof(Authenticator authenticator, DeviceCookies devices) {
    this.authenticator = requireNonNull(authenticator, "authenticator");
    this.devices = requireNonNull(devices, "devices");
  }

  AuthenticationResult prove(LoginId loginId, PasswordChange change, Deadline deadline) {
    LoginAttempt attempt =
        new LoginAttempt(loginId, change.current(), devices.recognise(loginId, change.client()));
    return authenticator.authenticate(attempt, deadline);
  }
}
