package io.doorward.auth.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.event.ServiceEvent;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.redis.client.TestRedis;
import io.doorward.auth.session.EndedSession.EndReason;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionKind;
import io.doorward.auth.session.TokenStore.LiveSession;
import io.doorward.auth.testkit.FaultProxy;
import io.doorward.auth.testkit.FaultProxy.Direction;
import io.doorward.auth.testkit.TestPorts;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.UnifiedJedis;

/** What a request check reads by plain commands, and when it does not. */
class PlainReadsIT {
  private static final AccountId ADA = new AccountId("ada-account");
  private static final AccountId EVE = new AccountId("eve-account");
  private static final Duration IDLE = Duration.ofMinutes(30);

  private final KeyRing keys = KeyRing.ephemeral();
  private final MemoryProfiles profiles = new MemoryProfiles();
  private final List<AuthEvent> events = new CopyOnWriteArrayList<>();
  private TestRedis server;
  private BoundedRedisClient client;
  private Jedis admin;
  private RedisTokenStore store;

  @BeforeEach
  void open() {
    server = TestRedis.start();
    client = server.client();
    admin = server.admin();
    store = storeOf(client);
    profiles.put(ADA, 1, 1, "reader");
    profiles.put(EVE, 2, 1, "admin");
  }

  @AfterEach
  void close() {
    admin.close();
    client.close();
    server.close();
  }

