package io.doorward.auth.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialCache.Lookup;
import io.doorward.auth.account.CredentialCache.Ticket;
import io.doorward.auth.account.CredentialVersion;
import io.doorward.auth.account.Epoch;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.event.ServiceEvent;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.key.SigningKey;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.redis.client.TestRedis;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

class RedisCredentialCacheIT {
  private static final Duration TTL = Duration.ofMinutes(10);
  private static final LoginId LOGIN = LoginId.email("ada@example.org");
  static final String HASH = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$ZGlnZXN0";

  private final KeyRing keys = KeyRing.ephemeral();
  private final TestClock clock = new TestClock();
  private final List<AuthEvent> events = new CopyOnWriteArrayList<>();
  private BoundedRedisClient client;
  private Jedis admin;
  private RedisCredentialCache cache;

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
    cache = cache(keys);
  }

  private RedisCredentialCache cache(KeyRing ring) {
    return RedisStores.builder(client, ring)
        .clock(clock)
        .listener(events::add)
        .build()
        .credentialCache()
        .entryTtl(TTL)
        .build();
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(5));
  }

  private static Credential credential(LoginId loginId, long version) {
    return new Credential(
        new AccountId("account-1"),
        loginId,
        AccountStatus.ACTIVE,
        PasswordHash.of(HASH),
        new CredentialVersion(version, "tag" + version),
        new Epoch(version, "epoch"));
  }

  private Ticket miss() {
    return miss(LOGIN);
  }

  private Ticket miss(LoginId loginId) {
    Lookup found = cache.lookup(loginId, soon());
    assertThat(found).isInstanceOf(Lookup.Miss.class);
    return ((Lookup.Miss) found).ticket();
  }

  private boolean fill(Ticket ticket, long version) {
    return cache.fill(ticket, credential(ticket.loginId(), version), clock.instant(), soon());
  }

  private void filled(long version) {
    assertThat(fill(miss(), version)).isTrue();
    assertThat(versionFound()).isEqualTo(version);
  }

  private long versionFound() {
    Lookup found = cache.lookup(LOGIN, soon());
    return found instanceof Lookup.Hit hit ? hit.credential().version().number() : -1;
  }

  private byte[] key() {
    return key(LOGIN);
  }

  private byte[] key(LoginId loginId) {
    return ("doorward:{" + keys.loginIndex().name("doorward", loginId) + "}:credential")
        .getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void whatWasFilledIsFound() {
    Ticket ticket = miss();
    Credential credential = credential(LOGIN, Long.MAX_VALUE);

    assertThat(cache.fill(ticket, credential, clock.instant(), soon())).isTrue();

    assertThat(cache.lookup(LOGIN, soon())).isEqualTo(new Lookup.Hit(credential, clock.instant()));
    assertThat(cache.lookup(LoginId.email("eve@example.org"), soon()))
        .isInstanceOf(Lookup.Miss.class);
  }

  @Test
  void concurrentMissesShareATicket() {
    assertThat(miss()).isEqualTo(miss());
  }

  @Test
  void fillingTwiceUnderOneTicketStoresBoth() {
    Ticket ticket = miss();

    assertThat(fill(ticket, 5)).isTrue();
    assertThat(fill(ticket, 5)).isTrue();

    assertThat(versionFound()).isEqualTo(5);
  }

  @Test
  void fillIsRefusedWithoutAnyMiss() {
    Ticket ticket = miss();
    admin.del(key());

    assertThat(fill(ticket, 5)).isFalse();
    assertThat(admin.exists(key())).isFalse();
  }

  @Test
  void fillIsRefusedUnderAnotherNonce() {
    Ticket ticket = miss();

    assertThat(fill(new Ticket(LOGIN, "a".repeat(32), ticket.stamp()), 5)).isFalse();
    assertThat(fill(new Ticket(LOGIN, "0".repeat(32), ticket.stamp()), 5)).isFalse();
    assertThat(versionFound()).isEqualTo(-1);
  }

  @Test
  void noTicketIsGoodWhileNoneIsOut() {
    Ticket ticket = miss();
    cache.fence(LOGIN, 0, soon());

    assertThat(fill(new Ticket(LOGIN, "0".repeat(32), ticket.stamp()), 5)).isFalse();
  }

  @Test
  void fillIsRefusedUnderAnotherStamp() {
    Ticket ticket = miss();

    assertThat(fill(new Ticket(LOGIN, ticket.nonce(), "0".repeat(32)), 5)).isFalse();
    assertThat(versionFound()).isEqualTo(-1);
  }

  @Test
  void fillIsRefusedAfterAFence() {
    Ticket ticket = miss();
    cache.fence(LOGIN, 3, soon());

    assertThat(fill(ticket, 5)).isFalse();
    assertThat(fill(miss(), 5)).isTrue();
  }

  @Test
  void fillIsRefusedAfterAFenceThatOnlyVoidsTickets() {
    Ticket ticket = miss();
    cache.fence(LOGIN, 0, soon());

    assertThat(fill(ticket, 5)).isFalse();
  }

  @Test
  void fillIsRefusedAfterAFlushAlsoWhenSomebodyMissedSince() {
    Ticket ticket = miss();
    admin.flushAll();

    assertThat(fill(ticket, 5)).isFalse();
    Ticket later = miss();
    assertThat(fill(ticket, 5)).isFalse();
    assertThat(fill(later, 5)).isTrue();
  }

  @Test
  void fillIsRefusedBelowTheFloorOnly() {
    cache.fence(LOGIN, 1_000_000_000_000_000_001L, soon());
    Ticket ticket = miss();

    // Both are the same number to a double.
    assertThat(fill(ticket, 1_000_000_000_000_000_000L)).isFalse();
    assertThat(fill(ticket, 999)).isFalse();
    assertThat(fill(ticket, 1_000_000_000_000_000_001L)).isTrue();
  }

  @Test
  void aFenceDropsWhatIsThereWhateverItsNumber() {
    filled(9);

    cache.fence(LOGIN, 6, soon());

    assertThat(admin.strlen(key())).as("nothing but the header is left").isEqualTo(49);
    assertThat(versionFound()).isEqualTo(-1);
  }

  @Test
  void fenceVoidsTheTicketOfAnEntryThatItKeeps() {
    Ticket ticket = miss();
    assertThat(fill(ticket, 5)).isTrue();
    cache.fence(LOGIN, 0, soon());

    assertThat(fill(ticket, 7)).isFalse();
    assertThat(versionFound()).isEqualTo(5);
  }

  @Test
  void aRepeatedOrLateFenceNeverLowersTheFloor() {
    cache.fence(LOGIN, 9, soon());
    cache.fence(LOGIN, 9, soon());
    cache.fence(LOGIN, 4, soon());

    assertThat(fill(miss(), 8)).isFalse();
    assertThat(fill(miss(), 9)).isTrue();
  }

  @Test
  void fenceOutlivesWhatCouldHaveBeenFilled() {
    miss();
    assertThat(admin.pttl(key())).isBetween(1L, 15_000L);

    cache.fence(LOGIN, 6, soon());

    assertThat(admin.pttl(key())).isGreaterThanOrEqualTo(TTL.toMillis() * 11 / 10 - 5_000);
  }

  @Test
  void nothingShortensATtl() {
    cache.fence(LOGIN, 6, soon());
    admin.pexpire(key(), TTL.multipliedBy(5).toMillis());

    Ticket ticket = miss();
    assertThat(admin.pttl(key())).isGreaterThan(TTL.multipliedBy(4).toMillis());
    assertThat(fill(ticket, 6)).isTrue();
    assertThat(admin.pttl(key())).isGreaterThan(TTL.multipliedBy(4).toMillis());
    cache.fence(LOGIN, 6, soon());
    assertThat(admin.pttl(key())).isGreaterThan(TTL.multipliedBy(4).toMillis());
  }

  @Test
  void everyKeyEndsByItself() {
    filled(5);
    assertThat(admin.pttl(key())).isBetween(TTL.toMillis() * 8 / 10, TTL.toMillis() * 11 / 10);
    admin.persist(key());
    cache.fence(LOGIN, 5, soon());
    assertThat(admin.pttl(key())).isPositive();
  }

  @Test
  void endsAreSpreadByATenth() {
    long shortest = Long.MAX_VALUE;
    long longest = 0;
    for (int i = 0; i < 60; i++) {
      LoginId one = LoginId.email("user" + i + "@example.org");
      assertThat(fill(miss(one), 5)).isTrue();
      long left = admin.pttl(key(one));
      shortest = Math.min(shortest, left);
      longest = Math.max(longest, left);
    }
    assertThat(longest - shortest).isGreaterThan(TTL.toMillis() / 20);
    assertThat(shortest).isGreaterThan(TTL.toMillis() * 89 / 100);
    assertThat(longest).isLessThanOrEqualTo(TTL.toMillis() * 11 / 10);
  }

  @Test
  void ageCountsFromTheDatabaseRead() {
    Ticket ticket = miss();
    assertThat(
            cache.fill(
                ticket, credential(LOGIN, 5), clock.instant().minus(TTL.dividedBy(2)), soon()))
        .isTrue();
    assertThat(admin.pttl(key())).isLessThan(TTL.toMillis() * 7 / 10);
    assertThat(
            cache.fill(
                ticket, credential(LOGIN, 5), clock.instant().minus(TTL.multipliedBy(2)), soon()))
        .isFalse();
  }

  @Test
  void anEntryThatIsPutBackLaterEndsWhereItsSealSays() {
    filled(5);
    byte[] genuine = admin.get(key());
    clock.advance(TTL.multipliedBy(12).dividedBy(10));
    admin.set(key(), genuine);

    Ticket ticket = miss();

    assertThat(events).isEmpty();
    assertThat(fill(ticket, 6)).isTrue();
    assertThat(versionFound()).isEqualTo(6);
  }

  @Test
  void anEntryFromAnotherNodesFutureIsNotUsed() {
    Ticket ticket = miss();
    assertThat(
            cache.fill(
                ticket, credential(LOGIN, 5), clock.instant().plus(Duration.ofHours(3)), soon()))
        .isTrue();

    assertThat(versionFound()).isEqualTo(-1);
  }

  @Test
  void afterARestartFromADumpEverythingOldIsDead(@TempDir Path directory) {
    close();
    try (TestRedis own = TestRedis.startIn(directory)) {
      connect(own);
      filled(5);
      LoginId second = LoginId.email("second@example.org");
      Ticket before = miss(second);
      cache.fence(LoginId.email("third@example.org"), 4, soon());
      close();

      own.restartFromDump();
      connect(own);

      assertThat(admin.keys("*")).hasSize(3);
      assertThat(versionFound()).isEqualTo(-1);
      assertThat(fill(before, 5)).isFalse();
      assertThat(miss(second).stamp()).isNotEqualTo(before.stamp());
      assertThat(fill(before, 5)).isFalse();
      assertThat(fill(new Ticket(second, miss(second).nonce(), before.stamp()), 5)).isFalse();
      close();
    }
    open();
  }

  @Test
  void aMovedEntryIsAMissAndTells() {
    filled(5);
    LoginId victim = LoginId.email("victim@example.org");
    admin.set(key(victim), admin.get(key()));

    assertThat(cache.lookup(victim, soon())).isInstanceOf(Lookup.Miss.class);
    assertThat(events).containsExactly(new ServiceEvent.SealedValueRejected("credential entry"));
  }

  @Test
  void aChangedByteAnywhereInTheSealIsAMiss() {
    filled(5);
    byte[] genuine = admin.get(key());
    for (int at = 49; at < genuine.length; at += 7) {
      byte[] changed = genuine.clone();
      changed[at] ^= 1;
      admin.set(key(), changed);
      assertThat(versionFound()).as("byte " + at).isEqualTo(-1);
    }
    assertThat(events).isNotEmpty();
  }

  /** For scripts; the seal does not open beside another one. */
  @Test
  void theEpochStandsInClearInFrontOfTheSeal() {
    filled(5);
    byte[] genuine = admin.get(key());
    Epoch epoch = credential(LOGIN, 5).epoch();
    byte[] clear = new BinaryCodec.Writer().number(epoch.number()).text(epoch.tag()).toBytes();

    assertThat(genuine[50]).isEqualTo((byte) clear.length);
    assertThat(Arrays.copyOfRange(genuine, 51, 51 + clear.length)).isEqualTo(clear);

    genuine[51 + Long.BYTES - 1]++;
    admin.set(key(), genuine);
    assertThat(versionFound()).isEqualTo(-1);
    assertThat(events).containsExactly(new ServiceEvent.SealedValueRejected("credential entry"));
  }

  @Test
  void aVersionInClearThatDiffersFromTheSealedOneIsPlanted() {
    filled(5);
    byte[] changed = admin.get(key());
    changed[48] = 9;
    admin.set(key(), changed);

    Ticket ticket = miss();

    assertThat(events).containsExactly(new ServiceEvent.SealedValueRejected("credential entry"));
    assertThat(fill(ticket, 5)).isTrue();
    assertThat(versionFound()).isEqualTo(5);
  }

  @Test
  void anUnknownFormatIsAMissWithAnEvent() {
    filled(5);
    byte[] changed = admin.get(key());
    changed[0] = 'x';
    admin.set(key(), changed);

    Ticket ticket = miss();

    assertThat(events).containsExactly(new ServiceEvent.SealedValueRejected("credential entry"));
    assertThat(fill(ticket, 5)).isTrue();
  }

  @Test
  void aValueThatIsTooLongToBeOursIsNotRead() {
    filled(5);
    byte[] planted = LongValue.from(admin.get(key()));
    LongValue.Traffic traffic = LongValue.Traffic.of(admin);

    admin.set(key(), planted);
    assertThat(cache.peek(LOGIN, soon())).isEmpty();
    Ticket ticket = miss();

    assertThat(traffic.sent()).isLessThan(planted.length);
    assertThat(fill(ticket, 5)).isTrue();
    assertThat(versionFound()).isEqualTo(5);
    assertThat(events).contains(new ServiceEvent.SealedValueRejected("credential entry"));
  }

  @Test
  void valuesThatAreNotOursAreMisses() {
    admin.set(key(), "hello".getBytes(StandardCharsets.UTF_8));
    assertThat(fill(miss(), 5)).isTrue();
    admin.del(key());
    admin.lpush(key(), key());
    assertThat(fill(miss(), 5)).isTrue();
    assertThat(versionFound()).isEqualTo(5);
    assertThat(events).hasSize(2);
  }

  @Test
  void anEntrySealedByAnotherApplicationIsAMiss() {
    filled(5);
    KeyRing foreign =
        KeyRing.builder()
            .signing(SigningKey.hs256("a", random()))
            .sealing("a", random())
            .index("a", random())
            .build();
    String name = foreign.loginIndex().name("doorward", LOGIN);
    admin.set(
        ("doorward:{" + name + "}:credential").getBytes(StandardCharsets.UTF_8), admin.get(key()));

    assertThat(cache(foreign).lookup(LOGIN, soon())).isInstanceOf(Lookup.Miss.class);
    assertThat(events).containsExactly(new ServiceEvent.SealedValueRejected("credential entry"));
  }

  @Test
  void anotherNamespaceSeesNothing() {
    filled(5);
    RedisCredentialCache other =
        RedisStores.builder(client, keys)
            .namespace("other")
            .clock(clock)
            .build()
            .credentialCache()
            .build();

    assertThat(other.lookup(LOGIN, soon())).isInstanceOf(Lookup.Miss.class);
  }

  @Test
  void fencesReachTheNamesUnderEveryIndexKey() {
    byte[] sealing = random();
    byte[] oldIndex = random();
    SigningKey signing = SigningKey.hs256("s", random());
    KeyRing before =
        KeyRing.builder().signing(signing).sealing("s", sealing).index("old", oldIndex).build();
    KeyRing after =
        KeyRing.builder()
            .signing(signing)
            .sealing("s", sealing)
            .index("new", random())
            .index("old", oldIndex)
            .build();
    RedisCredentialCache oldNode = cache(before);
    Ticket ticket = ((Lookup.Miss) oldNode.lookup(LOGIN, soon())).ticket();
    assertThat(oldNode.fill(ticket, credential(LOGIN, 5), clock.instant(), soon())).isTrue();

    cache(after).fence(LOGIN, 6, soon());

    assertThat(oldNode.lookup(LOGIN, soon())).isInstanceOf(Lookup.Miss.class);
  }

  @Test
  void addressAndHashAreNeverInClear() {
    filled(5);
    cache.fence(LOGIN, 5, soon());

    List<byte[]> stored = TestRedis.dump(admin);

    assertThat(stored).hasSize(2);
    for (byte[] bytes : stored) {
      assertThat(new String(bytes, StandardCharsets.ISO_8859_1))
          .doesNotContain("ada", "example", "argon2", "ZGlnZXN0", "account-1", "io.doorward");
    }
  }

  @Test
  void itWorksAfterTheServerForgotItsScripts() {
    filled(5);
    admin.scriptFlush();
    assertThat(versionFound()).isEqualTo(5);
    admin.scriptFlush();
    cache.fence(LOGIN, 6, soon());
    admin.scriptFlush();
    assertThat(fill(miss(), 6)).isTrue();
  }

  private static byte[] random() {
    byte[] bytes = new byte[32];
    new SecureRandom().nextBytes(bytes);
    return bytes;
  }
}
