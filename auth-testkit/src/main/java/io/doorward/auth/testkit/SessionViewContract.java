package io.doorward.auth.testkit;

import static io.doorward.auth.testkit.Fixtures.SIXTEEN;
import static io.doorward.auth.testkit.Fixtures.deadline;
import static io.doorward.auth.testkit.Fixtures.expired;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.account.Epoch;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionKind;
import io.doorward.auth.session.SessionView;
import io.doorward.auth.session.SessionView.Lookup;
import io.doorward.auth.session.SessionView.Ticket;
import io.doorward.auth.session.TokenStore.LiveSession;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What every {@link SessionView} must do so that a session that a database has ended is never
 * served. Extend it, name the view, and run it.
 */
@Tag("contract")
public abstract class SessionViewContract {
  private static final Duration IDLE = Duration.ofMinutes(30);

  private static final Epoch EPOCH = new Epoch(3, "epoch");

  private final AccountId anna = AccountId.random();
  private final Session laptop = session(anna);
  private final Session phone = session(anna);

  /** For sub-classes. */
  protected SessionViewContract() {}

  /**
   * Makes a view over a backend that remembers nothing of this test yet.
   *
   * @return a view that serves a session for half an hour or longer, and for less than a day,
   *     counted from the moment the database was read
   */
  protected abstract SessionView newView();

  /**
   * Makes the backend forget everything, as a flush does.
   *
   * @param view the view that {@link #newView} made last
   * @return the view to go on with, which may be another
   */
  protected abstract SessionView loseEverything(SessionView view);

  @Test
  void whatIsFilledIsFoundAsItWas() {
    SessionView view = newView();
    UserRecord user = new UserRecord(anna, Set.of("admin", "clerk"), 5, "a-tag", EPOCH, EPOCH);

    fill(view, laptop, user);

    LiveSession live = hit(view, laptop);
    assertThat(live.session()).isEqualTo(laptop);
    assertThat(live.user()).isEqualTo(user);
    assertThat(live.idleLeft()).isPositive().isLessThanOrEqualTo(IDLE);
  }

  @Test
  void whatIsNotThereIsAMissAndNeverNoSession() {
    SessionView view = newView();
    assertMiss(view, laptop);
    fill(view, laptop, user(5));

    assertMiss(view, phone);
    AccountId other = AccountId.random();
    assertThat(view.find(other, laptop.id(), deadline())).isInstanceOf(Lookup.Miss.class);
  }

  @Test
  void aTicketLeavesWhatIsThereAndMayRenewIt() {
    SessionView view = newView();
    UserRecord user = user(5);
    Instant readAt = now();
    LiveSession nearlyOver = new LiveSession(laptop, user, Duration.ofMinutes(10));
    assertThat(view.fill(miss(view, laptop), nearlyOver, readAt, deadline())).isTrue();

    Ticket ticket = ticket(view, laptop);
    assertThat(hit(view, laptop).idleLeft()).isLessThanOrEqualTo(Duration.ofMinutes(10));
    assertThat(fill(view, ticket, laptop, user)).isTrue();

    assertThat(hit(view, laptop).idleLeft()).isGreaterThan(Duration.ofMinutes(10));
  }

  @Test
  void aFillThatComesLateDoesNotReplaceALaterRead() {
    SessionView view = newView();
    UserRecord user = user(5);
    Ticket early = miss(view, laptop);
    Instant earlyRead = now().minusMillis(20);
    Ticket late = ticket(view, laptop);
    Instant lateRead = now().minusMillis(10);
    Session touched = laptop.toBuilder().lastUsedAt(lateRead).build();
    LiveSession renewed = new LiveSession(touched, user, IDLE);
    LiveSession nearlyOver = new LiveSession(laptop, user, Duration.ofMinutes(10));
    assertThat(view.fill(late, renewed, lateRead, deadline())).isTrue();

    assertThat(view.fill(early, nearlyOver, earlyRead, deadline())).isTrue();

    assertThat(hit(view, laptop).session()).isEqualTo(touched);
    assertThat(hit(view, laptop).idleLeft()).isGreaterThan(Duration.ofMinutes(20));
    assertThat(view.fill(early, nearlyOver, lateRead.plusMillis(1), deadline())).isTrue();
    assertThat(hit(view, laptop).session()).isEqualTo(laptop);
  }

