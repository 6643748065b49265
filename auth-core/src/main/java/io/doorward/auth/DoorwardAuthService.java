package io.doorward.auth;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.AuthService.PasswordChange;
import io.doorward.auth.AuthService.PasswordChangeResult;
import io.doorward.auth.AuthService.SignUp;
import io.doorward.auth.AuthService.SignUpResult;
import io.doorward.auth.Sessions.LogoutResult;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.TenantId;
import io.doorward.auth.engine.change.PasswordChanges;
import io.doorward.auth.engine.change.SignUps;
import io.doorward.auth.engine.login.Logins;
import io.doorward.auth.engine.session.SessionManager;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.CheckResult;

/** Default {@link AuthService}; delegates each operation to the part that runs it. */
final class DoorwardAuthService implements AuthService {
  private final SignUps signUps;
  private final Logins logins;
  private final SessionManager sessionManager;
  private final PasswordChanges passwords;
  private final Doors doors;
  private final Runnable stop;

  /**
   * Puts the parts together.
   *
   * @param stop ends background work; called once
   */
  DoorwardAuthService(
      SignUps signUps,
      Logins logins,
      SessionManager sessionManager,
      PasswordChanges passwords,
      Doors doors,
      Runnable stop) {
    this.signUps = signUps;
    this.logins = logins;
    this.sessionManager = sessionManager;
    this.passwords = passwords;
    this.doors = doors;
    this.stop = stop;
  }

  /** The doors of a service and what they have in common. */
  record Doors(
      SessionsDoor sessions, AdminDoor admin, OperationsDoor operations, Lifecycle lifecycle) {}

  @Override
  public SignUpResult signUp(SignUp request, Deadline deadline) {
    doors.lifecycle().requireOpen();
    requireNonNull(request, "request");
    requireNonNull(deadline, "deadline");
    return signUps.signUp(request, deadline);
  }

  @Override
  public LoginResult login(LoginAttempt attempt, Deadline deadline) {
    doors.lifecycle().requireOpen();
    requireNonNull(attempt, "attempt");
    requireNonNull(deadline, "deadline");
    return logins.login(attempt, deadline);
  }

  @Override
  public CheckResult check(AccessToken token, TenantId tenant, Deadline deadline) {
    doors.lifecycle().requireOpen();
    requireNonNull(token, "token");
    requireNonNull(tenant, "tenant");
    requireNonNull(deadline, "deadline");
    return sessionManager.check(token, tenant, deadline);
  }

  @Override
  public LogoutResult logout(AccessToken token, Deadline deadline) {
    return doors.sessions().logout(token, deadline);
  }

  @Override
  public PasswordChangeResult changePassword(PasswordChange change, Deadline deadline) {
    doors.lifecycle().requireOpen();
    requireNonNull(change, "change");
    requireNonNull(deadline, "deadline");
    return passwords.change(change, deadline);
  }

  @Override
  public Sessions sessions() {
    return doors.sessions();
  }

  @Override
  public Admin admin() {
    return doors.admin();
  }

  @Override
  public Operations operations() {
    return doors.operations();
  }

  @Override
  public void close() {
    if (doors.lifecycle().close()) {
      stop.run();
    }
  }
}
