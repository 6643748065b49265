package io.doorward.auth.engine.login;

import static io.doorward.auth.fixture.Fixtures.ANNA;
import static io.doorward.auth.fixture.Fixtures.CLIENT;
import static io.doorward.auth.fixture.Fixtures.RIGHT;
import static io.doorward.auth.fixture.Fixtures.WRONG;
import static io.doorward.auth.fixture.Fixtures.attempt;
import static io.doorward.auth.fixture.Fixtures.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.Machine;
import io.doorward.auth.account.RoleModel;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.engine.EngineContext;
import io.doorward.auth.engine.cache.Invalidator;
import io.doorward.auth.engine.session.RefreshTokens;
import io.doorward.auth.engine.session.SessionManager;
import io.doorward.auth.event.AccessEvent.LoginRefusal;
import io.doorward.auth.event.AccessEvent.LoginRejected;
import io.doorward.auth.event.AccessEvent.LoginSucceeded;
import io.doorward.auth.event.AccessEvent.LoginUnavailable;
import io.doorward.auth.event.AccessEvent.NewDeviceLoggedIn;
import io.doorward.auth.event.AccessEvent.Source;
import io.doorward.auth.event.AccessEvent.Step;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.ServiceEvent.BackendFailed;
import io.doorward.auth.fixture.Contexts;
import io.doorward.auth.fixture.Together;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.login.Authenticator.AuthenticationResult;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.login.LoginResult.Rejected;
import io.doorward.auth.login.LoginResult.Success;
import io.doorward.auth.login.LoginResult.Throttled;
import io.doorward.auth.login.LoginResult.Unavailable;
import io.doorward.auth.session.AccessTokens;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.session.SessionPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LoginsTest {
  private final Machine machine = new Machine();

  @BeforeEach
  void signUp() {
    machine.signUp();
  }

  @AfterEach
  void close() {
    machine.close();
  }

  @Test
  void aRightPasswordOpensASessionWithItsToken() {
    Success success = (Success) machine.login(RIGHT);

    assertThat(machine.journal())
        .containsExactly("limiter.reserve", "cache.lookup", "limiter.settle", "tokens.create");
    assertThat(success.principal().account()).isEqualTo(machine.anna().account());
    assertThat(success.expiresAt()).isEqualTo(success.principal().session().absoluteEnd());
    assertThat(machine.check(success)).isEqualTo(new CheckResult.Active(success.principal()));
  }

  @Test
  void theListenerHearsWhichWayItTookAndHowLong() {
    machine.toTokens.before("create", () -> machine.clock.advance(Duration.ofMillis(2)));
    Success success = (Success) machine.login(RIGHT);

    assertThat(machine.events.all())
        .hasExactlyElementsOfTypes(LoginSucceeded.class, NewDeviceLoggedIn.class);
    assertThat(machine.events.of(LoginSucceeded.class))
        .singleElement()
        .satisfies(
            event -> {
              assertThat(event.account()).isEqualTo(success.principal().account());
              assertThat(event.session()).isEqualTo(success.principal().session().id());
              assertThat(event.network()).isEqualTo(CLIENT.network());
              assertThat(event.source()).isEqualTo(Source.CACHE);
              assertThat(event.timings())
                  .containsOnlyKeys(Step.THROTTLE, Step.CACHE_LOOKUP, Step.HASHING, Step.SESSION)
                  .containsEntry(Step.SESSION, Duration.ofMillis(2));
            });
  }

  /** A container of forty threads, and one account that wants them all. */
  @Test
  void manyAttemptsAtOneAccountLeaveThreadsToOthers() {
    Success session = machine.enter(RIGHT);
    CountDownLatch go = new CountDownLatch(1);
    machine.hasher.whileComparing(() -> Together.await(go));
    ThreadPoolExecutor container =
        new ThreadPoolExecutor(40, 40, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>());
    try {
      List<CompletableFuture<LoginResult>> attempts = new ArrayList<>();
      for (int i = 0; i < 250; i++) {
        attempts.add(CompletableFuture.supplyAsync(() -> machine.login(RIGHT), container));
      }
      CompletableFuture<CheckResult> page =
          CompletableFuture.supplyAsync(() -> machine.check(session), container);

      assertThat(Together.join(page)).isEqualTo(new CheckResult.Active(session.principal()));
      // All but those in flight and those that wait their turn.
      Awaitility.await()
          .until(() -> attempts.stream().filter(CompletableFuture::isDone).count() == 250 - 5 - 16);
      assertThat(attempts.stream().filter(CompletableFuture::isDone).map(Together::join))
          .allMatch(Throttled.class::isInstance);
      go.countDown();
      assertThat(attempts.stream().map(Together::join).filter(Success.class::isInstance))
          .hasSize(5 + 16);
    } finally {
      container.shutdownNow();
    }
  }

  @Test
  void aWrongPasswordOpensNothing() {
    assertThat(machine.login(WRONG)).isEqualTo(new Rejected());
    assertThat(machine.toTokens.calls("create")).isZero();
  }

  @Test
  void overBudgetNothingIsLookedUp() {
    for (int i = 0; i < 5; i++) {
      machine.login(WRONG);
    }
    machine.forget();

    assertThat(machine.login(RIGHT)).isEqualTo(new Throttled(Duration.ofSeconds(1)));
    assertThat(machine.journal()).containsExactly("limiter.reserve");
  }

  @Test
  void aBrokenDatabaseIsUnavailableOnlyForWhomTheCacheDoesNotKnow() {
    machine.toAccounts.cut();
    assertThat(machine.login(RIGHT)).isInstanceOf(Success.class);

    machine.cache.fence(ANNA, machine.anna().version().number() + 1, soon());
    assertThat(machine.login(RIGHT)).isInstanceOf(Unavailable.class);
  }

  @Test
  void aBrokenTokenStoreIsUnavailableAndNotAFailedAttempt() {
    machine.toTokens.cut("create", Kind.TIMEOUT);
    for (int i = 0; i < 10; i++) {
      assertThat(machine.login(RIGHT)).isInstanceOf(Unavailable.class);
    }
    assertThat(machine.events.all())
        .hasSize(20)
        .containsOnly(
            new BackendFailed(Part.TOKEN_STORE, Kind.TIMEOUT),
            new LoginUnavailable(CLIENT.network()));

    machine.toTokens.mend();
    assertThat(machine.login(RIGHT)).isInstanceOf(Success.class);
  }

  @Test
  void aPasswordThatIsStillRightAfterItsCredentialWasReplacedIsProvedAfresh() {
    AtomicInteger sessions = new AtomicInteger();
    machine.toTokens.before(
        "create",
        () -> {
          if (sessions.getAndIncrement() == 0) {
            machine.replaceCredential();
          }
        });
    int before = machine.hasher.compared();

    assertThat(machine.login(RIGHT)).isInstanceOf(Success.class);
    assertThat(machine.hasher.compared() - before).isEqualTo(2);
    assertThat(machine.journal())
        .containsExactly(
            "limiter.reserve",
            "cache.lookup",
            "limiter.settle",
            "tokens.create",
            "limiter.reserve",
            "accounts.find",
            "limiter.settle",
            "tokens.create");
  }

  @Test
  void aCredentialThatIsReplacedAgainAndAgainOpensNothing() {
    machine.toTokens.before("create", machine::replaceCredential);

    assertThat(machine.login(RIGHT)).isEqualTo(new Rejected());
    assertThat(machine.toTokens.calls("create")).isEqualTo(2);
    assertThat(machine.events.all())
        .containsExactly(
            new LoginRejected(
                Optional.of(machine.anna().account()),
                LoginRefusal.CREDENTIAL_CHANGED,
                CLIENT.network()));
  }

  @Test
  void aSecondProofThatTheDatabaseCannotAnswerIsUnavailable() {
    machine.toTokens.before("create", machine::replaceCredential);
    machine.toAccounts.cut();

    assertThat(machine.login(RIGHT)).isInstanceOf(Unavailable.class);
  }

  @Test
  void aFurtherStepOpensNoSessionYet() {
    EngineContext context = Contexts.once(machine.clock, Runnable::run, machine.events);
    SessionManager sessions =
        new SessionManager(
            machine.tokens,
            AccessTokens.builder(KeyRing.ephemeral()).clock(machine.clock).build(),
            new RefreshTokens(KeyRing.ephemeral(), "doorward", "doorward"),
            new SessionManager.Terms(
                SessionPolicy.defaults().withJitterPercent(0), RoleModel.none()),
            new Invalidator(machine.cache, machine.tokens::fenceUser, machine.accounts, context),
            context);
    Logins logins =
        new Logins(
            (attempt, deadline) -> new AuthenticationResult.NextStep("otp"),
            (attempt, deadline) -> new AuthenticationResult.Rejected(Optional.empty()),
            sessions,
            new DeviceCookies(KeyRing.ephemeral(), "test", Duration.ofDays(1), machine.clock),
            context);

    assertThat(logins.login(attempt(RIGHT), soon())).isEqualTo(new LoginResult.NextStep("otp"));
  }
}
