package io.doorward.auth.session;

import static io.doorward.auth.fixture.Fixtures.over;
import static io.doorward.auth.fixture.Fixtures.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.doorward.auth.account.Outbox.Invalidation;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.backend.Backend;
import io.doorward.auth.backend.Backend.BackendAware;
import io.doorward.auth.backend.BreakerPolicy;
import io.doorward.auth.backend.DegradationTable.SessionLocation;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.ServiceEvent.BackendFailed;
import io.doorward.auth.fixture.Events;
import io.doorward.auth.fixture.HandClock;
import io.doorward.auth.fixture.Together;
import io.doorward.auth.fixture.Wire;
import io.doorward.auth.guard.SharedReads;
import io.doorward.auth.session.EndedSession.EndReason;
import io.doorward.auth.session.TokenStore.LiveSession;
import io.doorward.auth.session.TokenStore.Revocation;
import io.doorward.auth.session.TokenStore.Rotation;
import io.doorward.auth.session.TokenStore.RotationResult;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DurableTokenStoreTest {
  private static final Duration IDLE = Duration.ofMinutes(30);

  /** After this a rotation writes again. */
  private static final Duration WINDOW = Duration.ofSeconds(71);

  private static final AccountId ANNA = new AccountId("anna");

  private final Wire toOwner = Wire.to("owner");
  private final Wire toView = Wire.to("view");
  private final HandClock clock = new HandClock();
  private final Events events = new Events();
  private final OwnedSessions owner = new OwnedSessions(clock);
  private final FlushedView view = new FlushedView(clock);
  private final DurableTokenStore store = builder().build();

  private DurableTokenStore.Builder builder() {
    return DurableTokenStore.builder(
            toOwner.end(TokenStore.class, owner), toView.end(SessionView.class, view))
        .clock(clock)
        .listener(events);
  }

  @BeforeEach
  void annaIsThere() {
    owner.newUser(ANNA);
  }

  private Session session() {
    return Session.builder(
            ANNA,
            SessionKind.COOKIE,
            OwnedSessions.FIRST,
            clock.instant(),
            clock.instant().plus(Duration.ofHours(12)),
            IDLE)
        .amr(Set.of("pwd"))
        .build();
  }

  private Session created() {
    Session session = session();
    assertThat(store.create(session, soon())).isPresent();
    toOwner.forget();
    return session;
  }

  private Optional<LiveSession> find(Session session) {
    return store.find(session.account(), session.id(), soon());
  }

  private void deliver(List<Invalidation> pending) {
    pending.forEach(told -> store.fenceUser(ANNA, told.floor(), soon()));
  }

  @Test
  void whatWasCreatedIsAnsweredByTheViewAlone() {
    Session session = created();

    assertThat(find(session).orElseThrow().session()).isEqualTo(session);
    assertThat(find(session).orElseThrow().idleLeft()).isEqualTo(IDLE);

    assertThat(toOwner.calls()).isEmpty();
  }

  @Test
  void whatTheViewDoesNotHaveIsReadOnce() {
    Session session = session();
    owner.create(session, soon());

    assertThat(find(session)).isPresent();
    assertThat(find(session)).isPresent();

    assertThat(toOwner.calls("find")).isOne();
  }

  @Test
  void whatIsNotThereIsEmptyAndReadEachTime() {
    Session session = session();

    assertThat(find(session)).isEmpty();
    assertThat(find(session)).isEmpty();

    assertThat(toOwner.calls("find")).isEqualTo(2);
    assertThat(toView.calls("fill")).isZero();
  }

  @Test
  void whatTheViewCannotReadIsReadFromTheOwnerAndLeftThere() {
    Session session = created();
    toView.forget();
    toView.cut("find", Kind.NEWER_FORMAT);

    assertThat(find(session)).isPresent();

    assertThat(toView.calls("fill")).isZero();
    assertThat(events.all())
        .containsExactly(new BackendFailed(Part.SESSION_VIEW, Kind.NEWER_FORMAT));
  }

  @Test
  void whatNeitherCanReadIsNotAbsent() {
    Session session = created();
    toView.cut("find", Kind.NEWER_FORMAT);
    toOwner.cut("find", Kind.NEWER_FORMAT);

    assertThatThrownBy(() -> find(session))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.NEWER_FORMAT));
  }

  @Test
  void anEndedSessionIsRefusedOnceTheViewIsTold() {
    Session session = created();
    Session other = created();

    Revocation revocation = store.revoke(ANNA, session.id(), EndReason.LOGOUT, soon());
    assertThat(revocation.ended()).isOne();
    assertThat(revocation.pending()).isNotEmpty();
    deliver(revocation.pending());

    assertThat(find(session)).isEmpty();
    assertThat(find(other)).isPresent();
    assertThat(store.revokeAll(ANNA, EndReason.LOGOUT_ALL, soon()).ended()).isOne();
  }

  @Test
  void aNodeThatCannotReachTheViewRefusesAnEndedSessionAtOnce() {
    Session session = created();
    toView.cut();

    assertThat(store.revoke(ANNA, session.id(), EndReason.LOGOUT, soon()).ended()).isOne();

    assertThat(find(session)).isEmpty();
  }

  @Test
  void aSessionThatWasReadBeforeItsEndAndIsFilledAfterwardsIsNotServed() {
    Session session = session();
    owner.create(session, soon());
    toView.before(
        "fill",
        () -> deliver(owner.revoke(ANNA, session.id(), EndReason.LOGOUT, soon()).pending()));
    assertThat(find(session)).isPresent();
    toView.mend();

    assertThat(find(session)).isEmpty();
  }

  /**
   * The end is told, and then the view forgets that it was: only the ticket of before says no. The
   * owner has answered by then, and the answer comes late.
   */
  private void endAndForget() {
    deliver(owner.revokeAll(ANNA, EndReason.LOGOUT_ALL, soon()).pending());
    view.flush();
  }

  @Test
  void aCheckTakesItsTicketBeforeItReads() {
    Session session = session();
    owner.create(session, soon());
    toOwner.after("find", this::endAndForget);
    assertThat(find(session)).as("as it was when it was read").isPresent();
    toOwner.mend();

    assertThat(find(session)).isEmpty();
  }

  @Test
  void aLoginTakesItsTicketBeforeItWrites() {
    Session session = session();
    toOwner.after("create", this::endAndForget);
    assertThat(store.create(session, soon())).isPresent();
    toOwner.mend();

    assertThat(find(session)).isEmpty();
  }

  @Test
  void aTouchTakesItsTicketBeforeItReads() {
    Session session = created();
    toOwner.after("find", this::endAndForget);
    store.touch(session, soon());
    toOwner.mend();

    assertThat(find(session)).isEmpty();
  }

  @Test
  void ageAndIdleTimeCountFromTheMomentBeforeTheOwnerWasAsked() {
    Duration slow = Duration.ofMinutes(10);
    Session read = session();
    owner.create(read, soon());
    toOwner.after("find", () -> clock.advance(slow));
    assertThat(find(read)).isPresent();
    assertThat(find(read).orElseThrow().idleLeft()).isEqualTo(IDLE.minus(slow));

    Session written = session();
    toOwner.after("create", () -> clock.advance(slow));
    store.create(written, soon());
    assertThat(find(written).orElseThrow().idleLeft()).isEqualTo(IDLE.minus(slow));
  }

  @Test
  void theViewMayTakeAPartOfADeadlineOnly() {
    Duration whole = Duration.ofSeconds(60);
    Session session = session();
    owner.create(session, soon());

    store.find(ANNA, session.id(), Deadline.after(whole));

    assertThat(view.timeForFind).isLessThanOrEqualTo(whole.dividedBy(2));
    assertThat(view.timeForFill).isLessThanOrEqualTo(whole.dividedBy(10));
  }

  @Test
  void aSessionOfAnOldStateIsNotServedBesideANewRecord() {
    Session early = created();
    Session late = created();
    deliver(
        List.of(
            new Invalidation.OfUser(
                1, ANNA, owner.change(ANNA, OwnedSessions.FIRST, Set.of()).version())));
    assertThat(find(late)).isPresent();
    toOwner.forget();

    assertThat(find(early)).isPresent();

    assertThat(toOwner.calls("find")).as("the record is there, its session is old").isOne();
  }

  @Test
  void aNumberThatIsHandedOutTwiceIsNotTheSameState() {
    Session early = created();
    Session late = created();
    owner.replayVersion(ANNA);
    store.touch(late, soon());
    toOwner.forget();

    assertThat(find(early)).isPresent();

    assertThat(toOwner.calls("find")).isOne();
  }

  @Test
  void changedRolesAreThoseOfTheNextFind() {
    Session session = created();

    long version = owner.change(ANNA, OwnedSessions.FIRST, Set.of("admin")).version();
    store.fenceUser(ANNA, version, soon());

    assertThat(find(session).orElseThrow().user().roles()).containsExactly("admin");
  }

  @Test
  void aViewThatForgetsNeitherEndsNorRevivesAnybody() {
    Session alive = created();
    Session ended = created();
    deliver(store.revoke(ANNA, ended.id(), EndReason.LOGOUT, soon()).pending());
    DurableTokenStore fresh =
        DurableTokenStore.builder(owner, SessionView.inMemory(clock)).clock(clock).build();

    assertThat(fresh.find(ANNA, alive.id(), soon())).isPresent();
    assertThat(fresh.find(ANNA, ended.id(), soon())).isEmpty();
  }

  @Test
  void withoutAViewTheOwnerAnswersAndSomebodyHears() {
    toView.cut();
    Session session = created();

    assertThat(find(session)).isPresent();

    assertThat(events.of(BackendFailed.class))
        .contains(new BackendFailed(Part.SESSION_VIEW, Kind.UNREACHABLE));
  }

  @Test
  void withoutTheOwnerTheViewAnswers() {
    Session session = created();
    toOwner.cut();

    assertThat(find(session)).isPresent();
    assertThatThrownBy(() -> find(session())).isInstanceOf(StoreException.class);
    assertThatThrownBy(() -> store.create(session(), soon())).isInstanceOf(StoreException.class);
    assertThatThrownBy(() -> store.revoke(ANNA, session.id(), EndReason.LOGOUT, soon()))
        .isInstanceOf(StoreException.class);
  }

  @Test
  void aTouchedSessionLivesOnInTheViewAsWell() {
    Session session = created();
    clock.advance(Duration.ofMinutes(10));

    store.touch(session, soon());
    toOwner.forget();

    assertThat(find(session).orElseThrow().idleLeft()).isEqualTo(IDLE);
    assertThat(toOwner.calls()).isEmpty();
    clock.advance(Duration.ofMinutes(29));
    assertThat(find(session)).isPresent();
    clock.advance(Duration.ofMinutes(1));
    assertThat(find(session)).isEmpty();
  }

  private RotationResult rotate(Session session, int generation) {
    return rotate(store, session, generation);
  }

  private static RotationResult rotate(TokenStore with, Session session, int generation) {
    return with.rotate(rotation(session, generation), soon());
  }

  private static Rotation rotation(Session session, int generation) {
    return new Rotation(
        ANNA,
        session.id(),
        generation,
        "key-1",
        "key-2",
        Duration.ofSeconds(10),
        Duration.ofSeconds(60));
  }

  private static Session rotated(RotationResult result) {
    return ((RotationResult.Present) result).live().session();
  }

  @Test
  void aRotatedSessionLivesOnInTheViewAsWell() {
    Session session = created();
    clock.advance(Duration.ofMinutes(10));

    Session next = rotated(rotate(session, 0));
    assertThat(next.generation()).isOne();
    assertThat(toOwner.calls()).containsExactly("owner.rotate");
    toOwner.forget();

    assertThat(find(session).orElseThrow().idleLeft()).isEqualTo(IDLE);
    assertThat(find(session).orElseThrow().session()).isEqualTo(next);
    assertThat(toOwner.calls()).isEmpty();
    clock.advance(Duration.ofMinutes(29));
    assertThat(find(session)).isPresent();
    clock.advance(Duration.ofMinutes(1));
    assertThat(find(session)).isEmpty();
    assertThat(rotate(session, 1)).isEqualTo(new RotationResult.Over());
  }

  @Test
  void aRotationThatWritesNothingLeavesTheViewAsItIs() {
    Session session = created();
    toView.forget();

    assertThat(rotated(rotate(session, 0))).isEqualTo(session);
    clock.advance(WINDOW);
    assertThat(rotated(rotate(session, 3)).generation()).isEqualTo(3);
    assertThat(toView.calls("fill")).isOne();
    assertThat(rotate(session, 1)).isInstanceOf(RotationResult.Reused.class);
    assertThat(rotate(session(), 0)).isInstanceOf(RotationResult.Over.class);

    assertThat(toView.calls("fill")).isOne();
  }

  @Test
  void aRotationTakesItsTicketBeforeItWrites() {
    Session session = created();
    clock.advance(WINDOW);
    toOwner.after("rotate", this::endAndForget);
    assertThat(rotated(rotate(session, 0)).generation()).as("as it was then").isOne();
    toOwner.mend();

    assertThat(find(session)).isEmpty();
  }

  @Test
  void theIdleTimeOfARotationCountsFromBeforeTheOwnerWasAsked() {
    Duration slow = Duration.ofMinutes(10);
    Session session = created();
    clock.advance(WINDOW);
    toOwner.after("rotate", () -> clock.advance(slow));
    rotate(session, 0);
    toOwner.mend();

    assertThat(find(session).orElseThrow().idleLeft()).isEqualTo(IDLE.minus(slow));
  }

  @Test
  void withoutAViewTheOwnerRotatesAndTheViewEndsNobodyLater() {
    Session session = created();
    clock.advance(IDLE.minusMinutes(1));
    toView.cut();

    assertThat(rotated(rotate(session, 0)).generation()).isOne();
    assertThat(events.of(BackendFailed.class))
        .contains(new BackendFailed(Part.SESSION_VIEW, Kind.UNREACHABLE));
    toView.mend();

    clock.advance(Duration.ofMinutes(2));
    assertThat(find(session)).as("over by what the view knows").isPresent();
    assertThat(find(session).orElseThrow().session().generation()).isOne();
  }

  @Test
  void aLostFillFailsNoRotation() {
    Session session = created();
    clock.advance(WINDOW);
    toView.cut("fill", Kind.TIMEOUT);

    assertThat(rotated(rotate(session, 0)).generation()).isOne();
    toView.mend();

    assertThat(rotated(rotate(session, 0)).generation()).as("a repeat").isOne();
  }

  @Test
  void aViewThatForgetsARotationNeitherEndsNorRevivesAnybody() {
    Session alive = created();
    Session ended = created();
    clock.advance(WINDOW);
    rotate(alive, 0);
    rotate(ended, 0);
    deliver(store.revoke(ANNA, ended.id(), EndReason.REUSE, soon()).pending());
    view.flush();

    assertThat(find(alive).orElseThrow().session().generation()).isOne();
    assertThat(find(ended)).isEmpty();
    assertThat(rotate(ended, 1)).isEqualTo(new RotationResult.Over());
  }

  @Test
  void withoutTheOwnerNothingRotates() {
    Session session = created();
    toOwner.cut();

    assertThatThrownBy(() -> rotate(session, 0)).isInstanceOf(StoreException.class);
    assertThat(toView.calls("fill")).as("the one of the login").isOne();
  }

  @Test
  void aRotationTakesAPlaceAmongTheChecks() {
    assertThat(
            failureBesideARunningRead(
                0,
                (narrow, session) -> {
                  RotationResult unused = rotate(narrow, session, 0);
                }))
        .isEqualTo(Kind.OVERLOADED);
    assertThat(toOwner.calls("rotate")).isZero();
  }

  @Test
  void anIdleSessionIsOverWhateverTheViewHolds() {
    Session session = created();
    clock.advance(IDLE);

    assertThat(find(session)).isEmpty();
  }

  @Test
  void checksOfOneSessionThatMissAtTheSameTimeShareAReadAndFillUnderTheirOwnTickets()
      throws Exception {
    Session session = session();
    owner.create(session, soon());
    CountDownLatch reading = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    toOwner.before(
        "find",
        () -> {
          reading.countDown();
          Together.await(go);
        });
    CompletableFuture<Optional<LiveSession>> first = Together.start(() -> find(session));
    Together.await(reading);
    List<CompletableFuture<Optional<LiveSession>>> others =
        List.of(
            Together.start(() -> find(session)),
            Together.start(() -> find(session)),
            Together.start(() -> find(session)));
    Together.awaitWaiting(3, SharedReads.class);
    go.countDown();

    assertThat(Together.join(first)).isPresent();
    others.forEach(other -> assertThat(Together.join(other)).isPresent());
    assertThat(toOwner.calls("find")).isEqualTo(2);
  }

  @Test
  void aCheckThatFindsNoPlaceToWaitIsRefusedAtOnce() {
    assertThat(failureBesideARunningRead(0, soon())).isEqualTo(Kind.OVERLOADED);
  }

  @Test
  void aCheckWaitsForItsTurnNoLongerThanItsDeadline() {
    assertThat(failureBesideARunningRead(1, Deadline.after(Duration.ofMillis(100))))
        .isEqualTo(Kind.OVERLOADED);
  }

  @Test
  void aTouchTakesAPlaceAmongTheChecks() {
    Deadline soon = soon();

    assertThat(failureBesideARunningRead(0, (narrow, session) -> narrow.touch(session, soon)))
        .isEqualTo(Kind.OVERLOADED);
    assertThat(toOwner.calls("touch")).isZero();
  }

  private Kind failureBesideARunningRead(int waiting, Deadline deadline) {
    return failureBesideARunningRead(
        waiting, (narrow, session) -> narrow.find(ANNA, session.id(), deadline));
  }

  /** How a call fails while another session's read takes the only place. */
  private Kind failureBesideARunningRead(int waiting, BiConsumer<DurableTokenStore, Session> call) {
    DurableTokenStore narrow = builder().concurrentReads(1, waiting).build();
    CountDownLatch reading = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    toOwner.before(
        "find",
        () -> {
          reading.countDown();
          Together.await(go);
        });
    CompletableFuture<Optional<LiveSession>> running =
        Together.start(() -> narrow.find(ANNA, SessionId.random(), soon()));
    Together.await(reading);
    Session another = session();

    StoreException failure =
        catchThrowableOfType(StoreException.class, () -> call.accept(narrow, another));

    assertThat(toOwner.calls("find")).as("the other one never got there").isOne();
    go.countDown();
    assertThat(Together.join(running)).isEmpty();
    assertThat(narrow.find(ANNA, another.id(), soon())).as("its turn now").isEmpty();
    return failure.kind();
  }

  @Test
  void anExpiredDeadlineIsNoAnswer() {
    Session session = created();

    assertThatThrownBy(() -> store.find(ANNA, session.id(), over()))
        .isInstanceOf(StoreException.class);
    assertThatThrownBy(() -> store.touch(session, over())).isInstanceOf(StoreException.class);
  }

  @Test
  void theNumbersOfTheBulkheadAreChecked() {
    assertThatIllegalArgumentException().isThrownBy(() -> builder().concurrentReads(0, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> builder().concurrentReads(1, -1));
  }

  @Test
  void theOwnerAloneIsAskedForWholeAccounts() {
    Session early = created();
    clock.advance(Duration.ofMinutes(1));
    Session late = created();
    toView.forget();

    assertThat(store.list(ANNA, soon())).containsExactly(late, early);
    Revocation oldest = store.revokeOthers(late, EndReason.LOGOUT_ALL, soon());
    assertThat(oldest.ended()).isOne();
    assertThat(oldest.pending()).isNotEmpty();
    assertThat(store.list(ANNA, soon())).containsExactly(late);
    clock.advance(IDLE);
    assertThat(store.removeExpired(10, soon())).isOne();
    assertThat(toView.calls()).isEmpty();
  }

  @Test
  void whatALoginEndsIsToldToTheViewByTheCaller() {
    Session early = created();
    clock.advance(Duration.ofMinutes(1));
    Session late = early.toBuilder().id(SessionId.random()).build();

    SessionCreation creation =
        store.create(late, SessionLimits.defaults().withPerAccount(1), soon());

    Revocation oldest = ((SessionCreation.Created) creation).ended();
    assertThat(oldest.ended()).isOne();
    assertThat(oldest.pending()).isNotEmpty();
    assertThat(store.list(ANNA, soon())).containsExactly(late);
    assertThat(find(late)).isPresent();
  }

  @Test
  void aLoginThatEndsOthersFillsNoView() {
    Session early = created();
    clock.advance(Duration.ofMinutes(1));
    Session late = early.toBuilder().id(SessionId.random()).build();
    toView.forget();

    store.create(late, SessionLimits.defaults().withPerAccount(1), soon());

    assertThat(toView.calls("fill")).as("with the user record of before").isZero();
  }

  @Test
  void aSessionThatFindsNoPlaceIsNotInTheView() {
    Session early = created();
    Session late = early.toBuilder().id(SessionId.random()).build();
    SessionLimits limits =
        SessionLimits.defaults().withPerAccount(1).withWhenFull(SessionLimits.WhenFull.REFUSE);

    assertThat(store.create(late, limits, soon()))
        .isEqualTo(new SessionCreation.Full(1, Optional.empty()));

    assertThat(find(late)).isEmpty();
    assertThat(find(early)).isPresent();
  }

  @Test
  void theUserThatIsServedIsTheOneOfTheView() {
    assertThat(store.peekUser(ANNA, soon())).isEmpty();
    Session session = created();

    assertThat(store.peekUser(ANNA, soon())).contains(find(session).orElseThrow().user());
  }

  @Test
  void aFenceSaysWhetherTheViewHeardOfIt() {
    toView.answer("fenceUser", false);
    assertThat(store.fenceUser(ANNA, 9, soon())).isFalse();
    toView.mend();
    assertThat(store.fenceUser(ANNA, 9, soon())).isTrue();
  }

  @Test
  void itStandsOnTheServersOfItsOwnerAndOfItsView() {
    Backend database = server("database");
    Backend redis = server("redis");

    assertThat(
            DurableTokenStore.builder(on(TokenStore.class, database), on(SessionView.class, redis))
                .build()
                .backends())
        .containsExactly(database, redis);
    assertThat(store.backends()).as("neither says").isEmpty();
    assertThat(store.location()).isEqualTo(SessionLocation.DATABASE_WITH_VIEW);
  }

  private static Backend server(String name) {
    return Backend.of(name, BreakerPolicy.defaults(), deadline -> List.of());
  }

  /** A store of which nothing is known but its server. */
  private static <T> T on(Class<T> type, Backend server) {
    BackendAware known = () -> List.of(server);
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type, BackendAware.class},
            (proxy, method, args) -> method.invoke(known, args)));
  }

  /** A view that can be flushed, and remembers how much time it was given. */
  private static final class FlushedView implements SessionView {
    private final InstantSource clock;
    private volatile SessionView kept;
    private volatile Duration timeForFind = Duration.ZERO;
    private volatile Duration timeForFill = Duration.ZERO;

    FlushedView(InstantSource clock) {
      this.clock = clock;
      this.kept = SessionView.inMemory(clock);
    }

    void flush() {
      kept = SessionView.inMemory(clock);
    }

    @Override
    public Lookup find(AccountId account, SessionId session, Deadline deadline) {
      timeForFind = deadline.remaining();
      return kept.find(account, session, deadline);
    }

    @Override
    public Ticket ticket(AccountId account, SessionId session, Deadline deadline) {
      return kept.ticket(account, session, deadline);
    }

    @Override
    public boolean fill(Ticket ticket, LiveSession live, Instant readAt, Deadline deadline) {
      timeForFill = deadline.remaining();
      return kept.fill(ticket, live, readAt, deadline);
    }

    @Override
    public boolean fenceUser(AccountId account, long floor, Deadline deadline) {
      return kept.fenceUser(account, floor, deadline);
    }

    @Override
    public Optional<UserRecord> peekUser(AccountId account, Deadline deadline) {
      return kept.peekUser(account, deadline);
    }
  }
}
