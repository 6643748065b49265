package io.doorward.auth.redis.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.testkit.FaultProxy;
import io.doorward.auth.testkit.TestRedisNode;
import io.doorward.auth.testkit.TestRedisSentinel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;

/** The bounded client with real sentinels, which name whom the test tells them to. */
class SentinelServersIT {
  private static final Duration SHORT = Duration.ofMillis(400);
  private static final Duration LONG = Duration.ofSeconds(30);

  private static TestRedis one;
  private static TestRedis other;

  private TestRedisSentinel group;
  private MonitoredName monitored;
  private FaultProxy primary;

  @BeforeAll
  static void startServers() {
    one = TestRedis.start();
    other = TestRedis.start();
  }

  @AfterAll
  static void stopServers() {
    one.close();
    other.close();
  }

  @BeforeEach
  void monitor() {
    group = Groups.sentinel();
    monitored = new MonitoredName(group);
    primary = FaultProxy.to("127.0.0.1", one.port());
  }

  @AfterEach
  void forget() {
    monitored.close();
    primary.close();
  }

  private BoundedRedisClient.Builder builder() {
    return BoundedRedisClient.sentinel(monitored.name, monitored.addresses());
  }

  /** A client whose own bounds do not end a call: only a deadline does. */
  private BoundedRedisClient endless() {
    return builder().connectTimeout(LONG).commandTimeout(LONG).poolWait(LONG).build();
  }

  private void sentinels(Consumer<FaultProxy> fault) {
    monitored.proxies.forEach(fault);
  }

  private static StoreException failed(BoundedRedisClient client) {
    return Calls.failed(client, SHORT, () -> client.get("key"));
  }

  private static String nameOf(TestRedis server) {
    try (Jedis admin = server.admin()) {
      return admin.info("server").replaceAll("(?s).*run_id:(\\w+).*", "$1");
    }
  }

  private static String nameBehind(BoundedRedisClient client) {
    return client.info("server").replaceAll("(?s).*run_id:(\\w+).*", "$1");
  }

  @Test
  void itStartsWhileNothingIsThereAndWorksOnceItIs() {
    sentinels(FaultProxy::refuse);
    primary.refuse();
    try (BoundedRedisClient client = builder().build()) {
      StoreException silent = failed(client);
      assertThat(silent.kind()).isEqualTo(Kind.UNREACHABLE);
      assertThat(silent).hasMessageContaining("no sentinel answered in time");

      monitored.point(primary.port());
      sentinels(FaultProxy::heal);
      await()
          .untilAsserted(
              () ->
                  assertThat(failed(client))
                      .hasMessageContaining("no connection could be had in time"));
      assertThat(failed(client).kind()).isEqualTo(Kind.UNREACHABLE);

      primary.heal();
      Calls.eventually().until(() -> client.ping().equals("PONG"));
    }
  }

  @Test
  void aNameThatNoSentinelKnowsIsAMisconfigurationThatSaysSo() {
    monitored.proxies.get(0).refuse();
    try (BoundedRedisClient client = builder().build()) {
      StoreException failure = failed(client);

      assertThat(failure.kind()).isEqualTo(Kind.MISCONFIGURED);
      assertThat(failure).hasMessageContaining("know no primary of this name: " + monitored.name);

      monitored.point(primary.port());
      Calls.eventually().until(() -> client.ping().equals("PONG"));
    }
  }

  @Test
  void oneSentinelThatKnowsIsEnough() {
    monitored.pointFirst(primary.port());
    monitored.proxies.get(1).blackHole();
    try (BoundedRedisClient client = builder().build()) {
      Calls.eventually().until(() -> client.ping().equals("PONG"));
    }
  }

  @Test
  void serversThatAreNoSentinelsAreAMisconfiguration() {
    HostAndPort none = new HostAndPort("127.0.0.1", one.port());
    try (BoundedRedisClient client =
        BoundedRedisClient.sentinel(monitored.name, List.of(none)).build()) {
      StoreException failure = failed(client);

      assertThat(failure.kind()).isEqualTo(Kind.MISCONFIGURED);
      assertThat(failure).hasMessageContaining("are no sentinels");
    }
  }

