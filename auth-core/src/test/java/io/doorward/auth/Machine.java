package io.doorward.auth;

import static io.doorward.auth.fixture.Fixtures.ANNA;
import static io.doorward.auth.fixture.Fixtures.CLIENT;
import static io.doorward.auth.fixture.Fixtures.RIGHT;
import static io.doorward.auth.fixture.Fixtures.attempt;
import static io.doorward.auth.fixture.Fixtures.soon;

import io.doorward.auth.AuthService.PasswordChange;
import io.doorward.auth.AuthService.PasswordChangeResult;
import io.doorward.auth.AuthService.SignUp;
import io.doorward.auth.AuthService.SignUpResult;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.fixture.CountingHasher;
import io.doorward.auth.fixture.Events;
import io.doorward.auth.fixture.HandClock;
import io.doorward.auth.fixture.HandExecutor;
import io.doorward.auth.fixture.Together;
import io.doorward.auth.fixture.Wire;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.password.Password;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.session.SessionPolicy;
import io.doorward.auth.session.TokenStore;
import io.doorward.auth.throttle.AttemptBudgets;
import io.doorward.auth.throttle.AttemptLimiter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;

/** A whole service on stores in memory, with a wire to each of them. Nothing runs by itself. */
public final class Machine implements AutoCloseable {
  private final List<String> journal = new CopyOnWriteArrayList<>();
  public final Wire toCache = Wire.to("cache", journal);
  public final Wire toAccounts = Wire.to("accounts", journal);
  public final Wire toTokens = Wire.to("tokens", journal);
  public final Wire toLimiter = Wire.to("limiter", journal);
  public final HandClock clock = new HandClock();
  public final HandExecutor background = new HandExecutor();
  public final Events events = new Events();
  public final CountingHasher hasher = CountingHasher.present();
  public final AccountStore accounts = AccountStore.inMemory(clock);
  public final CredentialCache cache = CredentialCache.inMemory(clock, Duration.ofMinutes(10), 100);
  public final TokenStore tokens = TokenStore.inMemory(accounts, clock);
  public final AuthService service;

  public Machine() {
    this(builder -> builder);
  }

  public Machine(UnaryOperator<AuthServiceBuilder> options) {
    AttemptLimiter limiter = AttemptLimiter.local(AttemptBudgets.defaults(), 100, clock);
    AuthServiceBuilder builder =
        AuthService.builder(
                toAccounts.end(AccountStore.class, accounts),
                toTokens.end(TokenStore.class, tokens),
                KeyRing.ephemeral())
            .credentialCache(toCache.end(CredentialCache.class, cache))
            .attemptLimiter(toLimiter.end(AttemptLimiter.class, limiter))
            .passwordHasher(hasher)
            .capacity(Capacity.defaults().withHashing(32, 32))
            .backgroundExecutor(background)
            .relayInterval(Duration.ofHours(1))
            // Ends are compared by the second.
            .sessionPolicy(SessionPolicy.defaults().withJitterPercent(0))
            .listener(events)
            .clocks(clock, clock);
    service = options.apply(builder).build();
    forget();
  }

  /** What came over all wires since the last {@link #forget}. */
  public List<String> journal() {
    return journal;
  }

  /** Begins journal and events anew. */
  public void forget() {
    journal.clear();
    events.forget();
  }

  /** Anna signs up; the cache is warm. */
  public void signUp() {
    service.signUp(new SignUp(ANNA, RIGHT, CLIENT), soon());
    background.runAll();
    forget();
  }

  public LoginResult login(Password password) {
    return service.login(attempt(password), soon());
  }

  /** Anna logs in, which must succeed. */
  public LoginResult.Success enter(Password password) {
    LoginResult.Success success = (LoginResult.Success) login(password);
    background.runAll();
    forget();
    return success;
  }

  public PasswordChangeResult change(LoginResult.Success session, Password current, Password next) {
    return service.changePassword(
        new PasswordChange(session.principal(), current, next, CLIENT), soon());
  }

  public CheckResult check(LoginResult.Success session) {
    return service.check(session.token(), soon());
  }

  /** Begins to read what is found under a name. */
  public CredentialCache.Ticket ticket(LoginId loginId) {
    return ((CredentialCache.Lookup.Miss) cache.lookup(loginId, soon())).ticket();
  }

  /** Caches what was read; false if the cache refuses it. */
  public boolean fill(CredentialCache.Ticket ticket, Credential read) {
    return cache.fill(ticket, read, clock.instant(), soon());
  }

  /** What the database holds of Anna. */
  public Credential anna() {
    return accounts.find(ANNA, soon()).orElseThrow();
  }

  /** Changes Anna's status to and fro behind the service: sessions of before have ended. */
  public void replaceCredential() {
    for (AccountStatus status : List.of(AccountStatus.DISABLED, AccountStatus.ACTIVE)) {
      accounts.changeStatus(anna().account(), status, OperationId.random(), soon());
    }
  }

  /** Somebody else's sign-up takes a hashing permit, until the returned latch is opened. */
  public CountDownLatch occupyHashing() {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    hasher.whileHashing(
        () -> {
          inside.countDown();
          Together.await(go);
        });
    CompletableFuture<SignUpResult> unused =
        Together.start(
            () ->
                service.signUp(
                    new SignUp(LoginId.email("bob@example.org"), RIGHT, CLIENT), soon()));
    Together.await(inside);
    return go;
  }

  @Override
  public void close() {
    service.close();
  }
}
