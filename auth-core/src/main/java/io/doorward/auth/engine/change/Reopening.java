package io.doorward.auth.engine.change;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.CredentialVersion;
import io.doorward.auth.account.Epoch;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.engine.login.DeviceCookies;
import io.doorward.auth.engine.login.Logins;
import io.doorward.auth.engine.session.SessionManager;
import io.doorward.auth.guard.BackendCalls;
import io.doorward.auth.login.Authenticator.AuthenticationResult.Authenticated;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.Session;
import java.util.Optional;

/**
 * Gives the caller of a password change a new session for the one that has just ended, and a device
 * cookie of the new epoch. Thread-safe.
 */
public final class Reopening {
  private final SessionManager sessions;
  private final DeviceCookies devices;
  private final BackendCalls tokens;

  public Reopening(SessionManager sessions, DeviceCookies devices, BackendCalls tokens) {
    this.sessions = requireNonNull(sessions, "sessions");
    this.devices = requireNonNull(devices, "devices");
    this.tokens = requireNonNull(tokens, "tokens");
  }

  /** Opens the new session; empty if that fails, because the change itself stands. */
  Optional<LoginResult.Success> reopen(
      Session ended,
      LoginId loginId,
      CredentialVersion version,
      Authenticated proved,
      Deadline deadline) {
    Epoch epoch = Epoch.of(version);
    return tokens
        .tried(() -> sessions.reopen(ended, epoch, proved.amr(), deadline))
        .flatMap(opened -> opened)
        .map(
            opened ->
                Logins.success(
                    opened, Optional.of(devices.issue(loginId, proved.account(), epoch))));
  }
}
