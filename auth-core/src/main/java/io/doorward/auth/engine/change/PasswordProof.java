package io.doorward.auth.engine.change;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.AuthService.PasswordChange;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.engine.login.DeviceCookies;
import io.doorward.auth.login.Authenticator;
import io.doorward.auth.login.Authenticator.AuthenticationResult;
import io.doorward.auth.login.LoginAttempt;
import java.util.List;

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

  /**
   * Chooses the identifier to prove the password under: the one that the caller's device cookie was
   * issued for, so that the device counts as known as it does at a login; without such a cookie the
   * one that the session was opened with, or else the one that the account has had longest.
   *
   * @param loginIds of the account, oldest first; not empty
   */
  LoginId choose(List<LoginId> loginIds, PasswordChange change) {
    return loginIds.stream()
        .filter(each -> devices.recognise(each, change.client()).knownDevice().isPresent())
        .findFirst()
        .or(() -> change.principal().loginId().filter(loginIds::contains))
        .orElse(loginIds.get(0));
  }

  AuthenticationResult prove(LoginId loginId, PasswordChange change, Deadline deadline) {
    LoginAttempt attempt =
        new LoginAttempt(loginId, change.current(), devices.recognise(loginId, change.client()));
    return authenticator.authenticate(attempt, deadline);
  }
}