  @Test
  void withoutATicketNothingIsFilled() {
    SessionView view = newView();
    Ticket real = miss(view, laptop);
    Session neverAsked = session(AccountId.random());

    assertRefused(view, new Ticket(anna, laptop.id(), OperationId.random().value(), real.stamp()));
    assertRefused(view, new Ticket(anna, laptop.id(), "", real.stamp()));
    assertRefused(view, new Ticket(anna, laptop.id(), real.nonce(), OperationId.random().value()));
    assertRefused(view, new Ticket(anna, laptop.id(), real.nonce(), ""));
    Ticket elsewhere =
        new Ticket(neverAsked.account(), neverAsked.id(), real.nonce(), real.stamp());
    assertThat(fill(view, elsewhere, neverAsked, user(neverAsked.account(), 5))).isFalse();

    assertMiss(view, laptop);
  }

  @Test
  void aTicketFillsNoOtherSession() {
    SessionView view = newView();
    Ticket ticket = miss(view, laptop);
    Session others = session(AccountId.random());
    miss(view, others);

    assertThat(fill(view, ticket, phone, user(5))).isFalse();
    assertThat(fill(view, ticket, others, user(others.account(), 5))).isFalse();

    assertMiss(view, phone);
    assertMiss(view, others);
  }

  @Test
  void aReadThatBeganBeforeAChangeIsNotFilledAfterIt() {
    SessionView view = newView();
    Ticket before = miss(view, laptop);

    view.fenceUser(anna, 7, deadline());

    for (long version : new long[] {5, 7, 9}) {
      assertThat(fill(view, before, laptop, user(version))).as("version " + version).isFalse();
    }
    assertMiss(view, laptop);
    assertThat(fill(view, before, laptop, user(9))).as("beside a new ticket").isFalse();
    assertMiss(view, laptop);
  }

  @Test
  void aTicketForOneSessionIsVoidedByTheChangeOfAnyOther() {
    SessionView view = newView();
    fill(view, phone, user(5));
    Ticket before = ticket(view, laptop);

    view.fenceUser(anna, 6, deadline());

    assertThat(fill(view, before, laptop, user(6))).isFalse();
    assertMiss(view, laptop);
    assertMiss(view, phone);
  }

  @Test
  void aFenceWithoutAFloorVoidsTicketsAndKeepsWhatIsThere() {
    SessionView view = newView();
    fill(view, laptop, user(5));
    Ticket ticket = ticket(view, laptop);

    view.fenceUser(anna, 0, deadline());

    assertThat(fill(view, ticket, laptop, user(9))).isFalse();
    assertThat(hit(view, laptop).user().version()).isEqualTo(5);
  }

  @Test
  void nothingBelowTheFloorIsServedOrFilled() {
    SessionView view = newView();
    fill(view, laptop, user(5));

    view.fenceUser(anna, 7, deadline());

    Ticket ticket = miss(view, laptop);
    assertThat(fill(view, ticket, laptop, user(5))).isFalse();
    assertThat(fill(view, ticket, laptop, user(6))).isFalse();
    assertMiss(view, laptop);
    assertThat(fill(view, ticket, laptop, user(7))).isTrue();
    assertThat(hit(view, laptop).user().version()).isEqualTo(7);
  }

  @Test
  void theFloorIsNeverLowered() {
    SessionView view = newView();
    view.fenceUser(anna, 9, deadline());
    view.fenceUser(anna, 3, deadline());
    view.fenceUser(anna, 0, deadline());

    Ticket ticket = miss(view, laptop);
    assertThat(fill(view, ticket, laptop, user(8))).isFalse();
    assertThat(fill(view, ticket, laptop, user(9))).isTrue();
  }

  @Test
  void versionsAreComparedAsNumbers() {
    SessionView view = newView();
    view.fenceUser(anna, 1000, deadline());
    Ticket ticket = miss(view, laptop);
    assertThat(fill(view, ticket, laptop, user(999))).isFalse();

    // This one and the one before are the same number to a double.
    long large = 9_007_199_254_740_993L;
    view.fenceUser(anna, large, deadline());
    Ticket next = miss(view, laptop);
    assertThat(fill(view, next, laptop, user(large - 1))).isFalse();
    assertThat(fill(view, next, laptop, user(large))).isTrue();
    assertThat(hit(view, laptop).user().version()).isEqualTo(large);
  }

  @Test
  void aSessionOfAnEarlierStateIsNotServedBesideALaterRecord() {
    SessionView view = newView();
    fill(view, laptop, user(5));
    assertThat(fill(view, ticket(view, phone), phone, user(6))).isTrue();

    assertMiss(view, laptop);

    assertThat(hit(view, phone).user().version()).isEqualTo(6);
    fill(view, laptop, hit(view, phone).user());
    hit(view, laptop);
    hit(view, phone);
  }

