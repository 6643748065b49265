package io.doorward.auth;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.Sessions.LogoutResult;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.base.TenantId;
import io.doorward.auth.engine.login.HostLogins;
import io.doorward.auth.engine.session.Refreshes;
import io.doorward.auth.engine.session.SessionManager;
import io.doorward.auth.engine.session.SessionRegister;
import io.doorward.auth.guard.BackendCalls;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.RefreshResult;
import io.doorward.auth.session.RefreshToken;
import io.doorward.auth.session.Session;
import java.util.function.Supplier;

/** Opens, lists and ends sessions, and refreshes their tokens. */
final class SessionsDoor implements Sessions {
  private final SessionManager sessions;
  private final SessionRegister register;
  private final HostLogins logins;
  private final Refreshes refreshes;
  private final Lifecycle lifecycle;
  private final BackendCalls calls;

  SessionsDoor(
      SessionManager sessions,
      SessionRegister register,
      HostLogins logins,
      Refreshes refreshes,
      Lifecycle lifecycle,
      BackendCalls calls) {
    this.sessions = sessions;
    this.register = register;
    this.logins = logins;
    this.refreshes = refreshes;
    this.lifecycle = lifecycle;
    this.calls = calls;
  }

  @Override
  public SessionListResult list(AccountId account, Deadline deadline) {
    lifecycle.requireOpen();
    requireNonNull(account, "account");
    requireNonNull(deadline, "deadline");
    return register.list(account, deadline);
  }

  @Override
  public ExplainResult explain(AccountId account, SessionId session, Deadline deadline) {
    lifecycle.requireOpen();
    requireNonNull(account, "account");
    requireNonNull(session, "session");
    requireNonNull(deadline, "deadline");
    return register.explain(account, session, deadline);
  }

  @Override
  public ExplainResult explain(AccessToken token, Deadline deadline) {
    lifecycle.requireOpen();
    requireNonNull(token, "token");
    requireNonNull(deadline, "deadline");
    return sessions
        .named(token)
        .map(named -> register.explain(named.account(), named.session(), deadline))
        .orElseGet(ExplainResult.Unrecorded::new);
  }

  @Override
  public LoginResult open(HostLogin login, Deadline deadline) {
    lifecycle.requireOpen();
    requireNonNull(login, "login");
    requireNonNull(deadline, "deadline");
    return logins.open(login, deadline);
  }

  LogoutResult logout(AccessToken token, Deadline deadline) {
    lifecycle.requireOpen();
    requireNonNull(token, "token");
    requireNonNull(deadline, "deadline");
    return end(() -> sessions.close(token, deadline));
  }

  RefreshResult refresh(RefreshToken token, TenantId tenant, Deadline deadline) {
    lifecycle.requireOpen();
    requireNonNull(token, "token");
    requireNonNull(tenant, "tenant");
    requireNonNull(deadline, "deadline");
    return refreshes.refresh(token, tenant, deadline);
  }

  @Override
  public LogoutResult logout(RefreshToken token, Deadline deadline) {
    lifecycle.requireOpen();
    requireNonNull(token, "token");
    requireNonNull(deadline, "deadline");
    return end(() -> refreshes.close(token, deadline));
  }

  @Override
  public LogoutResult logout(AccountId account, SessionId session, Deadline deadline) {
    lifecycle.requireOpen();
    requireNonNull(account, "account");
    requireNonNull(session, "session");
    requireNonNull(deadline, "deadline");
    return end(() -> sessions.close(account, session, deadline));
  }

  @Override
  public LogoutResult logoutOthers(Session kept, Deadline deadline) {
    lifecycle.requireOpen();
    requireNonNull(kept, "kept");
    requireNonNull(deadline, "deadline");
    return end(() -> sessions.closeOthers(kept, deadline));
  }

  @Override
  public LogoutResult logoutAll(AccountId account, Deadline deadline) {
    lifecycle.requireOpen();
    requireNonNull(account, "account");
    requireNonNull(deadline, "deadline");
    return end(() -> sessions.closeAll(account, deadline));
  }

  private LogoutResult end(Supplier<SessionManager.Closed> close) {
    return calls.orUnavailable(
        () -> {
          SessionManager.Closed ended = close.get();
          return new LogoutResult.Done(ended.sessions(), ended.cachePending());
        },
        LogoutResult.Unavailable::new);
  }
}