  @Test
  void sentinelsThatWantAPasswordGetTheirOwn() {
    monitored.point(primary.port());
    TestRedis locked = TestRedis.start("requirepass xq7-phrase");
    try (BoundedRedisClient without =
            BoundedRedisClient.sentinel("any", List.of(new HostAndPort("127.0.0.1", locked.port())))
                .build();
        BoundedRedisClient with =
            BoundedRedisClient.sentinel("any", List.of(new HostAndPort("127.0.0.1", locked.port())))
                .password("not for sentinels")
                .sentinelPassword("xq7-phrase")
                .build()) {
      StoreException failure = failed(without);
      assertThat(failure.kind()).isEqualTo(Kind.MISCONFIGURED);
      assertThat(failure).hasMessageContaining("check sentinelUser and sentinelPassword");

      // It is let in, and finds out that this is no sentinel.
      assertThat(failed(with)).hasMessageContaining("are no sentinels");
      assertThat(with.toString()).doesNotContain("xq7", "not for sentinels");
    } finally {
      locked.close();
    }
  }

  @Test
  void theAccessRulesOfTheDocumentationAreEnoughForSentinels() {
    monitored.point(primary.port());
    for (HostAndPort sentinel : group.sentinels()) {
      try (Jedis admin = new Jedis(sentinel)) {
        admin.aclSetUser(
            "watch", "on", ">xq7-phrase", "+@connection", "+sentinel|get-master-addr-by-name");
      }
    }
    try (BoundedRedisClient client = builder().sentinelUser("watch", "xq7-phrase").build()) {
      Calls.eventually().until(() -> client.ping().equals("PONG"));
    } finally {
      for (HostAndPort sentinel : group.sentinels()) {
        try (Jedis admin = new Jedis(sentinel)) {
          admin.aclDelUser("watch");
        }
      }
    }
  }

  @Test
  void everyCallEndsAtItsDeadlineWhateverTheSentinelsDo() {
    monitored.point(primary.port());
    for (Consumer<FaultProxy> fault : faults()) {
      sentinels(FaultProxy::heal);
      sentinels(fault);
      try (BoundedRedisClient client = endless()) {
        assertThat(failed(client).kind()).isEqualTo(Kind.UNREACHABLE);
      }
    }
  }

  @Test
  void everyCallEndsAtItsDeadlineWhateverThePrimaryDoes() {
    monitored.point(primary.port());
    for (Consumer<FaultProxy> fault : faults()) {
      try (BoundedRedisClient client = endless()) {
        Calls.eventually().until(() -> client.ping().equals("PONG"));

        fault.accept(primary);

        assertThat(failed(client).kind()).isIn(Kind.TIMEOUT, Kind.UNREACHABLE);
        assertThat(failed(client).kind()).isIn(Kind.TIMEOUT, Kind.UNREACHABLE);
        primary.heal();
        primary.cut();
        Calls.eventually().until(() -> client.ping().equals("PONG"));
      }
    }
  }

  @Test
  void anAnswerThatDripsEndsAtTheDeadlineWhoeverGivesIt() throws Exception {
    HostAndPort sentinel = group.sentinels().iterator().next();
    try (SlicingProxy drippingServer = new SlicingProxy(one.port());
        SlicingProxy drippingSentinel = new SlicingProxy(sentinel.getPort());
        BoundedRedisClient client =
            BoundedRedisClient.sentinel(
                    monitored.name, List.of(new HostAndPort("127.0.0.1", drippingSentinel.port())))
                .connectTimeout(LONG)
                .commandTimeout(LONG)
                .build()) {
      monitored.point(drippingServer.port());
      // No wait for a byte is too long for a socket, all of them are for the caller.
      drippingSentinel.millisPerByte = 200;
      assertThat(failed(client).kind()).isEqualTo(Kind.UNREACHABLE);
      drippingSentinel.millisPerByte = 0;
      Calls.eventually().until(() -> client.ping().equals("PONG"));

      drippingServer.millisPerByte = 200;
      List<String> none = List.of();
      assertThat(
              Calls.failed(client, SHORT, () -> client.eval("return ('x'):rep(40)", none, none))
                  .kind())
          .isEqualTo(Kind.TIMEOUT);
      drippingServer.millisPerByte = 0;
      assertThat(client.ping()).isEqualTo("PONG");
    }
  }

  private static List<Consumer<FaultProxy>> faults() {
    return List.of(FaultProxy::blackHole, proxy -> proxy.slice(1, Duration.ofMillis(100)));
  }

  @Test
  void withoutADeadlineACallEndsAtTheClientsOwnBounds() {
    monitored.point(primary.port());
    sentinels(FaultProxy::blackHole);
    try (BoundedRedisClient client = builder().build()) {
      Duration bound = Duration.ofSeconds(1);
      // The deadline that is given here only measures: it is far away.
      long start = System.nanoTime();
      Calls.failed(client, LONG, () -> client.get("key"));
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(bound.plusSeconds(2));
    }
  }

