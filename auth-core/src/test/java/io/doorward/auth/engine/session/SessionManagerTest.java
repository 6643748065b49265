package io.doorward.auth.engine.session;

import static io.doorward.auth.fixture.Fixtures.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.account.CredentialStore.NewAccount;
import io.doorward.auth.account.RoleModel;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.base.TenantId;
import io.doorward.auth.engine.cache.Invalidator;
import io.doorward.auth.engine.session.Opening.Opened;
import io.doorward.auth.engine.session.SessionManager.Closed;
import io.doorward.auth.event.AccessEvent.LoggedOut;
import io.doorward.auth.event.AccessEvent.OldestSessionsEnded;
import io.doorward.auth.event.AccessEvent.SessionsRevoked;
import io.doorward.auth.event.AccessEvent.TokenRefusal;
import io.doorward.auth.event.AccessEvent.TokenRejected;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.ServiceEvent.BackendFailed;
import io.doorward.auth.fixture.Contexts;
import io.doorward.auth.fixture.Events;
import io.doorward.auth.fixture.Fixtures;
import io.doorward.auth.fixture.HandClock;
import io.doorward.auth.fixture.HandExecutor;
import io.doorward.auth.fixture.Wire;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.AccessTokens;
import io.doorward.auth.session.AuthenticatedPrincipal;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.session.EndedSession.EndReason;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionKind;
import io.doorward.auth.session.SessionLifetimes;
import io.doorward.auth.session.SessionLimits;
import io.doorward.auth.session.SessionLimits.WhenFull;
import io.doorward.auth.session.SessionOptions;
import io.doorward.auth.session.SessionPolicy;
import io.doorward.auth.session.TokenStore;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SessionManagerTest {
  /** Ends are compared by the second. */
  private static final SessionPolicy EXACT = SessionPolicy.defaults().withJitterPercent(0);

  private static final Duration IDLE = Duration.ofMinutes(30);
  private static final Set<String> PASSWORD = Set.of("pwd");
  private static final ClientContext BROWSER = Fixtures.CLIENT.withUserAgent("Mozilla/5.0");

  private static final RoleModel ROLES =
      RoleModel.builder()
          .role("admin")
          .includes("editor")
          .role("editor")
          .grants("article:write")
          .build();

  private final Wire toStore = Wire.to("store");
  private final HandClock clock = new HandClock();
  private final HandExecutor executor = new HandExecutor();
  private final Events events = new Events();
  private final AccountStore accounts = AccountStore.inMemory(clock);
  private final TokenStore store = TokenStore.inMemory(accounts, clock);
  private final Credential anna =
      Fixtures.anna(accounts, PasswordHash.of("not looked at"), AccountStatus.ACTIVE);
  private final Invalidator invalidator =
      new Invalidator(
          CredentialCache.none(),
          store::fenceUser,
          accounts,
          Contexts.once(clock, executor, events));
  private final SessionManager sessions =
      new SessionManager(
          toStore.end(TokenStore.class, store),
          AccessTokens.builder(KeyRing.ephemeral()).clock(clock).build(),
          new RefreshTokens(KeyRing.ephemeral(), "doorward", "doorward"),
          new SessionManager.Terms(EXACT, ROLES),
          invalidator,
          Contexts.thrice(clock, executor, events));

  @Test
  void anOpenedSessionIsActiveWithItsRoles() {
    accounts.changeRoles(anna.account(), Set.of("admin"), Set.of(), OperationId.random(), soon());
    Opened opened = open(SessionOptions.cookie());

    assertThat(opened.principal().roles()).containsExactly("admin");
    assertThat(sessions.check(opened.token(), TenantId.DEFAULT, soon()))
        .isEqualTo(new CheckResult.Active(opened.principal()));
    assertThat(opened.principal().getName()).isEqualTo(anna.account().value());
  }

  /** At the login and at every check, by the roles of the moment. */
  @Test
  void aPrincipalHasThePermissionsOfItsRoles() {
    Opened opened = open(SessionOptions.cookie());
    assertThat(opened.principal().hasPermission("article:write")).isFalse();

    accounts.changeRoles(anna.account(), Set.of("admin"), Set.of(), OperationId.random(), soon());
    AuthenticatedPrincipal promoted = checked(opened);
    assertThat(promoted.hasRole("editor")).isTrue();
    assertThat(promoted.hasPermission("article:write")).isTrue();
    assertThat(open(SessionOptions.cookie()).principal().hasPermission("article:write")).isTrue();

    accounts.changeRoles(anna.account(), Set.of(), Set.of("admin"), OperationId.random(), soon());
    assertThat(checked(opened).hasRole("editor")).isFalse();
    assertThat(checked(opened).hasPermission("article:write")).isFalse();
  }

  private AuthenticatedPrincipal checked(Opened opened) {
    CheckResult result = sessions.check(opened.token(), TenantId.DEFAULT, soon());
    return ((CheckResult.Active) result).principal();
  }

  @Test
  void aSessionKnowsWhoWhenHowAndOnWhat() {
    Session session = open(SessionOptions.cookie()).principal().session();

    assertThat(session.account()).isEqualTo(anna.account());
    assertThat(session.epoch()).isEqualTo(anna.epoch());
    assertThat(session.createdAt()).isEqualTo(clock.instant());
    assertThat(session.authTime()).isEqualTo(clock.instant());
    assertThat(session.amr()).containsExactly("pwd");
    assertThat(session.device()).contains("Mozilla/5.0");
    assertThat(session.idleTimeout()).isEqualTo(IDLE);
    assertThat(session.absoluteEnd()).isEqualTo(clock.instant().plus(Duration.ofHours(12)));
  }

  @Test
  void aLabelThatTheCallerChoseWinsOverTheUserAgent() {
    SessionOptions options =
        new SessionOptions(SessionKind.COOKIE, false, Optional.of("kitchen"), Map.of("a", "b"));
    Session session = open(options).principal().session();

    assertThat(session.device()).contains("kitchen");
    assertThat(session.attributes()).containsEntry("a", "b");
  }

  @Test
  void aCookieTokenAndItsSessionEndTogether() {
    clock.advance(Duration.ofMillis(1_234));
    Opened opened = open(SessionOptions.cookie());

    assertThat(opened.expiresAt()).isEqualTo(opened.principal().session().absoluteEnd());
    assertThat(opened.expiresAt()).isEqualTo(opened.expiresAt().truncatedTo(ChronoUnit.SECONDS));
  }

  @Test
  void aRememberedSessionLivesForItsOwnTimeWithoutARequest() {
    Opened opened = open(SessionOptions.rememberedCookie());
    clock.advance(Duration.ofDays(30).minusSeconds(1));
    assertThat(sessions.check(opened.token(), TenantId.DEFAULT, soon()))
        .isInstanceOf(CheckResult.Active.class);

    clock.advance(Duration.ofSeconds(1));
    assertThat(sessions.check(opened.token(), TenantId.DEFAULT, soon()))
        .isEqualTo(new CheckResult.Rejected());
  }

  @Test
  void aBearerTokenIsShortAndNeverOutlivesItsSession() {
    Opened opened = open(SessionOptions.bearer());
    assertThat(opened.expiresAt()).isEqualTo(clock.instant().plus(Duration.ofMinutes(10)));

    SessionManager brief = manager(EXACT.withAbsoluteLifetime(Duration.ofMinutes(3)));
    Opened cut = open(brief, SessionOptions.bearer()).orElseThrow();
    assertThat(cut.expiresAt()).isEqualTo(clock.instant().plus(Duration.ofMinutes(3)));
  }

  @Test
  void eachKindOfSessionHasItsOwnLifetimes() {
    SessionManager manager =
        manager(EXACT.withCookie(lifetimes(1, 2, 3, 4)).withBearer(lifetimes(5, 6, 7, 8)));

    assertLives(manager, SessionOptions.cookie(), 1, 2);
    assertLives(manager, SessionOptions.rememberedCookie(), 3, 4);
    assertLives(manager, SessionOptions.bearer(), 5, 6);
    assertLives(manager, SessionOptions.rememberedBearer(), 7, 8);
  }

  private static SessionLifetimes lifetimes(int idle, int absolute, int remembered, int most) {
    return new SessionLifetimes(
        Duration.ofHours(idle),
        Duration.ofHours(absolute),
        Duration.ofHours(remembered),
        Duration.ofHours(most));
  }

  private void assertLives(SessionManager manager, SessionOptions options, int idle, int most) {
    Session session = open(manager, options).orElseThrow().principal().session();
    assertThat(session.idleTimeout()).isEqualTo(Duration.ofHours(idle));
    assertThat(session.absoluteEnd()).isEqualTo(clock.instant().plus(Duration.ofHours(most)));
  }

  @Test
  void noSessionIsOpenedByACredentialThatWasReplaced() {
    accounts.changeStatus(anna.account(), AccountStatus.DISABLED, OperationId.random(), soon());

    assertThat(open(sessions, SessionOptions.cookie())).isEmpty();
  }

  @Test
  void theHundredAndFirstSessionEndsTheOldest() {
    Opened oldest = open(SessionOptions.rememberedCookie());
    clock.advance(Duration.ofSeconds(1));
    for (int i = 0; i < 99; i++) {
      open(SessionOptions.cookie());
    }
    assertThat(sessions.check(oldest.token(), TenantId.DEFAULT, soon()))
        .isInstanceOf(CheckResult.Active.class);
    assertThat(events.all()).isEmpty();

    Opened newest = open(SessionOptions.bearer());

    assertThat(sessions.check(newest.token(), TenantId.DEFAULT, soon()))
        .isInstanceOf(CheckResult.Active.class);
    assertThat(sessions.check(oldest.token(), TenantId.DEFAULT, soon()))
        .isEqualTo(new CheckResult.Rejected());
    assertThat(store.list(anna.account(), soon())).hasSize(100);
    assertThat(events.of(OldestSessionsEnded.class))
        .containsExactly(new OldestSessionsEnded(anna.account(), 1, false));
  }

  @Test
  void oneSessionMayBeAllThatAnAccountHas() {
    SessionManager single = manager(EXACT.withMaxSessions(1));
    Opened before = open(single, SessionOptions.cookie()).orElseThrow();

    Opened after = open(single, SessionOptions.cookie()).orElseThrow();

    assertThat(single.check(before.token(), TenantId.DEFAULT, soon()))
        .isEqualTo(new CheckResult.Rejected());
    assertThat(single.check(after.token(), TenantId.DEFAULT, soon()))
        .isInstanceOf(CheckResult.Active.class);
  }

  @Test
  void aFullAccountThatRefusesGetsNoSession() {
    SessionLimits limits =
        SessionLimits.defaults()
            .withPerAccount(2)
            .withDeviceKind("app", 1)
            .withWhenFull(WhenFull.REFUSE);
    SessionManager strict = manager(EXACT.withLimits(limits));
    Opened phone = open(strict, SessionOptions.bearer()).orElseThrow();

    assertThat(opening(strict, SessionOptions.rememberedBearer()))
        .isEqualTo(new Opening.Full(1, Optional.of("app")));
    assertThat(open(strict, SessionOptions.bearer().withDeviceKind("tablet"))).isPresent();
    assertThat(opening(strict, SessionOptions.cookie()))
        .isEqualTo(new Opening.Full(2, Optional.empty()));

    assertThat(strict.check(phone.token(), TenantId.DEFAULT, soon()))
        .isInstanceOf(CheckResult.Active.class);
    assertThat(store.list(anna.account(), soon())).hasSize(2);
    assertThat(events.of(OldestSessionsEnded.class)).isEmpty();
  }

  @Test
  void aReopenedSessionIsNotRefusedByAFullAccount() {
    SessionLimits limits = SessionLimits.defaults().withPerAccount(1).withWhenFull(WhenFull.REFUSE);
    SessionManager strict = manager(EXACT.withLimits(limits));
    Session other = open(strict, SessionOptions.cookie()).orElseThrow().principal().session();

    assertThat(strict.reopen(other, anna.epoch(), PASSWORD, soon())).isPresent();

    assertThat(store.list(anna.account(), soon())).hasSize(1).doesNotContain(other);
  }

  @Test
  void aNewSessionIsTriedAgainOnlyIfNothingWasSent() {
    toStore.cut("create", Kind.UNREACHABLE, 2);
    assertThat(open(sessions, SessionOptions.cookie())).isPresent();

    toStore.loseAnswers("create", 1);
    assertThatThrownBy(() -> open(SessionOptions.cookie())).isInstanceOf(StoreException.class);
  }

  @Test
  void aReopenedSessionIsANewOneWithTheOldOnesWays() {
    SessionOptions options =
        new SessionOptions(SessionKind.COOKIE, true, Optional.of("kitchen"), Map.of("a", "b"));
    Session old = open(options).principal().session();
    clock.advance(Duration.ofDays(2));

    Session next =
        sessions.reopen(old, anna.epoch(), PASSWORD, soon()).orElseThrow().principal().session();

    assertThat(next.id()).isNotEqualTo(old.id());
    assertThat(next.createdAt()).isEqualTo(clock.instant());
    assertThat(next.authTime()).isEqualTo(clock.instant());
    assertThat(next.absoluteEnd()).isEqualTo(clock.instant().plus(Duration.ofDays(30)));
    assertThat(next)
        .usingRecursiveComparison()
        .comparingOnlyFields("account", "kind", "idleTimeout", "amr", "device", "attributes")
        .isEqualTo(old);
  }

  @Test
  void aSessionThatIsAsLongIdleAsItMayLiveDoesNotBecomeARememberedOne() {
    Session old =
        Session.builder(
                anna.account(),
                SessionKind.COOKIE,
                anna.epoch(),
                clock.instant(),
                clock.instant().plus(IDLE),
                IDLE)
            .build();

    assertThat(sessions.reopen(old, anna.epoch(), PASSWORD, soon()))
        .hasValueSatisfying(
            next -> assertThat(next.expiresAt()).isEqualTo(clock.instant().plus(IDLE)));
  }

  @Test
  void aTokenThatNamesAnApiKeyIsRejected() {
    Opened opened = open(SessionOptions.cookie());
    Session cookie = opened.principal().session();
    store.revoke(anna.account(), cookie.id(), EndReason.LOGOUT, soon());
    store.create(apiKey(cookie.id()), soon());

    assertThat(sessions.check(opened.token(), TenantId.DEFAULT, soon()))
        .isEqualTo(new CheckResult.Rejected());
    assertThat(events.all())
        .containsExactly(new TokenRejected(Optional.of(anna.account()), TokenRefusal.INVALID));
  }

  @Test
  void anApiKeyIsNotReopenedAsASession() {
    toStore.forget();

    assertThat(sessions.reopen(apiKey(SessionId.random()), anna.epoch(), PASSWORD, soon()))
        .isEmpty();
    assertThat(toStore.calls()).isEmpty();
  }

  private Session apiKey(SessionId id) {
    return Session.builder(
            anna.account(),
            SessionKind.API_KEY,
            anna.epoch(),
            clock.instant(),
            clock.instant().plus(IDLE),
            IDLE)
        .id(id)
        .build();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "garbage", "a.b.c"})
  void aTokenThatIsNotOursIsRejectedWithoutAskingTheStore(String text) {
    assertThat(sessions.check(AccessToken.of(text), TenantId.DEFAULT, soon()))
        .isEqualTo(new CheckResult.Rejected());
    assertThat(toStore.calls()).isEmpty();
    assertThat(events.all())
        .containsExactly(new TokenRejected(Optional.empty(), TokenRefusal.INVALID));
  }

  @Test
  void aTokenOfOneTenantIsRefusedInEveryOther() {
    TenantId north = new TenantId("north");
    Credential there = account(north);
    Opened opened =
        sessions
            .open(
                there.account(), there.epoch(), PASSWORD, SessionOptions.cookie(), BROWSER, soon())
            .session()
            .orElseThrow();
    assertThat(sessions.check(opened.token(), north, soon()))
        .isEqualTo(new CheckResult.Active(opened.principal()));
    Opened here = open(SessionOptions.cookie());
    toStore.forget();

    assertThat(sessions.check(opened.token(), TenantId.DEFAULT, soon()))
        .isEqualTo(new CheckResult.Rejected());
    assertThat(sessions.check(opened.token(), new TenantId("south"), soon()))
        .isEqualTo(new CheckResult.Rejected());
    assertThat(sessions.check(here.token(), north, soon())).isEqualTo(new CheckResult.Rejected());

    assertThat(toStore.calls()).isEmpty();
    assertThat(events.all())
        .containsExactly(
            new TokenRejected(Optional.of(there.account()), TokenRefusal.OTHER_TENANT),
            new TokenRejected(Optional.of(there.account()), TokenRefusal.OTHER_TENANT),
            new TokenRejected(Optional.of(anna.account()), TokenRefusal.OTHER_TENANT));
  }

  /** An account with Anna's address in another tenant. */
  private Credential account(TenantId tenant) {
    NewAccount wanted =
        NewAccount.of(
            AccountId.random(tenant),
            anna.loginId().inTenant(tenant),
            AccountStatus.ACTIVE,
            PasswordHash.of("not looked at"));
    accounts.create(wanted, OperationId.random(), soon());
    return accounts.find(wanted.account(), soon()).orElseThrow();
  }

  @Test
  void theReasonOfARejectionGoesToTheListenerOnly() {
    Opened opened = open(SessionOptions.cookie());
    Opened bearer = open(SessionOptions.bearer());
    clock.advance(IDLE);
    assertThat(sessions.check(opened.token(), TenantId.DEFAULT, soon()))
        .isEqualTo(new CheckResult.Rejected());
    assertThat(sessions.check(bearer.token(), TenantId.DEFAULT, soon()))
        .isEqualTo(new CheckResult.Rejected());

    assertThat(events.all())
        .containsExactly(
            new TokenRejected(Optional.of(anna.account()), TokenRefusal.NO_SESSION),
            new TokenRejected(Optional.empty(), TokenRefusal.EXPIRED));
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void aBrokenStoreIsNeverARejection(Kind kind) {
    Opened opened = open(SessionOptions.cookie());
    toStore.cut("find", kind);

    assertThat(sessions.check(opened.token(), TenantId.DEFAULT, soon()))
        .isInstanceOf(CheckResult.Unavailable.class);
    assertThat(events.all()).containsExactly(new BackendFailed(Part.TOKEN_STORE, kind));
  }

  @Test
  void aHiccupOfTheStoreIsTriedAgain() {
    Opened opened = open(SessionOptions.cookie());
    toStore.loseAnswers("find", 2);

    assertThat(sessions.check(opened.token(), TenantId.DEFAULT, soon()))
        .isInstanceOf(CheckResult.Active.class);
  }

  @Test
  void anOrdinaryCheckWritesNothing() {
    Opened opened = open(SessionOptions.cookie());
    clock.advance(IDLE.dividedBy(10).minusSeconds(1));
    toStore.forget();
    sessions.check(opened.token(), TenantId.DEFAULT, soon());
    executor.runAll();

    assertThat(toStore.calls()).containsExactly("store.find");
  }

  @Test
  void afterATenthOfItsIdleTimeASessionIsTouchedInTheBackground() {
    Opened opened = open(SessionOptions.cookie());
    clock.advance(IDLE.dividedBy(10));
    sessions.check(opened.token(), TenantId.DEFAULT, soon());
    assertThat(toStore.calls("touch")).isZero();

    executor.runAll();
    assertThat(toStore.calls("touch")).isOne();
    clock.advance(IDLE.minusSeconds(1));
    assertThat(sessions.check(opened.token(), TenantId.DEFAULT, soon()))
        .isInstanceOf(CheckResult.Active.class);
  }

  @Test
  void whereNothingFitsIntoTheBackgroundHalfOfTheIdleTimeIsWaitedFor() {
    Opened opened = open(SessionOptions.cookie());
    executor.fillUp();
    clock.advance(IDLE.dividedBy(2));
    sessions.check(opened.token(), TenantId.DEFAULT, soon());
    assertThat(toStore.calls("touch")).isZero();

    clock.advance(Duration.ofSeconds(1));
    sessions.check(opened.token(), TenantId.DEFAULT, soon());
    assertThat(toStore.calls("touch")).isOne();
  }

  @Test
  void aTouchThatFailsDoesNotFailTheCheck() {
    Opened opened = open(SessionOptions.cookie());
    executor.fillUp();
    toStore.cut("touch", Kind.TIMEOUT);
    clock.advance(IDLE.dividedBy(2).plusSeconds(1));

    assertThat(sessions.check(opened.token(), TenantId.DEFAULT, soon()))
        .isInstanceOf(CheckResult.Active.class);
    assertThat(events.all()).containsExactly(new BackendFailed(Part.TOKEN_STORE, Kind.TIMEOUT));
  }

  @Test
  void aRememberedSessionIsNeverTouched() {
    Opened remembered = open(SessionOptions.rememberedCookie());
    clock.advance(Duration.ofDays(20));

    assertThat(sessions.check(remembered.token(), TenantId.DEFAULT, soon()))
        .isInstanceOf(CheckResult.Active.class);
    assertThat(executor.waiting()).isZero();
  }

  @Test
  void nearItsAbsoluteEndASessionIsNotTouchedAnyMore() {
    Opened opened = open(SessionOptions.cookie());
    for (int i = 0; i < 24; i++) {
      clock.advance(IDLE.minusMinutes(1));
      assertThat(sessions.check(opened.token(), TenantId.DEFAULT, soon()))
          .isInstanceOf(CheckResult.Active.class);
      executor.runAll();
    }
    clock.advance(Duration.ofMinutes(20));

    assertThat(sessions.check(opened.token(), TenantId.DEFAULT, soon()))
        .isInstanceOf(CheckResult.Active.class);
    assertThat(executor.waiting()).isZero();
  }

  @Test
  void anEndedSessionIsOverAtOnce() {
    Opened opened = open(SessionOptions.cookie());

    assertThat(sessions.close(opened.token(), soon())).isEqualTo(new Closed(1, false));
    assertThat(sessions.check(opened.token(), TenantId.DEFAULT, soon()))
        .isEqualTo(new CheckResult.Rejected());
    assertThat(sessions.close(opened.token(), soon())).isEqualTo(new Closed(0, false));
    assertThat(events.of(LoggedOut.class))
        .containsExactly(new LoggedOut(anna.account(), opened.principal().session().id(), false));
    assertThat(events.of(SessionsRevoked.class)).isEmpty();
  }

  @Test
  void anExpiredTokenStillEndsItsSession() {
    Opened bearer = open(SessionOptions.bearer());
    clock.advance(Duration.ofMinutes(12));
    assertThat(sessions.check(bearer.token(), TenantId.DEFAULT, soon()))
        .isEqualTo(new CheckResult.Rejected());

    assertThat(sessions.close(bearer.token(), soon())).isEqualTo(new Closed(1, false));

    assertThat(store.list(anna.account(), soon())).isEmpty();
  }

  @Test
  void aTokenThatIsNotOursHasNoSessionToEnd() {
    toStore.forget();

    assertThat(sessions.close(AccessToken.of("garbage"), soon())).isEqualTo(new Closed(0, false));
    assertThat(toStore.calls()).isEmpty();
  }

  @Test
  void allSessionsOfAnAccountEndTogether() {
    Opened first = open(SessionOptions.cookie());
    Opened second = open(SessionOptions.bearer());

    assertThat(sessions.closeAll(anna.account(), soon())).isEqualTo(new Closed(2, false));
    assertThat(sessions.check(first.token(), TenantId.DEFAULT, soon()))
        .isEqualTo(new CheckResult.Rejected());
    assertThat(sessions.check(second.token(), TenantId.DEFAULT, soon()))
        .isEqualTo(new CheckResult.Rejected());
    assertThat(events.of(SessionsRevoked.class))
        .containsExactly(new SessionsRevoked(anna.account(), 2, false));
    assertThat(events.of(LoggedOut.class)).isEmpty();
    assertThat(sessions.closeAll(AccountId.random(), soon())).isEqualTo(new Closed(0, false));
  }

  @Test
  void anEndThatTheStoreCannotConfirmIsNotPretended() {
    Opened opened = open(SessionOptions.cookie());
    toStore.cut();

    assertThatThrownBy(() -> sessions.close(opened.token(), soon()))
        .isInstanceOf(StoreException.class);
    assertThatThrownBy(() -> sessions.closeAll(anna.account(), soon()))
        .isInstanceOf(StoreException.class);
    assertThat(events.of(SessionsRevoked.class)).isEmpty();
    assertThat(events.of(LoggedOut.class)).isEmpty();
  }

  private SessionManager manager(SessionPolicy policy) {
    return new SessionManager(
        store,
        AccessTokens.builder(KeyRing.ephemeral()).clock(clock).build(),
        new RefreshTokens(KeyRing.ephemeral(), "doorward", "doorward"),
        new SessionManager.Terms(policy, ROLES),
        invalidator,
        Contexts.once(clock, executor, events));
  }

  private Opened open(SessionOptions options) {
    return open(sessions, options).orElseThrow();
  }

  private Optional<Opened> open(SessionManager manager, SessionOptions options) {
    return opening(manager, options).session();
  }

  private Opening opening(SessionManager manager, SessionOptions options) {
    return manager.open(anna.account(), anna.epoch(), PASSWORD, options, BROWSER, soon());
  }
}
