package io.doorward.auth.engine.login;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.Sessions.HostLogin;
import io.doorward.auth.account.AccountDirectory;
import io.doorward.auth.account.AccountDirectory.AccountState;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.Ticker;
import io.doorward.auth.engine.EngineContext;
import io.doorward.auth.engine.session.Opening;
import io.doorward.auth.engine.session.SessionManager;
import io.doorward.auth.event.AccessEvent;
import io.doorward.auth.event.AccessEvent.LoginRefusal;
import io.doorward.auth.event.AccessEvent.Source;
import io.doorward.auth.event.AccessEvent.Step;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.guard.BackendCalls;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.SessionOptions;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * Opens sessions for logins that the application has proved itself. Thread-safe.
 *
 * <p>The database says, by one statement, whether the account is active and which epoch is the
 * present one. A change of status begins another epoch, so a session that a change has overtaken is
 * not opened: the account is read once more.
 */
public final class HostLogins {
  private static final int ROUNDS = 2;

  private final AccountDirectory directory;
  private final SessionManager sessions;
  private final DeviceCookies devices;
  private final BackendCalls accountCalls;
  private final BackendCalls sessionCalls;
  private final Ticker ticker;
  private final AuthListener listener;

  /**
   * Creates the part of a service.
   *
   * @param directory says whether an account may log in
   * @param sessions opens sessions
   * @param devices makes the device known at the account's next login with a password
   */
  public HostLogins(
      AccountDirectory directory,
      SessionManager sessions,
      DeviceCookies devices,
      EngineContext context) {
    this.directory = requireNonNull(directory, "directory");
    this.sessions = requireNonNull(sessions, "sessions");
    this.devices = requireNonNull(devices, "devices");
    this.accountCalls = context.calls(Part.ACCOUNT_STORE);
    this.sessionCalls = context.calls(Part.TOKEN_STORE);
    this.ticker = context.ticker();
    this.listener = context.listener();
  }

  public LoginResult open(HostLogin login, Deadline deadline) {
    LoginResult result =
        accountCalls.orUnavailable(() -> decide(login, deadline), LoginResult.Unavailable::new);
    if (result instanceof LoginResult.Unavailable) {
      listener.on(new AccessEvent.LoginUnavailable(login.client().network()));
    }
    return result;
  }

  private LoginResult decide(HostLogin login, Deadline deadline) {
    for (int round = 0; round < ROUNDS; round++) {
      AccountState state =
          accountCalls.call(deadline, () -> directory.state(login.account(), deadline));
      Optional<UserRecord> user = state.user();
      if (user.isEmpty()) {
        return rejected(Optional.empty(), LoginRefusal.UNKNOWN_LOGIN, login);
      }
      if (!state.status().equals(Optional.of(AccountStatus.ACTIVE))) {
        return rejected(Optional.of(login.account()), LoginRefusal.NOT_ACTIVE, login);
      }
      Optional<LoginId> loginId = state.loginIds().stream().findFirst();
      Optional<LoginResult> opened =
          sessionCalls.orUnavailable(
              () -> open(login, user.get(), loginId, deadline),
              retryAfter -> Optional.of(new LoginResult.Unavailable(retryAfter)));
      if (opened.isPresent()) {
        return opened.get();
      }
    }
    return rejected(Optional.of(login.account()), LoginRefusal.CREDENTIAL_CHANGED, login);
  }

  private Optional<LoginResult> open(
      HostLogin login, UserRecord user, Optional<LoginId> loginId, Deadline deadline) {
    long from = ticker.nanos();
    SessionOptions wanted =
        loginId
            .filter(id -> !login.session().hasLoginId())
            .map(login.session()::withLoginId)
            .orElse(login.session());
    Opening opening =
        sessions.open(login.account(), user.epoch(), login.amr(), wanted, login.client(), deadline);
    Duration took = Duration.ofNanos(ticker.nanos() - from);
    return opening.match(
        it -> {
          listener.on(
              new AccessEvent.LoginSucceeded(
                  login.account(),
                  it.principal().session().id(),
                  login.client().network(),
                  Source.HOST,
                  Map.of(Step.SESSION, took)));
          return Optional.of(
              Logins.success(
                  it, loginId.map(id -> devices.issue(id, login.account(), user.epoch()))));
        },
        full -> Optional.of(Logins.overLimit(full, login.account(), login.client(), listener)),
        Optional::empty);
  }

  private LoginResult rejected(Optional<AccountId> account, LoginRefusal reason, HostLogin login) {
    listener.on(new AccessEvent.LoginRejected(account, reason, login.client().network()));
    return new LoginResult.Rejected();
  }
}
