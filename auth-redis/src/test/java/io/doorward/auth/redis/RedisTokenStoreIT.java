package io.doorward.auth.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.account.Epoch;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.ServiceEvent;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.redis.client.TestRedis;
import io.doorward.auth.session.EndedSession.EndReason;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionCreation;
import io.doorward.auth.session.SessionKind;
import io.doorward.auth.session.SessionLimits;
import io.doorward.auth.session.SessionLimits.WhenFull;
import io.doorward.auth.session.TokenStore.LiveSession;
import io.doorward.auth.session.TokenStore.Rotation;
import io.doorward.auth.session.TokenStore.Rotation.Step;
import io.doorward.auth.session.TokenStore.RotationResult;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.params.SetParams;

class RedisTokenStoreIT {
  private static final AccountId ADA = new AccountId("ada-account");
  private static final AccountId EVE = new AccountId("eve-account");
  private static final Duration IDLE = Duration.ofMinutes(30);
  private static final Duration ABSOLUTE = Duration.ofHours(12);

  private final KeyRing keys = KeyRing.ephemeral();
  private final TestClock clock = new TestClock();
  private final MemoryProfiles profiles = new MemoryProfiles();
  private final List<AuthEvent> events = new CopyOnWriteArrayList<>();
  private BoundedRedisClient client;
  private Jedis admin;
  private RedisTokenStore store;

  @BeforeEach
  void open() {
    connect(TestRedis.shared());
    admin.flushAll();
    profiles.put(ADA, 1, 1, "reader");
    profiles.put(EVE, 2, 1, "admin");
  }

  @AfterEach
  void close() {
    admin.close();
    client.close();
  }

  private void connect(TestRedis to) {
    client = to.client();
    admin = to.admin();
    store = storeOf(clock);
  }