  @Test
  void aSessionOfALaterStateIsNotServedBesideAnEarlierRecord() {
    SessionView view = newView();
    fill(view, laptop, user(9));

    // A database that lost its last commits gives numbers out again.
    view.fenceUser(anna, 7, deadline());
    fill(view, phone, user(7));

    assertMiss(view, laptop);
    hit(view, phone);
  }

  @Test
  void anEarlierRecordNeverReplacesALaterOne() {
    SessionView view = newView();
    Ticket one = miss(view, laptop);
    Ticket two = miss(view, phone);
    assertThat(fill(view, one, laptop, user(7))).isTrue();

    assertThat(fill(view, two, phone, user(5))).isFalse();

    assertThat(hit(view, laptop).user().version()).isEqualTo(7);
    assertMiss(view, phone);
  }

  @Test
  void aNumberThatIsGivenOutTwiceIsNotTheSameState() {
    SessionView view = newView();
    fill(view, laptop, new UserRecord(anna, Set.of(), 5, "one", EPOCH, EPOCH));
    UserRecord twin = new UserRecord(anna, Set.of(), 5, "two", EPOCH, EPOCH);
    assertThat(fill(view, ticket(view, phone), phone, twin)).isTrue();

    assertMiss(view, laptop);
    assertThat(hit(view, phone).user()).isEqualTo(twin);

    fill(view, laptop, twin);
    assertThat(hit(view, laptop).user()).isEqualTo(twin);
  }

  @Test
  void theRecordIsTheOneThatWasReadWithTheSession() {
    SessionView view = newView();
    fill(view, laptop, new UserRecord(anna, Set.of("admin"), 5, "one", EPOCH, EPOCH));
    assertThat(hit(view, laptop).user().roles()).containsExactly("admin");

    view.fenceUser(anna, 6, deadline());
    fill(view, laptop, new UserRecord(anna, Set.of(), 6, "two", EPOCH, EPOCH));

    assertThat(hit(view, laptop).user().roles()).isEmpty();
  }

  @Test
  void otherAccountsAreNotFenced() {
    SessionView view = newView();
    Session others = session(AccountId.random());
    fill(view, others, user(others.account(), 5));
    Ticket ticket = miss(view, laptop);

    view.fenceUser(AccountId.random(), 9, deadline());

    hit(view, others);
    assertThat(fill(view, ticket, laptop, user(5))).isTrue();
  }

  @Test
  void aPeekSeesTheRecordThatIsServedAndHandsOutNoTicket() {
    SessionView view = newView();
    assertThat(view.peekUser(anna, deadline())).isEmpty();
    Ticket ticket = miss(view, laptop);
    assertThat(view.peekUser(anna, deadline())).isEmpty();
    UserRecord user = user(5);
    assertThat(fill(view, ticket, laptop, user)).isTrue();
    assertThat(view.peekUser(anna, deadline())).contains(user);

    view.fenceUser(anna, 6, deadline());

    assertThat(view.peekUser(anna, deadline())).isEmpty();
    assertThat(fill(view, ticket, laptop, user(6))).isFalse();
  }

  @Test
  void whatWasLostIsAMissAndItsTicketsAreVoid() {
    SessionView view = newView();
    fill(view, laptop, user(5));
    Ticket out = ticket(view, phone);

    view = loseEverything(view);

    assertThat(fill(view, out, phone, user(5))).as("while nothing is there").isFalse();
    assertMiss(view, phone);
    assertThat(fill(view, out, phone, user(5))).as("beside a new ticket").isFalse();
    assertMiss(view, laptop);
    fill(view, laptop, user(6));
    assertThat(hit(view, laptop).user().version()).isEqualTo(6);
  }

  @Test
  void ageAndIdleTimeCountFromTheMomentTheDatabaseWasRead() {
    SessionView view = newView();
    Instant earlier = now().minus(Duration.ofMinutes(10));
    LiveSession live = new LiveSession(laptop, user(5), IDLE);
    assertThat(view.fill(miss(view, laptop), live, earlier, deadline())).isTrue();
    assertThat(hit(view, laptop).idleLeft()).isLessThanOrEqualTo(Duration.ofMinutes(20));

    LiveSession over = new LiveSession(phone, user(5), Duration.ofMinutes(10));
    assertThat(view.fill(ticket(view, phone), over, earlier, deadline())).isFalse();
    LiveSession remembered = new LiveSession(phone, user(5), Duration.ofDays(30));
    Instant dayBefore = now().minus(Duration.ofDays(1));
    assertThat(view.fill(ticket(view, phone), remembered, dayBefore, deadline())).isFalse();
    assertMiss(view, phone);
  }

