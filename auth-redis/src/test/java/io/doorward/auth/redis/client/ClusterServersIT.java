package io.doorward.auth.redis.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.testkit.FaultProxy;
import io.doorward.auth.testkit.TestPorts;
import io.doorward.auth.testkit.TestRedisCluster;
import io.doorward.auth.testkit.TestRedisNode;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.params.MigrateParams;

/** The bounded client with a real cluster of two nodes behind proxies. */
class ClusterServersIT {
  private static final Duration SHORT = Duration.ofMillis(400);
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final String FIRST = ProxiedCluster.keyOf(0);
  private static final String SECOND = ProxiedCluster.keyOf(1);

  /** As in docs/redis.md. */
  private static final String RULES =
      "+@connection +@string +@sortedset +@keyspace -@dangerous +eval +evalsha +time +info"
          + " +cluster|slots";

  private ProxiedCluster cluster;

  @BeforeEach
  void start() throws IOException {
    cluster = new ProxiedCluster();
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  /** A client that asks for the slots only when it has a reason to. */
  private BoundedRedisClient.Builder builder() {
    return BoundedRedisClient.cluster(cluster.addresses()).topologyPeriod(Duration.ofHours(1));
  }

  /** A client whose own bounds do not end a call: only a deadline does. */
  private BoundedRedisClient endless() {
    return builder().connectTimeout(LONG).commandTimeout(LONG).poolWait(LONG).build();
  }

  /** A client that a busy machine does not make time out. */
  private BoundedRedisClient patient() {
    return builder()
        .connectTimeout(Duration.ofSeconds(10))
        .commandTimeout(Duration.ofSeconds(10))
        .poolWait(Duration.ofSeconds(10))
        .build();
  }

  private static StoreException failed(BoundedRedisClient client, String key) {
    return Calls.failed(client, SHORT, () -> client.get(key));
  }

  private static void warmUp(BoundedRedisClient client) {
    Calls.eventually().until(() -> client.set(FIRST, "1").equals("OK"));
    Calls.eventually().until(() -> client.set(SECOND, "2").equals("OK"));
  }

  private static List<Consumer<FaultProxy>> faults() {
    return List.of(FaultProxy::blackHole, proxy -> proxy.slice(1, Duration.ofMillis(100)));
  }

  private void moveSecondsSlot() {
    int slot = TestRedisCluster.slotOf(SECOND);
    try (Jedis from = cluster.admin(1);
        Jedis to = cluster.admin(0)) {
      to.clusterSetSlotImporting(slot, cluster.idOf(1));
      from.clusterSetSlotMigrating(slot, cluster.idOf(0));
      migrate(from);
      to.clusterSetSlotNode(slot, cluster.idOf(0));
      from.clusterSetSlotNode(slot, cluster.idOf(0));
    }
  }

  private void migrate(Jedis from) {
    HostAndPort target = cluster.address(0);
    from.migrate(target.getHost(), target.getPort(), 10_000, MigrateParams.migrateParams(), SECOND);
  }

  @Test
  void itStartsWhileNothingIsThereAndWorksOnceItIs() {
    cluster.proxies.forEach(FaultProxy::refuse);
    try (BoundedRedisClient client = builder().build()) {
      StoreException failure = failed(client, FIRST);
      assertThat(failure.kind()).isEqualTo(Kind.UNREACHABLE);
      assertThat(failure).hasMessageContaining("no node of the cluster answered in time");

      cluster.proxies.forEach(FaultProxy::heal);

      warmUp(client);
    }
  }

  @Test
  void oneNodeOfManyIsEnoughToBeginWith() {
    HostAndPort nobody = new HostAndPort("127.0.0.1", TestPorts.take());
    try (BoundedRedisClient client =
        BoundedRedisClient.cluster(List.of(nobody, cluster.address(1))).build()) {
      warmUp(client);
    }
  }

  @Test
  void everyCallEndsAtItsDeadlineWhileNobodySaysWhereTheSlotsAre() {
    for (Consumer<FaultProxy> fault : faults()) {
      cluster.proxies.forEach(FaultProxy::heal);
      cluster.proxies.forEach(fault);
      try (BoundedRedisClient client = endless()) {
        assertThat(failed(client, FIRST).kind()).isEqualTo(Kind.UNREACHABLE);
      }
    }
  }

  @Test
  void everyCallToANodeEndsAtItsDeadlineAndTheOtherNodeIsNotDisturbed() {
    for (Consumer<FaultProxy> fault : faults()) {
      try (BoundedRedisClient client = endless()) {
        warmUp(client);

        fault.accept(cluster.proxies.get(0));

        for (int i = 0; i < 3; i++) {
          assertThat(failed(client, FIRST).kind()).isIn(Kind.TIMEOUT, Kind.UNREACHABLE);
          assertThat(client.get(SECOND)).isEqualTo("2");
        }
        cluster.proxies.get(0).heal();
        cluster.proxies.get(0).cut();
        Calls.eventually().until(() -> client.get(FIRST).equals("1"));
      }
    }
  }

  @Test
  void aPausedNodeEndsACallAtTheClientsOwnBounds() throws Exception {
    try (BoundedRedisClient client = builder().build()) {
      warmUp(client);
      try (AutoCloseable paused = cluster.pause(0)) {
        assertThat(paused).isNotNull();
        for (int i = 0; i < 3; i++) {
          long start = System.nanoTime();
          Calls.failed(client, LONG, () -> client.get(FIRST));
          assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(3));
        }
      }
      Calls.eventually().until(() -> client.get(FIRST).equals("1"));
    }
  }