  private RedisTokenStore storeOf(InstantSource time) {
    return RedisStores.builder(client, keys)
        .clock(time)
        .listener(events::add)
        .build()
        .tokenStore(profiles)
        .build();
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(5));
  }

  private Session session(AccountId account, long epoch) {
    return session(account, epoch, IDLE, ABSOLUTE);
  }

  private Session session(AccountId account, long epoch, Duration idle, Duration absolute) {
    return Session.builder(
            account,
            SessionKind.COOKIE,
            MemoryProfiles.epoch(epoch),
            clock.instant(),
            clock.instant().plus(absolute),
            idle)
        .amr(Set.of("pwd"))
        .device(Optional.of("Firefox on Linux"))
        .attributes(Map.of("tenant", "blue", "plan", ""))
        .build();
  }

  private Session created(AccountId account) {
    Session session = session(account, 1);
    assertThat(store.create(session, soon())).isPresent();
    return session;
  }

  private Optional<LiveSession> find(Session session) {
    return store.find(session.account(), session.id(), soon());
  }

  private static byte[] key(AccountId account, String suffix) {
    return ("doorward:{" + account.value() + "}:" + suffix).getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] key(Session session) {
    return key(session.account(), "session:" + session.id().value());
  }

  @Test
  void aSessionIsFoundAsItWasCreated() {
    Session session = session(ADA, 1);

    assertThat(store.create(session, soon()))
        .contains(
            new UserRecord(
                ADA,
                Set.of("reader"),
                1,
                "tag-1",
                MemoryProfiles.epoch(1),
                MemoryProfiles.epoch(1)));

    LiveSession live = find(session).orElseThrow();
    assertThat(live.session()).isEqualTo(session);
    assertThat(live.user().roles()).containsExactly("reader");
    assertThat(live.idleLeft()).isBetween(IDLE.minusSeconds(5), IDLE);
    assertThat(find(session(ADA, 1))).isEmpty();
  }

  @Test
  void findIsOneTripAndWritesNothing() {
    Session session = created(ADA);
    find(session);
    int loads = profiles.loads.get();
    admin.configResetStat();

    assertThat(find(session)).isPresent();

    String stats = admin.info("commandstats");
    assertThat(stats).contains("cmdstat_getrange:calls=2,");
    assertThat(stats)
        .doesNotContain(
            "cmdstat_eval", "cmdstat_set:", "cmdstat_pexpire", "cmdstat_zadd", "cmdstat_del");
    assertThat(profiles.loads).hasValue(loads);
  }

  @Test
  void noRequestWalksTheKeySpace() {
    admin.configResetStat();
    Session session = created(ADA);
    find(session);
    store.touch(session, soon());
    store.list(ADA, soon());
    store.revoke(ADA, session.id(), EndReason.LOGOUT, soon());
    store.revokeAll(ADA, EndReason.LOGOUT_ALL, soon());
    store.fenceUser(ADA, 1, soon());
    store.removeExpired(10, soon());

    assertThat(admin.info("commandstats")).doesNotContain("cmdstat_keys", "cmdstat_scan");
  }

  @Test
  void nothingIsCreatedForAnAccountThatIsGone() {
    profiles.remove(ADA);

    assertThat(store.create(session(ADA, 1), soon())).isEmpty();
    assertThat(admin.keys("*session*")).isEmpty();
  }

  @Test
  void nothingIsCreatedByAReplacedCredential() {
    profiles.put(ADA, 3, 7, "reader");

    assertThat(store.create(session(ADA, 6), soon())).isEmpty();
    assertThat(admin.keys("*session*")).isEmpty();
    assertThat(store.create(session(ADA, 7), soon())).isPresent();
  }

  @Test
  void aChangeBetweenReadingTheUserAndStoringTheSessionIsNoticed() {
    AtomicInteger reads = new AtomicInteger();
    profiles.afterRead =
        () -> {
          if (reads.getAndIncrement() == 0) {
            // The password changes after the old record was read.
            profiles.put(ADA, 5, 9, "reader");
            store.fenceUser(ADA, 5, soon());
          }
        };

    assertThat(store.create(session(ADA, 1), soon())).isEmpty();
    assertThat(admin.keys("*session*")).isEmpty();
    // Once to judge by, once to judge again, once so that no refusal is on the word of Redis.
    assertThat(reads).hasValue(3);
    assertThat(profiles.outgrown).as("a race is no lost history").hasValue(0);
  }

  @Test
  void aChangeThatRedisWasNotToldOfOpensItsSessionAllTheSame() {
    Session old = created(ADA);
    profiles.put(ADA, 5, 9, "reader");

    Session session = session(ADA, 9);
    assertThat(store.create(session, soon())).isPresent();

    assertThat(find(session)).isPresent();
    assertThat(find(old)).isEmpty();
  }

  @Test
  void aSessionOfAnEpochThatSharesOnlyTheNumberIsOver() {
    Session session = created(ADA);
    Epoch replayed = new Epoch(session.epoch().number(), "replayed");
    profiles.put(new UserRecord(ADA, Set.of("reader"), 2, "tag-2", replayed, replayed));
    store.fenceUser(ADA, 2, soon());

    assertThat(find(session)).isEmpty();
    assertThat(store.list(ADA, soon())).isEmpty();
  }

  @Test
  void aChangeThatOnlyRedisKnowsIsAnOutageNotARefusal() {
    profiles.put(ADA, 9, 9, "reader");
    assertThat(store.create(session(ADA, 9), soon())).isPresent();
    // The database fails over to a replica that lacks the last change.
    profiles.put(ADA, 3, 4, "reader");

    Session session = session(ADA, 4);
    assertThatThrownBy(() -> store.create(session, soon()))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.REFUSED))
        .hasMessageContaining("invalidateCredential");
    assertThat(find(session)).isEmpty();

    admin.flushAll();
    assertThat(store.create(session, soon())).isPresent();
  }

  @Test
  void afterALostHistoryTheOwnerGetsInAndWhatItOpenedIsOver() {
    profiles.put(ADA, 9, 9, "reader");
    Session lost = session(ADA, 9);
    assertThat(store.create(lost, soon())).isPresent();
    // The database fails over to a replica that lacks the last change, and begins an era.
    profiles.put(ADA, 3, 4, "reader");
    profiles.eraBegan = 100;

    Session session = session(ADA, 4);
    assertThat(store.create(session, soon())).get().returns(100L, UserRecord::version);

    assertThat(find(session)).isPresent();
    assertThat(find(lost)).isEmpty();
    assertThat(store.create(session(ADA, 4), soon())).isPresent();
    assertThat(profiles.outgrown).hasValue(1);
  }

  @Test
  void aFloorOfALostHistoryIsOutgrownByACheckToo() {
    Session session = created(ADA);
    store.fenceUser(ADA, 50, soon());
    profiles.eraBegan = 100;

    assertThat(find(session)).isPresent();
    profiles.loads.set(0);
    assertThat(find(session)).isPresent();

    assertThat(profiles.loads).as("it is stored").hasValue(0);
    assertThat(profiles.outgrown).hasValue(1);
  }

  @Test
  void aNumberOfThePresentEraIsNotOutgrown() {
    profiles.eraBegan = 100;
    profiles.put(ADA, 100, 1, "reader");
    Session session = created(ADA);
    store.fenceUser(ADA, 101, soon());

    assertThat(find(session)).isPresent();
    assertThat(profiles.outgrown).hasValue(0);
  }

  @Test
  void aUserThatKeepsChangingIsAnOutageNotARefusal() {
    AtomicInteger version = new AtomicInteger(10);
    profiles.afterRead = () -> store.fenceUser(ADA, version.incrementAndGet(), soon());

    assertThatThrownBy(() -> store.create(session(ADA, 1), soon()))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.REFUSED));
    assertThat(admin.keys("*session*")).isEmpty();
  }

  @Test
  void aLateOldReadCannotBringOldRolesBack() {
    Session session = created(ADA);
    admin.del(key(ADA, "user"));
    AtomicInteger reads = new AtomicInteger();
    profiles.afterRead =
        () -> {
          if (reads.getAndIncrement() == 0) {
            profiles.put(ADA, 5, 1, "nobody");
            store.fenceUser(ADA, 5, soon());
          }
        };
    find(session);

    assertThat(find(session).orElseThrow().user().roles()).containsExactly("nobody");
  }

  @Test
  void aRoleChangeIsSeenByTheNextFindAfterItsFence() {
    Session session = created(ADA);
    profiles.put(ADA, 4, 1, "reader", "writer");
    assertThat(find(session).orElseThrow().user().roles()).containsExactly("reader");

    store.fenceUser(ADA, 4, soon());

    assertThat(find(session).orElseThrow().user().roles()).contains("writer");
    store.fenceUser(ADA, 4, soon());
    store.fenceUser(ADA, 2, soon());
    assertThat(find(session).orElseThrow().user().version()).isEqualTo(4);
  }

  @Test
  void aRaisedMinimumEndsOlderSessions() {
    Session session = created(ADA);
    Session other = created(EVE);
    profiles.put(ADA, 4, 2, "reader");
    store.fenceUser(ADA, 4, soon());

    assertThat(find(session)).isEmpty();
    assertThat(store.list(ADA, soon())).isEmpty();
    assertThat(find(other)).isPresent();
  }

  @Test
  void anAbsentUserRecordIsReadFromTheDatabaseNotPassed() {
    Session session = created(ADA);
    admin.del(key(ADA, "user"));
    profiles.put(ADA, 6, 2, "reader");
    assertThat(find(session)).isEmpty();

    profiles.broken = true;
    admin.del(key(ADA, "user"));
    assertThatThrownBy(() -> find(session)).isInstanceOf(StoreException.class);
  }

  @Test
  void anAccountThatIsGoneHasNoSession() {
    Session session = created(ADA);
    profiles.remove(ADA);
    store.fenceUser(ADA, 9, soon());

    assertThat(find(session)).isEmpty();
    assertThat(store.list(ADA, soon())).isEmpty();
  }

  @Test
  void anOldUserRecordIsReadAnew() {
    Session session = session(ADA, 1, ABSOLUTE, ABSOLUTE);
    store.create(session, soon());
    profiles.put(ADA, 6, 1, "writer");
    clock.advance(Duration.ofMinutes(9));
    assertThat(find(session).orElseThrow().user().roles()).containsExactly("reader");

    clock.advance(Duration.ofMinutes(2));

    assertThat(find(session).orElseThrow().user().roles()).containsExactly("writer");
  }

  @Test
  void anOldUserRecordStillServesWhileTheDatabaseIsDownButNotPastItsEnd() {
    Session session = session(ADA, 1, ABSOLUTE, ABSOLUTE);
    store.create(session, soon());
    profiles.broken = true;
    int loads = profiles.loads.get();
    clock.advance(Duration.ofMinutes(20));

    assertThat(find(session)).isPresent();
    assertThat(find(session)).isPresent();

    assertThat(events)
        .containsExactly(
            new ServiceEvent.BackendFailed(Part.PROFILE_STORE, StoreException.Kind.UNREACHABLE));
    assertThat(profiles.loads).hasValue(loads + 1);
    clock.advance(Duration.ofMinutes(50));
    assertThatThrownBy(() -> find(session)).isInstanceOf(StoreException.class);
  }

  @Test
  void anAccountFoundGoneWhenReadAnewIsGoneForEverybody() {
    Session session = session(ADA, 1, ABSOLUTE, ABSOLUTE);
    store.create(session, soon());
    profiles.remove(ADA);
    clock.advance(Duration.ofMinutes(11));

    assertThat(find(session)).isEmpty();
    assertThat(find(session)).isEmpty();
  }

  @Test
  void anAccountFoundGoneIsGoneAlsoWhereRedisIsLostMeanwhile() {
    close();
    TestRedis server = TestRedis.start();
    try {
      connect(server);
      Session session = session(ADA, 1, ABSOLUTE, ABSOLUTE);
      store.create(session, soon());
      profiles.remove(ADA);
      clock.advance(Duration.ofMinutes(11));
      profiles.afterRead = server::stop;

      assertThat(find(session)).isEmpty();
      assertThat(events)
          .anySatisfy(
              event ->
                  assertThat(event)
                      .isInstanceOfSatisfying(
                          ServiceEvent.BackendFailed.class,
                          failed -> assertThat(failed.backend()).isEqualTo(Part.TOKEN_STORE)));
    } finally {
      server.stop();
    }
  }

  @Test
  void aRevokedSessionIsGoneAndOthersStay() {
    Session session = created(ADA);
    Session other = created(ADA);

    assertThat(store.revoke(ADA, session.id(), EndReason.LOGOUT, soon()).ended()).isOne();
    assertThat(store.revoke(ADA, session.id(), EndReason.LOGOUT, soon()).ended()).isZero();

    assertThat(find(session)).isEmpty();
    assertThat(find(other)).isPresent();
    assertThat(store.list(ADA, soon())).containsExactly(other);
  }

  @Test
  void accountsCannotReachEachOthersSessions() {
    Session session = created(ADA);
    created(EVE);

    assertThat(store.find(EVE, session.id(), soon())).isEmpty();
    assertThat(store.revoke(EVE, session.id(), EndReason.LOGOUT, soon()).ended()).isZero();
    assertThat(store.revokeAll(EVE, EndReason.LOGOUT_ALL, soon()).ended()).isEqualTo(1);
    assertThat(find(session)).isPresent();
    assertThat(store.list(EVE, soon())).isEmpty();
  }

  @Test
  void revokeAllEndsEverySession() {
    List<Session> sessions = List.of(created(ADA), created(ADA), created(ADA));

    assertThat(store.revokeAll(ADA, EndReason.LOGOUT_ALL, soon()).ended()).isEqualTo(3);
    assertThat(store.revokeAll(ADA, EndReason.LOGOUT_ALL, soon()).ended()).isZero();

    assertThat(sessions).allSatisfy(session -> assertThat(find(session)).isEmpty());
    Session later = created(ADA);
    assertThat(find(later)).isPresent();
  }

  @Test
  void revokeAllOfManyEndsThemInStepsAndCountsThem() {
    int many = 2_500;
    plantSessions(many);
    Session session = created(ADA);
    admin.configResetStat();

    assertThat(store.revokeAll(ADA, EndReason.LOGOUT_ALL, soon()).ended()).isEqualTo(many + 1);

    assertThat(admin.info("commandstats")).contains("cmdstat_evalsha:calls=3,");
    assertThat(admin.keys("*session*")).isEmpty();
    assertThat(find(session)).isEmpty();
  }

  @Test
  void allOthersOfManyEndInStepsWhereverTheKeptOneStands() {
    for (int place : List.of(0, 1_700, 2_500)) {
      Session kept = created(ADA);
      admin.zadd(key(ADA, "sessions"), place, bytes(kept.id().value()));
      plantSessions(2_500);

      assertThat(store.revokeOthers(kept, EndReason.LOGOUT_ALL, soon()).ended()).isEqualTo(2_500);

      assertThat(store.list(ADA, soon())).containsExactly(kept);
      assertThat(store.revokeAll(ADA, EndReason.LOGOUT_ALL, soon()).ended()).isOne();
      assertThat(store.revokeOthers(kept, EndReason.LOGOUT_ALL, soon()).ended()).isZero();
    }
  }

  /** Puts so many sessions there, created at the beginning of time, one after the other. */
  private void plantSessions(int many) {
    try (Pipeline pipeline = admin.pipelined()) {
      for (int i = 0; i < many; i++) {
        pipeline.set(
            key(ADA, "session:planted-" + i), new byte[] {1}, SetParams.setParams().ex(60));
        pipeline.zadd(key(ADA, "sessions"), i, bytes("planted-" + i));
      }
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void aRememberedSessionThatEndsLaterIsNoYoungerForIt() {
    Session remembered = session(ADA, 1, Duration.ofDays(30), Duration.ofDays(30));
    store.create(remembered, soon());
    clock.advance(Duration.ofMinutes(1));
    Session browser = created(ADA);
    clock.advance(Duration.ofMinutes(1));

    assertThat(ends(session(ADA, 1), 2)).isOne();

    assertThat(find(remembered)).isEmpty();
    assertThat(find(browser)).isPresent();
  }

  @Test
  void oneLoginLooksAtABoundedNumberOfSessions() {
    plantSessions(4_000);

    assertThat(ends(session(ADA, 1), 100)).isZero();
    assertThat(admin.zcard(key(ADA, "sessions"))).isEqualTo(4_001 - 3 * 1_100);
    assertThat(store.list(ADA, soon())).hasSize(1);

    assertThat(ends(session(ADA, 1), 100)).isZero();
    assertThat(admin.zcard(key(ADA, "sessions"))).isEqualTo(2);
  }

  @Test
  void whatCouldNotBeLookedAtCounts() {
    plantSessions(5_000);
    SessionLimits limits = SessionLimits.defaults().withPerAccount(1).withWhenFull(WhenFull.REFUSE);

    assertThat(store.create(session(ADA, 1), limits, soon()))
        .isEqualTo(new SessionCreation.Full(1, Optional.empty()));
    assertThat(store.create(session(ADA, 1), limits, soon()))
        .isInstanceOf(SessionCreation.Created.class);
  }

  @ParameterizedTest
  @EnumSource
  void sessionsOfEarlierEpochsGoHoweverManyThereAre(WhenFull whenFull) {
    for (int i = 0; i < 1_100; i++) {
      store.create(session(ADA, 1), SessionLimits.none(), soon());
    }
    profiles.put(ADA, 3, 2, "reader");
    store.fenceUser(ADA, 3, soon());
    SessionLimits limits = SessionLimits.defaults().withPerAccount(2).withWhenFull(whenFull);

    for (int i = 0; i < 2; i++) {
      assertThat(store.create(session(ADA, 2), limits, soon()))
          .isInstanceOf(SessionCreation.Created.class);
    }

    assertThat(admin.zcard(key(ADA, "sessions"))).isEqualTo(2);
    assertThat(admin.keys("*session:*")).hasSize(2);
    SessionCreation third = store.create(session(ADA, 2), limits, soon());
    assertThat(store.list(ADA, soon())).hasSize(2);
    assertThat(third)
        .isInstanceOf(
            whenFull == WhenFull.REFUSE
                ? SessionCreation.Full.class
                : SessionCreation.Created.class);
  }

  @Test
  void aSessionThatIsStoredAgainTakesNoSecondPlace() {
    SessionLimits limits = SessionLimits.defaults().withPerAccount(1).withWhenFull(WhenFull.REFUSE);
    Session session = session(ADA, 1);

    for (int i = 0; i < 2; i++) {
      assertThat(store.create(session, limits, soon())).isInstanceOf(SessionCreation.Created.class);
    }

    assertThat(find(session)).isPresent();
    assertThat(store.create(session(ADA, 1), limits, soon()))
        .isEqualTo(new SessionCreation.Full(1, Optional.empty()));
  }

  /** A rotation and a touch write the session anew: it must keep its place. */
  @Test
  void aRotatedSessionStillTakesItsPlace() {
    SessionLimits limits = SessionLimits.defaults().withPerAccount(1).withWhenFull(WhenFull.REFUSE);
    Session session =
        session(ADA, 1).toBuilder().rotation(0, Instant.EPOCH, Optional.of("key")).build();
    store.create(session, limits, soon());

    store.touch(session, soon());
    Rotation rotation =
        new Rotation(ADA, session.id(), 0, "key", "next", Duration.ZERO, Duration.ZERO);
    assertThat(store.rotate(rotation, soon())).isInstanceOf(RotationResult.Present.class);

    assertThat(store.create(session(ADA, 1), limits, soon()))
        .isEqualTo(new SessionCreation.Full(1, Optional.empty()));
  }

  private int ends(Session session, int most) {
    SessionLimits limits = SessionLimits.defaults().withPerAccount(most);
    return ((SessionCreation.Created) store.create(session, limits, soon())).ended().ended();
  }

  @Test
  void listIsNewestFirst() {
    Session first = created(ADA);
    clock.advance(Duration.ofSeconds(1));
    Session second = created(ADA);

    assertThat(store.list(ADA, soon())).containsExactly(second, first);
  }

  @Test
  void idleTimeIsKeptByTheServer() {
    Session session = session(ADA, 1, Duration.ofSeconds(1), ABSOLUTE);
    store.create(session, soon());
    assertThat(find(session)).isPresent();

    await().atMost(Duration.ofSeconds(5)).until(() -> find(session).isEmpty());

    store.touch(session, soon());
    assertThat(find(session)).isEmpty();
    assertThat(store.list(ADA, soon())).isEmpty();
    assertThat(admin.exists(key(ADA, "sessions"))).isFalse();
  }

  @Test
  void touchStartsIdleTimeAnewButNeverPassesTheAbsoluteEnd() {
    Session session = created(ADA);
    admin.pexpire(key(session), 60_000);

    store.touch(session, soon());
    assertThat(admin.pttl(key(session))).isGreaterThan(IDLE.toMillis() - 5_000);

    clock.advance(ABSOLUTE.minus(Duration.ofMinutes(1)));
    store.touch(session, soon());
    assertThat(admin.pttl(key(session))).isBetween(1L, 60_000L);
  }

  @Test
  void aSessionEndsAtItsAbsoluteEndWhateverRedisSays() {
    Session session = session(ADA, 1, ABSOLUTE, ABSOLUTE);
    store.create(session, soon());
    byte[] genuine = admin.get(key(session));
    admin.pexpire(key(session), ABSOLUTE.multipliedBy(4).toMillis());
    assertThat(find(session).orElseThrow().idleLeft()).isLessThanOrEqualTo(ABSOLUTE);

    clock.advance(ABSOLUTE);
    admin.set(key(session), genuine, SetParams.setParams().ex(3600));

    assertThat(find(session)).isEmpty();
    assertThat(store.list(ADA, soon())).isEmpty();
    store.touch(session, soon());
  }

  /** Puts another idle end into a session, and takes away its TTL. */
  private void stretch(Session session, Instant idleEnd) {
    admin.persist(key(session));
    admin.setrange(key(session), 1, SessionString.wide(idleEnd));
  }

  @Test
  void aSessionThatRedisDoesNotEndIsOverOnceItsIdleEndIsPastTheSkew() {
    Session session = created(ADA);
    admin.persist(key(session));
    clock.advance(IDLE.plusSeconds(60).minusMillis(1));
    assertThat(find(session).orElseThrow().idleLeft()).isEqualTo(Duration.ofMillis(1));
    assertThat(store.list(ADA, soon())).containsExactly(session);

    clock.advance(Duration.ofMillis(1));

    assertThat(find(session)).isEmpty();
    assertThat(store.list(ADA, soon())).isEmpty();
    assertThat(events).isEmpty();
  }

  @Test
  void aTouchByANodeWhoseClockIsBehindEndsNothingEarly() {
    Session session = created(ADA);
    storeOf(() -> clock.instant().minusSeconds(59)).touch(session, soon());

    clock.advance(IDLE.minusMillis(1));

    assertThat(find(session).orElseThrow().idleLeft()).isPositive();
  }

  /** Ends are by the clocks of the nodes, and what Redis counts is a duration. */
  @ParameterizedTest
  @ValueSource(ints = {-36_500, 36_500})
  void theServersClockMayShowAnything(int days) {
    clock.advance(Duration.ofDays(days));
    Session session = created(ADA);
    clock.advance(Duration.ofMinutes(1));
    assertThat(find(session).orElseThrow().idleLeft()).isEqualTo(IDLE.minusMinutes(1));

    store.touch(session, soon());

    assertThat(find(session).orElseThrow().idleLeft()).isEqualTo(IDLE);
  }

  @Test
  void anIdleEndThatWasStretchedGainsTheSealedEndAtMost() {
    Session session = created(ADA);
    stretch(session, Instant.ofEpochMilli(Long.MAX_VALUE));
    assertThat(find(session).orElseThrow().idleLeft()).isEqualTo(IDLE);
    clock.advance(ABSOLUTE.minusMillis(1));
    assertThat(find(session).orElseThrow().idleLeft()).isEqualTo(Duration.ofMillis(1));

    clock.advance(Duration.ofMillis(1));

    assertThat(find(session)).isEmpty();
    assertThat(store.list(ADA, soon())).isEmpty();
    store.touch(session, soon());
    assertThat(find(session)).isEmpty();
  }

  @Test
  void anIdleEndThatWasMovedBackEndsTheSession() {
    Session session = created(ADA);
    stretch(session, Instant.ofEpochMilli(Long.MIN_VALUE));

    assertThat(find(session)).isEmpty();
    assertThat(store.list(ADA, soon())).isEmpty();
  }

  @Test
  void aTouchMovesTheIdleEndAndNothingElse() {
    Session session = created(ADA);
    byte[] before = admin.get(key(session));
    clock.advance(Duration.ofMinutes(7));

    store.touch(session, soon());

    byte[] idleEnd = SessionString.wide(clock.instant().plus(IDLE));
    System.arraycopy(idleEnd, 0, before, 1, idleEnd.length);
    assertThat(admin.get(key(session))).isEqualTo(before);
  }

  @Test
  void aTouchLeavesAloneWhatIsNoSessionOfThisVersion() {
    Session session = created(ADA);
    byte[] other = admin.get(key(session));
    other[0]++;
    admin.set(key(session), other, SetParams.setParams().ex(600));
    store.touch(session, soon());
    assertThat(admin.get(key(session))).isEqualTo(other);
    assertThat(admin.pttl(key(session))).isLessThanOrEqualTo(600_000);

    admin.del(key(session));
    admin.lpush(key(session), other);
    store.touch(session, soon());

    assertThat(admin.type(key(session))).isEqualTo("list");
  }

  private static Rotation rotation(Session of, int generation) {
    return new Rotation(
        of.account(),
        of.id(),
        generation,
        "key-1",
        "key-2",
        Duration.ofSeconds(10),
        Duration.ofSeconds(60));
  }

  private RotationResult rotate(Session session, int generation) {
    return store.rotate(rotation(session, generation), soon());
  }

  private static Session rotated(RotationResult result) {
    return ((RotationResult.Present) result).live().session();
  }

  /** Of generation 0, which began so long ago by the server's clock. */
  private Session createdWhoseGenerationBegan(Duration ago) {
    Session session =
        session(ADA, 1).toBuilder()
            .rotation(0, serverTime().minus(ago), Optional.of("key-0"))
            .build();
    assertThat(store.create(session, soon())).isPresent();
    return session;
  }

  private Instant serverTime() {
    return Instant.ofEpochSecond(Long.parseLong(admin.time().get(0)));
  }

  /** Runs once, between a rotation's read and its write: the user record is read in between. */
  private void betweenReadAndWrite(Runnable what) {
    admin.del(key(ADA, "user"));
    AtomicInteger reads = new AtomicInteger();
    profiles.afterRead =
        () -> {
          if (reads.getAndIncrement() == 0) {
            what.run();
          }
        };
  }

  @Test
  void aRotationIsTwoScriptsAndATokenThatStaysIsOne() {
    Session session = createdWhoseGenerationBegan(Duration.ofHours(1));
    store.touch(session, soon());
    assertThat(rotated(rotate(session, 3)).generation()).isEqualTo(3);
    admin.configResetStat();

    assertThat(rotated(rotate(session, 3)).generation()).isEqualTo(3);
    assertThat(admin.info("commandstats"))
        .contains("cmdstat_evalsha:calls=1,")
        .doesNotContain("cmdstat_set:", "cmdstat_pexpire", "cmdstat_zadd");

    assertThat(rotated(rotate(session, 4)).generation()).isEqualTo(4);
    assertThat(admin.info("commandstats")).contains("cmdstat_evalsha:calls=3,");
  }

  @Test
  void aRevocationBetweenReadAndWriteWins() {
    Session session = createdWhoseGenerationBegan(Duration.ofHours(1));
    betweenReadAndWrite(
        () -> assertThat(store.revokeAll(ADA, EndReason.LOGOUT_ALL, soon()).ended()).isOne());

    assertThat(rotate(session, 0)).isEqualTo(new RotationResult.Over());

    assertThat(find(session)).isEmpty();
    assertThat(admin.keys("*session*")).isEmpty();
  }

  @Test
  void aRotationBetweenReadAndWriteWins() {
    Session session = createdWhoseGenerationBegan(Duration.ofHours(1));
    List<Session> winner = new ArrayList<>();
    betweenReadAndWrite(() -> winner.add(rotated(rotate(session, 0))));

    RotationResult.Present present = (RotationResult.Present) rotate(session, 0);

    assertThat(present.step()).isEqualTo(Step.KEEP);
    assertThat(winner).containsExactly(present.live().session());
    assertThat(find(session).orElseThrow().session()).isEqualTo(winner.get(0));
    assertThat(winner.get(0).generation()).isOne();
  }

  @Test
  void aTouchBetweenReadAndWriteCostsNothing() {
    Session session = createdWhoseGenerationBegan(Duration.ofHours(1));
    betweenReadAndWrite(
        () -> {
          clock.advance(Duration.ofMinutes(1));
          store.touch(session, soon());
          admin.configResetStat();
        });

    assertThat(rotated(rotate(session, 0)).generation()).isOne();

    assertThat(find(session).orElseThrow().idleLeft()).isEqualTo(IDLE);
    assertThat(admin.info("commandstats"))
        .as("the user record is filled, the session replaced")
        .contains("cmdstat_evalsha:calls=2,");
  }

  @Test
  void aChangeOfTheUserBetweenReadAndWriteIsNoticed() {
    Session session = createdWhoseGenerationBegan(Duration.ofHours(1));
    byte[] before = admin.get(key(session));
    betweenReadAndWrite(
        () -> {
          profiles.put(ADA, 5, 9, "reader");
          store.fenceUser(ADA, 5, soon());
        });

    assertThat(rotate(session, 0)).isEqualTo(new RotationResult.Over());
    assertThat(admin.get(key(session))).isEqualTo(before);
  }

  @Test
  void aUserThatKeepsChangingConsumesNoToken() {
    Session session = createdWhoseGenerationBegan(Duration.ofHours(1));
    AtomicInteger version = new AtomicInteger(10);
    store.fenceUser(ADA, 10, soon());
    profiles.afterRead = () -> store.fenceUser(ADA, version.incrementAndGet(), soon());

    assertThatThrownBy(() -> rotate(session, 0))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.REFUSED))
        .hasMessageStartingWith("token store: rotate: ");

    profiles.afterRead = () -> {};
    profiles.put(ADA, version.get(), 1, "reader");
    assertThat(rotated(rotate(session, 0)).generation()).isOne();
  }

  /** Else racers on two nodes would not agree on what is within the grace. */
  @ParameterizedTest
  @ValueSource(ints = {-36_500, -59, 0, 59, 36_500})
  void theServersClockTellsTheAgeOfAGeneration(int seconds) {
    InstantSource time = () -> clock.instant().plusSeconds(seconds);
    store = storeOf(time);
    Session young = createdWhoseGenerationBegan(Duration.ofSeconds(30));
    Session old = createdWhoseGenerationBegan(Duration.ofSeconds(72));

    assertThat(rotated(rotate(young, 0))).isEqualTo(young);
    Session next = rotated(rotate(old, 0));

    assertThat(next.generation()).isOne();
    assertThat(next.rotatedAt())
        .isBetween(serverTime().minusSeconds(5), serverTime().plusSeconds(1));
    assertThat(find(old).orElseThrow().session()).isEqualTo(next);
  }

  @Test
  void aRotationLetsSessionAndIndexLiveOnAsATouchDoes() {
    Session session = createdWhoseGenerationBegan(Duration.ofHours(1));
    admin.pexpire(key(session), 60_000);
    admin.del(key(ADA, "sessions"));
    clock.advance(Duration.ofMinutes(10));

    Session next = rotated(rotate(session, 0));

    assertThat(find(session).orElseThrow().idleLeft()).isEqualTo(IDLE);
    assertThat(admin.pttl(key(session))).isGreaterThan(IDLE.minusMinutes(1).toMillis());
    assertThat(admin.pttl(key(ADA, "sessions"))).isGreaterThan(ABSOLUTE.minusHours(1).toMillis());
    assertThat(store.list(ADA, soon())).containsExactly(next);
    assertThat(store.revokeAll(ADA, EndReason.LOGOUT_ALL, soon()).ended()).isOne();
  }

  @Test
  void aRotationLeavesAloneWhatIsNoSessionOfThisVersion() {
    Session session = createdWhoseGenerationBegan(Duration.ofHours(1));
    byte[] newer = admin.get(key(session));
    newer[0]++;
    admin.set(key(session), newer, SetParams.setParams().ex(600));

    assertThatThrownBy(() -> rotate(session, 0))
        .isInstanceOfSatisfying(
            StoreException.class,
            e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.NEWER_FORMAT));
    assertThat(admin.get(key(session))).isEqualTo(newer);

    admin.del(key(session));
    admin.lpush(key(session), newer);
    assertThat(rotate(session, 0)).isEqualTo(new RotationResult.Over());
    assertThat(admin.type(key(session))).isEqualTo("list");
  }

  /** It stands in clear so that a script can compare it, and not so that anybody can change it. */
  @Test
  void aGenerationThatWasMovedBackIsNoSession() {
    Session session = createdWhoseGenerationBegan(Duration.ofHours(1));
    rotate(session, 0);
    byte[] moved = admin.get(key(session));
    moved[SessionString.HEAD + 2 + Long.BYTES - 1] = 0;
    admin.set(key(session), moved, SetParams.setParams().ex(600));

    assertThat(rotate(session, 0)).isEqualTo(new RotationResult.Over());
    assertThat(find(session)).isEmpty();
    assertThat(events).contains(new ServiceEvent.SealedValueRejected("session"));
  }

  @Test
  void aSessionThatIsOverWhenCreatedIsNotStored() {
    Session session = session(ADA, 1);
    clock.advance(ABSOLUTE);

    assertThat(store.create(session, soon())).isPresent();
    assertThat(admin.exists(key(session))).isFalse();
  }

  @Test
  void movedPlantedAndChangedSessionsAuthenticateNobody() {
    Session mine = created(EVE);
    Session victim = session(ADA, 1);
    byte[] genuine = admin.get(key(mine));
    byte[] changed = genuine.clone();
    changed[changed.length - 1] ^= 1;

    for (byte[] planted :
        List.of(
            genuine, changed, new byte[0], "x".getBytes(StandardCharsets.UTF_8), serialised())) {
      admin.set(key(victim), planted, SetParams.setParams().ex(600));
      assertThat(find(victim)).isEmpty();
    }
    admin.del(key(victim));
    admin.lpush(key(victim), genuine);
    assertThat(find(victim)).isEmpty();
    assertThat(events).hasSize(6).containsOnly(new ServiceEvent.SealedValueRejected("session"));
  }

  /** What would be run by a reader that makes objects of what it finds. */
  private static byte[] serialised() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(new ArrayList<>(List.of("gadget")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  @Test
  void aValueThatIsTooLongToBeOursIsNotRead() {
    Session session = created(ADA);
    byte[] long1 = LongValue.from(admin.get(key(session)));
    byte[] long2 = LongValue.from(admin.get(key(ADA, "user")));
    LongValue.Traffic traffic = LongValue.Traffic.of(admin);

    admin.set(key(ADA, "user"), long2, SetParams.setParams().ex(600));
    assertThat(find(session)).isPresent();
    admin.set(key(session), long1, SetParams.setParams().ex(600));
    assertThat(find(session)).isEmpty();
    assertThat(store.list(ADA, soon())).isEmpty();

    assertThat(traffic.sent()).isLessThan(long1.length);
    assertThat(events).contains(new ServiceEvent.SealedValueRejected("session"));
  }

  @Test
  void anIdThatIsTooLongToBeOursIsForgottenWhereItIsRead() {
    Session session = created(ADA);
    byte[] index = key(ADA, "sessions");
    byte[] prefix = key(ADA, "session:");
    byte[] itsSession = LongValue.id(prefix);
    byte[] planted = Arrays.copyOfRange(itsSession, prefix.length, itsSession.length);
    admin.set(itsSession, admin.get(key(session)), SetParams.setParams().ex(600));
    admin.zadd(index, 1, planted);
    LongValue.Traffic traffic = LongValue.Traffic.of(admin);

    assertThat(store.list(ADA, soon())).containsExactly(session);
    assertThat(admin.zcard(index)).isEqualTo(1);
    admin.zadd(index, 1, planted);
    created(ADA);
    assertThat(admin.zcard(index)).isEqualTo(2);
    admin.zadd(index, 1, planted);
    assertThat(store.revokeAll(ADA, EndReason.LOGOUT_ALL, soon()).ended()).isEqualTo(2);
    assertThat(admin.exists(index)).isFalse();
    assertThat(traffic.sent()).isLessThan(planted.length);
  }

  @Test
  void aMovedOrChangedUserRecordGrantsNoRole() {
    Session mine = created(EVE);
    created(ADA);
    Session session = created(ADA);
    byte[] admins = admin.get(key(EVE, "user"));
    assertThat(find(mine).orElseThrow().user().roles()).containsExactly("admin");

    admin.set(key(ADA, "user"), admins, SetParams.setParams().ex(600));
    assertThat(find(session).orElseThrow().user().roles()).containsExactly("reader");
    assertThat(events).contains(new ServiceEvent.SealedValueRejected("user record"));

    byte[] changed = admin.get(key(ADA, "user"));
    changed[48] = 9;
    admin.set(key(ADA, "user"), changed, SetParams.setParams().ex(600));
    assertThat(find(session).orElseThrow().user().version()).isEqualTo(1);
  }

  @Test
  void aUserRecordThatIsPutBackAfterAFenceIsBoundedByItsSealedEnd() {
    Session session = session(ADA, 1, ABSOLUTE, ABSOLUTE);
    store.create(session, soon());
    byte[] genuine = admin.get(key(ADA, "user"));
    profiles.put(ADA, 4, 2, "reader");
    store.fenceUser(ADA, 4, soon());
    assertThat(find(session)).isEmpty();

    clock.advance(Duration.ofMinutes(67));
    admin.set(key(ADA, "user"), genuine, SetParams.setParams().ex(86_400));

    assertThat(find(session)).isEmpty();
  }

  @Test
  void anIndexThatIsNotOursIsReplaced() {
    admin.set(key(ADA, "sessions"), "planted".getBytes(StandardCharsets.UTF_8));

    Session session = created(ADA);

    assertThat(store.list(ADA, soon())).containsExactly(session);
    admin.zadd(key(ADA, "sessions"), 1, "}{x}:../".getBytes(StandardCharsets.UTF_8));
    assertThat(store.list(ADA, soon())).containsExactly(session);
    assertThat(store.revokeAll(ADA, EndReason.LOGOUT_ALL, soon()).ended()).isEqualTo(1);
  }

  @Test
  void theIndexDoesNotGrowByWhatIsOver() {
    for (int i = 0; i < 200; i++) {
      store.create(session(ADA, 1, Duration.ofMillis(1), ABSOLUTE), soon());
    }
    await().atMost(Duration.ofSeconds(5)).until(() -> admin.keys("*:session:*").isEmpty());
    for (int i = 0; i < 60; i++) {
      created(ADA);
    }

    assertThat(admin.zcard(key(ADA, "sessions"))).isLessThan(120);
    assertThat(store.list(ADA, soon())).hasSize(60);
    assertThat(admin.zcard(key(ADA, "sessions"))).isEqualTo(60);
  }

  @Test
  void theIndexLivesAsLongAsItsLongestSession() {
    store.create(session(ADA, 1, Duration.ofDays(30), Duration.ofDays(30)), soon());
    created(ADA);

    assertThat(admin.pttl(key(ADA, "sessions"))).isGreaterThan(Duration.ofDays(29).toMillis());
  }

  @Test
  void theIndexOutlivesASessionThatANodeWithAClockBehindTouches() {
    Session session = session(ADA, 1, Duration.ofMinutes(5), Duration.ofSeconds(5));
    store.create(session, soon());
    RedisTokenStore behind = storeOf(() -> clock.instant().minusSeconds(50));

    behind.touch(session, soon());

    assertThat(admin.pttl(key(session))).isGreaterThan(50_000);
    assertThat(admin.pttl(key(ADA, "sessions"))).isGreaterThan(admin.pttl(key(session)));
  }

  @Test
  void theIndexOutlivesASessionThatIsTouchedByAClockFarBehind() {
    Session session = session(ADA, 1, Duration.ofDays(1), Duration.ofSeconds(5));
    store.create(session, soon());
    RedisTokenStore behind = storeOf(() -> clock.instant().minus(Duration.ofHours(3)));

    behind.touch(session, soon());

    assertThat(admin.pttl(key(session))).isGreaterThan(Duration.ofHours(2).toMillis());
    assertThat(admin.pttl(key(ADA, "sessions"))).isGreaterThan(admin.pttl(key(session)));
  }

  @Test
  void aTouchPutsASessionBackIntoAnIndexThatIsGone() {
    Session session = created(ADA);
    admin.del(key(ADA, "sessions"));

    store.touch(session, soon());

    assertThat(store.revokeAll(ADA, EndReason.LOGOUT_ALL, soon()).ended()).isOne();
    assertThat(find(session)).isEmpty();
  }

  @Test
  void aTouchOfASessionThatIsOverLeavesNothing() {
    Session session = created(ADA);
    store.revokeAll(ADA, EndReason.LOGOUT_ALL, soon());

    store.touch(session, soon());

    assertThat(admin.keys("*session*")).isEmpty();
  }

  @Test
  void afterARestartSessionsStayButUserRecordsAreReadAnew(@TempDir Path directory) {
    close();
    try (TestRedis own = TestRedis.startIn(directory)) {
      connect(own);
      Session session = created(ADA);
      close();
      own.restartFromDump();
      connect(own);
      profiles.put(ADA, 3, 1, "changed");

      assertThat(find(session).orElseThrow().user().roles()).containsExactly("changed");
      close();
    }
    open();
  }

  @Test
  void aFlushEndsSessionsAndRevivesNone() {
    Session session = created(ADA);
    admin.flushAll();

    assertThat(find(session)).isEmpty();
    assertThat(find(created(ADA))).isPresent();
  }

  @Test
  void nothingAboutTheSessionIsInClear() {
    created(ADA);

    for (byte[] bytes : TestRedis.dump(admin)) {
      assertThat(new String(bytes, StandardCharsets.ISO_8859_1))
          .doesNotContain("Firefox", "pwd", "COOKIE", "reader", "tenant", "io.doorward");
    }
  }

  @Test
  void itWorksAfterTheServerForgotItsScripts() {
    Session session = created(ADA);
    admin.scriptFlush();
    assertThat(find(session)).isPresent();
    admin.scriptFlush();
    assertThat(store.list(ADA, soon())).containsExactly(session);
    admin.scriptFlush();
    assertThat(store.revokeAll(ADA, EndReason.LOGOUT_ALL, soon()).ended()).isEqualTo(1);
  }
}
