package io.doorward.auth.redis;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.account.Epoch;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.event.ServiceEvent.SealedValueRejected;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.key.SigningKey;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.redis.client.TestRedis;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionKind;
import io.doorward.auth.session.SessionView.Lookup;
import io.doorward.auth.session.SessionView.Ticket;
import io.doorward.auth.session.TokenStore.LiveSession;
import io.doorward.auth.testkit.TestSecrets;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.Jedis;

/** What lies in Redis, and what becomes of it when somebody else writes there. */
class RedisSessionViewIT {
  private static final Duration TTL = Duration.ofHours(1);
  private static final Duration IDLE = Duration.ofHours(8);
  private static final AccountId ANNA = new AccountId("account-anna");
  private static final AccountId BEN = new AccountId("account-ben");

  private final KeyRing keys = KeyRing.ofSecret("view", TestSecrets.newKey());
  private final TestClock clock = new TestClock();
  private final List<AuthEvent> events = new CopyOnWriteArrayList<>();
  private final Session laptop = session("laptop", ANNA);
  private final Session phone = session("phone", ANNA);
  private final Session bens = session("tablet", BEN);
  private BoundedRedisClient client;
  private Jedis admin;
  private RedisSessionView view;

  @BeforeEach
  void open() {
    connect(TestRedis.shared());
    admin.flushAll();
  }

  @AfterEach
  void close() {
    admin.close();
    client.close();
  }

  private void connect(TestRedis to) {
    client = to.client();
    admin = to.admin();
    view = view(keys);
  }

