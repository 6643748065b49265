package io.doorward.auth.servlet;

import io.doorward.auth.AuthService;
import io.doorward.auth.Budgets;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.RoleModel;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.password.PasswordHasher;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionPolicy;
import io.doorward.auth.session.TokenStore;
import io.doorward.auth.testkit.MutableClock;
import io.doorward.auth.testkit.TestSecrets;
import io.doorward.auth.throttle.AttemptBudgets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * The real service over stores in memory, with a clock that stands still. Tests see through the
 * taps what it is asked and what it asks, and break its stores.
 */
final class Engine implements AutoCloseable {
  static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  /** A chief is an administrator who may publish; an author may publish, and is no other role. */
  static final RoleModel ROLES =
      RoleModel.builder()
          .role("CHIEF")
          .includes("ADMIN", "AUTHOR")
          .role("ADMIN")
          .grants("user:read")
          .role("AUTHOR")
          .grants("article:*")
          .build();

  /** It does nothing by itself while a test runs. */
  private static final Duration NEVER = Duration.ofHours(1);

  final MutableClock clock = MutableClock.at(NOW);
  final Tap<AccountStore> accounts = Tap.on(AccountStore.class, AccountStore.inMemory(clock));

  // Each store fails by itself: sessions do not ask the accounts by way of their tap.
  final Tap<TokenStore> tokens =
      Tap.on(TokenStore.class, TokenStore.inMemory(accounts.real(), clock));

  private final Tap<AuthService> service;

  Engine() {
    this(AttemptBudgets.defaults());
  }

  Engine(AttemptBudgets budgets) {
    this(budgets, new QuickHasher());
  }

  Engine(KeyRing keys) {
    this(AttemptBudgets.defaults(), new QuickHasher(), keys);
  }

  Engine(AttemptBudgets budgets, PasswordHasher hasher) {
    this(budgets, hasher, KeyRing.ofSecret("servlet", TestSecrets.newKey()));
  }

  private Engine(AttemptBudgets budgets, PasswordHasher hasher, KeyRing keys) {
    AuthService real =
        AuthService.builder(accounts.front(), tokens.front(), keys)
            .passwordHasher(hasher)
            .budgets(Budgets.defaults().withAttempts(budgets))
            .roleModel(ROLES)
            // Answers are compared by the second.
            .sessionPolicy(SessionPolicy.defaults().withJitterPercent(0))
            .relayInterval(NEVER)
            .clocks(clock, clock)
            .build();
    service = Tap.on(AuthService.class, real);
  }

  /** Returns what filter and endpoints get. */
  AuthService service() {
    return service.front();
  }

  /** Returns the tap in front of the service. */
  Tap<AuthService> tap() {
    return service;
  }

  /** Both stores are away. */
  void breakDown() {
    accounts.fail();
    tokens.fail();
  }

  void heal() {
    accounts.heal();
    tokens.heal();
  }

  /** Returns the attempts to log in, as the service was told of them. */
  List<LoginAttempt> attempts() {
    return service.calls("login").stream()
        .map(call -> call.argument(0, LoginAttempt.class))
        .toList();
  }

  Credential credential(String email) {
    return accounts.real().find(LoginId.email(email), patience()).orElseThrow();
  }

  /** Returns somebody's live sessions, newest first. */
  List<Session> sessions(String email) {
    return tokens.real().list(credential(email).account(), patience());
  }

  static Deadline patience() {
    return Deadline.after(Duration.ofSeconds(10));
  }

  @Override
  public void close() {
    service.real().close();
  }
}
