package io.doorward.auth.engine.session;

import static io.doorward.auth.fixture.Fixtures.random;
import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.account.CredentialStore.NewAccount;
import io.doorward.auth.account.Outbox.Invalidation;
import io.doorward.auth.account.RoleModel;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.base.TenantId;
import io.doorward.auth.engine.EngineContext;
import io.doorward.auth.engine.cache.Invalidator;
import io.doorward.auth.engine.session.Opening.Opened;
import io.doorward.auth.engine.session.SessionManager.Closed;
import io.doorward.auth.event.AccessEvent.LostRotationRestored;
import io.doorward.auth.event.AccessEvent.RefreshRefusal;
import io.doorward.auth.event.AccessEvent.RefreshRejected;
import io.doorward.auth.event.AccessEvent.RefreshTokenReused;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.ServiceEvent.BackendFailed;
import io.doorward.auth.fixture.Contexts;
import io.doorward.auth.fixture.Events;
import io.doorward.auth.fixture.Fixtures;
import io.doorward.auth.fixture.HandClock;
import io.doorward.auth.fixture.HandExecutor;
import io.doorward.auth.fixture.Together;
import io.doorward.auth.fixture.Wire;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.AccessTokens;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.session.EndedSession.EndReason;
import io.doorward.auth.session.RefreshResult;
import io.doorward.auth.session.RefreshResult.Refreshed;
import io.doorward.auth.session.RefreshResult.Rejected;
import io.doorward.auth.session.RefreshResult.Unavailable;
import io.doorward.auth.session.RefreshToken;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionOptions;
import io.doorward.auth.session.SessionPolicy;
import io.doorward.auth.session.TokenStore;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RefreshesTest {
  /** Ends are compared by the second. */
  private static final SessionPolicy EXACT = SessionPolicy.defaults().withJitterPercent(0);

  private static final Duration GRACE = Duration.ofSeconds(10);
  private static final Duration SKEW = Duration.ofSeconds(60);
  private static final Duration TICK = Duration.ofMillis(1);
  private static final Duration LATER = Duration.ofMinutes(5);
  private static final Set<String> PASSWORD = Set.of("pwd");
  private static final byte[] OLD = random(32);
  private static final byte[] NEW = random(32);

  /** The four rings of a key roll-out. */
  private static final KeyRing BEFORE = KeyRing.builder().secret("old", OLD).build();

  private static final KeyRing KNOWN =
      KeyRing.builder().secret("old", OLD).secret("new", NEW).build();
  private static final KeyRing USED =
      KeyRing.builder().secret("new", NEW).secret("old", OLD).build();
  private static final KeyRing OVER = KeyRing.builder().secret("new", NEW).build();

  private final Wire toStore = Wire.to("store");
  private final HandClock clock = new HandClock();
  private final Events events = new Events();
  private final HandExecutor background = new HandExecutor();
  private final AccountStore accounts = AccountStore.inMemory(clock);
  private final TokenStore store = TokenStore.inMemory(accounts, clock);
  private final Credential anna =
      Fixtures.anna(accounts, PasswordHash.of("not looked at"), AccountStatus.ACTIVE);
  private final Node node = new Node(BEFORE);

  @Test
  void aLoginGivesARefreshTokenToBearersOnly() {
    Opened bearer = node.open(SessionOptions.bearer());

    assertThat(node.open(SessionOptions.cookie()).refreshToken()).isEmpty();
    assertThat(bearer.refreshToken()).isPresent();
    assertThat(bearer.principal().session().keyId()).contains("old");
    assertThat(bearer.principal().session().generation()).isZero();
  }

  @Test
  void aRefreshGivesTheNextTokensOfTheSameSession() {
    accounts.changeRoles(anna.account(), Set.of("admin"), Set.of(), OperationId.random(), soon());
    Opened opened = node.open(SessionOptions.bearer());
    clock.advance(LATER);

    Refreshed first = node.refreshed(opened.refreshToken().orElseThrow());
    clock.advance(LATER);
    Refreshed second = node.refreshed(first.refreshToken());

    assertThat(first.principal().roles()).containsExactly("admin");
    assertThat(first.expiresAt()).isEqualTo(clock.instant().minus(LATER).plusSeconds(600));
    assertThat(first.token()).isNotEqualTo(opened.token());
    assertThat(first.refreshToken()).isNotEqualTo(opened.refreshToken().orElseThrow());
    assertThat(second.refreshToken()).isNotEqualTo(first.refreshToken());
    assertThat(second.principal().session().id()).isEqualTo(opened.principal().session().id());
    assertThat(second.principal().session().generation()).isEqualTo(2);
    assertThat(node.check(opened.token())).isInstanceOf(CheckResult.Active.class);
    assertThat(node.check(second.token())).isInstanceOf(CheckResult.Active.class);
    assertThat(events.all()).isEmpty();
  }

  @Test
  void aSessionLivesAsLongAsItIsRefreshedUpToItsEnd() {
    Refreshed last = node.refreshed(node.bearer());
    Session session = last.principal().session();
    while (clock.instant().plus(Duration.ofMinutes(29)).isBefore(session.absoluteEnd())) {
      clock.advance(Duration.ofMinutes(29));
      last = node.refreshed(last.refreshToken());
      assertThat(last.expiresAt()).isBeforeOrEqualTo(session.absoluteEnd());
    }
    clock.advance(Duration.between(clock.instant(), session.absoluteEnd()).minusSeconds(30));
    last = node.refreshed(last.refreshToken());
    assertThat(last.expiresAt()).isEqualTo(session.absoluteEnd());
    clock.advance(Duration.ofSeconds(30));

    assertThat(node.refresh(last.refreshToken())).isEqualTo(new Rejected());
    assertRejected(RefreshRefusal.NO_SESSION);
  }

  @Test
  void aRefreshThatRotatesNothingStartsTheIdleTimeAnewToo() {
    Node brief = new Node(BEFORE, EXACT.withIdleTimeout(Duration.ofMinutes(1)));
    RefreshToken token = brief.bearer();
    clock.advance(Duration.ofSeconds(50));

    assertThat(brief.refreshed(token).refreshToken()).isEqualTo(token);

    background.runAll();
    clock.advance(Duration.ofSeconds(50));
    assertThat(brief.refreshed(token).refreshToken()).isNotEqualTo(token);
  }

  @Test
  void aSessionThatIsIdleTooLongIsOver() {
    RefreshToken token = node.bearer();
    clock.advance(Duration.ofMinutes(30));

    assertThat(node.refresh(token)).isEqualTo(new Rejected());
    assertRejected(RefreshRefusal.NO_SESSION);
  }

  @Test
  void aRememberedBearerSessionIsRefreshedForThreeMonths() {
    RefreshToken token = node.open(SessionOptions.rememberedBearer()).refreshToken().orElseThrow();
    for (int month = 0; month < 3; month++) {
      clock.advance(Duration.ofDays(29));
      Refreshed refreshed = node.refreshed(token);
      assertThat(refreshed.principal().session().idleTimeout()).isEqualTo(Duration.ofDays(30));
      token = refreshed.refreshToken();
    }

    clock.advance(Duration.ofDays(3));
    assertThat(node.refresh(token)).isEqualTo(new Rejected());
  }

  @Test
  void aRememberedBearerSessionThatIsNotUsedIsOverAfterAMonth() {
    RefreshToken token = node.open(SessionOptions.rememberedBearer()).refreshToken().orElseThrow();

    clock.advance(Duration.ofDays(30));

    assertThat(node.refresh(token)).isEqualTo(new Rejected());
  }

  @Test
  void twoTabsGetTheSameToken() {
    RefreshToken token = node.bearer();
    clock.advance(LATER);

    Refreshed one = node.refreshed(token);
    clock.advance(GRACE);
    Refreshed other = node.refreshed(token);

    assertThat(other.refreshToken()).isEqualTo(one.refreshToken());
    assertThat(other.principal().session().generation()).isOne();
    clock.advance(LATER);
    assertThat(node.refresh(one.refreshToken())).isInstanceOf(Refreshed.class);
    assertThat(events.all()).isEmpty();
  }

  @Test
  void fiftyAtOnceGetOneSuccessor() {
    RefreshToken token = node.bearer();
    clock.advance(LATER);
    List<Node> nodes = List.of(new Node(KNOWN), new Node(USED));
    AtomicInteger caller = new AtomicInteger();

    List<RefreshResult> all =
        Together.call(50, () -> nodes.get(caller.getAndIncrement() % 2).refresh(token));

    assertThat(all)
        .allSatisfy(
            it ->
                assertThat(((Refreshed) it).refreshToken())
                    .isEqualTo(((Refreshed) all.get(0)).refreshToken()));
    assertThat(stored().generation()).isOne();
    clock.advance(LATER);
    assertThat(nodes.get(0).refresh(((Refreshed) all.get(0)).refreshToken()))
        .isInstanceOf(Refreshed.class);
  }

  @Test
  void aTokenIsReplacedOnceInGraceAndSkewOnly() {
    RefreshToken token = node.bearer();
    clock.advance(LATER);
    Refreshed first = node.refreshed(token);

    clock.advance(GRACE.plus(SKEW));
    assertThat(node.refreshed(first.refreshToken()).refreshToken()).isEqualTo(first.refreshToken());
    clock.advance(TICK);
    assertThat(node.refreshed(first.refreshToken()).refreshToken())
        .isNotEqualTo(first.refreshToken());
  }

  @Test
  void anAnswerThatIsLostComesAgain() {
    RefreshToken token = node.bearer();
    clock.advance(LATER);
    toStore.loseAnswers("rotate", 2);

    Refreshed refreshed = node.refreshed(token);

    assertThat(toStore.calls("rotate")).isEqualTo(3);
    assertThat(refreshed.principal().session().generation()).isOne();
    assertThat(events.all()).isEmpty();
  }

  @Test
  void aClientThatLostTheAnswerGetsItAgainInTheGrace() {
    RefreshToken token = node.bearer();
    clock.advance(LATER);
    toStore.loseAnswers("rotate", 3);
    assertThat(node.refresh(token)).isInstanceOf(Unavailable.class);
    assertThat(events.all()).containsExactly(new BackendFailed(Part.TOKEN_STORE, Kind.TIMEOUT));
    toStore.mend();
    clock.advance(GRACE);

    assertThat(node.refreshed(token).principal().session().generation()).isOne();
  }

  /** Behind the grace a repeat inside the call would be the one that comes too late. */
  @ParameterizedTest
  @ValueSource(ints = {0, 4})
  void whatMayOutlastTheGraceIsNotRepeated(int seconds) {
    Node brief = new Node(BEFORE, EXACT.withRefreshGrace(Duration.ofSeconds(seconds)));
    RefreshToken token = brief.bearer();
    clock.advance(LATER);
    toStore.loseAnswers("rotate", 1);

    assertThat(brief.refresh(token)).isInstanceOf(Unavailable.class);
    assertThat(toStore.calls("rotate")).isOne();
    toStore.cut("rotate", Kind.UNREACHABLE, 1);
    assertThat(brief.refresh(token)).isNotInstanceOf(Unavailable.class);
  }

  @Test
  void withoutAGraceEveryTokenIsGoodOnce() {
    Node strict = new Node(BEFORE, EXACT.withRefreshGrace(Duration.ZERO));
    RefreshToken token = strict.bearer();
    clock.advance(SKEW.plus(TICK));
    Refreshed refreshed = strict.refreshed(token);
    clock.advance(TICK);

    assertThat(strict.refresh(token)).isEqualTo(new Rejected());
    assertRejected(RefreshRefusal.LATE);
    assertThat(strict.refresh(refreshed.refreshToken())).isInstanceOf(Refreshed.class);
  }

  @Test
  void aLittleLateIsRefusedAndTheSessionLives() {
    RefreshToken token = node.bearer();
    clock.advance(LATER);
    Refreshed refreshed = node.refreshed(token);

    for (Duration more : new Duration[] {GRACE.plus(TICK), SKEW.minus(TICK)}) {
      clock.advance(more);
      assertThat(node.refresh(token)).isEqualTo(new Rejected());
    }
    assertThat(events.all())
        .hasSize(2)
        .containsOnly(new RefreshRejected(Optional.of(anna.account()), RefreshRefusal.LATE));
    assertThat(node.check(refreshed.token())).isInstanceOf(CheckResult.Active.class);
    assertThat(node.refresh(refreshed.refreshToken())).isInstanceOf(Refreshed.class);
  }

  @Test
  void thePreviousTokenLongAfterwardsEndsTheSession() {
    RefreshToken token = node.bearer();
    clock.advance(LATER);
    Refreshed refreshed = node.refreshed(token);
    clock.advance(GRACE.plus(SKEW).plus(TICK));

    assertThat(node.refresh(token)).isEqualTo(new Rejected());

    assertEndedBy(refreshed, true);
  }

  @Test
  void anOlderTokenEndsTheSessionAtOnce() {
    RefreshToken token = node.bearer();
    clock.advance(LATER);
    Refreshed first = node.refreshed(token);
    clock.advance(LATER);
    Refreshed second = node.refreshed(first.refreshToken());

    assertThat(node.refresh(token)).isEqualTo(new Rejected());

    assertEndedBy(second, false);
    assertThat(node.check(first.token())).isInstanceOf(CheckResult.Rejected.class);
  }

  private void assertEndedBy(Refreshed last, boolean previous) {
    Session session = last.principal().session();
    assertThat(events.all())
        .containsExactly(new RefreshTokenReused(session.account(), session.id(), previous, false));
    assertThat(store.list(anna.account(), soon())).isEmpty();
    assertThat(node.check(last.token())).isInstanceOf(CheckResult.Rejected.class);
    assertThat(node.refresh(last.refreshToken())).isEqualTo(new Rejected());
  }

  @Test
  void aCopyIsAnsweredOnlyOnceTheSessionHasEnded() {
    RefreshToken token = node.bearer();
    clock.advance(LATER);
    Refreshed refreshed = node.refreshed(token);
    clock.advance(LATER);
    toStore.forget();
    toStore.cut("revoke", Kind.TIMEOUT);

    assertThat(node.refresh(token)).isInstanceOf(Unavailable.class);
    assertThat(events.all()).containsExactly(new BackendFailed(Part.TOKEN_STORE, Kind.TIMEOUT));
    assertThat(node.check(refreshed.token())).isInstanceOf(CheckResult.Active.class);

    toStore.mend();
    events.forget();
    assertThat(node.refresh(token)).isEqualTo(new Rejected());
    assertEndedBy(refreshed, true);
  }

  @Test
  void aCopyThatCannotBeToldToTheCachesIsReportedSo() {
    RefreshToken token = node.bearer();
    clock.advance(LATER);
    Session session = node.refreshed(token).principal().session();
    clock.advance(LATER);
    toStore.answer(
        "revoke",
        new TokenStore.Revocation(1, List.of(new Invalidation.OfUser(1, anna.account(), 1))));
    toStore.cut("fenceUser", Kind.TIMEOUT);

    assertThat(node.refresh(token)).isEqualTo(new Rejected());
    assertThat(events.of(RefreshTokenReused.class))
        .containsExactly(new RefreshTokenReused(session.account(), session.id(), true, true));
  }

  /** A fail-over or a backup brings an older generation back. */
  @Test
  void aTokenNewerThanTheSessionMakesTheLossGood() {
    Opened opened = node.open(SessionOptions.bearer());
    clock.advance(LATER);
    Refreshed first = node.refreshed(opened.refreshToken().orElseThrow());
    clock.advance(LATER);
    Refreshed second = node.refreshed(first.refreshToken());
    Session lost = opened.principal().session();
    store.revoke(anna.account(), lost.id(), EndReason.LOGOUT, soon());
    store.create(lost, soon());

    Refreshed again = node.refreshed(second.refreshToken());

    assertThat(again.refreshToken()).isEqualTo(second.refreshToken());
    assertThat(stored().generation()).isEqualTo(2);
    assertThat(events.all())
        .containsExactly(new LostRotationRestored(anna.account(), lost.id(), 2));
    clock.advance(LATER);
    assertThat(node.refresh(first.refreshToken())).isEqualTo(new Rejected());
  }

  @Test
  void duringARollOutAllNodesGiveTheSameToken() {
    RefreshToken token = node.bearer();
    clock.advance(LATER);
    Node known = new Node(KNOWN);
    Node used = new Node(USED);

    Refreshed first = used.refreshed(token);

    assertThat(first.refreshToken().reveal()).startsWith("new.");
    assertThat(stored().keyId()).contains("new");
    assertThat(known.refreshed(token).refreshToken()).isEqualTo(first.refreshToken());
    assertThat(used.refreshed(first.refreshToken()).refreshToken()).isEqualTo(first.refreshToken());
    clock.advance(LATER);
    Refreshed second = known.refreshed(first.refreshToken());
    assertThat(second.refreshToken().reveal()).startsWith("old.");
    assertThat(used.refreshed(first.refreshToken()).refreshToken())
        .isEqualTo(second.refreshToken());
  }

  @Test
  void aNodeThatLacksTheKeyOfTheSessionConsumesNothing() {
    RefreshToken token = node.bearer();
    clock.advance(LATER);
    Node used = new Node(USED);
    Refreshed first = used.refreshed(token);

    assertThat(node.refresh(token)).isInstanceOf(Unavailable.class);

    assertThat(events.all())
        .containsExactly(new BackendFailed(Part.TOKEN_STORE, Kind.MISCONFIGURED));
    assertThat(stored().generation()).isOne();
    assertThat(used.refreshed(token).refreshToken()).isEqualTo(first.refreshToken());
  }

  @Test
  void aTokenOfARetiredKeyIsRefusedAndItsSessionLives() {
    Opened opened = node.open(SessionOptions.bearer());
    toStore.forget();

    assertThat(new Node(OVER).refresh(opened.refreshToken().orElseThrow()))
        .isEqualTo(new Rejected());
    assertThat(toStore.calls()).isEmpty();
    assertThat(events.all())
        .containsExactly(new RefreshRejected(Optional.empty(), RefreshRefusal.INVALID));
    assertThat(node.refresh(opened.refreshToken().orElseThrow())).isInstanceOf(Refreshed.class);
  }

  @Test
  void aTokenOfAnotherTenantIsRefusedBeforeAnyStoreIsAsked() {
    TenantId north = new TenantId("north");
    Credential there = account(north);
    RefreshToken token = node.open(there, SessionOptions.bearer()).refreshToken().orElseThrow();
    RefreshToken here = node.bearer();
    toStore.forget();

    assertThat(node.refresh(token)).isEqualTo(new Rejected());
    assertThat(node.refreshes.refresh(token, new TenantId("south"), soon()))
        .isEqualTo(new Rejected());
    assertThat(node.refreshes.refresh(here, north, soon())).isEqualTo(new Rejected());
    assertThat(toStore.calls()).isEmpty();
    assertThat(events.all())
        .containsExactly(
            new RefreshRejected(Optional.of(there.account()), RefreshRefusal.OTHER_TENANT),
            new RefreshRejected(Optional.of(there.account()), RefreshRefusal.OTHER_TENANT),
            new RefreshRejected(Optional.of(anna.account()), RefreshRefusal.OTHER_TENANT));
    assertThat(node.refreshes.refresh(token, north, soon())).isInstanceOf(Refreshed.class);
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
  void noTokenIsTakenForOneOfTheOtherKind() {
    Opened opened = node.open(SessionOptions.bearer());
    toStore.forget();

    assertThat(node.refresh(RefreshToken.of(opened.token().reveal()))).isEqualTo(new Rejected());
    assertThat(node.check(AccessToken.of(opened.refreshToken().orElseThrow().reveal())))
        .isEqualTo(new CheckResult.Rejected());
    assertThat(toStore.calls()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "garbage", "old.anna.session.0.code", "a.b.c"})
  void whatIsNoTokenIsRefusedBeforeAnyStoreIsAsked(String text) {
    assertThat(node.refresh(RefreshToken.of(text))).isEqualTo(new Rejected());
    assertThat(node.refreshes.close(RefreshToken.of(text), soon())).isEqualTo(new Closed(0, false));
    assertThat(toStore.calls()).isEmpty();
    assertThat(events.all())
        .containsExactly(new RefreshRejected(Optional.empty(), RefreshRefusal.INVALID));
  }

  /** No cookie session has a refresh token: this one is made by the hand of the test. */
  @Test
  void aCookieSessionIsNeverRefreshed() {
    Session cookie = node.open(SessionOptions.cookie()).principal().session();
    RefreshToken token =
        new RefreshTokens(BEFORE, "doorward", "doorward")
            .issue(cookie.toBuilder().rotation(0, cookie.createdAt(), Optional.of("old")).build())
            .orElseThrow();

    assertThat(node.refresh(token)).isEqualTo(new Rejected());
    assertRejected(RefreshRefusal.INVALID);
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void aBrokenStoreIsNoRefusalAndConsumesNothing(Kind kind) {
    RefreshToken token = node.bearer();
    clock.advance(LATER);
    toStore.cut("rotate", kind);

    assertThat(node.refresh(token)).isInstanceOf(Unavailable.class);
    assertThat(events.all()).containsExactly(new BackendFailed(Part.TOKEN_STORE, kind));
    assertThat(stored().generation()).isZero();
    toStore.mend();
    assertThat(node.refresh(token)).isInstanceOf(Refreshed.class);
  }

  @Test
  void aLogoutEndsTheRefreshTokens() {
    Opened opened = node.open(SessionOptions.bearer());
    node.sessions.close(opened.token(), soon());

    assertThat(node.refresh(opened.refreshToken().orElseThrow())).isEqualTo(new Rejected());
    assertRejected(RefreshRefusal.NO_SESSION);
  }

  @Test
  void aRefreshTokenEndsItsSessionAlsoAfterItWasReplaced() {
    RefreshToken token = node.bearer();
    clock.advance(LATER);
    Refreshed refreshed = node.refreshed(token);

    assertThat(node.refreshes.close(token, soon())).isEqualTo(new Closed(1, false));
    assertThat(node.check(refreshed.token())).isInstanceOf(CheckResult.Rejected.class);
    assertThat(node.refreshes.close(token, soon())).isEqualTo(new Closed(0, false));
  }

  @Test
  void aReplacedCredentialEndsTheRefreshTokens() {
    RefreshToken token = node.bearer();
    accounts.changeStatus(anna.account(), AccountStatus.DISABLED, OperationId.random(), soon());
    accounts.changeStatus(anna.account(), AccountStatus.ACTIVE, OperationId.random(), soon());

    assertThat(node.refresh(token)).isEqualTo(new Rejected());
    assertRejected(RefreshRefusal.NO_SESSION);
  }

  @Test
  void aReopenedSessionHasARefreshTokenOfItsOwn() {
    Opened opened = node.open(SessionOptions.bearer());
    Opened next =
        node.sessions
            .reopen(opened.principal().session(), anna.epoch(), PASSWORD, soon())
            .orElseThrow();

    assertThat(next.refreshToken()).isPresent().isNotEqualTo(opened.refreshToken());
    assertThat(node.refresh(next.refreshToken().orElseThrow())).isInstanceOf(Refreshed.class);
  }

  private void assertRejected(RefreshRefusal reason) {
    assertThat(events.of(RefreshRejected.class))
        .containsExactly(new RefreshRejected(Optional.of(anna.account()), reason));
    assertThat(events.of(RefreshTokenReused.class)).isEmpty();
  }

  /** Anna's only session, as the store has it. */
  private Session stored() {
    return store.list(anna.account(), soon()).get(0);
  }

  /** Shorter than the grace. */
  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(5));
  }

  /** One node of the application, on the common store. */
  private final class Node {
    private final SessionManager sessions;
    private final Refreshes refreshes;

    Node(KeyRing keys) {
      this(keys, EXACT);
    }

    Node(KeyRing keys, SessionPolicy policy) {
      EngineContext context = Contexts.thrice(clock, background, events);
      TokenStore wired = toStore.end(TokenStore.class, store);
      RefreshTokens tokens = new RefreshTokens(keys, "doorward", "doorward");
      sessions =
          new SessionManager(
              wired,
              AccessTokens.builder(keys).clock(clock).build(),
              tokens,
              new SessionManager.Terms(policy, RoleModel.none()),
              new Invalidator(CredentialCache.none(), wired::fenceUser, accounts, context),
              context);
      refreshes = new Refreshes(sessions, wired, tokens, policy, context);
    }

    Opened open(SessionOptions options) {
      return open(anna, options);
    }

    Opened open(Credential credential, SessionOptions options) {
      return sessions
          .open(
              credential.account(),
              credential.epoch(),
              PASSWORD,
              options,
              Fixtures.CLIENT,
              RefreshesTest.soon())
          .session()
          .orElseThrow();
    }

    /** Opens a session for its refresh token. */
    RefreshToken bearer() {
      return open(SessionOptions.bearer()).refreshToken().orElseThrow();
    }

    RefreshResult refresh(RefreshToken token) {
      return refreshes.refresh(token, TenantId.DEFAULT, RefreshesTest.soon());
    }

    Refreshed refreshed(RefreshToken token) {
      return (Refreshed) refresh(token);
    }

    CheckResult check(AccessToken token) {
      return sessions.check(token, TenantId.DEFAULT, RefreshesTest.soon());
    }
  }
}
