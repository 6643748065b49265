package io.doorward.auth;

import static io.doorward.auth.fixture.Fixtures.ANNA;
import static io.doorward.auth.fixture.Fixtures.CLIENT;
import static io.doorward.auth.fixture.Fixtures.NEXT;
import static io.doorward.auth.fixture.Fixtures.RIGHT;
import static io.doorward.auth.fixture.Fixtures.attempt;
import static io.doorward.auth.fixture.Fixtures.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.AuthService.PasswordChangeResult;
import io.doorward.auth.AuthService.SignUp;
import io.doorward.auth.Operations.CacheCheckRequest;
import io.doorward.auth.Operations.CleanUpResult;
import io.doorward.auth.Operations.InvalidationBacklogResult;
import io.doorward.auth.Sessions.LogoutResult;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.base.TenantId;
import io.doorward.auth.engine.EngineContext;
import io.doorward.auth.engine.cache.Invalidator;
import io.doorward.auth.engine.cache.OutboxRelay;
import io.doorward.auth.engine.operation.Maintenance;
import io.doorward.auth.event.AccessEvent.LoggedOut;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.ServiceEvent.BackendFailed;
import io.doorward.auth.event.ServiceEvent.CleanedUp;
import io.doorward.auth.event.ServiceEvent.InvalidationBacklog;
import io.doorward.auth.fixture.Contexts;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.login.LoginResult.Success;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.session.RefreshResult;
import io.doorward.auth.session.RefreshResult.Refreshed;
import io.doorward.auth.session.RefreshToken;
import io.doorward.auth.session.SessionOptions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AuthServiceTest {
  private final Machine machine = new Machine();
  private final AuthService service = machine.service;

  @BeforeEach
  void signUp() {
    machine.signUp();
  }

  @AfterEach
  void close() {
    machine.close();
  }

  @Test
  void aLogoutEndsThatSessionAndNoOther() {
    Success first = machine.enter(RIGHT);
    Success second = machine.enter(RIGHT);

    assertThat(service.logout(first.token(), soon())).isEqualTo(new LogoutResult.Done(1, false));
    assertThat(machine.check(first)).isEqualTo(new CheckResult.Rejected());
    assertThat(machine.check(second)).isInstanceOf(CheckResult.Active.class);
  }

  @Test
  void aLogoutWithATokenThatNamesNothingIsDone() {
    Success session = machine.enter(RIGHT);
    service.logout(session.token(), soon());

    assertThat(service.logout(session.token(), soon())).isEqualTo(new LogoutResult.Done(0, false));
    assertThat(service.logout(AccessToken.of("garbage"), soon()))
        .isEqualTo(new LogoutResult.Done(0, false));
    Success expired = machine.enter(RIGHT);
    machine.clock.advance(Duration.ofHours(13));
    assertThat(service.logout(expired.token(), soon())).isEqualTo(new LogoutResult.Done(0, false));
  }

  @Test
  void aLogoutThatTheStoreCannotConfirmIsUnavailable() {
    Success session = machine.enter(RIGHT);
    machine.toTokens.cut();

    assertThat(service.logout(session.token(), soon()))
        .isInstanceOf(LogoutResult.Unavailable.class);
    AccountId anna = session.principal().account();
    assertThat(service.sessions().logout(anna, session.principal().session().id(), soon()))
        .isInstanceOf(LogoutResult.Unavailable.class);
    assertThat(service.sessions().logoutAll(anna, soon()))
        .isInstanceOf(LogoutResult.Unavailable.class);
    assertThat(machine.events.all())
        .containsOnly(new BackendFailed(Part.TOKEN_STORE, Kind.UNREACHABLE));
  }

  @Test
  void aBearerSessionIsRefreshedAndEndedByItsRefreshToken() {
    Success session = bearer();
    RefreshToken token = session.refreshToken().orElseThrow();
    machine.clock.advance(Duration.ofMinutes(9));

    Refreshed refreshed = (Refreshed) service.refresh(token.reveal());

    assertThat(refreshed.expiresAt()).isEqualTo(machine.clock.instant().plusSeconds(600));
    assertThat(refreshed.principal().session().id()).isEqualTo(session.principal().session().id());
    assertThat(service.check(refreshed.token(), soon())).isInstanceOf(CheckResult.Active.class);
    assertThat(service.refresh(token, soon()))
        .isInstanceOfSatisfying(
            Refreshed.class,
            again -> assertThat(again.refreshToken()).isEqualTo(refreshed.refreshToken()));
    assertThat(service.sessions().logout(refreshed.refreshToken(), soon()))
        .isEqualTo(new LogoutResult.Done(1, false));
    assertThat(service.check(refreshed.token(), soon())).isEqualTo(new CheckResult.Rejected());
    assertThat(service.refresh(refreshed.refreshToken(), soon()))
        .isEqualTo(new RefreshResult.Rejected());
  }

  @Test
  void aChangedPasswordEndsRefreshTokensAndGivesTheCallerANewOne() {
    Success session = bearer();
    Success other = bearer();

    PasswordChangeResult.Changed changed =
        (PasswordChangeResult.Changed) machine.change(session, RIGHT, NEXT);

    for (Success ended : List.of(session, other)) {
      assertThat(service.refresh(ended.refreshToken().orElseThrow(), soon()))
          .isEqualTo(new RefreshResult.Rejected());
    }
    RefreshToken renewed = changed.renewed().orElseThrow().refreshToken().orElseThrow();
    assertThat(service.refresh(renewed, soon())).isInstanceOf(Refreshed.class);
  }

  private Success bearer() {
    return (Success)
        service.login(new LoginAttempt(ANNA, RIGHT, CLIENT, SessionOptions.bearer()), soon());
  }

  @Test
  void oneSessionOfAnAccountIsEndedByItsId() {
    Success phone = machine.enter(RIGHT);
    Success laptop = machine.enter(RIGHT);
    AccountId anna = machine.anna().account();
    SessionId ended = phone.principal().session().id();

    assertThat(service.sessions().logout(anna, ended, soon()))
        .isEqualTo(new LogoutResult.Done(1, false));

    assertThat(machine.check(phone)).isInstanceOf(CheckResult.Rejected.class);
    assertThat(machine.check(laptop)).isInstanceOf(CheckResult.Active.class);
    assertThat(machine.events.of(LoggedOut.class))
        .containsExactly(new LoggedOut(anna, ended, false));
    assertThat(service.sessions().logout(anna, ended, soon()))
        .isEqualTo(new LogoutResult.Done(0, false));
  }

  @Test
  void aSessionOfAnotherAccountIsAsGoodAsNone() {
    Success session = machine.enter(RIGHT);
    LogoutResult none = service.sessions().logout(AccountId.random(), SessionId.random(), soon());

    assertThat(
            service
                .sessions()
                .logout(AccountId.random(), session.principal().session().id(), soon()))
        .isEqualTo(none)
        .isEqualTo(new LogoutResult.Done(0, false));

    assertThat(machine.check(session)).isInstanceOf(CheckResult.Active.class);
    assertThat(machine.events.of(LoggedOut.class)).isEmpty();
  }

  @Test
  void allSessionsOfAnAccountEndTogether() {
    List<Success> sessions = List.of(machine.enter(RIGHT), machine.enter(RIGHT));

    assertThat(service.sessions().logoutAll(machine.anna().account(), soon()))
        .isEqualTo(new LogoutResult.Done(2, false));
    assertThat(sessions).allMatch(it -> machine.check(it) instanceof CheckResult.Rejected);
    assertThat(machine.login(RIGHT)).isInstanceOf(Success.class);
  }

  @Test
  void aCleanUpDeletesWhatIsOver() {
    machine.enter(RIGHT);
    machine.clock.advance(Duration.ofHours(2));

    assertThat(service.operations().cleanUp(100, soon()))
        .isEqualTo(new CleanUpResult.Done(1, 2, 0));
    assertThat(service.operations().cleanUp(100, soon()))
        .isEqualTo(new CleanUpResult.Done(0, 0, 0));
    assertThat(machine.events.all()).containsExactly(new CleanedUp(1, 2, 0));
  }

  @Test
  void aCleanUpKeepsDoneRowsForAnHourAndSessionsThatLive() {
    machine.enter(RIGHT);
    machine.clock.advance(Duration.ofMinutes(29));

    assertThat(service.operations().cleanUp(100, soon()))
        .isEqualTo(new CleanUpResult.Done(0, 0, 0));
  }

  @Test
  void aCleanUpForgetsOutcomesOnceNobodyCanAskForThem() {
    machine.clock.advance(Duration.ofDays(2));
    assertThat(((CleanUpResult.Done) service.operations().cleanUp(100, soon())).operations())
        .isZero();

    machine.clock.advance(Duration.ofSeconds(1));
    assertThat(((CleanUpResult.Done) service.operations().cleanUp(100, soon())).operations())
        .isOne();
    assertThat(((CleanUpResult.Done) service.operations().cleanUp(100, soon())).operations())
        .isZero();
  }

  @Test
  void aCleanUpIsBounded() {
    machine.enter(RIGHT);
    machine.enter(RIGHT);
    machine.clock.advance(Duration.ofHours(2));

    assertThat(service.operations().cleanUp(1, soon())).isEqualTo(new CleanUpResult.Done(1, 1, 0));
    assertThatThrownBy(() -> service.operations().cleanUp(0, soon()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("max must be positive: 0");
  }

  @Test
  void aCleanUpThatABackendCannotAnswerIsUnavailable() {
    machine.toAccounts.cut();

    assertThat(service.operations().cleanUp(100, soon()))
        .isInstanceOf(CleanUpResult.Unavailable.class);
    assertThat(machine.events.all())
        .containsExactly(new BackendFailed(Part.CLEAN_UP, Kind.UNREACHABLE));
  }

  @Test
  void theBacklogTellsWhatIsPendingAndHowLong() {
    assertThat(service.operations().invalidationBacklog(soon()))
        .isEqualTo(new InvalidationBacklogResult.Known(0, Optional.empty()));
    machine.replaceCredential();
    machine.clock.advance(Duration.ofSeconds(5));

    assertThat(service.operations().invalidationBacklog(soon()))
        .isEqualTo(new InvalidationBacklogResult.Known(4, Optional.of(Duration.ofSeconds(5))));

    assertThat(service.operations().relayInvalidations(soon())).isTrue();
    assertThat(service.operations().invalidationBacklog(soon()))
        .isEqualTo(new InvalidationBacklogResult.Known(0, Optional.empty()));
    machine.toAccounts.cut();
    assertThat(service.operations().invalidationBacklog(soon()))
        .isInstanceOf(InvalidationBacklogResult.Unavailable.class);
  }

  @Test
  void aBacklogIsReportedOnceItIsThirtySecondsOld() {
    Maintenance maintenance = maintenance();
    maintenance.reportBacklog(soon());
    machine.replaceCredential();
    machine.clock.advance(Duration.ofSeconds(29));
    maintenance.reportBacklog(soon());
    assertThat(machine.events.all()).isEmpty();

    machine.clock.advance(Duration.ofSeconds(1));
    maintenance.reportBacklog(soon());

    assertThat(machine.events.all())
        .containsExactly(new InvalidationBacklog(4, Duration.ofSeconds(30)));
  }

  @Test
  void aBacklogThatCannotBeCountedIsNoBacklog() {
    machine.toAccounts.cut();

    maintenance().reportBacklog(soon());

    assertThat(machine.events.all())
        .containsExactly(new BackendFailed(Part.OUTBOX, Kind.UNREACHABLE));
  }

  private Maintenance maintenance() {
    AccountStore store = machine.toAccounts.end(AccountStore.class, machine.accounts);
    EngineContext context = Contexts.once(machine.clock, Runnable::run, machine.events);
    Invalidator invalidator =
        new Invalidator(machine.cache, machine.tokens::fenceUser, store, context);
    return new Maintenance(
        machine.tokens, store, new OutboxRelay(store, invalidator, context), context);
  }

  @Test
  void aListenerThatThrowsChangesNothing() {
    try (Machine loud =
        new Machine(
            builder ->
                builder.listener(
                    event -> {
                      throw new IllegalStateException("thrown by the test");
                    }))) {
      loud.signUp();
      Success session = loud.enter(RIGHT);
      assertThat(loud.check(session)).isInstanceOf(CheckResult.Active.class);
      assertThat(loud.change(session, RIGHT, NEXT))
          .isInstanceOf(PasswordChangeResult.Changed.class);
      assertThat(loud.login(RIGHT)).isEqualTo(new LoginResult.Rejected());
    }
  }

  @Test
  void aClosedServiceRefusesEverything() {
    Success session = machine.enter(RIGHT);
    AccountId anna = machine.anna().account();
    service.close();
    service.close();

    List<ThrowingCallable> calls =
        List.of(
            () -> service.signUp(new SignUp(ANNA, RIGHT, CLIENT), soon()),
            () -> service.login(attempt(RIGHT), soon()),
            () -> service.check(session.token(), soon()),
            () -> service.logout(session.token(), soon()),
            () -> service.sessions().logout(anna, session.principal().session().id(), soon()),
            () -> service.sessions().logoutAll(anna, soon()),
            () -> machine.change(session, RIGHT, NEXT),
            () -> service.admin().find(anna, soon()),
            () -> service.admin().list(TenantId.DEFAULT, Optional.empty(), 1, soon()),
            () -> service.recovery().setPassword(anna, NEXT, soon()),
            () -> service.admin().changeStatus(anna, AccountStatus.ACTIVE, soon()),
            () -> service.admin().changeRoles(anna, Set.of(), Set.of(), soon()),
            () -> service.operations().cleanUp(1, soon()),
            () -> service.operations().relayInvalidations(soon()),
            () -> service.operations().invalidationBacklog(soon()),
            () -> service.operations().checkCaches(CacheCheckRequest.defaults(), soon()),
            () ->
                service
                    .operations()
                    .checkAllCaches(CacheCheckRequest.defaults(), batch -> {}, soon()));
    assertThat(calls)
        .allSatisfy(
            call ->
                assertThatThrownBy(call)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("the AuthService is closed"));
  }
}