  private RedisTokenStore storeOf(UnifiedJedis by) {
    return RedisStores.builder(by, keys).listener(events::add).build().tokenStore(profiles).build();
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(10));
  }

  private Session created(AccountId account) {
    Instant now = Instant.now();
    Session session =
        Session.builder(
                account,
                SessionKind.COOKIE,
                MemoryProfiles.epoch(1),
                now,
                now.plus(Duration.ofHours(12)),
                IDLE)
            .amr(Set.of("pwd"))
            .build();
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

  private long scripts() {
    return admin
        .info("commandstats")
        .lines()
        .filter(line -> line.startsWith("cmdstat_eval"))
        .mapToLong(line -> Long.parseLong(line.replaceAll(".*:calls=(\\d+),.*", "$1")))
        .sum();
  }

  @Test
  void aLiveSessionIsFoundWithoutAScript() {
    Session session = created(ADA);
    long before = scripts();

    for (int i = 0; i < 10; i++) {
      assertThat(find(session)).map(live -> live.user().roles()).contains(Set.of("reader"));
    }

    assertThat(scripts()).isEqualTo(before);
  }

  @Test
  void whatEndsElsewhereIsRefusedAtOnce() {
    Session session = created(ADA);
    try (BoundedRedisClient other = server.client()) {
      RedisTokenStore elsewhere = storeOf(other);
      for (int i = 0; i < 50; i++) {
        Session next = created(ADA);
        assertThat(find(next)).isPresent();

        assertThat(elsewhere.revoke(ADA, next.id(), EndReason.LOGOUT, soon()).ended()).isOne();

        assertThat(find(next)).isEmpty();
      }
      profiles.put(ADA, 3, 2, "reader");
      assertThat(elsewhere.fenceUser(ADA, 3, soon())).isTrue();
    }

    assertThat(find(session)).isEmpty();
  }

  @Test
  void aRoleThatWasTakenAwayIsGoneAtOnce() {
    Session session = created(EVE);
    assertThat(find(session)).map(live -> live.user().roles()).contains(Set.of("admin"));

    profiles.put(EVE, 3, 1, "reader");
    store.fenceUser(EVE, 3, soon());

    assertThat(find(session)).map(live -> live.user().roles()).contains(Set.of("reader"));
  }

  @Test
  void aPrimaryThatWasDemotedIsBelievedForASecondAtMost() {
    Session session = created(ADA);
    assertThat(find(session)).isPresent();

    admin.replicaof("127.0.0.1", TestPorts.take());

    await().untilAsserted(() -> assertThatThrownBy(() -> find(session)).satisfies(this::refused));
    for (int i = 0; i < 100; i++) {
      assertThatThrownBy(() -> find(session)).satisfies(this::refused);
    }
  }

  private void refused(Throwable thrown) {
    assertThat(thrown)
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.REFUSED));
  }

  @Test
  void anAnswerThatIsOlderThanASecondGoesTheWayOfScripts() {
    Session session = created(ADA);
    try (FaultProxy proxy = FaultProxy.to("127.0.0.1", server.port());
        BoundedRedisClient slow =
            BoundedRedisClient.builder(proxy.host(), proxy.port())
                .commandTimeout(Duration.ofSeconds(5))
                .build()) {
      store = storeOf(slow);
      assertThat(find(session)).isPresent();
      long before = scripts();
      proxy.latency(Direction.DOWN, Duration.ofMillis(1_100), Duration.ZERO);

      assertThat(find(session)).isPresent();

      assertThat(scripts()).isGreaterThan(before);
    }
  }

  @Test
  void aRecordCopiedToAnotherAccountGrantsNothingThere() {
    Session ofAda = created(ADA);
    Session ofEve = created(EVE);
    assertThat(find(ofEve)).isPresent();
    assertThat(find(ofAda)).isPresent();

    admin.set(key(ADA, "user"), admin.get(key(EVE, "user")));

    assertThat(find(ofAda)).map(live -> live.user().roles()).contains(Set.of("reader"));
    assertThat(events).hasAtLeastOneElementOfType(ServiceEvent.SealedValueRejected.class);
  }

  @Test
  void aSessionCopiedToAnotherAccountOpensNothingThere() {
    Session ofAda = created(ADA);
    Session ofEve = created(EVE);
    assertThat(find(ofEve)).isPresent();

    admin.set(key(ofAda), admin.get(key(ofEve)));

    assertThat(find(ofAda)).isEmpty();
    assertThat(find(ofEve)).isPresent();
  }

  @Test
  void whatWasChangedUnderTheMemoryIsNotServed() {
    Session session = created(ADA);
    assertThat(find(session)).isPresent();
    byte[] genuine = admin.get(key(session));
    byte[] changed = genuine.clone();
    changed[changed.length - 1]++;

    admin.set(key(session), changed);
    assertThat(find(session)).isEmpty();
    admin.set(key(session), genuine);

    assertThat(find(session)).isPresent();
  }

  @Test
  void aStoreWithoutTheKeyOpensNothingThatAnotherRemembers() {
    Session session = created(ADA);
    assertThat(find(session)).isPresent();

    RedisTokenStore other =
        RedisStores.builder(client, KeyRing.ephemeral()).build().tokenStore(profiles).build();

    assertThat(other.find(ADA, session.id(), soon())).isEmpty();
  }

  @Test
  void aValueThatIsTooLongIsNotRead() {
    Session session = created(ADA);
    assertThat(find(session)).isPresent();
    admin.set(key(session), new byte[64 * 1024 * 1024]);
    admin.configResetStat();

    assertThat(find(session)).isEmpty();

    long sent =
        admin
            .info("stats")
            .lines()
            .filter(line -> line.startsWith("total_net_output_bytes:"))
            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
            .sum();
    assertThat(sent).isLessThan(200_000);
  }

  @Test
  void anotherTypeUnderTheKeyIsNoSession() {
    Session session = created(ADA);
    assertThat(find(session)).isPresent();
    admin.del(key(session));
    admin.sadd(new String(key(session), StandardCharsets.UTF_8), "planted");

    assertThat(find(session)).isEmpty();
  }

  @Test
  void aClientOfJedisUsesScripts() {
    Session session = created(ADA);
    long before = scripts();
    try (RedisClient foreign = RedisClient.create("127.0.0.1", server.port())) {
      assertThat(storeOf(foreign).find(ADA, session.id(), soon())).isPresent();
    }

    assertThat(scripts()).isGreaterThan(before);
  }

  @Test
  void aUserWithoutTheRightToInfoIsToldSo() {
    Session session = created(ADA);
    admin.sendCommand(
        Protocol.Command.ACL, "SETUSER", "app", "on", ">secret", "~*", "+@all", "-info");
    try (BoundedRedisClient limited =
        BoundedRedisClient.builder("127.0.0.1", server.port()).user("app", "secret").build()) {
      RedisTokenStore by = storeOf(limited);

      assertThatThrownBy(() -> by.find(ADA, session.id(), soon()))
          .isInstanceOfSatisfying(
              StoreException.class,
              e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.MISCONFIGURED));
    }
  }

  @Test
  void everyCallerOfASharedTripGetsItsOwnAnswer() {
    List<Session> sessions = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      AccountId account = new AccountId("account-" + i);
      profiles.put(account, 10 + i, 1, "role-" + i);
      sessions.add(created(account));
    }
    List<Thread> threads = new ArrayList<>();
    List<String> wrong = new CopyOnWriteArrayList<>();
    AtomicInteger compared = new AtomicInteger();
    for (int t = 0; t < 64; t++) {
      int first = t;
      Thread thread =
          new Thread(
              () ->
                  IntStream.range(0, 200)
                      .map(i -> (first + i) % sessions.size())
                      .forEach(
                          i -> {
                            compare(i, find(sessions.get(i)), sessions, wrong);
                            compared.incrementAndGet();
                          }));
      threads.add(thread);
      thread.start();
    }
    threads.forEach(PlainReadsIT::join);

    assertThat(wrong).isEmpty();
    assertThat(compared).hasValue(64 * 200);
  }

  private static void compare(
      int i, Optional<LiveSession> found, List<Session> sessions, List<String> wrong) {
    boolean right =
        found
            .filter(live -> live.session().id().equals(sessions.get(i).id()))
            .filter(live -> live.user().roles().equals(Set.of("role-" + i)))
            .isPresent();
    if (!right) {
      wrong.add(i + ": " + found.map(live -> live.session().account()));
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted", e);
    }
  }
}
