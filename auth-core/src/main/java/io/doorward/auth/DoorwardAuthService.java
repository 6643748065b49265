package io.doorward.auth;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.engine.cache.CacheChecks;
import io.doorward.auth.engine.change.AccountChanges;
import io.doorward.auth.engine.change.PasswordChanges;
import io.doorward.auth.engine.change.SignUps;
import io.doorward.auth.engine.login.Logins;
import io.doorward.auth.engine.operation.BackgroundWork;
import io.doorward.auth.engine.operation.ConfigCheck;
import io.doorward.auth.engine.operation.Maintenance;
import io.doorward.auth.engine.session.SessionManager;
import io.doorward.auth.guard.BackendCalls;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.CheckResult;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The front door's inside: hands each operation to the part that runs it. {@link
 * AuthServiceBuilder} makes it.
 */
final class DoorwardAuthService implements AuthService {
  private final Logins logins;
  private final SignUps signUps;
  private final PasswordChanges passwords;
  private final AccountChanges accounts;
  private final SessionManager sessions;
  private final Maintenance maintenance;
  private final CacheChecks cacheChecks;
  private final ConfigCheck configCheck;
  private final BackgroundWork background;
  private final BackendCalls tokenCalls;
  private final AtomicBoolean closed = new AtomicBoolean();

  DoorwardAuthService(
      AccountOperations people, ServiceOperations service, BackendCalls tokenCalls) {
    this.logins = people.logins();
    this.signUps = people.signUps();
    this.passwords = people.passwords();
    this.accounts = people.accounts();
    this.sessions = people.sessions();
    this.maintenance = service.maintenance();
    this.cacheChecks = service.cacheChecks();
    this.configCheck = service.configCheck();
    this.background = service.background();
    this.tokenCalls = tokenCalls;
  }

  @Override
  public SignUpResult signUp(SignUp request, Deadline deadline) {
    requireOpen();
    requireNonNull(request, "request");
    requireNonNull(deadline, "deadline");
    return signUps.signUp(request, deadline);
  }

  @Override
  public LoginResult login(LoginAttempt attempt, Deadline deadline) {
    requireOpen();
    requireNonNull(attempt, "attempt");
    requireNonNull(deadline, "deadline");
    return logins.login(attempt, deadline);
  }

  @Override
  public CheckResult check(AccessToken token, Deadline deadline) {
    requireOpen();
    requireNonNull(token, "token");
    requireNonNull(deadline, "deadline");
    return sessions.check(token, deadline);
  }

  @Override
  public LogoutResult logout(AccessToken token, Deadline deadline) {
    requireNonNull(token, "token");
    requireNonNull(deadline, "deadline");
    return end(() -> sessions.close(token, deadline));
  }

  @Override
  public LogoutResult logout(AccountId account, SessionId session, Deadline deadline) {
    requireNonNull(account, "account");
    requireNonNull(session, "session");
    requireNonNull(deadline, "deadline");
    return end(() -> sessions.close(account, session, deadline));
  }

  @Override
  public LogoutResult logoutAll(AccountId account, Deadline deadline) {
    requireNonNull(account, "account");
    requireNonNull(deadline, "deadline");
    return end(() -> sessions.closeAll(account, deadline));
  }

  private LogoutResult end(Supplier<SessionManager.Closed> close) {
    requireOpen();
    return tokenCalls.orUnavailable(
        () -> {
          SessionManager.Closed ended = close.get();
          return new LogoutResult.Done(ended.sessions(), ended.cachePending());
        },
        LogoutResult.Unavailable::new);
  }

  @Override
  public PasswordChangeResult changePassword(PasswordChange change, Deadline deadline) {
    requireOpen();
    requireNonNull(change, "change");
    requireNonNull(deadline, "deadline");
    return passwords.change(change, deadline);
  }

  @Override
  public AccountChangeResult changeStatus(
      AccountId account, AccountStatus status, Deadline deadline) {
    requireOpen();
    requireNonNull(account, "account");
    requireNonNull(status, "status");
    requireNonNull(deadline, "deadline");
    return accounts.changeStatus(account, status, deadline);
  }

  @Override
  public LoginIdChangeResult changeLoginId(AccountId account, LoginId next, Deadline deadline) {
    requireOpen();
    requireNonNull(account, "account");
    requireNonNull(next, "next");
    requireNonNull(deadline, "deadline");
    return accounts.changeLoginId(account, next, deadline);
  }

  @Override
  public AccountChangeResult invalidateCredential(AccountId account, Deadline deadline) {
    requireOpen();
    requireNonNull(account, "account");
    requireNonNull(deadline, "deadline");
    return accounts.invalidateCredential(account, deadline);
  }

  @Override
  public AccountChangeResult deleteAccount(AccountId account, Deadline deadline) {
    requireOpen();
    requireNonNull(account, "account");
    requireNonNull(deadline, "deadline");
    return accounts.delete(account, deadline);
  }

  @Override
  public AccountChangeResult changeRoles(
      AccountId account, Set<String> grant, Set<String> revoke, Deadline deadline) {
    requireOpen();
    requireNonNull(account, "account");
    requireNonNull(grant, "grant");
    requireNonNull(revoke, "revoke");
    requireNonNull(deadline, "deadline");
    return accounts.changeRoles(account, grant, revoke, deadline);
  }

  @Override
  public CleanUpResult cleanUp(int max, Deadline deadline) {
    requireOpen();
    requireNonNull(deadline, "deadline");
    return maintenance.cleanUp(max, deadline);
  }

  @Override
  public boolean relayInvalidations(Deadline deadline) {
    requireOpen();
    requireNonNull(deadline, "deadline");
    return maintenance.relayAllInvalidations(deadline);
  }

  @Override
  public InvalidationBacklogResult invalidationBacklog(Deadline deadline) {
    requireOpen();
    requireNonNull(deadline, "deadline");
    return maintenance.backlog(deadline);
  }

  @Override
  public CacheCheckResult checkCaches(CacheCheckRequest request, Deadline deadline) {
    requireOpen();
    requireNonNull(request, "request");
    requireNonNull(deadline, "deadline");
    return cacheChecks.checkCaches(request, deadline);
  }

  @Override
  public CacheCheckResult checkAllCaches(
      CacheCheckRequest request, Consumer<CacheCheckResult.Checked> progress, Deadline deadline) {
    requireOpen();
    requireNonNull(request, "request");
    requireNonNull(progress, "progress");
    requireNonNull(deadline, "deadline");
    return cacheChecks.checkAllCaches(request, progress, deadline);
  }

  @Override
  public ServiceHealth health() {
    requireOpen();
    return configCheck.health();
  }

  @Override
  public ServiceHealth inspect(Deadline deadline) {
    requireOpen();
    requireNonNull(deadline, "deadline");
    return configCheck.inspect(deadline);
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      configCheck.close();
      background.close();
    }
  }

  private void requireOpen() {
    if (closed.get()) {
      throw new IllegalStateException("the AuthService is closed");
    }
  }
}