  @Test
  void anAnswerThatDripsAfterARedirectionIsCutToo() {
    try (BoundedRedisClient client = endless()) {
      warmUp(client);
      moveSecondsSlot();
      cluster.proxies.get(0).slice(1, Duration.ofMillis(100));

      assertThat(failed(client, SECOND).kind()).isEqualTo(Kind.TIMEOUT);
    }
  }

  @Test
  void oneCommandTimeoutCoversTheRedirectionsToo() {
    try (BoundedRedisClient client =
        builder()
            .connectTimeout(LONG)
            .poolWait(LONG)
            .commandTimeout(Duration.ofSeconds(1))
            .build()) {
      warmUp(client);
      int slot = TestRedisCluster.slotOf("nothing-" + FIRST);
      bounce(slot);
      cluster.proxies.forEach(proxy -> proxy.latency(Duration.ofMillis(200), Duration.ZERO));

      long start = System.nanoTime();
      Calls.failed(client, LONG, () -> client.get("nothing-" + FIRST));

      // Six hops of 400 ms each were more.
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
    }
  }

  /** Each of the nodes says that the slot is the other's. */
  private void bounce(int slot) {
    cluster.tell(0, slot, 1);
    cluster.tell(1, slot, 0);
  }

  @Test
  void nodesThatSendEachOtherTheCallerAreRefusedInTheEnd() {
    try (BoundedRedisClient client = patient()) {
      warmUp(client);
      bounce(TestRedisCluster.slotOf("nothing-" + FIRST));

      StoreException failure = Calls.failed(client, LONG, () -> client.get("nothing-" + FIRST));

      assertThat(failure.kind()).isEqualTo(Kind.REFUSED);
      assertThat(failure).hasMessageContaining("MOVED");
      assertThat(client.get(FIRST)).isEqualTo("1");
    }
  }

  @Test
  void aSlotThatMovedIsFollowedAndTheMapReadAgain() {
    try (BoundedRedisClient client = patient()) {
      warmUp(client);

      moveSecondsSlot();

      assertThat(client.get(SECOND)).isEqualTo("2");
      await()
          .until(
              () -> {
                long before = cluster.answered(1, "MOVED");
                assertThat(client.get(SECOND)).isEqualTo("2");
                return cluster.answered(1, "MOVED") == before;
              });
      assertThat(cluster.answered(1, "MOVED")).isPositive();
    }
  }