  @Test
  void whoWaitsForTheSameAnswerWaitsNoLongerThanHisOwnDeadline() throws Exception {
    monitored.point(primary.port());
    sentinels(proxy -> proxy.latency(Duration.ofMillis(700), Duration.ZERO));
    try (BoundedRedisClient client = endless()) {
      assertThat(failed(client).kind()).isEqualTo(Kind.UNREACHABLE);
      // The look-up that the first one began goes on, and serves who has more time.
      assertThat(client.within(Deadline.after(LONG), client::ping)).isEqualTo("PONG");
      assertThat(monitored.proxies.stream().mapToLong(FaultProxy::connections).sum())
          .as("questions")
          .isEqualTo(1);
    }
  }

  @Test
  void whileTheSentinelsAreAwayTheLastPrimaryIsUsedWithoutAWait() {
    monitored.point(primary.port());
    try (BoundedRedisClient client =
        builder().topologyPeriod(Duration.ofMillis(100)).connectTimeout(LONG).build()) {
      client.ping();
      sentinels(FaultProxy::blackHole);
      long start = System.nanoTime();
      for (int i = 0; i < 2_000; i++) {
        assertThat(client.ping()).isEqualTo("PONG");
      }
      sentinels(FaultProxy::refuse);
      for (int i = 0; i < 2_000; i++) {
        assertThat(client.ping()).isEqualTo("PONG");
      }
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
    }
  }

  @Test
  void anotherPrimaryIsFoundWithoutAFailureAndTheFormerIsLeft() {
    monitored.point(primary.port());
    try (BoundedRedisClient client =
        builder().topologyPeriod(Duration.ofMillis(100)).poolWait(LONG).build()) {
      assertThat(nameBehind(client)).isEqualTo(nameOf(one));
      assertThat(primary.open()).isPositive();

      monitored.point(other.port());

      await().until(() -> nameBehind(client).equals(nameOf(other)));
      assertThat(primary.open()).as("connections to the former primary").isZero();
      for (int i = 0; i < 100; i++) {
        assertThat(nameBehind(client)).isEqualTo(nameOf(other));
      }
    }
  }

  @Test
  void aClientThatWasIdleAsksBeforeItBelieves() {
    monitored.point(primary.port());
    try (BoundedRedisClient client = builder().topologyPeriod(Duration.ofMillis(100)).build()) {
      assertThat(nameBehind(client)).isEqualTo(nameOf(one));
      monitored.point(other.port());
      awaitPause();

      assertThat(nameBehind(client)).isEqualTo(nameOf(other));
    }
  }

  @Test
  void aPrimaryThatRefusesConnectionsIsAskedAboutWithinTheSameCall() {
    monitored.point(primary.port());
    try (BoundedRedisClient client =
        builder().topologyPeriod(Duration.ofHours(1)).connectTimeout(LONG).build()) {
      client.ping();
      primary.refuse();
      primary.cut();
      // Of idle connections that are lost a call learns by sending; from then on there is none.
      await().until(() -> failed(client).kind() == Kind.UNREACHABLE);
      monitored.point(other.port());
      awaitPause();

      assertThat(nameBehind(client)).isEqualTo(nameOf(other));
    }
  }

  /** Waits until sentinels may be asked again. */
  private static void awaitPause() {
    Deadline pause = Deadline.after(SharedLookup.PAUSE.multipliedBy(2));
    await().until(pause::isExpired);
  }

  @Test
  void whoWaitsForAConnectionToTheFormerPrimaryIsSentToTheNextOne() throws Exception {
    monitored.point(primary.port());
    try (BoundedRedisClient client =
        builder()
            .topologyPeriod(Duration.ofMillis(100))
            .connections(1)
            .poolWait(LONG)
            .commandTimeout(Duration.ofSeconds(5))
            .build()) {
      client.ping();
      primary.blackHole();
      Thread holder = new Thread(() -> Calls.failed(client, LONG, () -> client.get("key")));
      holder.start();
      await().until(() -> client.connectionsInUse() == 1);
      AtomicReference<String> found = new AtomicReference<>();
      AtomicBoolean interrupted = new AtomicBoolean();
      Thread waiter =
          new Thread(
              () -> {
                found.set(nameBehind(client));
                interrupted.set(Thread.currentThread().isInterrupted());
              });
      waiter.start();
      await().until(() -> waiter.getState() == Thread.State.TIMED_WAITING);

      monitored.point(other.port());
      Calls.eventually()
          .until(() -> client.within(Deadline.after(SHORT), () -> nameBehind(client)) != null);

      holder.join(10_000);
      waiter.join(10_000);
      assertThat(found).hasValue(nameOf(other));
      assertThat(interrupted).isFalse();
    }
  }

