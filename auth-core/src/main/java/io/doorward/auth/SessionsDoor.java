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
import io.doorward.auth.engine.session.SessionWatches;
import io.doorward.auth.guard.BackendCalls;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.RefreshResult;
import io.doorward.auth.session.RefreshToken;
import io.doorward.auth.session.Session;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Opens, lists and ends sessions, and refreshes their tokens. */
final class SessionsDoor implements Sessions {
  /** Some turns of the watches, so that a slow turn is not taken for a store without an answer. */
  private static final Duration LEAST_PATIENCE = Duration.ofSeconds(5);

  private final SessionManager sessions;
  private final HostLogins logins;
  private final Refreshes refreshes;
  private final Readers readers;
  private final Lifecycle lifecycle;
  private final BackendCalls calls;

  SessionsDoor(
      SessionManager sessions,
      HostLogins logins,
      Refreshes refreshes,
      Readers readers,
      Lifecycle lifecycle,
      BackendCalls calls) {
    this.sessions = sessions;
    this.logins = logins;
    this.refreshes = refreshes;
    this.readers = readers;
    this.lifecycle = lifecycle;
    this.calls = calls;
  }

  /** What only looks at sessions. */
  record Readers(SessionRegister register, SessionWatches watches) {}

  @Override
  public SessionListResult list(AccountId account, Deadline deadline) {
    lifecycle.requireOpen();
    requireNonNull(account, "account");
    requireNonNull(deadline, "deadline");
    return readers.register().list(account, deadline);
  }

  @Override
  public ExplainResult explain(AccountId account, SessionId session, Deadline deadline) {
    lifecycle.requireOpen();
    requireNonNull(account, "account");
    requireNonNull(session, "session");
    requireNonNull(deadline, "deadline");
    return readers.register().explain(account, session, deadline);
  }

  @Override
  public ExplainResult explain(AccessToken token, Deadline deadline) {
    lifecycle.requireOpen();
    requireNonNull(token, "token");
    requireNonNull(deadline, "deadline");
    return sessions
        .named(token)
        .map(named -> readers.register().explain(named.account(), named.session(), deadline))
        .orElseGet(ExplainResult.Unrecorded::new);
  }

  @Override
  public LoginResult open(HostLogin login, Deadline deadline) {
    lifecycle.requireOpen();
    requireNonNull(login, "login");
    requireNonNull(deadline, "deadline");
    return logins.open(login, deadline);
  }

  @Override
  public SessionWatch watch(Session session, Duration patience, Consumer<WatchEnd> listener) {
    lifecycle.requireOpen();
    requireNonNull(session, "session");
    requireNonNull(patience, "patience");
    requireNonNull(listener, "listener");
    if (patience.compareTo(LEAST_PATIENCE) < 0) {
      throw new IllegalArgumentException(
          "patience must be at least " + LEAST_PATIENCE + ": " + patience);
    }
    return readers.watches().watch(session, patience, listener);
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
