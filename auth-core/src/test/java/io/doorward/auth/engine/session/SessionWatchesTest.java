package io.doorward.auth.engine.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.Sessions.SessionWatch;
import io.doorward.auth.Sessions.WatchEnd;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.Credential;
import io.doorward.auth.backend.Degradation;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.engine.EngineContext;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.ServiceEvent.BackendFailed;
import io.doorward.auth.fixture.Contexts;
import io.doorward.auth.fixture.Events;
import io.doorward.auth.fixture.Fixtures;
import io.doorward.auth.fixture.HandClock;
import io.doorward.auth.fixture.HandExecutor;
import io.doorward.auth.fixture.Wire;
import io.doorward.auth.guard.Background;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.session.EndedSession;
import io.doorward.auth.session.EndedSession.EndReason;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionKind;
import io.doorward.auth.session.TokenStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SessionWatchesTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration LIFE = Duration.ofHours(1);
  private static final Duration IDLE = Duration.ofMinutes(10);

  private final HandClock clock = new HandClock();
  private final Events events = new Events();
  private final HandExecutor background = new HandExecutor();
  private final Wire toStore = Wire.to("store");
  private final AccountStore accounts = AccountStore.inMemory(clock);
  private final TokenStore store = TokenStore.inMemory(accounts, clock);
  private final Credential anna =
      Fixtures.anna(accounts, PasswordHash.of("not looked at"), AccountStatus.ACTIVE);
  private final SessionWatches watches =
      new SessionWatches(
          toStore.end(TokenStore.class, store), Contexts.once(clock, background, events));
  private final List<WatchEnd> told = new ArrayList<>();

  @Test
  void aLiveSessionIsWatchedAndNotTouched() {
    watch(open());

    clock.advance(IDLE.minusSeconds(1));
    turn();

    assertThat(told).isEmpty();
    assertThat(toStore.calls()).containsExactly("store.find");
    clock.advance(Duration.ofSeconds(1));
    turn();
    assertThat(told).hasSize(1);
  }

  @Test
  void theEndOfASessionIsToldOnceWithItsReason() {
    Session session = open();
    watch(session);
    end(session, EndReason.KICKED_OUT);

    turn();
    turn();

    assertThat(told)
        .singleElement()
        .isInstanceOfSatisfying(
            WatchEnd.SessionEnded.class,
            end ->
                assertThat(end.record()).map(EndedSession::reason).contains(EndReason.KICKED_OUT));
    assertThat(watches.size()).isZero();
  }

  @Test
  void allConnectionsOfASessionShareOneReadAndAreTold() {
    Session session = open();
    watch(session);
    watch(session);
    turn();
    assertThat(toStore.calls("find")).isEqualTo(1);

    end(session, EndReason.LOGOUT);
    turn();

    assertThat(told).hasSize(2);
  }

  @Test
  void theEndOfOneSessionEndsNoOther() {
    Session ended = open();
    watch(open());
    watch(ended);
    end(ended, EndReason.LOGOUT);

    turn();

    assertThat(told).hasSize(1);
    assertThat(watches.size()).isEqualTo(1);
  }

  @Test
  void aClosedWatchIsToldNothing() {
    Session session = open();
    SessionWatch closed = watch(session);
    watch(session);

    closed.close();
    closed.close();
    end(session, EndReason.LOGOUT);
    turn();

    assertThat(told).hasSize(1);
  }

  @Test
  void noSessionIsReadWhenTheLastConnectionHasGone() {
    Session session = open();
    SessionWatch one = watch(session);
    SessionWatch two = watch(session);

    one.close();
    assertThat(watches.size()).isEqualTo(1);
    two.close();
    watches.offerTurn();

    assertThat(watches.size()).isZero();
    assertThat(background.waiting()).isZero();
    background.runAll();
    assertThat(toStore.calls()).isEmpty();
  }

  @Test
  void aStoreThatDoesNotAnswerEndsNothingBeforeThePatience() {
    watch(open());
    watch(open());
    toStore.cut();

    clock.advance(PATIENCE.minusMillis(1));
    turn();

    assertThat(told).isEmpty();
    assertThat(events.of(BackendFailed.class))
        .containsExactly(new BackendFailed(Part.TOKEN_STORE, Kind.UNREACHABLE));
    clock.advance(Duration.ofMillis(1));
    turn();
    assertThat(told)
        .containsExactly(new WatchEnd.Unverified(PATIENCE), new WatchEnd.Unverified(PATIENCE));
    assertThat(watches.size()).isZero();
  }

  @Test
  void anAnswerOfTheStoreBeginsThePatienceAnew() {
    watch(open());
    clock.advance(PATIENCE.minusMillis(1));
    turn();
    toStore.cut();

    clock.advance(PATIENCE.minusMillis(1));
    turn();

    assertThat(told).isEmpty();
  }

  @Test
  void patienceEndsAlsoWhereNoTurnCanRun() {
    watch(open());
    watches.offerTurn(); // waits in the executor, which runs nothing
    clock.advance(PATIENCE);

    watches.offerTurn();

    assertThat(told).containsExactly(new WatchEnd.Unverified(PATIENCE));
  }

  @Test
  void patienceEndsAlsoWhereTheExecutorIsFull() {
    watch(open());
    background.fillUp();
    clock.advance(PATIENCE);

    watches.offerTurn();

    assertThat(told).containsExactly(new WatchEnd.Unverified(PATIENCE));
  }

  @Test
  void aSessionThatCannotBeReadHoldsUpNoOther() {
    watch(open());
    Session ended = open();
    watch(ended);
    end(ended, EndReason.LOGOUT);
    toStore.cut("find", Kind.TIMEOUT, 1);

    turn();
    turn();

    assertThat(told).singleElement().isInstanceOf(WatchEnd.SessionEnded.class);
  }

  @Test
  void aTurnThatIsCutOffStarvesNoSession() {
    SessionWatches slow =
        new SessionWatches(
            toStore.end(TokenStore.class, store),
            new EngineContext(
                EngineContext.RetryBudgets.of(1),
                new Background(background, Duration.ofMillis(5)),
                clock,
                clock,
                Degradation.defaults(),
                events));
    Session ended = open();
    end(ended, EndReason.LOGOUT);
    List<Session> all = new ArrayList<>(Stream.generate(this::open).limit(20).toList());
    all.add(ended);
    all.forEach(session -> slow.watch(session, PATIENCE, told::add));
    toStore.after("find", SessionWatchesTest::aWholeTurn);

    for (int turn = 0; turn < 2 * all.size() && told.isEmpty(); turn++) {
      clock.advance(Duration.ofMillis(1));
      slow.offerTurn();
      background.runAll();
    }

    assertThat(told).singleElement().isInstanceOf(WatchEnd.SessionEnded.class);
  }

  private static void aWholeTurn() {
    Deadline end = Deadline.after(Duration.ofMillis(6));
    while (!end.isExpired()) {
      Thread.onSpinWait();
    }
  }

  @Test
  void anEndWithoutARecordIsAnEnd() {
    Session session = open();
    watch(session);
    end(session, EndReason.LOGOUT);
    toStore.cut("listEnded", Kind.TIMEOUT);

    turn();

    assertThat(told).containsExactly(new WatchEnd.SessionEnded(Optional.empty()));
  }

  @Test
  void aListenerThatThrowsKeepsTheOthersInformed() {
    Session session = open();
    SessionWatch unused =
        watches.watch(
            session,
            PATIENCE,
            end -> {
              throw new IllegalStateException("the connection is gone");
            });
    watch(session);
    end(session, EndReason.LOGOUT);

    turn();

    assertThat(told).hasSize(1);
  }

  private SessionWatch watch(Session session) {
    return watches.watch(session, PATIENCE, told::add);
  }

  private void turn() {
    watches.offerTurn();
    background.runAll();
  }

  private Session open() {
    Session session =
        Session.builder(
                anna.account(),
                SessionKind.COOKIE,
                anna.epoch(),
                clock.instant(),
                clock.instant().plus(LIFE),
                IDLE)
            .build();
    assertThat(store.create(session, Fixtures.soon())).isPresent();
    return session;
  }

  private void end(Session session, EndReason reason) {
    Deadline deadline = Fixtures.soon();
    store.revoke(session.account(), session.id(), reason, deadline);
  }
}
