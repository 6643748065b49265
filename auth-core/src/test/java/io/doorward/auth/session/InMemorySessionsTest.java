package io.doorward.auth.session;

import static io.doorward.auth.fixture.Fixtures.over;
import static io.doorward.auth.fixture.Fixtures.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.Epoch;
import io.doorward.auth.account.ProfileStore;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.fixture.Fixtures;
import io.doorward.auth.fixture.HandClock;
import io.doorward.auth.fixture.Wire;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.session.EndedSession.EndReason;
import io.doorward.auth.session.SessionView.Lookup;
import io.doorward.auth.session.SessionView.Ticket;
import io.doorward.auth.session.TokenStore.LiveSession;
import io.doorward.auth.session.TokenStore.Revocation;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the contracts cannot see of sessions in memory because their time is not moved by hand. */
class InMemorySessionsTest {
  private static final Duration IDLE = Duration.ofMinutes(30);
  private static final Duration LIFE = Duration.ofHours(12);
  private static final Duration MOMENT = Duration.ofNanos(1);
  private static final PasswordHash HASH = PasswordHash.of("{noop}");
  private static final AccountId ANNA = new AccountId("anna");

  private final HandClock clock = new HandClock();
  private final OwnedSessions store = new OwnedSessions(clock);
  private final SessionView view = new InMemorySessionView(clock, Duration.ofHours(1), 2);

  @BeforeEach
  void annaIsThere() {
    store.newUser(ANNA);
  }

  @Test
  void aSessionIsOverTheMomentItsIdleTimeIs() {
    Session session = created();

    clock.advance(IDLE.minus(MOMENT));
    assertThat(find(session).orElseThrow().idleLeft()).isEqualTo(MOMENT);
    assertThat(store.list(ANNA, soon())).containsExactly(session);
    clock.advance(MOMENT);

    store.touch(session, soon());
    assertThat(find(session)).isEmpty();
    assertThat(store.list(ANNA, soon())).isEmpty();
  }

  @Test
  void whatIsOverCountsNeitherAsEndedNorAmongTheOldest() {
    Session over = created();
    clock.advance(IDLE);
    SessionCreation creation =
        store.create(session(ANNA, LIFE), SessionLimits.defaults().withPerAccount(1), soon());

    assertThat(((SessionCreation.Created) creation).ended()).isEqualTo(Revocation.of(0));
    assertThat(store.revoke(ANNA, over.id(), EndReason.LOGOUT, soon()).ended()).isZero();
  }

  @Test
  void aSessionIsTouchedUpToItsAbsoluteEndOnly() {
    Session session = created();
    for (Duration past = IDLE; past.compareTo(LIFE) < 0; past = past.plusMinutes(29)) {
      clock.advance(Duration.ofMinutes(29));
      store.touch(session, soon());
    }

    assertThat(find(session).orElseThrow().idleLeft())
        .isEqualTo(Duration.between(clock.instant(), session.absoluteEnd()));
    clock.advance(Duration.between(clock.instant(), session.absoluteEnd()));
    assertThat(find(session)).isEmpty();
  }

  @Test
  void aTouchIsTheLastUse() {
    Session session = created();
    clock.advance(Duration.ofMinutes(10));

    store.touch(session, soon());

    assertThat(find(session).orElseThrow().session())
        .isEqualTo(session.toBuilder().lastUsedAt(clock.instant()).build());
  }

  @Test
  void apiKeysTakeNoPlaceAndStayWhereAllSessionsEnd() {
    Instant now = clock.instant();
    Session key =
        Session.builder(
                ANNA,
                SessionKind.API_KEY,
                OwnedSessions.FIRST,
                now.minusSeconds(1),
                now.plus(LIFE),
                LIFE)
            .build();
    store.create(key, soon());
    Session opened = created();

    assertThat(store.revokeOthers(opened, EndReason.LOGOUT_ALL, soon()).ended()).isZero();
    assertThat(store.revokeAll(ANNA, EndReason.LOGOUT_ALL, soon()).ended()).isOne();

    assertThat(find(opened)).isEmpty();
    assertThat(find(key)).isPresent();
    assertThat(store.revoke(ANNA, key.id(), EndReason.ADMIN, soon()).ended()).isOne();
    assertThat(find(key)).isEmpty();
  }

  @Test
  void recordsAreForgottenAfterADay() {
    Session ended = created();
    store.revoke(ANNA, ended.id(), EndReason.LOGOUT, soon());
    clock.advance(Duration.ofHours(23));
    assertThat(store.listEnded(ANNA, soon())).extracting(EndedSession::id).contains(ended.id());
    assertThat(store.removeExpired(100, soon())).isZero();

    clock.advance(Duration.ofHours(1));

    assertThat(store.listEnded(ANNA, soon())).isEmpty();
    assertThat(store.removeExpired(100, soon())).isOne();
    assertThat(store.removeExpired(100, soon())).isZero();
  }

  @Test
  void noMoreThanTheLatestThousandRecordsAreKept() {
    Session first = created();
    store.revoke(ANNA, first.id(), EndReason.LOGOUT, soon());
    for (int i = 0; i < 1_000; i++) {
      store.revoke(ANNA, created().id(), EndReason.LOGOUT, soon());
    }

    assertThat(store.listEnded(ANNA, soon()))
        .hasSize(1_000)
        .extracting(EndedSession::id)
        .doesNotContain(first.id());
  }

  @Test
  void aSessionIdIsUsedOnce() {
    Session session = created();

    assertThatIllegalArgumentException()
        .isThrownBy(() -> store.create(session, soon()))
        .withMessage("session must have an id that was never used");
  }