  @Test
  void aKeyThatIsOnItsWayIsAskedForAtTheOtherNodeAndOnlyThere() {
    int slot = TestRedisCluster.slotOf(SECOND);
    try (BoundedRedisClient client = patient();
        Jedis from = cluster.admin(1);
        Jedis to = cluster.admin(0)) {
      warmUp(client);
      to.clusterSetSlotImporting(slot, cluster.idOf(1));
      from.clusterSetSlotMigrating(slot, cluster.idOf(0));
      assertThat(client.get(SECOND)).isEqualTo("2");
      migrate(from);

      for (int i = 0; i < 20; i++) {
        assertThat(client.get(SECOND)).isEqualTo("2");
        assertThat(client.get(FIRST)).isEqualTo("1");
      }

      assertThat(cluster.answered(1, "ASK")).isEqualTo(20);
      assertThat(cluster.answered(0, "MOVED")).as("sent back").isZero();
    }
  }

  @Test
  void keysOfAMoveThatAreInTwoPlacesAreRefused() {
    String here = "{" + SECOND + "}:here";
    int slot = TestRedisCluster.slotOf(SECOND);
    try (BoundedRedisClient client = patient();
        Jedis from = cluster.admin(1);
        Jedis to = cluster.admin(0)) {
      warmUp(client);
      client.set(here, "3");
      to.clusterSetSlotImporting(slot, cluster.idOf(1));
      from.clusterSetSlotMigrating(slot, cluster.idOf(0));
      migrate(from);

      StoreException failure = Calls.failed(client, LONG, () -> client.mget(SECOND, here));

      assertThat(failure.kind()).isEqualTo(Kind.REFUSED);
      assertThat(failure).hasMessageContaining("TRYAGAIN");
    }
  }

  @Test
  void keysOfTwoSlotsAreTheServersToRefuse() {
    try (BoundedRedisClient client = patient()) {
      assertThatThrownBy(() -> client.mget(FIRST, SECOND))
          .isInstanceOf(JedisDataException.class)
          .hasMessageStartingWith("CROSSSLOT");
    }
  }

  @Test
  void aNodeThatHasNoSlotsAnyMoreIsLeft() {
    try (BoundedRedisClient client = builder().topologyPeriod(Duration.ofMillis(100)).build()) {
      warmUp(client);
      assertThat(cluster.proxies.get(1).open()).isPositive();
      try (Jedis admin = cluster.admin(1)) {
        admin.flushAll();
      }
      cluster.giveAllSlotsToTheFirst();

      Calls.eventually()
          .until(
              () -> {
                client.get(SECOND);
                return cluster.proxies.get(1).open() == 0;
              });
    }
  }

  @Test
  void aCommandWithoutKeysGoesToAnyNodeThatCanBeConnectedTo() {
    try (BoundedRedisClient client = patient()) {
      warmUp(client);
      cluster.proxies.get(0).refuse();
      cluster.proxies.get(0).cut();
      Calls.eventually().until(() -> client.ping().equals("PONG"));

      for (int i = 0; i < 10; i++) {
        assertThat(client.ping()).isEqualTo("PONG");
      }
    }
  }

  @Test
  void aServerOfNoClusterIsAMisconfiguration() {
    HostAndPort single = new HostAndPort("127.0.0.1", TestRedis.shared().port());
    try (BoundedRedisClient client = BoundedRedisClient.cluster(List.of(single)).build()) {
      StoreException failure = failed(client, FIRST);

      assertThat(failure.kind()).isEqualTo(Kind.MISCONFIGURED);
      assertThat(failure).hasMessageContaining("no nodes of a cluster");
    }
  }

  @Test
  void anAccessRuleThatForbidsToAskForTheSlotsIsAMisconfigurationWithAdvice() {
    try (Jedis admin = cluster.admin(0);
        Jedis other = cluster.admin(1)) {
      for (Jedis each : List.of(admin, other)) {
        each.aclSetUser("app", "on", ">xq7-phrase", "~*", "+@all", "-cluster");
      }
      try (BoundedRedisClient client = builder().user("app", "xq7-phrase").build()) {
        StoreException failure = failed(client, FIRST);

        assertThat(failure.kind()).isEqualTo(Kind.MISCONFIGURED);
        assertThat(failure).hasMessageContaining("CLUSTER SLOTS").hasMessageNotContaining("xq7");
        assertThat(client.toString()).doesNotContain("xq7");
      }
    }
  }