  private RedisSessionView view(KeyRing ring) {
    return RedisStores.builder(client, ring)
        .clock(clock)
        .listener(events::add)
        .build()
        .sessionView()
        .ttl(TTL)
        .build();
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(5));
  }

  private Session session(String name, AccountId account) {
    return Session.builder(
            account,
            SessionKind.COOKIE,
            new Epoch(3, "epoch"),
            clock.instant(),
            clock.instant().plus(Duration.ofHours(12)),
            IDLE)
        .id(new SessionId("session-of-the-" + name))
        .amr(Set.of("pwd"))
        .device(Optional.of("device-in-clear"))
        .attributes(Map.of("tenant", "attribute-in-clear"))
        .build();
  }

  private static UserRecord user(AccountId account, long version, String tag) {
    return new UserRecord(
        account,
        Set.of("role-in-clear"),
        version,
        tag,
        new Epoch(3, "epoch"),
        new Epoch(3, "epoch"));
  }

  private static UserRecord user(long version) {
    return user(ANNA, version, "tag-" + version);
  }

  private Lookup find(Session session) {
    return view.find(session.account(), session.id(), soon());
  }

  private Ticket miss(Session session) {
    Lookup found = find(session);
    assertThat(found).isInstanceOf(Lookup.Miss.class);
    return ((Lookup.Miss) found).ticket();
  }

  private LiveSession hit(Session session) {
    Lookup found = find(session);
    assertThat(found).isInstanceOf(Lookup.Hit.class);
    return ((Lookup.Hit) found).live();
  }

  private boolean fill(Ticket ticket, Session session, UserRecord user) {
    return view.fill(ticket, new LiveSession(session, user, IDLE), clock.instant(), soon());
  }

  private void filled(Session session, UserRecord user) {
    assertThat(fill(view.ticket(session.account(), session.id(), soon()), session, user)).isTrue();
    assertThat(hit(session).session()).isEqualTo(session);
  }

  private static byte[] key(Session session) {
    return ("doorward:{" + session.account().value() + "}:view:" + session.id().value())
        .getBytes(UTF_8);
  }

  private static byte[] recordKey(AccountId account) {
    return ("doorward:{" + account.value() + "}:user").getBytes(UTF_8);
  }

  private static byte[] withVersionInClear(byte[] stored, int at, long version) {
    byte[] changed = stored.clone();
    System.arraycopy(FencedEntries.wide(version), 0, changed, at, 8);
    return changed;
  }

  @Test
  void aSessionAndItsAccountsRecordLieInOneSlotAndEndByThemselves() {
    filled(laptop, user(5));

    assertThat(admin.keys("*")).hasSize(2);
    for (byte[] key : List.of(key(laptop), recordKey(ANNA))) {
      assertThat(admin.pttl(key)).isBetween(TTL.toMillis() * 8 / 10, TTL.toMillis() * 11 / 10);
    }
  }

  @Test
  void aHitWritesNothing() {
    filled(laptop, user(5));
    byte[] session = admin.get(key(laptop));
    byte[] record = admin.get(recordKey(ANNA));
    admin.pexpire(key(laptop), 50_000);
    admin.pexpire(recordKey(ANNA), 50_000);

    hit(laptop);

    assertThat(admin.get(key(laptop))).isEqualTo(session);
    assertThat(admin.get(recordKey(ANNA))).isEqualTo(record);
    assertThat(admin.pttl(key(laptop))).isLessThanOrEqualTo(50_000);
    assertThat(admin.pttl(recordKey(ANNA))).isLessThanOrEqualTo(50_000);
  }

  @Test
  void aSessionLiesThereNoLongerThanItsIdleTime() {
    Duration rest = Duration.ofMinutes(2);
    LiveSession live = new LiveSession(laptop, user(5), rest);

    assertThat(view.fill(miss(laptop), live, clock.instant(), soon())).isTrue();

    assertThat(admin.pttl(key(laptop))).isBetween(1L, rest.toMillis());
    assertThat(admin.pttl(recordKey(ANNA))).isGreaterThan(TTL.toMillis() / 2);
  }

  @Test
  void endsAreSpreadByATenth() {
    long shortest = Long.MAX_VALUE;
    long longest = 0;
    for (int i = 0; i < 60; i++) {
      Session one = session("number-" + i, ANNA);
      filled(one, user(5));
      long left = admin.pttl(key(one));
      shortest = Math.min(shortest, left);
      longest = Math.max(longest, left);
    }
    assertThat(longest - shortest).isGreaterThan(TTL.toMillis() / 20);
    assertThat(longest).isLessThanOrEqualTo(TTL.toMillis() * 11 / 10);
  }

  @Test
  void anEvictedSessionCostsOneReadAndAnEvictedRecordOneForAllSessions() {
    filled(laptop, user(5));
    filled(phone, user(5));
    admin.del(key(laptop));
    assertThat(fill(miss(laptop), laptop, user(5))).isTrue();
    hit(phone);

    admin.del(recordKey(ANNA));

    Ticket ticket = miss(laptop);
    miss(phone);
    assertThat(fill(ticket, laptop, user(5))).isTrue();
    hit(phone);
  }

  @Test
  void aRefusedFillWritesNeitherOfTheTwo() {
    filled(laptop, user(5));
    byte[] before = admin.get(key(laptop));
    Ticket late = view.ticket(ANNA, laptop.id(), soon());
    Ticket never = view.ticket(ANNA, phone.id(), soon());
    view.fenceUser(ANNA, 0, soon());

    assertThat(fill(late, laptop, user(5))).isFalse();
    assertThat(fill(never, phone, user(5))).isFalse();

    assertThat(admin.get(key(laptop))).isEqualTo(before);
    assertThat(admin.exists(key(phone))).isFalse();
  }

  @Test
  void fillIsRefusedUnderAnotherStampAndWhileNoTicketIsOut() {
    Ticket ticket = miss(laptop);
    assertThat(fill(new Ticket(ANNA, laptop.id(), ticket.nonce(), "0".repeat(32)), laptop, user(5)))
        .isFalse();
    view.fenceUser(ANNA, 0, soon());
    assertThat(fill(new Ticket(ANNA, laptop.id(), "0".repeat(32), ticket.stamp()), laptop, user(5)))
        .isFalse();
    miss(laptop);
    admin.flushAll();
    assertThat(fill(ticket, laptop, user(5))).isFalse();
    assertThat(admin.keys("*")).isEmpty();
  }

  @Test
  void aFenceOutlivesEverythingThatCouldHaveBeenFilled() {
    filled(laptop, user(5));

    view.fenceUser(ANNA, 6, soon());

    assertThat(admin.strlen(recordKey(ANNA))).as("nothing but the header is left").isEqualTo(49);
    assertThat(admin.pttl(recordKey(ANNA)))
        .isGreaterThanOrEqualTo(TTL.toMillis() * 11 / 10 - 5_000);
    assertThat(admin.exists(key(laptop))).as("dead without being deleted").isTrue();
    miss(laptop);
    assertThat(events).isEmpty();
  }

  @Test
  void yesterdaysSessionIsNotServedBesideTodaysRecord() {
    filled(laptop, user(5));
    byte[] genuine = admin.get(key(laptop));
    view.fenceUser(ANNA, 6, soon());
    filled(phone, user(6));

    admin.set(key(laptop), genuine);

    miss(laptop);
    assertThat(events).as("it is ours, only old").isEmpty();
  }

  /** The number in clear spares the opening; what counts is the one inside. */
  @Test
  void anotherNumberInFrontOfASessionDoesNotMakeItYounger() {
    filled(laptop, user(ANNA, 5, "same"));
    byte[] genuine = admin.get(key(laptop));
    view.fenceUser(ANNA, 6, soon());
    filled(phone, user(ANNA, 6, "same"));

    admin.set(key(laptop), withVersionInClear(genuine, 11, 6));

    miss(laptop);
  }

  @Test
  void aSessionWithTheSameNumberAndAnotherTagIsNotServed() {
    filled(laptop, user(ANNA, 5, "one"));

    filled(phone, user(ANNA, 5, "two"));

    miss(laptop);
    assertThat(events).isEmpty();
    assertThat(hit(phone).user().tag()).isEqualTo("two");
  }

  @Test
  void aSessionOfAnotherEpochIsNotServed() {
    filled(laptop, new UserRecord(ANNA, Set.of(), 5, "one", laptop.epoch(), laptop.epoch()));

    Ticket ticket = view.ticket(ANNA, laptop.id(), soon());
    Epoch twin = new Epoch(laptop.epoch().number(), "other");
    assertThat(fill(ticket, laptop, new UserRecord(ANNA, Set.of(), 6, "two", twin, twin))).isTrue();

    miss(laptop);
  }

  @Test
  void aSessionThatIsPutBackLaterEndsWhereItsSealSays() {
    filled(laptop, user(5));
    byte[] genuine = admin.get(key(laptop));
    clock.advance(TTL.multipliedBy(12).dividedBy(10));
    filled(phone, user(5));

    admin.set(key(laptop), genuine);

    miss(laptop);
    assertThat(events).isEmpty();
  }

  @Test
  void aRecordThatIsPutBackLaterEndsWhereItsSealSays() {
    filled(laptop, user(5));
    byte[] session = admin.get(key(laptop));
    byte[] record = admin.get(recordKey(ANNA));
    clock.advance(TTL.multipliedBy(12).dividedBy(10));
    admin.flushAll();

    admin.set(recordKey(ANNA), record);
    admin.set(key(laptop), session);

    Ticket ticket = miss(laptop);
    assertThat(view.peekUser(ANNA, soon())).isEmpty();
    assertThat(fill(ticket, laptop, user(6))).isTrue();
    assertThat(hit(laptop).user()).isEqualTo(user(6));
  }

  @Test
  void aSessionOutlivesNeitherItsIdleTimeNorItsAbsoluteEnd() {
    Duration rest = Duration.ofMinutes(2);
    LiveSession live = new LiveSession(laptop, user(5), rest);
    assertThat(view.fill(miss(laptop), live, clock.instant(), soon())).isTrue();
    clock.advance(Duration.ofMinutes(1));
    assertThat(hit(laptop).idleLeft()).isEqualTo(Duration.ofMinutes(1));
    clock.advance(Duration.ofMinutes(1));
    miss(laptop);

    clock.advance(Duration.between(clock.instant(), phone.absoluteEnd()).minusSeconds(1));
    filled(phone, user(5));
    assertThat(hit(phone).idleLeft()).isEqualTo(Duration.ofSeconds(1));
    clock.advance(Duration.ofSeconds(1));
    miss(phone);
  }

  @Test
  void anotherIdleEndInClearShortensASessionAndStretchesNone() {
    LiveSession live = new LiveSession(laptop, user(5), Duration.ofMinutes(2));
    assertThat(view.fill(miss(laptop), live, clock.instant(), soon())).isTrue();
    admin.setrange(key(laptop), 1, SessionString.wide(laptop.absoluteEnd()));
    assertThat(hit(laptop).idleLeft()).isEqualTo(Duration.ofMinutes(2));
    admin.setrange(key(laptop), 1, SessionString.wide(clock.instant().plusSeconds(1)));
    assertThat(hit(laptop).idleLeft()).isEqualTo(Duration.ofSeconds(1));

    admin.setrange(key(laptop), 1, SessionString.wide(clock.instant()));

    miss(laptop);
    assertThat(events).isEmpty();
  }

  @Test
  void anIdleEndInClearThatNoClockShowsIsAMissOrGainsNothing() {
    LiveSession live = new LiveSession(laptop, user(5), Duration.ofMinutes(2));
    assertThat(view.fill(miss(laptop), live, clock.instant(), soon())).isTrue();
    byte[] last = ByteBuffer.allocate(Long.BYTES).putLong(Long.MAX_VALUE).array();
    byte[] first = ByteBuffer.allocate(Long.BYTES).putLong(Long.MIN_VALUE).array();

    admin.setrange(key(laptop), 1, last);
    assertThat(hit(laptop).idleLeft()).isEqualTo(Duration.ofMinutes(2));

    admin.setrange(key(laptop), 1, first);
    miss(laptop);
  }

  @Test
  void aSessionFromAnotherNodesFutureIsNotUsed() {
    LiveSession live = new LiveSession(laptop, user(5), IDLE);

    view.fill(miss(laptop), live, clock.instant().plus(Duration.ofHours(3)), soon());

    miss(laptop);
  }

  @Test
  void aSessionThatWasMovedOpensNowhereAndTells() {
    filled(laptop, user(5));
    filled(bens, user(BEN, 5, "ben"));
    byte[] genuine = admin.get(key(laptop));

    admin.set(key(phone), genuine);
    miss(phone);
    assertThat(events).containsExactly(new SealedValueRejected("session"));

    events.clear();
    admin.set(key(bens), genuine);
    miss(bens);
    assertThat(events).containsExactly(new SealedValueRejected("session"));

    filled(bens, user(BEN, 5, "ben"));
    hit(laptop);
  }

  @Test
  void aUserRecordThatWasMovedOpensNowhereAndTells() {
    filled(laptop, user(5));
    filled(bens, user(BEN, 5, "ben"));

    admin.set(recordKey(BEN), admin.get(recordKey(ANNA)));

    Ticket ticket = miss(bens);
    assertThat(events).containsExactly(new SealedValueRejected("user record"));
    assertThat(fill(ticket, bens, user(BEN, 5, "ben"))).isTrue();
    hit(bens);
  }

  @Test
  void aChangedByteAnywhereInTheSealIsAMissAndTells() {
    filled(laptop, user(5));
    byte[] genuine = admin.get(key(laptop));
    for (int at = 19; at < genuine.length; at += 7) {
      byte[] changed = genuine.clone();
      changed[at] ^= 1;
      admin.set(key(laptop), changed);
      events.clear();

      miss(laptop);

      assertThat(events).as("byte " + at).containsExactly(new SealedValueRejected("session"));
    }
  }

  /** Two reads may end in the other order, but no later than their deadlines. */
  @ParameterizedTest
  @ValueSource(longs = {60_001, Long.MAX_VALUE / 2, -1})
  void aMomentThatWasPlantedKeepsNoFillOut(long later) {
    filled(laptop, user(5));
    byte[] genuine = admin.get(key(laptop));

    admin.set(key(laptop), withVersionInClear(genuine, 19, clock.instant().toEpochMilli() + later));

    assertThat(fill(miss(laptop), laptop, user(5))).isTrue();
    hit(laptop);
  }

  @Test
  void aMomentThatWasPlantedKeepsFillsOutForAMinuteAtMost() {
    filled(laptop, user(5));
    byte[] genuine = admin.get(key(laptop));
    admin.set(
        key(laptop), withVersionInClear(genuine, 19, clock.instant().toEpochMilli() + 60_000));
    assertThat(fill(miss(laptop), laptop, user(5))).isTrue();
    miss(laptop);

    clock.advance(Duration.ofMinutes(1));

    assertThat(fill(miss(laptop), laptop, user(5))).isTrue();
    hit(laptop);
  }

  @Test
  void aRecordWithAnotherNumberInClearThanInsideIsPlanted() {
    filled(laptop, user(5));
    byte[] record = admin.get(recordKey(ANNA));
    byte[] session = admin.get(key(laptop));

    admin.set(recordKey(ANNA), withVersionInClear(record, 41, 9));
    admin.set(key(laptop), withVersionInClear(session, 11, 9));

    Ticket ticket = miss(laptop);
    assertThat(events).containsExactly(new SealedValueRejected("user record"));
    assertThat(fill(ticket, laptop, user(5))).isTrue();
    hit(laptop);
  }

  @Test
  void aValueThatIsTooLongToBeOursIsNotRead() {
    filled(laptop, user(5));
    byte[] longSession = LongValue.from(admin.get(key(laptop)));
    byte[] longRecord = LongValue.from(admin.get(recordKey(ANNA)));
    LongValue.Traffic traffic = LongValue.Traffic.of(admin);

    admin.set(key(laptop), longSession);
    assertThat(fill(miss(laptop), laptop, user(5))).isTrue();
    admin.set(recordKey(ANNA), longRecord);
    assertThat(fill(miss(laptop), laptop, user(5))).isTrue();

    hit(laptop);
    assertThat(traffic.sent()).isLessThan(longSession.length);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hello",
        "",
        "2idle end\3\10\0\0\0\0\0\0\5",
        "2idle-end\3\10\0\0\0\0\0\0\0\5planted"
      })
  void aStringThatIsNotOursIsAMissAndIsReplaced(String planted) {
    filled(laptop, user(5));

    admin.set(key(laptop), planted.getBytes(UTF_8));

    assertThat(fill(miss(laptop), laptop, user(5))).isTrue();
    hit(laptop);
    assertThat(events).hasSize(planted.endsWith("planted") ? 1 : 0);
  }

  @Test
  void whatIsNoStringIsAMissAndIsReplaced() {
    filled(laptop, user(5));
    admin.del(key(laptop));
    admin.lpush(key(laptop), key(laptop));
    assertThat(fill(miss(laptop), laptop, user(5))).isTrue();
    hit(laptop);

    admin.del(recordKey(ANNA));
    admin.lpush(recordKey(ANNA), key(laptop));
    Ticket ticket = miss(laptop);
    assertThat(events).containsExactly(new SealedValueRejected("user record"));
    assertThat(fill(ticket, laptop, user(5))).isTrue();
    hit(laptop);
  }

  @Test
  void whatAnotherApplicationSealedIsAMissAndTells() {
    filled(laptop, user(5));
    RedisSessionView foreign = view(KeyRing.ephemeral());

    assertThat(foreign.find(ANNA, laptop.id(), soon())).isInstanceOf(Lookup.Miss.class);

    assertThat(events).containsExactly(new SealedValueRejected("user record"));
  }

  @Test
  void anotherNamespaceSeesNothingAndFencesNothing() {
    filled(laptop, user(5));
    RedisSessionView other =
        RedisStores.builder(client, keys)
            .namespace("other")
            .clock(clock)
            .build()
            .sessionView()
            .build();

    assertThat(other.find(ANNA, laptop.id(), soon())).isInstanceOf(Lookup.Miss.class);
    other.fenceUser(ANNA, 9, soon());

    hit(laptop);
  }

  /** No login identifier is in a name here, so another index key finds the same names. */
  @Test
  void sessionsOutliveTheRotationOfKeys() {
    byte[] oldSealing = TestSecrets.newKey();
    SigningKey signing = SigningKey.hs256("s", TestSecrets.newKey());
    KeyRing before =
        KeyRing.builder()
            .signing(signing)
            .sealing("old", oldSealing)
            .index("old", TestSecrets.newKey())
            .build();
    KeyRing after =
        KeyRing.builder()
            .signing(signing)
            .sealing("new", TestSecrets.newKey())
            .sealing("old", oldSealing)
            .index("new", TestSecrets.newKey())
            .build();
    view = view(before);
    filled(laptop, user(5));

    view = view(after);
    hit(laptop);
    assertThat(events).isEmpty();
    view.fenceUser(ANNA, 6, soon());

    view = view(before);
    miss(laptop);
  }

  @Test
  void afterARestartFromADumpOneReadMakesAnAccountWholeAndWhatEndedStaysOver(
      @TempDir Path directory) {
    close();
    try (TestRedis own = TestRedis.startIn(directory)) {
      connect(own);
      filled(laptop, user(5));
      filled(phone, user(5));
      Ticket before = view.ticket(ANNA, phone.id(), soon());
      close();

      own.restartFromDump();
      connect(own);

      assertThat(admin.keys("*")).hasSize(3);
      assertThat(view.peekUser(ANNA, soon())).isEmpty();
      Ticket now = miss(laptop);
      assertThat(now.stamp()).isNotEqualTo(before.stamp());
      assertThat(fill(before, phone, user(5))).isFalse();
      assertThat(fill(new Ticket(ANNA, phone.id(), now.nonce(), before.stamp()), phone, user(5)))
          .isFalse();
      miss(phone);
      assertThat(fill(now, laptop, user(5))).isTrue();
      hit(phone);

      view.fenceUser(ANNA, 6, soon());
      filled(laptop, user(6));
      miss(phone);
      close();
    }
    open();
  }

  @Test
  void nothingOfASessionOrItsUserIsInClear() {
    filled(laptop, user(ANNA, 5, "tag-in-clear"));

    List<byte[]> stored = TestRedis.dump(admin);

    assertThat(stored).hasSize(4);
    for (byte[] bytes : stored) {
      assertThat(new String(bytes, ISO_8859_1))
          .doesNotContain("in-clear", "COOKIE", "pwd", "io.doorward");
    }
  }

  @Test
  void itWorksAfterTheServerForgotItsScripts() {
    filled(laptop, user(5));
    admin.scriptFlush();
    hit(laptop);
    admin.scriptFlush();
    view.fenceUser(ANNA, 6, soon());
    admin.scriptFlush();
    Ticket ticket = miss(laptop);
    admin.scriptFlush();
    assertThat(fill(ticket, laptop, user(6))).isTrue();
    admin.scriptFlush();
    assertThat(view.peekUser(ANNA, soon())).contains(user(6));
  }

  @Test
  void aReplicaIsNotAsked() {
    close();
    try (TestRedis replica = TestRedis.start()) {
      connect(replica);
      filled(laptop, user(5));
      admin.replicaof("127.0.0.1", TestRedis.shared().port());

      // Until its identity is asked for again, within a second.
      await()
          .untilAsserted(
              () ->
                  assertThatThrownBy(() -> find(laptop))
                      .isInstanceOfSatisfying(
                          StoreException.class,
                          e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.REFUSED)));
      close();
    }
    open();
  }

  @Test
  void optionsOutsideTheirRangeAreRefused() {
    RedisSessionView.Builder builder = RedisStores.of(client, keys).sessionView();

    assertThatIllegalArgumentException().isThrownBy(() -> builder.ttl(Duration.ofMillis(999)));
    assertThatIllegalArgumentException().isThrownBy(() -> builder.ttl(Duration.ofHours(25)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.markerTtl(Duration.ofMillis(999)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.markerTtl(Duration.ofMinutes(11)));
  }
}