  @Test
  void aConnectionThatIsLostIsAReasonToAsk() {
    monitored.point(primary.port());
    try (BoundedRedisClient client = builder().topologyPeriod(Duration.ofHours(1)).build()) {
      assertThat(nameBehind(client)).isEqualTo(nameOf(one));
      monitored.point(other.port());
      awaitPause();
      assertThat(nameBehind(client)).as("nothing has happened").isEqualTo(nameOf(one));

      primary.cut();

      assertThat(Calls.failed(client, LONG, client::ping).kind()).isEqualTo(Kind.TIMEOUT);
      Calls.eventually().until(() -> nameBehind(client).equals(nameOf(other)));
    }
  }

  @Test
  void aServerThatSaysItIsNoPrimaryIsAskedAboutAtOnce() {
    monitored.point(primary.port());
    try (Jedis admin = one.admin();
        BoundedRedisClient client = builder().topologyPeriod(Duration.ofHours(1)).build()) {
      client.set("key", "value");
      admin.replicaof("127.0.0.1", other.port());
      monitored.point(other.port());

      assertThat(Calls.failed(client, LONG, () -> client.set("key", "value")).kind())
          .isEqualTo(Kind.REFUSED);
      Calls.eventually().until(() -> client.set("key", "value").equals("OK"));

      assertThat(nameBehind(client)).isEqualTo(nameOf(other));
    } finally {
      try (Jedis admin = one.admin()) {
        admin.replicaofNoOne();
      }
    }
  }

  @Test
  void noAnswerReachesAnotherCallerWhileConnectionsAreCut() throws Exception {
    monitored.point(primary.port());
    try (BoundedRedisClient client =
        builder().connections(4).commandTimeout(Duration.ofMillis(20)).build()) {
      Calls.eventually().until(() -> client.ping().equals("PONG"));
      primary.latency(Duration.ofMillis(4), Duration.ofMillis(8));

      int answers = Calls.answersOf(client, () -> monitored.point(other.port()));

      assertThat(answers).isPositive();
      assertThat(client.connectionsInUse()).isZero();
    }
  }

  @Test
  void aPausedPrimaryCostsEachCallItsBoundUntilAnotherOneIsPromoted() {
    try (BoundedRedisClient client =
        BoundedRedisClient.sentinel(group.primaryName(), group.sentinels())
            .topologyPeriod(Duration.ofHours(1))
            .build()) {
      Calls.eventually().until(() -> client.set("key", "before").equals("OK"));
      TestRedisNode old = group.primary();
      old.pause();

      Duration whole = Duration.ofSeconds(1);
      Calls.eventually()
          .until(
              () -> {
                long start = System.nanoTime();
                try {
                  return client.set("key", "after").equals("OK");
                } finally {
                  assertThat(Duration.ofNanos(System.nanoTime() - start))
                      .isLessThan(whole.plusSeconds(2));
                }
              });

      old.resume();
      for (int i = 0; i < 100; i++) {
        assertThat(client.set("key", "after")).isEqualTo("OK");
      }
    }
  }

  @Test
  void closingEndsEverythingAlsoWhatIsUnderWay() throws Exception {
    monitored.point(primary.port());
    BoundedRedisClient client = endless();
    client.ping();
    primary.blackHole();
    Thread caller = new Thread(() -> Calls.failed(client, LONG, () -> client.get("key")));
    caller.start();
    await().until(() -> client.connectionsInUse() == 1);

    client.close();

    caller.join(5_000);
    assertThat(caller.isAlive()).isFalse();
    assertThat(client.connectionsInUse()).isZero();
    // The sentinels' own connections go elsewhere; the client's would stay.
    monitored.point(other.port());
    await().until(() -> primary.open() == 0);
    await().until(() -> monitored.proxies.stream().allMatch(proxy -> proxy.open() == 0));
    await().until(() -> !Calls.isThreadAlive("doorward-redis-sentinels"));
    await().until(() -> !Calls.isThreadAlive("doorward-redis-watchdog"));
    assertThat(failed(client).kind()).isEqualTo(Kind.UNREACHABLE);
  }
}