  @Test
  void anIdleSessionIsOverWhenItsTimeIs() {
    SessionView view = newView();
    LiveSession live = new LiveSession(laptop, user(5), Duration.ofSeconds(1));
    assertThat(view.fill(miss(view, laptop), live, now(), deadline())).isTrue();

    await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> assertMiss(view, laptop));
  }

  @Test
  void noSessionIsServedAfterItsAbsoluteEnd() {
    SessionView view = newView();
    Session past = session(anna, now().minusSeconds(1));

    view.fill(miss(view, past), new LiveSession(past, user(5), IDLE), now(), deadline());

    assertMiss(view, past);
  }

  @Test
  void howeverChecksAndAChangeRaceNothingOldIsServedAfterwards() {
    SessionView view = newView();
    for (int round = 0; round < SIXTEEN; round++) {
      Session each = session(AccountId.random());
      UserRecord old = user(each.account(), 5);
      Ticket ticket = miss(view, each);
      Concurrently.<Object>call(
          List.of(
              () -> fill(view, ticket, each, old),
              () -> fill(view, ticket, each, old),
              () -> view.fenceUser(each.account(), 6, deadline()),
              () -> view.ticket(each.account(), each.id(), deadline()),
              () -> view.find(each.account(), each.id(), deadline()),
              () -> view.peekUser(each.account(), deadline())));

      assertMiss(view, each);
      assertThat(fill(view, ticket, each, old)).isFalse();
    }
  }

  @Test
  void anExpiredDeadlineIsAStoreExceptionAndNotAMiss() {
    SessionView view = newView();
    Ticket ticket = miss(view, laptop);
    LiveSession live = new LiveSession(laptop, user(5), IDLE);
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> view.find(anna, laptop.id(), expired()));
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> view.ticket(anna, laptop.id(), expired()));
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> view.fill(ticket, live, now(), expired()));
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> view.fenceUser(anna, 5, expired()));
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> view.peekUser(anna, expired()));
  }

  private void assertRefused(SessionView view, Ticket ticket) {
    assertThat(fill(view, ticket, laptop, user(5))).isFalse();
  }

  private static void assertMiss(SessionView view, Session session) {
    assertThat(view.find(session.account(), session.id(), deadline()))
        .isInstanceOf(Lookup.Miss.class);
  }

  private static Ticket miss(SessionView view, Session session) {
    Lookup found = view.find(session.account(), session.id(), deadline());
    assertThat(found).isInstanceOf(Lookup.Miss.class);
    return requireNamed(((Lookup.Miss) found).ticket(), session);
  }

  private static Ticket ticket(SessionView view, Session session) {
    return requireNamed(view.ticket(session.account(), session.id(), deadline()), session);
  }

  private static Ticket requireNamed(Ticket ticket, Session session) {
    assertThat(ticket.account()).isEqualTo(session.account());
    assertThat(ticket.session()).isEqualTo(session.id());
    return ticket;
  }

  private static LiveSession hit(SessionView view, Session session) {
    Lookup found = view.find(session.account(), session.id(), deadline());
    assertThat(found).isInstanceOf(Lookup.Hit.class);
    return ((Lookup.Hit) found).live();
  }

  private static void fill(SessionView view, Session session, UserRecord user) {
    assertThat(fill(view, miss(view, session), session, user)).isTrue();
  }

  private static boolean fill(SessionView view, Ticket ticket, Session session, UserRecord user) {
    return view.fill(ticket, new LiveSession(session, user, IDLE), now(), deadline());
  }

  private UserRecord user(long version) {
    return user(anna, version);
  }

  private static UserRecord user(AccountId account, long version) {
    return new UserRecord(account, Set.of("clerk"), version, "tag-" + version, EPOCH, EPOCH);
  }

  private static Session session(AccountId account) {
    return session(account, now().plus(Duration.ofHours(12)));
  }

  private static Session session(AccountId account, Instant absoluteEnd) {
    return Session.builder(
            account, SessionKind.COOKIE, EPOCH, now().minusSeconds(60), absoluteEnd, IDLE)
        .rotation(2, now().minusSeconds(60), Optional.empty())
        .authTime(now().minusSeconds(90))
        .amr(Set.of("pwd", "otp"))
        .device(Optional.of("a device"))
        .attributes(Map.of("tenant", "t"))
        .build();
  }

  /** Views keep milliseconds. */
  private static Instant now() {
    return Instant.ofEpochMilli(InstantSource.system().millis());
  }
}
