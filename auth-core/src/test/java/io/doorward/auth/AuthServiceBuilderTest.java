package io.doorward.auth;

import static io.doorward.auth.fixture.Fixtures.ANNA;
import static io.doorward.auth.fixture.Fixtures.CLIENT;
import static io.doorward.auth.fixture.Fixtures.NEXT;
import static io.doorward.auth.fixture.Fixtures.RIGHT;
import static io.doorward.auth.fixture.Fixtures.WRONG;
import static io.doorward.auth.fixture.Fixtures.attempt;
import static io.doorward.auth.fixture.Fixtures.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.AuthService.SignUp;
import io.doorward.auth.AuthService.SignUpResult;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.account.CredentialCache.CacheFill;
import io.doorward.auth.account.CredentialCache.Lookup;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.base.Ticker;
import io.doorward.auth.fixture.CountingHasher;
import io.doorward.auth.fixture.HandClock;
import io.doorward.auth.fixture.HandExecutor;
import io.doorward.auth.fixture.Wire;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.password.Password;
import io.doorward.auth.password.PasswordPolicy;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.session.SessionPolicy;
import io.doorward.auth.session.TokenStore;
import io.doorward.auth.throttle.AttemptBudgets;
import io.doorward.auth.throttle.AttemptLimiter;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class AuthServiceBuilderTest {
  private static final Duration FOR_EVER = Duration.ofSeconds(Long.MAX_VALUE);
  private static final KeyRing KEYS = KeyRing.ephemeral();

  /** After one failure nothing is admitted for as long as a test may take. */
  private static final Budgets ONE_FAILURE =
      Budgets.defaults()
          .withAttempts(
              new AttemptBudgets(
                  1,
                  Duration.ofMinutes(10),
                  Duration.ofMinutes(10),
                  50,
                  Duration.ofMinutes(10),
                  Duration.ofSeconds(30)));

  private final AccountStore accounts = AccountStore.inMemory();
  private final TokenStore tokens = TokenStore.inMemory(accounts);

  private AuthServiceBuilder builder() {
    return AuthService.builder(accounts, tokens, KEYS).passwordHasher(CountingHasher.present());
  }

  @Test
  void threeArgumentsAreEnough() {
    try (AuthService service = AuthService.builder(accounts, tokens, KEYS).build()) {
      assertThat(service.signUp(new SignUp(ANNA, RIGHT, CLIENT), soon()))
          .isInstanceOf(SignUpResult.Created.class);
      assertThat(service.login(attempt(WRONG), soon())).isEqualTo(new LoginResult.Rejected());
      LoginResult.Success session = (LoginResult.Success) service.login(attempt(RIGHT), soon());
      assertThat(service.check(session.token(), soon())).isInstanceOf(CheckResult.Active.class);
    }
  }

  @Test
  void withoutALimiterTheNodeCountsByItself() {
    try (AuthService service = builder().budgets(ONE_FAILURE).build()) {
      service.login(attempt(WRONG), soon());
      assertThat(service.login(attempt(WRONG), soon())).isInstanceOf(LoginResult.Throttled.class);
    }
  }

  @Test
  void theBudgetsHoldWhileTheSharedLimiterIsAway() {
    Wire toLimiter = Wire.to("limiter");
    AttemptLimiter shared =
        toLimiter.end(AttemptLimiter.class, AttemptLimiter.local(AttemptBudgets.defaults()));
    try (AuthService service = builder().attemptLimiter(shared).budgets(ONE_FAILURE).build()) {
      toLimiter.cut();
      service.login(attempt(WRONG), soon());
      assertThat(service.login(attempt(WRONG), soon())).isInstanceOf(LoginResult.Throttled.class);
    }
  }

  @Test
  void aBlockingFillIsThereWhenTheLoginIsAnswered() {
    CredentialCache cache = CredentialCache.inMemory();
    try (AuthService service =
        builder()
            .credentialCache(cache)
            .cacheFill(CacheFill.BLOCKING)
            .backgroundExecutor(new HandExecutor())
            .build()) {
      service.signUp(new SignUp(ANNA, RIGHT, CLIENT), soon());
      assertThat(cache.lookup(ANNA, soon())).isInstanceOf(Lookup.Hit.class);
      cache.fence(ANNA, 0, soon());
      service.login(attempt(RIGHT), soon());
      assertThat(cache.lookup(ANNA, soon())).isInstanceOf(Lookup.Hit.class);
    }
  }

  @Test
  void theServicesOwnPoolFillsInTheBackground() {
    CredentialCache cache = CredentialCache.inMemory();
    try (AuthService service = builder().credentialCache(cache).build()) {
      service.signUp(new SignUp(ANNA, RIGHT, CLIENT), soon());
      Awaitility.await().until(() -> cache.lookup(ANNA, soon()) instanceof Lookup.Hit);
    }
  }

  @Test
  void theRelayRunsByItself() {
    Wire toCache = Wire.to("cache");
    CredentialCache cache = toCache.end(CredentialCache.class, CredentialCache.inMemory());
    try (AuthService service =
        builder().credentialCache(cache).relayInterval(Duration.ofMillis(10)).build()) {
      toCache.cut("fence", Kind.UNREACHABLE);
      service.signUp(new SignUp(ANNA, RIGHT, CLIENT), soon());
      assertThat(accounts.backlog(soon()).pending()).isOne();

      toCache.mend();
      Awaitility.await().until(() -> accounts.backlog(soon()).pending() == 0);
    }
  }

  @Test
  void oneAttemptMeansThatNothingIsTriedAgain() {
    Wire toAccounts = Wire.to("accounts");
    AccountStore store = toAccounts.end(AccountStore.class, accounts);
    try (AuthService service =
        AuthService.builder(store, tokens, KEYS)
            .passwordHasher(CountingHasher.present())
            .maxAttempts(1)
            .build()) {
      toAccounts.cut("find", Kind.UNREACHABLE);
      service.login(attempt(RIGHT), soon());
      assertThat(toAccounts.calls("find")).isOne();
    }
  }

  @Test
  void aTokenIsGoodForItsAudienceOnly() {
    try (AuthService shop = builder().issuer("us").audience("shop").build();
        AuthService desk = builder().issuer("us").audience("desk").build()) {
      shop.signUp(new SignUp(ANNA, RIGHT, CLIENT), soon());
      LoginResult.Success session = (LoginResult.Success) shop.login(attempt(RIGHT), soon());

      assertThat(shop.check(session.token(), soon())).isInstanceOf(CheckResult.Active.class);
      assertThat(desk.check(session.token(), soon())).isEqualTo(new CheckResult.Rejected());
    }
  }

  @Test
  void thePoliciesThatWereSetAreKept() {
    HandClock clock = new HandClock();
    AccountStore accounts = AccountStore.inMemory(clock);
    try (AuthService service =
        AuthService.builder(accounts, TokenStore.inMemory(accounts, clock), KEYS)
            .passwordHasher(CountingHasher.present())
            .passwordPolicy(
                password ->
                    password.equals(NEXT)
                        ? Optional.of(PasswordPolicy.Refusal.COMMON)
                        : Optional.empty())
            .sessionPolicy(
                SessionPolicy.defaults()
                    .withAbsoluteLifetime(Duration.ofMinutes(2))
                    .withJitterPercent(0))
            .initialStatus(AccountStatus.ACTIVE)
            .clocks(clock, clock)
            .build()) {
      assertThat(service.signUp(new SignUp(ANNA, NEXT, CLIENT), soon()))
          .isEqualTo(new SignUpResult.PasswordRefused(PasswordPolicy.Refusal.COMMON));
      service.signUp(new SignUp(ANNA, Password.of("brief"), CLIENT), soon());
      LoginResult.Success session =
          (LoginResult.Success) service.login(attempt(Password.of("brief")), soon());
      assertThat(session.expiresAt()).isEqualTo(clock.instant().plus(Duration.ofMinutes(2)));
    }
  }

  static Stream<Arguments> optionsOutOfRange() {
    return Stream.of(
        refused(
            "relayInterval must be PT0.01S to PT24H: PT0.009S",
            it -> it.relayInterval(Duration.ofMillis(9))),
        refused(
            "relayInterval must be PT0.01S to PT24H: " + FOR_EVER,
            it -> it.relayInterval(FOR_EVER)),
        refusedCapacity(
            "backgroundDeadline must be positive: PT0S", it -> it.withBackground(Duration.ZERO, 1)),
        refusedCapacity(
            "backgroundQueue must be 1 to 1048576: 0",
            it -> it.withBackground(Duration.ofSeconds(1), 0)),
        refusedCapacity(
            "backgroundQueue must be 1 to 1048576: 2147483647",
            it -> it.withBackground(Duration.ofSeconds(1), Integer.MAX_VALUE)),
        refusedCapacity(
            "rememberedTokens must be 0 to 1048576: -1", it -> it.withRememberedTokens(-1)),
        refusedCapacity("permits must be 1 to 1048576: 0", it -> it.withHashing(0, 1)),
        refusedCapacity("queue must be 0 to 1048576: -1", it -> it.withHashing(1, -1)),
        refusedCapacity("permits must be 1 to 1048576: -1", it -> it.withLoginReads(-1, 1)),
        refusedCapacity(
            "queue must be 0 to 1048576: 1048577", it -> it.withVersionProbes(1, 1_048_577)),
        refusedBudgets("failureLimit must be positive: 0", it -> it.withFailureLimit(0)),
        refusedBudgets("signUpsOfNetwork must be positive: 0", it -> it.withSignUps(0, 1)),
        refusedBudgets("signUpsOfNode must be positive: -1", it -> it.withSignUps(1, -1)),
        refused("maxAttempts must be 1 to 10: 0", it -> it.maxAttempts(0)),
        refused("maxAttempts must be 1 to 10: 11", it -> it.maxAttempts(11)),
        refused("issuer must have 1 to 256 characters, had 0", it -> it.issuer("")),
        refused("audience must have 1 to 256 characters, had 0", it -> it.audience("")));
  }

  private static Arguments refused(String message, UnaryOperator<AuthServiceBuilder> option) {
    return Arguments.of(message, option);
  }

  private static Arguments refusedCapacity(String message, UnaryOperator<Capacity> option) {
    return refused(message, it -> it.capacity(option.apply(Capacity.defaults())));
  }

  private static Arguments refusedBudgets(String message, UnaryOperator<Budgets> option) {
    return refused(message, it -> it.budgets(option.apply(Budgets.defaults())));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("optionsOutOfRange")
  void anOptionOutOfRangeIsRefusedWithItsRuleAndItsValue(
      String message, UnaryOperator<AuthServiceBuilder> option) {
    AuthServiceBuilder builder = builder();

    assertThatThrownBy(() -> option.apply(builder).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  static Stream<Arguments> nulls() {
    return Stream.of(
        missing("cache", it -> it.credentialCache(null)),
        missing("limiter", it -> it.attemptLimiter(null)),
        missing("budgets", it -> it.budgets(null)),
        missing("hasher", it -> it.passwordHasher(null)),
        missing("policy", it -> it.passwordPolicy(null)),
        missing("policy", it -> it.sessionPolicy(null)),
        missing("roleModel", it -> it.roleModel(null)),
        missing("status", it -> it.initialStatus(null)),
        missing("issuer", it -> it.issuer(null)),
        missing("audience", it -> it.audience(null)),
        missing("cacheFill", it -> it.cacheFill(null)),
        missing("capacity", it -> it.capacity(null)),
        missing("executor", it -> it.backgroundExecutor(null)),
        missing("interval", it -> it.relayInterval(null)),
        missing("listener", it -> it.listener(null)),
        missing("clock", it -> it.clocks(null, () -> 0)),
        missing("ticker", it -> it.clocks(new HandClock(), null)));
  }

  private static Arguments missing(String name, UnaryOperator<AuthServiceBuilder> option) {
    return Arguments.of(name, option);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("nulls")
  void anOptionThatIsNullIsRefusedByName(String name, UnaryOperator<AuthServiceBuilder> option) {
    AuthServiceBuilder builder = builder();

    assertThatThrownBy(() -> option.apply(builder))
        .isInstanceOf(NullPointerException.class)
        .hasMessage(name);
  }

  @Test
  void whatIsToBeClosedWithTheServiceIsClosedOnceAndBackwards() {
    List<String> closed = new ArrayList<>();
    AuthService service =
        builder()
            .onClose(() -> closed.add("pool"))
            .onClose(
                () -> {
                  closed.add("client");
                  throw new IllegalStateException("client");
                })
            .onClose(() -> closed.add("guard"))
            .build();
    assertThat(closed).isEmpty();

    assertThatThrownBy(service::close).hasMessage("client");
    service.close();
    assertThat(closed).containsExactly("guard", "client", "pool");
  }

  @Test
  void aServiceClosesWhatWasGivenBeforeItWasBuilt() {
    List<String> closed = new ArrayList<>();
    AuthServiceBuilder builder = builder().onClose(() -> closed.add("pool"));
    AuthService service = builder.build();
    builder.onClose(() -> closed.add("client"));

    service.close();

    assertThat(closed).containsExactly("pool");
  }

  @Test
  void aServiceThatWasNotBuiltClosesNothing() {
    List<String> closed = new ArrayList<>();
    AuthServiceBuilder wrong = builder().onClose(() -> closed.add("pool")).maxAttempts(0);

    assertThatThrownBy(wrong::build).isInstanceOf(IllegalArgumentException.class);
    assertThat(closed).isEmpty();
  }

  @Test
  void whatTheStoresAreToldCannotBeCustomized() {
    Map<String, Consumer<AuthServiceBuilder>> shared =
        Map.of(
            "credentialCache", it -> it.credentialCache(CredentialCache.inMemory()),
            "attemptLimiter", it -> it.attemptLimiter(AttemptLimiter.local(ONE_FAILURE.attempts())),
            "budgets", it -> it.budgets(ONE_FAILURE),
            "listener", it -> it.listener(event -> {}),
            "clocks (the time of day)", it -> it.clocks(() -> Instant.EPOCH, Ticker.system()),
            "clocks (elapsed time)", it -> it.clocks(InstantSource.system(), () -> 0L));
    InstantSource clock = InstantSource.system();
    shared.forEach(
        (option, change) -> {
          AuthServiceBuilder builder = builder().clocks(clock, Ticker.system());
          assertThatThrownBy(() -> builder.customize(change))
              .isInstanceOf(IllegalArgumentException.class)
              .hasMessageStartingWith("customize must not set " + option + ": ");
        });
    assertThat(builder().customize(it -> it.maxAttempts(1).issuer("us")).maxAttempts).isOne();
  }
}
