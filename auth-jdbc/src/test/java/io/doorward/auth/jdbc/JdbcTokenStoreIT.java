package io.doorward.auth.jdbc;

import static io.doorward.auth.jdbc.Fixture.hash;
import static io.doorward.auth.jdbc.Fixture.session;
import static io.doorward.auth.jdbc.Fixture.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialStore.Change;
import io.doorward.auth.account.Outbox.Invalidation;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.session.EndedSession;
import io.doorward.auth.session.EndedSession.EndReason;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionCreation;
import io.doorward.auth.session.SessionKind;
import io.doorward.auth.session.SessionLimits;
import io.doorward.auth.session.TokenStore.LiveSession;
import io.doorward.auth.session.TokenStore.Revocation;
import io.doorward.auth.session.TokenStore.Rotation;
import io.doorward.auth.session.TokenStore.Rotation.Step;
import io.doorward.auth.session.TokenStore.RotationResult;
import io.doorward.auth.testkit.Concurrently;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class JdbcTokenStoreIT {
  private static Fixture db;
  private Credential owner;

  @BeforeAll
  static void open() {
    db = Fixture.fresh();
  }

  @AfterAll
  static void close() {
    db.close();
  }

  @BeforeEach
  void newOwner() {
    owner = db.newAccount();
  }

  private Session live() {
    Session session = session(owner);
    assertThat(db.tokens.create(session, soon())).isPresent();
    return session;
  }

  private static Optional<LiveSession> find(Session session) {
    return db.tokens.find(session.account(), session.id(), soon());
  }

  private static RotationResult rotate(Session session, int generation) {
    return db.tokens.rotate(rotation(session, generation), soon());
  }

  private static Rotation rotation(Session session, int generation) {
    return new Rotation(
        session.account(),
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

  private static void shift(Session session, String column, String by) throws SQLException {
    db.sql(
        "UPDATE {sessions} SET "
            + column
            + " = "
            + column
            + " + interval '"
            + by
            + "' WHERE id = ?",
        session.id().value());
  }

  @Test
  void whatWasCreatedIsFoundUnchangedWithItsUser() {
    Session session = live();
    LiveSession found = find(session).orElseThrow();
    assertThat(found.session()).isEqualTo(session);
    assertThat(found.user()).isEqualTo(db.user(owner));
    assertThat(found.idleLeft()).isBetween(Duration.ofMinutes(29), Duration.ofMinutes(30));
  }

  @Test
  void oddTextComesBackAsItWas() {
    Instant start = session(owner).createdAt();
    Session session =
        Session.builder(
                owner.account(),
                SessionKind.BEARER,
                owner.epoch(),
                start,
                start.plusSeconds(60),
                Duration.ofNanos(1_234_567_000))
            .rotation(3, start.plusNanos(1_000), Optional.of("a-key"))
            .authTime(start.minusSeconds(5))
            .lastUsedAt(start.plusNanos(2_000))
            .amr(Set.of("pwd", "o,t\"p"))
            .scopes(Set.of("NULL", "{read}", "a,b"))
            .device(Optional.of("half\uD83D and \u0000 and \\u0041 and \\"))
            .attributes(Map.of("a\u0000", "{NULL}", "b", "", "quote\"", "\uDE00", "NULL", "NULL"))
            .build();
    db.tokens.create(session, soon());
    assertThat(find(session).orElseThrow().session()).isEqualTo(session);
  }

  @Test
  void aSessionOfAReplacedPasswordIsNotCreated() {
    db.credentials.changePassword(
        owner.account(), owner.version(), hash("new"), OperationId.random(), soon());
    Session late = session(owner);
    assertThat(db.tokens.create(late, soon())).isEmpty();
    assertThat(find(late)).isEmpty();
    Session fresh = session(db.find(owner));
    assertThat(db.tokens.create(fresh, soon())).isPresent();
    assertThat(find(fresh)).isPresent();
  }

  @Test
  void aPasswordChangeEndsSessionsWithoutTouchingThem() throws SQLException {
    Session session = live();
    db.credentials.changePassword(
        owner.account(), owner.version(), hash("new"), OperationId.random(), soon());
    assertThat(find(session)).isEmpty();
    assertThat(db.tokens.list(owner.account(), soon())).isEmpty();
    assertThat(db.query("SELECT id FROM {sessions} WHERE id = ?", session.id().value())).hasSize(1);
  }

  @Test
  void aSessionThatSlippedInWhileThePasswordChangedIsNotLive() throws SQLException {
    Session session = live();
    // As if its INSERT had read the account before the change and committed after it.
    db.sql(
        "UPDATE {credentials} SET secret = 'admin' WHERE account_id = ?",
        UUID.fromString(owner.account().value()));
    assertThat(find(session)).isEmpty();
  }

  @Test
  void aRehashLetsSessionsLive() {
    Session session = live();
    Change change =
        db.credentials.rehash(
            owner.account(), owner.version(), hash("better"), OperationId.random(), soon());
    assertThat(change).isInstanceOf(Change.Changed.class);
    assertThat(find(session)).isPresent();
    // Also one whose login had verified the hash before.
    assertThat(db.tokens.create(session(owner), soon())).isPresent();
  }

  @Test
  void aSwitchedOffAccountHasNoSessionsEvenAfterItIsBack() {
    Session session = live();
    status(AccountStatus.DISABLED);
    assertThat(find(session)).isEmpty();
    assertThat(db.tokens.create(session(db.find(owner)), soon())).isEmpty();
    status(AccountStatus.ACTIVE);
    assertThat(find(session)).isEmpty();
    assertThat(db.tokens.create(session(db.find(owner)), soon())).isPresent();
  }

  private void status(AccountStatus status) {
    db.credentials.changeStatus(owner.account(), status, OperationId.random(), soon());
  }

  @Test
  void rolesCountFromTheNextCheck() {
    Session session = live();
    db.profiles.changeRoles(
        owner.account(), Set.of("admin"), Set.of(), OperationId.random(), soon());
    assertThat(find(session).orElseThrow().user().roles()).containsExactly("admin");
  }

  @Test
  void anotherAccountDoesNotHaveIt() {
    Session session = live();
    AccountId other = db.newAccount().account();
    assertThat(db.tokens.find(other, session.id(), soon())).isEmpty();
    assertThat(db.tokens.revoke(other, session.id(), EndReason.LOGOUT, soon()).ended()).isZero();
    assertThat(find(session)).isPresent();
  }

  @Test
  void idleTimeEndsASessionAndATouchStartsItAnew() throws SQLException {
    Session session = live();
    shift(session, "idle_end", "-29 minutes");
    assertThat(find(session).orElseThrow().idleLeft()).isLessThan(Duration.ofMinutes(1));
    db.tokens.touch(session, soon());
    assertThat(find(session).orElseThrow().idleLeft()).isGreaterThan(Duration.ofMinutes(29));
    shift(session, "idle_end", "-30 minutes");
    assertThat(find(session)).isEmpty();
    db.tokens.touch(session, soon());
    assertThat(find(session)).isEmpty();
  }

  @Test
  void aTouchNeverReachesPastTheAbsoluteEnd() {
    Session session = session(owner, Duration.ofHours(1), Duration.ofMinutes(10));
    db.tokens.create(session, soon());
    db.tokens.touch(session, soon());
    assertThat(find(session).orElseThrow().idleLeft()).isLessThanOrEqualTo(Duration.ofMinutes(10));
  }

  @Test
  void aSessionPastItsAbsoluteEndIsOver() throws SQLException {
    Session session = live();
    db.sql(
        "UPDATE {sessions} SET idle_end = now() - interval '1 second', absolute_end = now() -"
            + " interval '1 second' WHERE id = ?",
        session.id().value());
    db.tokens.touch(session, soon());
    assertThat(find(session)).isEmpty();
  }

  @Test
  void aCheckWritesNothing() throws SQLException {
    Session session = live();
    List<String> before = db.query("SELECT xmin::text || ctid FROM {sessions}");
    find(session);
    db.tokens.list(owner.account(), soon());
    assertThat(db.query("SELECT xmin::text || ctid FROM {sessions}")).isEqualTo(before);
  }

  @Test
  void onlyOneOfEightRevokes() throws Exception {
    Session session = live();
    List<Revocation> results =
        Fixture.together(
            8, () -> db.tokens.revoke(owner.account(), session.id(), EndReason.LOGOUT, soon()));
    assertThat(results).extracting(Revocation::ended).containsOnlyOnce(1).containsOnly(0, 1);
    assertThat(results).allSatisfy(result -> assertThat(result.pending()).isNotEmpty());
    assertThat(find(session)).isEmpty();
    db.tokens.touch(session, soon());
    assertThat(find(session)).isEmpty();
  }

  @Test
  void revokeAllEndsAllOfOneAccount() {
    Session one = live();
    Session two = live();
    Credential neighbour = db.newAccount();
    Session other = session(neighbour);
    db.tokens.create(other, soon());
    assertThat(db.tokens.revokeAll(owner.account(), EndReason.LOGOUT_ALL, soon()).ended())
        .isEqualTo(2);
    assertThat(db.tokens.revokeAll(owner.account(), EndReason.LOGOUT_ALL, soon()).ended()).isZero();
    assertThat(find(one)).isEmpty();
    assertThat(find(two)).isEmpty();
    assertThat(find(other)).isPresent();
  }

  private static UUID id(Credential credential) {
    return UUID.fromString(credential.account().value());
  }

  private List<String> undoneFloors() throws SQLException {
    return db.query(
        "SELECT floor::text FROM {outbox} WHERE account_id = ? AND done_at IS NULL AND login_id IS"
            + " NULL",
        id(owner));
  }

  @Test
  void endingASessionGivesTheUserRecordANewStateAndLeavesWordOfIt() throws SQLException {
    Session session = live();
    db.clearOutbox();
    UserRecord before = db.user(owner);

    Revocation revocation =
        db.tokens.revoke(owner.account(), session.id(), EndReason.LOGOUT, soon());

    UserRecord after = db.user(owner);
    assertThat(after.version()).isGreaterThan(before.version());
    assertThat(after.tag()).isNotEqualTo(before.tag());
    assertThat(after.isSameState(before)).isFalse();
    assertThat(revocation.pending())
        .singleElement()
        .isInstanceOfSatisfying(
            Invalidation.OfUser.class,
            told -> {
              assertThat(told.account()).isEqualTo(owner.account());
              assertThat(told.floor()).isEqualTo(after.version());
            });
  }

  @Test
  void aRepeatAfterALostAnswerReportsWhatIsStillPending() throws SQLException {
    Session session = live();
    db.clearOutbox();
    Revocation lost = db.tokens.revoke(owner.account(), session.id(), EndReason.LOGOUT, soon());

    assertThat(db.tokens.revoke(owner.account(), session.id(), EndReason.LOGOUT, soon()))
        .isEqualTo(new Revocation(0, lost.pending()));
    assertThat(db.tokens.revokeAll(owner.account(), EndReason.LOGOUT_ALL, soon()))
        .isEqualTo(new Revocation(0, lost.pending()));

    db.clearOutbox();
    assertThat(db.tokens.revokeAll(owner.account(), EndReason.LOGOUT_ALL, soon()))
        .isEqualTo(Revocation.of(0));
  }

  @Test
  void endingAllSessionsIsOneChangeOfTheUserRecord() throws SQLException {
    live();
    live();
    db.clearOutbox();

    assertThat(db.tokens.revokeAll(owner.account(), EndReason.LOGOUT_ALL, soon()).pending())
        .hasSize(1);

    assertThat(undoneFloors()).containsExactly(Long.toString(db.user(owner).version()));
  }

  @Test
  void anAdministratorsDeleteTellsViewsAsWell() throws SQLException {
    Credential neighbour = db.newAccount();
    live();
    live();
    db.tokens.create(session(neighbour), soon());
    db.clearOutbox();
    UserRecord before = db.user(owner);
    UserRecord beside = db.user(neighbour);

    db.sql("DELETE FROM {sessions} WHERE account_id IN (?, ?)", id(owner), id(neighbour));

    assertThat(db.user(owner).isSameState(before)).isFalse();
    assertThat(db.user(neighbour).isSameState(beside)).isFalse();
    assertThat(undoneFloors()).containsExactly(Long.toString(db.user(owner).version()));
  }

  /**
   * Whatever order a plan finds them in, and here it is the other one: else two administrators, or
   * one and a transaction of the host's, may wait for each other in a circle.
   */
  @Test
  void profilesOfDeletedSessionsAreLockedInTheOrderOfTheirAccounts() throws Exception {
    Credential first = db.newAccount();
    Credential second = db.newAccount();
    while (first.account().value().compareTo(second.account().value()) < 0) {
      first = second;
      second = db.newAccount();
    }
    Object later = id(first);
    Object earlier = id(second);
    db.tokens.create(session(first), soon());
    db.tokens.create(session(second), soon());
    String lock = "SELECT row_tag FROM {user_profiles} WHERE account_id = ? FOR UPDATE";
    try (Connection host = db.admin();
        Connection administrator = db.admin()) {
      host.setAutoCommit(false);
      db.query(host, lock, earlier);
      db.sql(administrator, "SET enable_indexscan = off");
      db.sql(administrator, "SET enable_bitmapscan = off");
      CompletableFuture<Integer> deletion =
          Concurrently.begin(
              () ->
                  db.sql(
                      administrator,
                      "DELETE FROM {sessions} WHERE account_id IN (?, ?)",
                      later,
                      earlier));
      awaitALock();

      assertThat(db.query(host, lock, later)).hasSize(1);
      host.commit();

      assertThat(deletion.get(30, TimeUnit.SECONDS)).isEqualTo(2);
    }
  }

  /** The server's clock calls them over; a node that has one in its view may not. */
  @ParameterizedTest
  @ValueSource(strings = {"-1 second", "-59 seconds", "-3 days"})
  void endingASessionThatIsOverTellsViewsAsWell(String by) throws SQLException {
    Session one = live();
    Session two = live();
    Session three = live();
    for (Session each : List.of(one, two, three)) {
      shift(each, "idle_end", "-30 minutes");
      shift(each, "idle_end", by);
      assertThat(find(each)).isEmpty();
    }

    db.clearOutbox();
    db.tokens.revoke(owner.account(), one.id(), EndReason.LOGOUT, soon());
    assertThat(undoneFloors()).containsExactly(Long.toString(db.user(owner).version()));

    db.clearOutbox();
    db.sql("DELETE FROM {sessions} WHERE id = ?", two.id().value());
    assertThat(undoneFloors()).containsExactly(Long.toString(db.user(owner).version()));

    db.clearOutbox();
    db.tokens.revokeAll(owner.account(), EndReason.LOGOUT_ALL, soon());
    assertThat(undoneFloors()).containsExactly(Long.toString(db.user(owner).version()));
  }

  @Test
  void onlyWhatMayBeLiveElsewhereIsCountedAsEnded() throws SQLException {
    Session justOver = live();
    shift(justOver, "idle_end", "-30 minutes");
    Session longOver = live();
    shift(longOver, "idle_end", "-32 minutes");

    assertThat(db.tokens.revoke(owner.account(), justOver.id(), EndReason.LOGOUT, soon()).ended())
        .isOne();
    assertThat(db.tokens.revoke(owner.account(), longOver.id(), EndReason.LOGOUT, soon()).ended())
        .isZero();
  }

  @Test
  void aCleanUpLeavesWhatAnotherClockMayCallLive() throws SQLException {
    db.sql("DELETE FROM {sessions}");
    Session within = live();
    shift(within, "idle_end", "-30 minutes");
    shift(within, "idle_end", "-50 seconds");
    Session beyond = live();
    shift(beyond, "idle_end", "-30 minutes");
    shift(beyond, "idle_end", "-61 seconds");

    assertThat(db.tokens.removeExpired(1000, soon())).isOne();

    assertThat(db.query("SELECT id FROM {sessions}")).containsExactly(within.id().value());
  }

  /** A revocation that is under way, or a host's transaction, holds a row: the others can go. */
  @Test
  void aCleanUpPassesOverASessionThatIsLocked() throws SQLException {
    db.sql("DELETE FROM {sessions}");
    Session locked = live();
    shift(locked, "idle_end", "-2 hours");
    shift(live(), "idle_end", "-1 hour");
    try (Connection another = db.admin()) {
      another.setAutoCommit(false);
      db.query(another, "SELECT id FROM {sessions} WHERE id = ? FOR UPDATE", locked.id().value());

      assertThat(db.tokens.removeExpired(10, Deadline.after(Duration.ofSeconds(5)))).isOne();

      another.rollback();
    }
    assertThat(db.query("SELECT id FROM {sessions}")).containsExactly(locked.id().value());
  }

  @Test
  void removingWhatIsOverTellsNobody() throws SQLException {
    shift(live(), "idle_end", "-1 hour");
    shift(live(), "idle_end", "-1 hour");
    db.clearOutbox();
    UserRecord before = db.user(owner);

    assertThat(db.tokens.removeExpired(1000, soon())).isPositive();

    assertThat(db.user(owner)).isEqualTo(before);
    assertThat(undoneFloors()).isEmpty();
  }

  @Test
  void anAccountThatIsDeletedWithItsSessionsTellsAsMuchAsOneWithout() throws SQLException {
    live();
    db.clearOutbox();

    db.credentials.delete(owner.account(), soon());

    assertThat(undoneFloors()).hasSize(1);
    assertThat(db.query("SELECT id FROM {sessions} WHERE account_id = ?", id(owner))).isEmpty();
  }

  /** A deadlock would end one of the calls with an exception, a second after it happened. */
  @Test
  void whateverEndsSessionsAtTheSameTimeNobodyWaitsForEachOtherInACircle() {
    for (int round = 0; round < 12; round++) {
      newOwner();
      Credential of = owner;
      List<Session> sessions = List.of(live(), live(), live(), live());
      boolean deleted = round % 2 == 0;
      Concurrently.<Object>call(
          List.of(
              () -> db.tokens.revoke(of.account(), sessions.get(0).id(), EndReason.LOGOUT, soon()),
              () -> db.tokens.revoke(of.account(), sessions.get(1).id(), EndReason.LOGOUT, soon()),
              () -> db.tokens.revokeAll(of.account(), EndReason.LOGOUT_ALL, soon()),
              () ->
                  db.profiles.changeRoles(
                      of.account(), Set.of("admin"), Set.of(), OperationId.random(), soon()),
              () -> {
                db.tokens.touch(sessions.get(2), soon());
                return db.tokens.removeExpired(100, soon());
              },
              () ->
                  db.credentials.changePassword(
                      of.account(), of.version(), hash("new"), OperationId.random(), soon()),
              () ->
                  deleted
                      ? db.credentials.delete(of.account(), soon())
                      : db.credentials.changeStatus(
                          of.account(), AccountStatus.DISABLED, OperationId.random(), soon())));

      sessions.forEach(session -> assertThat(find(session)).isEmpty());
    }
  }

  private List<String> records(Session... of) throws SQLException {
    List<String> records = new ArrayList<>();
    for (Session each : of) {
      records.addAll(
          db.query("SELECT reason FROM {ended_sessions} WHERE id = ?", each.id().value()));
    }
    return records;
  }

  @Test
  void anEndedSessionLeavesARecordWithTheReason() throws SQLException {
    Session session = live();

    db.tokens.revoke(owner.account(), session.id(), EndReason.REUSE, soon());

    assertThat(
            db.query(
                "SELECT concat_ws(' ', account_id, kind, reason, created_at = ?::timestamptz,"
                    + " now() - ended_at < interval '1 minute')"
                    + " FROM {ended_sessions} WHERE id = ?",
                session.createdAt().toString(),
                session.id().value()))
        .containsExactly(owner.account().value() + " cookie reuse t t");
  }

  @Test
  void eachWayToEndSessionsHasItsReason() throws SQLException {
    Session oldest = live();
    Session second = live();
    Session third = live();
    Session byHand = live();
    Session newest = session(owner);

    assertThat(ends(newest, 4)).isOne();
    db.tokens.revoke(owner.account(), second.id(), EndReason.LOGOUT, soon());
    db.sql("DELETE FROM {sessions} WHERE id = ?", byHand.id().value());
    db.tokens.revokeAll(owner.account(), EndReason.LOGOUT_ALL, soon());

    assertThat(records(oldest, second, byHand, third, newest))
        .containsExactly("limit", "logout", "other", "logout_all", "logout_all");
  }

  @Test
  void aChangeThatEndsAllSessionsSaysWhy() throws SQLException {
    Session before = live();
    Session expired = live();
    shift(expired, "idle_end", "-1 hour");
    db.credentials.changePassword(
        owner.account(), owner.version(), hash("next"), OperationId.random(), soon());
    owner = db.find(owner);
    Session then = live();
    db.credentials.changeStatus(
        owner.account(), AccountStatus.DISABLED, OperationId.random(), soon());
    db.credentials.changeStatus(
        owner.account(), AccountStatus.ACTIVE, OperationId.random(), soon());
    owner = db.find(owner);
    Session later = live();
    db.credentials.setPassword(owner.account(), hash("set"), OperationId.random(), soon());
    owner = db.find(owner);
    Session last = live();
    db.sql("UPDATE {accounts} SET epoch = 0 WHERE id = ?", id(owner));

    assertThat(records(before, then, later, last))
        .containsExactly("password_change", "admin", "password_change", "other");
    assertThat(records(expired)).isEmpty();
  }

  @Test
  void recordsAreListedForADayWithWhatExpired() throws SQLException {
    Session byHand = live();
    db.sql("DELETE FROM {sessions} WHERE id = ?", byHand.id().value());
    Session old = live();
    db.tokens.revoke(owner.account(), old.id(), EndReason.LOGOUT, soon());
    db.sql(
        "UPDATE {ended_sessions} SET ended_at = now() - interval '25 hours' WHERE id = ?",
        old.id().value());
    Session replaced = live();
    db.credentials.changePassword(
        owner.account(), owner.version(), hash("next"), OperationId.random(), soon());
    owner = db.find(owner);
    shift(replaced, "idle_end", "-1 hour");
    Session forgotten = live();
    db.sql("UPDATE {accounts} SET epoch = 0 WHERE id = ?", id(owner));
    owner = db.find(owner);
    db.sql("DELETE FROM {ended_sessions} WHERE id = ?", forgotten.id().value());
    shift(forgotten, "idle_end", "-1 hour");
    Session expired = live();
    shift(expired, "idle_end", "-1 hour");
    live();

    List<EndedSession> ended = db.tokens.listEnded(owner.account(), soon());

    assertThat(ended)
        .extracting(EndedSession::id, EndedSession::reason)
        .containsExactlyInAnyOrder(
            tuple(expired.id(), EndReason.EXPIRED),
            tuple(byHand.id(), EndReason.OTHER),
            tuple(replaced.id(), EndReason.PASSWORD_CHANGE));
    assertThat(ended.get(2).id()).isEqualTo(expired.id());
    assertThat(Duration.between(ended.get(2).endedAt(), ended.get(0).endedAt()))
        .isGreaterThan(Duration.ofMinutes(20));
    db.tokens.removeExpired(1000, soon());
  }

  @Test
  void anotherHashOfThePasswordEndsAndRecordsNothing() throws SQLException {
    Session session = live();

    db.credentials.rehash(
        owner.account(), owner.version(), hash("again"), OperationId.random(), soon());

    assertThat(find(session)).isPresent();
    assertThat(records(session)).isEmpty();
  }

  @Test
  void aReasonIsThatOfItsTransactionOnly() throws SQLException {
    Session first = live();
    Session second = live();
    Session third = live();
    try (Connection administrator = db.admin()) {
      String delete = "DELETE FROM {sessions} WHERE id = ?";
      String reason = "SELECT set_config('doorward.end_reason', ?, true)";
      administrator.setAutoCommit(false);
      db.query(administrator, reason, "admin");
      db.sql(administrator, delete, first.id().value());
      administrator.commit();
      db.sql(administrator, delete, second.id().value());
      administrator.commit();
      db.query(administrator, reason, "Not a Reason");
      db.sql(administrator, delete, third.id().value());
      administrator.commit();
    }

    assertThat(records(first, second, third)).containsExactly("admin", "other", "other");
  }

  @Test
  void whatWasOverLeavesNoRecord() throws SQLException {
    Session longOver = live();
    shift(longOver, "idle_end", "-32 minutes");
    Session removed = live();
    shift(removed, "idle_end", "-2 hours");
    Session ofAnAccount = live();

    db.tokens.revoke(owner.account(), longOver.id(), EndReason.LOGOUT, soon());
    db.tokens.removeExpired(1000, soon());
    db.credentials.delete(owner.account(), soon());

    assertThat(db.query("SELECT id FROM {sessions} WHERE account_id = ?", id(owner))).isEmpty();
    assertThat(records(longOver, removed, ofAnAccount)).isEmpty();
  }

  @Test
  void recordsGoWithTheirAccount() throws SQLException {
    Session session = live();
    db.tokens.revoke(owner.account(), session.id(), EndReason.LOGOUT, soon());
    assertThat(records(session)).hasSize(1);

    db.sql("DELETE FROM {accounts} WHERE id = ?", id(owner));

    assertThat(records(session)).isEmpty();
  }

  @Test
  void recordsAreKeptForADayAndRemovedInBatchesWithWhatExpired() throws SQLException {
    db.sql("DELETE FROM {sessions}");
    db.sql("DELETE FROM {ended_sessions}");
    for (int i = 0; i < 6; i++) {
      live();
    }
    db.tokens.revokeAll(owner.account(), EndReason.LOGOUT_ALL, soon());
    db.sql("UPDATE {ended_sessions} SET ended_at = now() - interval '23 hours'");
    db.sql(
        "UPDATE {ended_sessions} SET ended_at = now() - interval '25 hours' WHERE id IN"
            + " (SELECT id FROM {ended_sessions} LIMIT 5)");
    shift(live(), "idle_end", "-1 hour");

    assertThat(db.tokens.removeExpired(3, soon())).isEqualTo(3);
    assertThat(db.query("SELECT id FROM {sessions}")).isEmpty();
    assertThat(db.query("SELECT id FROM {ended_sessions}")).hasSize(4);
    assertThat(db.tokens.removeExpired(4, soon())).isEqualTo(3);
    assertThat(db.tokens.removeExpired(4, soon())).isZero();
    assertThat(db.query("SELECT id FROM {ended_sessions}")).hasSize(1);
  }

  private static void assertNewer(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            StoreException.class,
            e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.NEWER_FORMAT))
        .hasMessageContaining("a newer version stored it");
  }

  private Session ofAnUnknownKind() throws SQLException {
    Session session = live();
    db.sql("UPDATE {sessions} SET kind = 'voyage' WHERE id = ?", session.id().value());
    return session;
  }

  @Test
  void aSessionOfAnUnknownKindIsNeitherThereNorAbsent() throws SQLException {
    Session unknown = ofAnUnknownKind();
    Session known = live();

    assertNewer(() -> find(unknown));
    assertNewer(() -> db.tokens.list(owner.account(), soon()));
    assertThat(find(known)).isPresent();
    db.tokens.touch(unknown, soon());
    assertNewer(() -> find(unknown));
    assertNewer(() -> rotate(unknown, 7));
    assertThat(db.query("SELECT generation FROM {sessions} WHERE id = ?", unknown.id().value()))
        .containsExactly("0");
  }

  @Test
  void aSessionOfAnUnknownKindCanBeEndedAndTakesNoPlace() throws SQLException {
    Session one = ofAnUnknownKind();
    Session two = ofAnUnknownKind();
    assertThat(ends(session(owner), 1)).isZero();
    assertThat(db.tokens.revoke(owner.account(), one.id(), EndReason.ADMIN, soon()).ended())
        .isOne();
    assertThat(find(one)).isEmpty();
    assertThat(db.tokens.revokeAll(owner.account(), EndReason.LOGOUT_ALL, soon()).ended())
        .isEqualTo(2);
    assertThat(find(two)).isEmpty();
  }

  @Test
  void apiKeysTakeNoPlaceAndStayWhereAllSessionsEnd() {
    Session plain = session(owner);
    Session key =
        Session.builder(
                plain.account(),
                SessionKind.API_KEY,
                db.user(owner).keyEpoch(),
                plain.createdAt().minusSeconds(60),
                plain.absoluteEnd(),
                plain.idleTimeout())
            .build();
    db.tokens.create(key, soon());
    Session opened = session(owner);
    assertThat(ends(opened, 1)).isZero();

    assertThat(db.tokens.revokeOthers(opened, EndReason.LOGOUT_ALL, soon()).ended()).isZero();
    assertThat(db.tokens.revokeAll(owner.account(), EndReason.LOGOUT_ALL, soon()).ended()).isOne();

    assertThat(find(opened)).isEmpty();
    assertThat(find(key).orElseThrow().session()).isEqualTo(key);
    assertThat(db.tokens.revoke(owner.account(), key.id(), EndReason.ADMIN, soon()).ended())
        .isOne();
    assertThat(find(key)).isEmpty();
  }

  /** Stores a session, and returns how many it ended. */
  private int ends(Session session, int most) {
    SessionLimits limits = SessionLimits.defaults().withPerAccount(most);
    return ((SessionCreation.Created) db.tokens.create(session, limits, soon())).ended().ended();
  }

  @Test
  void fiftyRacersOverThreePoolsHaveOneSuccessor() throws Exception {
    try (PostgresPool second = PostgresPool.builder(db.url).maximumSize(17).open();
        PostgresPool third = PostgresPool.builder(db.url).maximumSize(17).open()) {
      List<JdbcTokenStore> stores = new ArrayList<>(List.of(db.tokens));
      for (PostgresPool pool : List.of(second, third)) {
        JdbcTokenStore store = JdbcStores.of(pool.dataSource(), db.schema).tokenStore();
        assertThat(store.list(owner.account(), soon())).isEmpty();
        stores.add(store);
      }
      for (int round = 0; round < 5; round++) {
        Session session = live();
        shift(session, "rotated_at", "-1 hour");
        AtomicInteger turn = new AtomicInteger();

        List<RotationResult> results =
            Fixture.together(
                50,
                () -> stores.get(turn.getAndIncrement() % 3).rotate(rotation(session, 0), soon()));

        Session present = find(session).orElseThrow().session();
        assertThat(present.generation()).isOne();
        assertThat(results).allMatch(result -> rotated(result).equals(present));
        assertThat(results)
            .extracting(result -> ((RotationResult.Present) result).step())
            .containsOnlyOnce(Step.ADVANCE)
            .containsOnly(Step.ADVANCE, Step.KEEP);
      }
    }
  }

  /**
   * The row's lock decides: who waits for it sees what was written meanwhile, or that it is gone.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "UPDATE {sessions} SET generation = generation + 1, rotated_at = now() WHERE id = ?",
        "DELETE FROM {sessions} WHERE id = ?"
      })
  void aRotationThatWaitedSeesWhatHappenedMeanwhile(String change) throws Exception {
    Session session = live();
    shift(session, "rotated_at", "-1 hour");
    try (Connection another = db.admin()) {
      another.setAutoCommit(false);
      db.sql(another, change, session.id().value());
      CompletableFuture<RotationResult> waiting = Concurrently.begin(() -> rotate(session, 0));
      awaitALock();
      another.commit();

      RotationResult result = waiting.get(30, TimeUnit.SECONDS);

      if (find(session).isEmpty()) {
        assertThat(result).isEqualTo(new RotationResult.Over());
      } else {
        assertThat(result)
            .isInstanceOfSatisfying(
                RotationResult.Present.class,
                present -> assertThat(present.step()).isEqualTo(Step.KEEP));
        assertThat(rotated(result).generation()).isOne();
      }
    }
  }

  private static void awaitALock() {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () ->
                !db.query(
                        "SELECT pid::text FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                            + " AND datname = current_database()")
                    .isEmpty());
  }

  /** Also where another one holds its account and profile, as a revocation does. */
  @Test
  void aRotationWaitsForNothingButItsRow() throws Exception {
    Session session = live();
    shift(session, "rotated_at", "-1 hour");
    try (Connection another = db.admin()) {
      another.setAutoCommit(false);
      for (String table : List.of("accounts WHERE id", "user_profiles WHERE account_id")) {
        String[] parts = table.split(" ", 2);
        db.query(
            another, "SELECT 1 FROM {" + parts[0] + "} " + parts[1] + " = ? FOR UPDATE", id(owner));
      }

      assertThat(rotated(rotate(session, 0)).generation()).isOne();

      another.rollback();
    }
  }

  @Test
  void aRotationIsOneStatementAndTellsNobody() throws SQLException {
    List<String> calls = new CopyOnWriteArrayList<>();
    Session session = live();
    shift(session, "rotated_at", "-1 hour");
    db.clearOutbox();
    UserRecord before = db.user(owner);
    try (PostgresPool pool = PostgresPool.builder(db.url).maximumSize(1).open()) {
      JdbcTokenStore store =
          JdbcStores.of(FaultsIT.connections(pool.dataSource(), calls::add), db.schema)
              .tokenStore();
      assertThat(store.find(session.account(), session.id(), soon())).isPresent();
      for (int generation : new int[] {0, 0, 1, 5, 3}) {
        calls.clear();

        store.rotate(rotation(session, generation), soon());

        assertThat(calls).as("generation %s", generation).containsOnlyOnce("prepareStatement");
        assertThat(calls).doesNotContain("createStatement", "commit");
      }
    }
    assertThat(find(session).orElseThrow().session().generation()).isEqualTo(5);
    assertThat(db.user(owner)).isEqualTo(before);
    assertThat(undoneFloors()).isEmpty();
  }

  @Test
  void aRotationThatWritesNothingLeavesTheRowAndItsLock() throws SQLException {
    Session session = live();
    shift(session, "rotated_at", "-30 seconds");
    String row = "SELECT xmin::text || xmax::text || ctid FROM {sessions} WHERE id = ?";
    db.sql("UPDATE {sessions} SET generation = 4 WHERE id = ?", session.id().value());
    List<String> before = db.query(row, session.id().value());

    for (int generation = 0; generation <= 4; generation++) {
      rotate(session, generation);
    }

    assertThat(db.query(row, session.id().value())).isEqualTo(before);
    try (Connection another = db.admin()) {
      another.setAutoCommit(false);
      db.query(another, "SELECT 1 FROM {sessions} WHERE id = ? FOR UPDATE", session.id().value());
      assertThat(rotate(session, 3)).isEqualTo(new RotationResult.Late());
      another.rollback();
    }
  }

  @Test
  void aTouchIsTheLastUse() throws SQLException {
    Session session = live();
    shift(session, "last_used_at", "-10 minutes");
    Instant before = find(session).orElseThrow().session().lastUsedAt();

    db.tokens.touch(session, soon());

    Session touched = find(session).orElseThrow().session();
    assertThat(touched.lastUsedAt()).isAfter(before.plus(Duration.ofMinutes(9)));
    assertThat(touched).isEqualTo(session.toBuilder().lastUsedAt(touched.lastUsedAt()).build());
  }

  @Test
  void theNewestSessionIsListedFirst() {
    Session first = live();
    Session second = live();
    assertThat(db.tokens.list(owner.account(), soon())).containsExactly(second, first);
    assertThat(db.tokens.list(AccountId.random(), soon())).isEmpty();
  }

  @Test
  void anIdIsUsedOnce() {
    Session session = live();
    assertThatThrownBy(() -> db.tokens.create(session, soon()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageNotContaining(session.id().value());
  }

  @Test
  void nobodyHasNoSession() throws SQLException {
    Session session = session(owner);
    db.sql("DELETE FROM {accounts} WHERE id = ?", UUID.fromString(owner.account().value()));
    assertThat(db.tokens.create(session, soon())).isEmpty();
    assertThat(find(session)).isEmpty();
    db.tokens.fenceUser(owner.account(), 7, soon());
  }

  @Test
  void whatIsOverIsRemovedInBatches() throws SQLException {
    db.sql("DELETE FROM {sessions}");
    Session stays = live();
    for (int i = 0; i < 5; i++) {
      shift(live(), "idle_end", "-1 hour");
    }
    assertThat(db.tokens.removeExpired(3, soon())).isEqualTo(3);
    assertThat(db.tokens.removeExpired(3, soon())).isEqualTo(2);
    assertThat(db.tokens.removeExpired(3, soon())).isZero();
    assertThat(find(stays)).isPresent();
  }

  @Test
  void oneNodeCleansUpAtATime() throws SQLException {
    shift(live(), "idle_end", "-1 hour");
    try (Connection another = db.admin()) {
      another.setAutoCommit(false);
      db.query(another, "SELECT pg_advisory_xact_lock(hashtextextended('{sessions}', 0))::text");

      assertThat(db.tokens.removeExpired(10, soon())).isZero();
      another.rollback();
    }
    assertThat(db.tokens.removeExpired(10, soon())).isPositive();
  }

  @Test
  void instantsThatCannotBeStoredAreRefused() {
    assertThatThrownBy(
            () ->
                db.tokens.create(
                    session(owner, Duration.ofDays(40_000), Duration.ofHours(1)), soon()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("idleTimeout must be at most");
    Instant start = session(owner).createdAt();
    assertThatThrownBy(
            () ->
                db.tokens.create(
                    Session.builder(
                            owner.account(),
                            SessionKind.COOKIE,
                            owner.epoch(),
                            start,
                            Instant.MAX,
                            Duration.ofHours(1))
                        .build(),
                    soon()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1970 to 9999");
  }
}