  @Test
  void theAccessRulesOfTheDocumentationAreEnoughAlsoForAKeyThatIsOnItsWay() {
    int slot = TestRedisCluster.slotOf(SECOND);
    try (Jedis to = cluster.admin(0);
        Jedis from = cluster.admin(1)) {
      for (Jedis each : List.of(to, from)) {
        each.aclSetUser("app", (RULES + " on >xq7-phrase ~*").split(" ", -1));
      }
      try (BoundedRedisClient client = builder().user("app", "xq7-phrase").build()) {
        warmUp(client);
        to.clusterSetSlotImporting(slot, cluster.idOf(1));
        from.clusterSetSlotMigrating(slot, cluster.idOf(0));
        migrate(from);

        Calls.eventually().until(() -> client.get(SECOND).equals("2"));
        assertThat(cluster.answered(1, "ASK")).isPositive();
      }
    }
  }

  @Test
  void noAnswerReachesAnotherCallerWhileConnectionsAreCutAndSlotsMove() throws Exception {
    try (BoundedRedisClient client =
        builder().connections(4).commandTimeout(Duration.ofMillis(20)).build()) {
      Calls.eventually().until(() -> client.ping().equals("PONG"));
      cluster.proxies.forEach(proxy -> proxy.latency(Duration.ofMillis(4), Duration.ofMillis(8)));

      int answers = Calls.answersOf(client, cluster::giveAllSlotsToTheFirst);

      assertThat(answers).isPositive();
      assertThat(client.connectionsInUse()).isZero();
    }
  }

  @Test
  void anExhaustedPoolIsAFullNodeInTimeAndCountsForItsServerOnly() throws Exception {
    try (BoundedRedisClient client =
        builder()
            .connections(1)
            .poolWait(Duration.ofMillis(100))
            .commandTimeout(Duration.ofSeconds(10))
            .build()) {
      warmUp(client);
      cluster.proxies.get(0).blackHole();
      Thread holder =
          new Thread(() -> Calls.failed(client, Duration.ofSeconds(4), () -> client.get(FIRST)));
      holder.start();
      await().until(() -> client.connectionsInUse() == 1);

      assertThat(Calls.failed(client, LONG, () -> client.get(FIRST)).kind())
          .isEqualTo(Kind.OVERLOADED);
      assertThat(client.get(SECOND)).isEqualTo("2");
      holder.join(10_000);
      assertThat(holder.isAlive()).isFalse();
    }
  }

  @Test
  void closingEndsEverythingAlsoWhatIsUnderWay() throws Exception {
    BoundedRedisClient client = endless();
    warmUp(client);
    cluster.proxies.get(0).blackHole();
    Thread caller = new Thread(() -> Calls.failed(client, LONG, () -> client.get(FIRST)));
    caller.start();
    await().until(() -> client.connectionsInUse() == 1);

    client.close();

    caller.join(5_000);
    assertThat(caller.isAlive()).isFalse();
    assertThat(client.connectionsInUse()).isZero();
    await().until(() -> cluster.proxies.stream().allMatch(proxy -> proxy.open() == 0));
    await().until(() -> !Calls.isThreadAlive("doorward-redis-slots"));
    await().until(() -> !Calls.isThreadAlive("doorward-redis-watchdog"));
    assertThat(failed(client, FIRST).kind()).isEqualTo(Kind.UNREACHABLE);
  }

  @Test
  void aPausedPrimaryCostsEachCallItsBoundUntilItsReplicaIsPromoted() {
    TestRedisCluster group = Groups.cluster();
    try (BoundedRedisClient client =
        BoundedRedisClient.cluster(group.addresses()).topologyPeriod(Duration.ofHours(1)).build()) {
      Calls.eventually().until(() -> client.set(FIRST, "before").equals("OK"));
      TestRedisNode old = group.primaryFor(FIRST);
      old.pause();

      Calls.eventually()
          .until(
              () -> {
                long start = System.nanoTime();
                try {
                  return client.set(FIRST, "after").equals("OK");
                } finally {
                  assertThat(Duration.ofNanos(System.nanoTime() - start))
                      .isLessThan(Duration.ofSeconds(3));
                }
              });

      old.resume();
      for (int i = 0; i < 100; i++) {
        assertThat(client.set(FIRST, "after")).isEqualTo("OK");
      }
    }
  }
}
