package io.doorward.auth.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.redis.client.TestRedis;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionKind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import redis.clients.jedis.Jedis;

/** What becomes of the database when Redis has forgotten who the sessions belong to. */
@Timeout(60)
class ProfileReadsIT {
  private static final AccountId ADA = new AccountId("ada-account");
  private static final AccountId BOB = new AccountId("bob-account");
  private static final AccountId CLEO = new AccountId("cleo-account");
  private static final AccountId DAN = new AccountId("dan-account");
  private static final Pattern SCRIPTS = Pattern.compile("cmdstat_evalsha:calls=(\\d+),");

  private final TestClock clock = new TestClock();
  private final MemoryProfiles profiles = new MemoryProfiles();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CountDownLatch answer = new CountDownLatch(1);
  private BoundedRedisClient client;
  private Jedis admin;

  @BeforeEach
  void open() {
    client = TestRedis.shared().client();
    admin = TestRedis.shared().admin();
    admin.flushAll();
    int version = 1;
    for (AccountId account : List.of(ADA, BOB, CLEO, DAN)) {
      profiles.put(account, version++, 1, "reader");
    }
  }

  @AfterEach
  void close() throws InterruptedException {
    answer.countDown();
    threads.shutdown();
    assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    admin.close();
    client.close();
  }

  private RedisTokenStore store(int permits, int waiting) {
    return RedisStores.builder(client, KeyRing.ephemeral())
        .clock(clock)
        .build()
        .tokenStore(profiles)
        .concurrentLoads(permits, waiting)
        .build();
  }

  /** Creates a session whose account Redis then forgets. */
  private Session forgotten(RedisTokenStore store, AccountId account) {
    Session session = session(account);
    assertThat(store.create(session, soon())).isPresent();
    admin.del("doorward:{" + account.value() + "}:user");
    return session;
  }

  private Session session(AccountId account) {
    return Session.builder(
            account,
            SessionKind.COOKIE,
            MemoryProfiles.epoch(1),
            clock.instant(),
            clock.instant().plus(Duration.ofHours(12)),
            Duration.ofMinutes(30))
        .amr(Set.of("pwd"))
        .build();
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(20));
  }

  private <T> CompletableFuture<T> start(Callable<T> call) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return call.call();
          } catch (StoreException e) {
            throw e;
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        },
        threads);
  }

  /** The database takes until the latch is opened. */
  private void slowDatabase() {
    profiles.loads.set(0);
    profiles.afterRead =
        () -> {
          try {
            assertThat(answer.await(20, TimeUnit.SECONDS)).isTrue();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        };
  }

  private int scripts() {
    Matcher count = SCRIPTS.matcher(admin.info("commandstats"));
    return count.find() ? Integer.parseInt(count.group(1)) : 0;
  }

  private static void assertOverloaded(Callable<?> call) {
    assertThatThrownBy(call::call)
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.OVERLOADED));
  }

  @Test
  void checksOfOneAccountShareReads() {
    RedisTokenStore store = store(4, 256);
    Session session = forgotten(store, ADA);
    slowDatabase();
    admin.configResetStat();
    List<CompletableFuture<Boolean>> checks = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      checks.add(start(() -> store.find(ADA, session.id(), soon()).isPresent()));
    }
    // Each has looked for the session and then for the user record, and has not found the latter.
    await().until(() -> scripts() >= 32);

    answer.countDown();

    checks.forEach(check -> assertThat(check.join()).isTrue());
    assertThat(profiles.loads.get()).isBetween(1, 8);
    profiles.loads.set(0);
    assertThat(store.find(ADA, session.id(), soon())).isPresent();
    assertThat(profiles.loads).as("the record was stored").hasValue(0);
  }

  @Test
  void aReadThatBeganBeforeACheckIsNotSharedWithIt() {
    RedisTokenStore store = store(4, 256);
    Session session = forgotten(store, ADA);
    slowDatabase();
    CompletableFuture<Set<String>> before =
        start(() -> store.find(ADA, session.id(), soon()).orElseThrow().user().roles());
    await().until(() -> profiles.loads.get() == 1);
    profiles.put(ADA, 9, 1, "writer");
    admin.configResetStat();

    CompletableFuture<Set<String>> after =
        start(() -> store.find(ADA, session.id(), soon()).orElseThrow().user().roles());
    await().until(() -> scripts() >= 2);
    answer.countDown();

    assertThat(before.join()).containsExactly("reader");
    assertThat(after.join()).containsExactly("writer");
  }

  @Test
  void whatFindsNoPlaceIsToldSoAtOnceAndIsNotRead() {
    RedisTokenStore store = store(1, 0);
    Session ada = forgotten(store, ADA);
    Session bob = forgotten(store, BOB);
    slowDatabase();
    CompletableFuture<Boolean> first = start(() -> store.find(ADA, ada.id(), soon()).isPresent());
    await().until(() -> profiles.loads.get() == 1);

    assertOverloaded(() -> store.find(BOB, bob.id(), soon()));
    assertOverloaded(() -> store.create(session(CLEO), soon()));

    assertThat(profiles.loads).hasValue(1);
    answer.countDown();
    assertThat(first.join()).isTrue();
    assertThat(store.find(BOB, bob.id(), soon())).isPresent();
  }

  @Test
  void aStormOfChecksLeavesNewSessionsTheirPlaces() {
    RedisTokenStore store = store(1, 1);
    Session ada = forgotten(store, ADA);
    Session bob = forgotten(store, BOB);
    Session cleo = forgotten(store, CLEO);
    slowDatabase();
    CompletableFuture<Boolean> reading = start(() -> store.find(ADA, ada.id(), soon()).isPresent());
    await().until(() -> profiles.loads.get() == 1);
    List<CompletableFuture<Boolean>> checks = new ArrayList<>();
    for (Session session : List.of(bob, cleo)) {
      checks.add(start(() -> store.find(session.account(), session.id(), soon()).isPresent()));
    }
    await().until(() -> checks.stream().anyMatch(CompletableFuture::isDone));

    CompletableFuture<Boolean> login = start(() -> store.create(session(DAN), soon()).isPresent());
    answer.countDown();

    assertThat(reading.join()).isTrue();
    assertThat(login.join()).isTrue();
    assertThat(checks.stream().map(check -> check.handle((found, failure) -> failure)).toList())
        .filteredOn(outcome -> outcome.join() != null)
        .singleElement()
        .satisfies(
            refused -> assertThat(refused.join()).hasRootCauseInstanceOf(StoreException.class));
  }

  @Test
  void anOldRecordServesWhereThereIsNoRoomToReadItAnew() {
    RedisTokenStore store = store(1, 0);
    Session bob = session(BOB);
    assertThat(store.create(bob, soon())).isPresent();
    Session ada = forgotten(store, ADA);
    slowDatabase();
    CompletableFuture<Boolean> first = start(() -> store.find(ADA, ada.id(), soon()).isPresent());
    await().until(() -> profiles.loads.get() == 1);
    clock.advance(Duration.ofMinutes(11));

    assertThat(store.find(BOB, bob.id(), soon())).isPresent();

    assertThat(profiles.loads).hasValue(1);
    answer.countDown();
    assertThat(first.join()).isTrue();
  }
}
