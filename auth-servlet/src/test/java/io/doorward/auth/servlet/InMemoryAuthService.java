package io.doorward.auth.servlet;

import io.doorward.auth.AccountChangeResult;
import io.doorward.auth.AuthService;
import io.doorward.auth.CleanUpResult;
import io.doorward.auth.LogoutResult;
import io.doorward.auth.PasswordChange;
import io.doorward.auth.PasswordChangeResult;
import io.doorward.auth.SignUp;
import io.doorward.auth.SignUpResult;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.password.Password;
import io.doorward.auth.password.PasswordPolicy;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.AuthenticatedPrincipal;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionOptions;
import io.doorward.auth.session.SessionPolicy;
import io.doorward.auth.testkit.TestSecrets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A service that keeps accounts and sessions in maps and follows the contract: a right password
 * opens, a revoked session is gone, a password change ends what was before. It has switches for
 * what back ends do to a real one.
 */
final class InMemoryAuthService implements AuthService {
  /** When it is worth trying again; not whole, so that rounding shows. */
  static final Duration RETRY = Duration.ofMillis(2300);

  private final InstantSource clock;
  private final SessionPolicy policy = SessionPolicy.defaults();
  private final Map<LoginId, AccountId> names = new ConcurrentHashMap<>();
  private final Map<AccountId, Account> accounts = new ConcurrentHashMap<>();
  private final Map<String, Session> sessions = new ConcurrentHashMap<>();

  /** Where attempts came from and what was asked of the service, in order. */
  final List<ClientContext> clients = new CopyOnWriteArrayList<>();

  final List<LoginAttempt> attempts = new CopyOnWriteArrayList<>();
  final List<Duration> deadlines = new CopyOnWriteArrayList<>();

  volatile boolean down;
  volatile boolean logoutDown;
  volatile boolean throttled;
  volatile boolean nextStep;
  volatile boolean conflict;
  volatile boolean noRenewal;
  volatile Optional<Throwable> bug = Optional.empty();
  volatile int tokenLength = 64;

  InMemoryAuthService(InstantSource clock) {
    this.clock = clock;
  }

  int liveSessions() {
    return sessions.size();
  }

  Session session(String token) {
    return sessions.get(token);
  }

  @Override
  public SignUpResult signUp(SignUp request, Deadline deadline) {
    called(request.client(), deadline);
    if (down) {
      return new SignUpResult.Unavailable(RETRY);
    }
    Optional<PasswordPolicy.Refusal> refusal = PasswordPolicy.defaults().refuse(request.password());
    if (refusal.isPresent()) {
      return new SignUpResult.PasswordRefused(refusal.get());
    }
    AccountId account = AccountId.random();
    if (names.putIfAbsent(request.loginId(), account) != null) {
      return new SignUpResult.Duplicate();
    }
    accounts.put(account, new Account(request.password(), AccountStatus.ACTIVE, Set.of()));
    return new SignUpResult.Created(account, false);
  }

  @Override
  public LoginResult login(LoginAttempt attempt, Deadline deadline) {
    called(attempt.client(), deadline);
    attempts.add(attempt);
    if (down) {
      return new LoginResult.Unavailable(RETRY);
    }
    if (throttled) {
      return new LoginResult.Throttled(RETRY);
    }
    AccountId id = names.get(attempt.loginId());
    Account account = id == null ? null : accounts.get(id);
    if (account == null
        || !account.password().equals(attempt.password())
        || account.status() != AccountStatus.ACTIVE) {
      return new LoginResult.Rejected();
    }
    return nextStep ? new LoginResult.NextStep("otp") : open(id, account, attempt.session());
  }

  @Override
  public CheckResult check(AccessToken token, Deadline deadline) {
    called(ClientContext.unknown(), deadline);
    if (down) {
      return new CheckResult.Unavailable(RETRY);
    }
    Session session = sessions.get(token.reveal());
    if (session == null || !session.absoluteEnd().isAfter(clock.instant())) {
      return new CheckResult.Rejected();
    }
    Account account = accounts.get(session.account());
    return new CheckResult.Active(
        new AuthenticatedPrincipal(session.account(), account.roles(), session));
  }