  @Test
  void soManyAreRemovedAtOnceAndOnlyThoseThatAreOver() {
    for (int i = 0; i < 5; i++) {
      created();
    }
    AccountId other = new AccountId("other");
    store.newUser(other);
    created(other);
    clock.advance(IDLE);
    Session alive = created();

    assertThat(store.removeExpired(4, soon())).isEqualTo(4);
    assertThat(store.removeExpired(4, soon())).isEqualTo(2);
    assertThat(store.removeExpired(4, soon())).isZero();
    assertThat(find(alive)).isPresent();
  }

  @Test
  void aSessionThatIsRevokedWhileItsUserIsReadIsOver() {
    AccountStore accounts = AccountStore.inMemory(clock);
    Credential credential = Fixtures.anna(accounts, HASH, AccountStatus.ACTIVE);
    Wire toProfiles = Wire.to("profiles");
    TokenStore sessions = TokenStore.inMemory(toProfiles.end(ProfileStore.class, accounts), clock);
    Session session = session(credential.account(), credential.epoch(), LIFE);
    sessions.create(session, soon());
    toProfiles.after(
        "load", () -> sessions.revoke(session.account(), session.id(), EndReason.LOGOUT, soon()));

    assertThat(sessions.find(session.account(), session.id(), soon())).isEmpty();
  }

  @Test
  void afterTheDeadlineNothingIsRemoved() {
    created();
    clock.advance(IDLE);

    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> store.removeExpired(1, over()));
    assertThat(store.removeExpired(1, soon())).isOne();
  }

  @Test
  void aFenceBindsAtOnce() {
    assertThat(view.fenceUser(ANNA, 7, soon())).isTrue();
    assertThat(TokenStore.inMemory(AccountStore.inMemory(clock)).fenceUser(ANNA, 7, soon()))
        .isTrue();
  }

  @Test
  void numbersBelowOneAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> store.removeExpired(0, soon()))
        .withMessage("max must be positive: 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SessionLimits.defaults().withPerAccount(0))
        .withMessage("perAccount must be positive: 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SessionLimits.defaults().withDeviceKind("phone", 0))
        .withMessage("phone must be positive: 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> view.fenceUser(ANNA, -1, soon()))
        .withMessage("floor must not be negative: -1");
  }

  @Test
  void theViewServesASessionUntilTheMomentItsIdleTimeIsOver() {
    Session session = session(ANNA, LIFE);
    fill(session, Duration.ofMinutes(10));

    clock.advance(Duration.ofMinutes(10).minus(MOMENT));
    assertThat(hit(session).idleLeft()).isEqualTo(MOMENT);
    clock.advance(MOMENT);
    assertThat(lookup(session)).isInstanceOf(Lookup.Miss.class);
  }

  @Test
  void theViewServesNoSessionAtItsAbsoluteEnd() {
    Session session = session(ANNA, Duration.ofMinutes(10));
    fill(session, IDLE);

    clock.advance(Duration.ofMinutes(10).minus(MOMENT));
    hit(session);
    clock.advance(MOMENT);
    assertThat(lookup(session)).isInstanceOf(Lookup.Miss.class);
  }

  @Test
  void theViewServesNothingThatWasReadTooLongAgo() {
    Session session = session(ANNA, LIFE);
    fill(session, LIFE);

    clock.advance(Duration.ofHours(1).minus(MOMENT));
    hit(session);
    clock.advance(MOMENT);
    assertThat(lookup(session)).isInstanceOf(Lookup.Miss.class);
  }

  @Test
  void theViewForgetsTheAccountThatWasNotUsedForTheLongestTime() {
    Session one = filled(new AccountId("one"));
    Session two = filled(new AccountId("two"));
    hit(one);
    Session three = filled(new AccountId("three"));

    hit(one);
    hit(three);
    assertThat(lookup(two)).isInstanceOf(Lookup.Miss.class);
  }

  @Test
  void aTicketOfAnAccountThatWasForgottenIsVoid() {
    Session one = session(new AccountId("one"), LIFE);
    Ticket ticket = ((Lookup.Miss) lookup(one)).ticket();
    filled(new AccountId("two"));
    filled(new AccountId("three"));

    assertThat(view.fill(ticket, live(one, IDLE), clock.instant(), soon())).isFalse();
    assertThat(view.peekUser(one.account(), soon())).isEmpty();
  }

  private Session created() {
    return created(ANNA);
  }

  private Session created(AccountId account) {
    Session session = session(account, LIFE);
    assertThat(store.create(session, soon())).isPresent();
    return session;
  }

  private Optional<LiveSession> find(Session session) {
    return store.find(session.account(), session.id(), soon());
  }

  private Session filled(AccountId account) {
    Session session = session(account, LIFE);
    fill(session, IDLE);
    return session;
  }

  private void fill(Session session, Duration idleLeft) {
    Ticket ticket = ((Lookup.Miss) lookup(session)).ticket();
    assertThat(view.fill(ticket, live(session, idleLeft), clock.instant(), soon())).isTrue();
  }

  private static LiveSession live(Session session, Duration idleLeft) {
    UserRecord user =
        new UserRecord(
            session.account(), Set.of(), 5, "tag", OwnedSessions.FIRST, OwnedSessions.FIRST);
    return new LiveSession(session, user, idleLeft);
  }

  private Lookup lookup(Session session) {
    return view.find(session.account(), session.id(), soon());
  }

  private LiveSession hit(Session session) {
    return ((Lookup.Hit) lookup(session)).live();
  }

  private Session session(AccountId account, Duration life) {
    return session(account, OwnedSessions.FIRST, life);
  }

  private Session session(AccountId account, Epoch epoch, Duration life) {
    Instant now = clock.instant();
    return Session.builder(account, SessionKind.COOKIE, epoch, now, now.plus(life), IDLE)
        .amr(Set.of("pwd"))
        .build();
  }
}
