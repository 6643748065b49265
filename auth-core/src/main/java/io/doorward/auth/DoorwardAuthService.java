package io.doorward.auth;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.AuthService.PasswordChange;
import io.doorward.auth.AuthService.PasswordChangeResult;
import io.doorward.auth.AuthService.SignUp;
import io.doorward.auth.AuthService.SignUpResult;
import io.doorward.auth.Sessions.LogoutResult;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.TenantId;
import io.doorward.auth.engine.change.PasswordChanges;
import io.doorward.auth.engine.change.SignUps;
import io.doorward.auth.engine.login.Logins;
import io.doorward.auth.engine.session.SessionManager;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.password.Password;
import io.doorward.auth.password.PasswordPolicy.Refusal;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.AuthenticatedPrincipal;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.session.RefreshResult;
import io.doorward.auth.session.RefreshToken;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Default {@link AuthService}; delegates each operation to the part that runs it. */
final class DoorwardAuthService implements AuthService {
  /** For callers that give no deadline: the defaults of docs/architecture.md. */
  private static final Duration OPERATION = Duration.ofSeconds(5);

  private static final Duration CHECK = Duration.ofSeconds(1);

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
      SessionsDoor sessions,
      RecoveryDoor recovery,
      AdminDoor admin,
      OperationsDoor operations,
      Lifecycle lifecycle) {}

  @Override
  public SignUpResult signUp(SignUp request, Deadline deadline) {
    doors.lifecycle().requireOpen();
    requireNonNull(request, "request");
    requireNonNull(deadline, "deadline");
    return signUps.signUp(request, deadline);
  }

  @Override
  public SignUpResult signUp(
      @Nullable String email, @Nullable String password, ClientContext client) {
    doors.lifecycle().requireOpen();
    requireNonNull(client, "client");
    Optional<LoginId> loginId = LoginId.parseEmail(email);
    if (loginId.isEmpty()) {
      return new SignUpResult.LoginIdRefused();
    }
    Optional<Password> secret = Password.parse(password);
    if (secret.isEmpty()) {
      return new SignUpResult.PasswordRefused(whyUnusable(password));
    }
    return signUp(new SignUp(loginId.get(), secret.get(), client), Deadline.after(OPERATION));
  }

  @Override
  public LoginResult login(LoginAttempt attempt, Deadline deadline) {
    doors.lifecycle().requireOpen();
    requireNonNull(attempt, "attempt");
    requireNonNull(deadline, "deadline");
    return logins.login(attempt, deadline);
  }

  @Override
  public LoginResult login(
      @Nullable String email, @Nullable String password, ClientContext client) {
    doors.lifecycle().requireOpen();
    requireNonNull(client, "client");
    Optional<LoginId> loginId = LoginId.parseEmail(email);
    Optional<Password> secret = Password.parse(password);
    if (loginId.isEmpty() || secret.isEmpty()) {
      return new LoginResult.Rejected();
    }
    return login(new LoginAttempt(loginId.get(), secret.get(), client), Deadline.after(OPERATION));
  }

  @Override
  public CheckResult check(@Nullable String token) {
    doors.lifecycle().requireOpen();
    return token == null
        ? new CheckResult.Rejected()
        : check(AccessToken.of(token), Deadline.after(CHECK));
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
  public RefreshResult refresh(@Nullable String token) {
    doors.lifecycle().requireOpen();
    return token == null
        ? new RefreshResult.Rejected()
        : refresh(RefreshToken.of(token), Deadline.after(OPERATION));
  }

  @Override
  public RefreshResult refresh(RefreshToken token, TenantId tenant, Deadline deadline) {
    return doors.sessions().refresh(token, tenant, deadline);
  }

  @Override
  public LogoutResult logout(AccessToken token, Deadline deadline) {
    return doors.sessions().logout(token, deadline);
  }

  @Override
  public LogoutResult logout(@Nullable String token) {
    doors.lifecycle().requireOpen();
    return token == null
        ? new LogoutResult.Done(0, false)
        : logout(AccessToken.of(token), Deadline.after(OPERATION));
  }

  @Override
  public PasswordChangeResult changePassword(PasswordChange change, Deadline deadline) {
    doors.lifecycle().requireOpen();
    requireNonNull(change, "change");
    requireNonNull(deadline, "deadline");
    return passwords.change(change, deadline);
  }

  @Override
  public PasswordChangeResult changePassword(
      AuthenticatedPrincipal principal,
      @Nullable String current,
      @Nullable String next,
      ClientContext client) {
    doors.lifecycle().requireOpen();
    requireNonNull(principal, "principal");
    requireNonNull(client, "client");
    Optional<Password> proof = Password.parse(current);
    if (proof.isEmpty()) {
      return new PasswordChangeResult.Rejected();
    }
    Optional<Password> wanted = Password.parse(next);
    if (wanted.isEmpty()) {
      return new PasswordChangeResult.PasswordRefused(whyUnusable(next));
    }
    return changePassword(
        new PasswordChange(principal, proof.get(), wanted.get(), client),
        Deadline.after(OPERATION));
  }

  /** Returns the rule that a text breaks which no policy is asked about. */
  private static Refusal whyUnusable(@Nullable String text) {
    if (text == null || text.isEmpty()) {
      return Refusal.TOO_SHORT;
    }
    boolean unprintable =
        text.codePoints().anyMatch(c -> c == 0 || Character.getType(c) == Character.SURROGATE);
    return unprintable ? Refusal.CONTROL_CHARACTER : Refusal.TOO_LONG;
  }

  @Override
  public Sessions sessions() {
    return doors.sessions();
  }

  @Override
  public Recovery recovery() {
    return doors.recovery();
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