  @Override
  public LogoutResult logout(AccessToken token, Deadline deadline) {
    called(ClientContext.unknown(), deadline);
    if (down || logoutDown) {
      return new LogoutResult.Unavailable(RETRY);
    }
    return new LogoutResult.Done(sessions.remove(token.reveal()) == null ? 0 : 1);
  }

  @Override
  public LogoutResult logoutAll(AccountId account, Deadline deadline) {
    called(ClientContext.unknown(), deadline);
    if (down || logoutDown) {
      return new LogoutResult.Unavailable(RETRY);
    }
    return new LogoutResult.Done(endAll(account));
  }

  @Override
  public PasswordChangeResult changePassword(PasswordChange change, Deadline deadline) {
    called(change.client(), deadline);
    if (down || logoutDown) {
      return new PasswordChangeResult.Unavailable(RETRY);
    }
    if (throttled) {
      return new PasswordChangeResult.Throttled(RETRY);
    }
    if (conflict) {
      return new PasswordChangeResult.Conflict();
    }
    AccountId id = change.principal().account();
    Account account = accounts.get(id);
    if (!account.password().equals(change.current())) {
      return new PasswordChangeResult.Rejected();
    }
    Optional<PasswordPolicy.Refusal> refusal = PasswordPolicy.defaults().refuse(change.next());
    if (refusal.isPresent()) {
      return new PasswordChangeResult.PasswordRefused(refusal.get());
    }
    Account changed = new Account(change.next(), account.status(), account.roles());
    accounts.put(id, changed);
    endAll(id);
    Session before = change.principal().session();
    SessionOptions same =
        new SessionOptions(before.kind(), false, before.device(), before.attributes());
    return new PasswordChangeResult.Changed(
        noRenewal ? Optional.empty() : Optional.of(open(id, changed, same)), false);
  }

  @Override
  public AccountChangeResult changeStatus(
      AccountId account, AccountStatus status, Deadline deadline) {
    Account old = accounts.get(account);
    if (old == null) {
      return new AccountChangeResult.Unknown();
    }
    accounts.put(account, new Account(old.password(), status, old.roles()));
    endAll(account);
    return new AccountChangeResult.Changed(false);
  }

  @Override
  public AccountChangeResult changeRoles(
      AccountId account, Set<String> grant, Set<String> revoke, Deadline deadline) {
    Account old = accounts.get(account);
    if (old == null) {
      return new AccountChangeResult.Unknown();
    }
    Set<String> roles = new HashSet<>(old.roles());
    roles.addAll(grant);
    roles.removeAll(revoke);
    accounts.put(account, new Account(old.password(), old.status(), Set.copyOf(roles)));
    return new AccountChangeResult.Changed(false);
  }

  @Override
  public CleanUpResult cleanUp(int max, Deadline deadline) {
    return new CleanUpResult.Done(0, 0);
  }

  @Override
  public boolean relayInvalidations(Deadline deadline) {
    return true;
  }

  @Override
  public void close() {
    sessions.clear();
  }

  private LoginResult.Success open(AccountId id, Account account, SessionOptions wanted) {
    Instant now = clock.instant();
    Instant end =
        now.plus(wanted.remembered() ? policy.rememberedLifetime() : policy.absoluteLifetime());
    Session session =
        new Session(
            SessionId.random(),
            id,
            wanted.kind(),
            1,
            0,
            now,
            now,
            end,
            policy.idleTimeout(),
            Set.of("pwd"),
            wanted.device(),
            wanted.attributes());
    String random = UUID.randomUUID() + "." + UUID.randomUUID();
    String token = random + "x".repeat(Math.max(0, tokenLength - random.length()));
    sessions.put(token, session);
    return new LoginResult.Success(
        new AuthenticatedPrincipal(id, account.roles(), session),
        TestSecrets.record(AccessToken.of(token)),
        end);
  }

  private int endAll(AccountId account) {
    int before = sessions.size();
    sessions.values().removeIf(session -> session.account().equals(account));
    return before - sessions.size();
  }

  private void called(ClientContext client, Deadline deadline) {
    clients.add(client);
    deadlines.add(deadline.remaining());
    if (bug.isPresent()) {
      if (bug.get() instanceof Error error) {
        throw error;
      }
      throw (RuntimeException) bug.get();
    }
  }

  private record Account(Password password, AccountStatus status, Set<String> roles) {}
}
