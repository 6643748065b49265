package io.doorward.auth.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.account.PrimaryRegistry;
import io.doorward.auth.backend.Finding;
import io.doorward.auth.backend.Finding.Severity;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.base.Ticker;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.redis.client.TestRedis;
import io.doorward.auth.redis.server.NeededCommands;
import io.doorward.auth.testkit.TestRedisSentinel;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.UnifiedJedis;

class RedisConfigCheckIT {
  private static final KeyRing KEYS = KeyRing.ephemeral();

  @Test
  void aServerInOrderIsNoFinding() {
    try (TestRedis server = TestRedis.start();
        BoundedRedisClient client = server.client()) {
      assertThat(look(RedisStores.of(client, KEYS))).isEmpty();
    }
  }

  @Test
  void aServerThatForgetsWhenItIsFullIsAWarning() {
    try (TestRedis server = TestRedis.start("maxmemory 100mb", "maxmemory-policy allkeys-lru");
        BoundedRedisClient client = server.client()) {
      assertThat(look(RedisStores.of(client, KEYS)))
          .singleElement()
          .satisfies(
              found -> {
                assertThat(found.code()).isEqualTo("redis.eviction");
                assertThat(found.severity()).isEqualTo(Severity.WARNING);
                assertThat(found.meaning()).contains("allkeys-lru");
                assertThat(found.advice()).contains("noeviction");
              });
    }
  }

  @Test
  void aPolicyThatNeverHasToForgetIsNoFinding() {
    try (TestRedis server = TestRedis.start("maxmemory-policy allkeys-lru");
        BoundedRedisClient client = server.client()) {
      assertThat(look(RedisStores.of(client, KEYS))).isEmpty();
    }
  }

  @Test
  void aServerThatIsNearlyFullIsAWarning() {
    try (TestRedis server = TestRedis.start("maxmemory 1mb");
        BoundedRedisClient client = server.client()) {
      assertThat(codes(RedisStores.of(client, KEYS))).containsExactly("redis.memory");
    }
  }

  @Test
  void sessionsThatAServerMayLoseAreAWarningOnlyWhereTheyAreKeptThere() {
    try (TestRedis server = TestRedis.start();
        BoundedRedisClient client = server.client()) {
      RedisStores stores = RedisStores.of(client, KEYS);
      stores.credentialCache().build();
      stores.sessionView().build();
      assertThat(codes(stores)).isEmpty();

      stores.tokenStore(new MemoryProfiles()).build();

      assertThat(codes(stores)).containsExactly("redis.persistence");
      try (Jedis admin = server.admin()) {
        admin.configSet("appendonly", "yes");
      }
      assertThat(codes(stores)).isEmpty();
      try (Jedis admin = server.admin()) {
        // A server that is still writing its first log refuses to end.
        admin.configSet("appendonly", "no");
      }
    }
  }

  @Test
  void replicasWithoutAGuardAreAWarning() {
    TestRedisSentinel group = TestRedisSentinel.shared();
    try (BoundedRedisClient client =
            BoundedRedisClient.builder("127.0.0.1", group.primary().address().getPort()).build();
        PrimaryGuard guard =
            PrimaryGuard.builder(client, PrimaryRegistry.inMemory(Ticker.system())).build()) {
      RedisStores unguarded = RedisStores.of(client, KEYS);
      RedisStores guarded = RedisStores.builder(client, KEYS).primaries(guard).build();

      assertThat(codes(unguarded)).containsExactly("redis.primaries");
      assertThat(codes(guarded)).isEmpty();
    }
  }

  @Test
  void aReplicaIsAWarning() {
    TestRedisSentinel group = TestRedisSentinel.shared();
    try (BoundedRedisClient client =
        BoundedRedisClient.builder("127.0.0.1", group.replicas().get(0).address().getPort())
            .build()) {
      assertThat(codes(RedisStores.of(client, KEYS))).contains("redis.topology");
    }
  }

  @Test
  void aNodeOfAClusterBehindAClientForOneServerIsAWarning() {
    try (TestRedis server =
        TestRedis.start("cluster-enabled yes", "cluster-config-file nodes-x.conf")) {
      try (Jedis admin = server.admin()) {
        admin.clusterAddSlotsRange(0, 16_383);
      }
      try (BoundedRedisClient client = server.client()) {
        await()
            .ignoreExceptions()
            .atMost(Duration.ofSeconds(20))
            .untilAsserted(
                () ->
                    assertThat(codes(RedisStores.of(client, KEYS)))
                        .containsExactly("redis.topology"));
      }
    }
  }

  @Test
  void clocksThatDifferAreAWarning() {
    InstantSource wrong = () -> Instant.EPOCH.plus(Duration.ofDays(20_000));
    try (BoundedRedisClient client = TestRedis.shared().client()) {
      assertThat(codes(RedisStores.builder(client, KEYS).clock(wrong).build()))
          .contains("redis.clock");
    }
  }

  @Test
  void aClientThatKeepsNoDeadlinesIsAWarning() {
    try (UnifiedJedis foreign =
        RedisClient.builder().hostAndPort("127.0.0.1", TestRedis.shared().port()).build()) {
      assertThat(codes(RedisStores.of(foreign, KEYS))).contains("redis.bounds");
    }
  }

  @Test
  void moreConnectionsThanTheServerAllowsAreAWarning() {
    try (TestRedis server = TestRedis.start("maxclients 50");
        BoundedRedisClient client =
            BoundedRedisClient.builder("127.0.0.1", server.port()).connections(64).build()) {
      assertThat(codes(RedisStores.of(client, KEYS))).containsExactly("redis.pool");
    }
  }

  @Test
  void onlyAddressesOfThisMachineGoWithoutTls() {
    try (BoundedRedisClient near = BoundedRedisClient.builder("localhost", 6379).build();
        BoundedRedisClient far = BoundedRedisClient.builder("192.0.2.7", 6379).build()) {
      assertThat(near.isExposed()).isFalse();
      assertThat(far.isExposed()).isTrue();
    }
  }

  /**
   * The servers are real ones of the version at hand. What is simulated of an older one: the digits
   * in INFO and, for one before 6.0, that it does not know HELLO.
   */
  @ParameterizedTest
  @ValueSource(strings = {"", "xq7"})
  void aServerFromBeforeHelloIsRefusedByItsVersion(String password) throws Exception {
    try (TestRedis server =
        TestRedis.start("rename-command HELLO \"\"", "requirepass \"" + password + "\"")) {
      assertOlder(server, password, "5.0.14");
    }
  }

  /** Simulated of the older server: the digits in INFO. */
  @ParameterizedTest
  @ValueSource(strings = {"6.0.20", "6.1.99"})
  void aServerOlderThanNeededIsRefusedByItsVersion(String version) throws Exception {
    assertOlder(TestRedis.shared(), "", version);
  }

  private static void assertOlder(TestRedis server, String password, String version)
      throws Exception {
    String real;
    try (Jedis admin = server.admin()) {
      if (!password.isEmpty()) {
        admin.auth(password);
      }
      real = NeededCommands.versionIn(admin.info("server"));
    }
    String other = (version + "0".repeat(8)).substring(0, real.length());
    try (RewordingProxy old =
            new RewordingProxy(server.port(), "redis_version:" + real, "redis_version:" + other);
        BoundedRedisClient client =
            BoundedRedisClient.builder("127.0.0.1", old.port()).password("xq7").build()) {
      assertThat(look(RedisStores.of(client, KEYS)))
          .singleElement()
          .satisfies(
              found -> {
                assertThat(found.code()).isEqualTo("redis.version");
                assertThat(found.severity()).isEqualTo(Severity.REFUSAL);
                assertThat(found.meaning())
                    .isEqualTo("Redis " + other + " is older than 6.2, which is needed");
                assertThat(found.advice()).contains("6.2 or later");
              });
    }
  }

  @Test
  void aServerThatKeepsItsVersionToItselfIsRefusedAsOld() {
    try (TestRedis server =
            TestRedis.start("rename-command HELLO \"\"", "rename-command INFO \"\"");
        BoundedRedisClient client = server.client()) {
      assertThat(look(RedisStores.of(client, KEYS)))
          .singleElement()
          .satisfies(
              found -> {
                assertThat(found.code()).isEqualTo("redis.version");
                assertThat(found.severity()).isEqualTo(Severity.REFUSAL);
                assertThat(found.meaning()).contains("HELLO", "older than Redis 6.0");
              });
    }
  }

  @Test
  void aCommandThatWasRenamedIsNamed() {
    for (String command : List.of("HELLO", "ZRANDMEMBER", "EVALSHA", "PING")) {
      try (TestRedis server = TestRedis.start("rename-command " + command + " \"\"");
          BoundedRedisClient client = server.client()) {
        assertThat(locked(client))
            .contains("does not understand " + command, "renames commands")
            .doesNotContain("NOPERM");
      }
    }
  }

  @Test
  void theRightThatIsMissingIsNamed() {
    Set<String> needed = new TreeSet<>(NeededCommands.inScripts());
    needed.addAll(NeededCommands.byClient());
    try (TestRedis server = TestRedis.start();
        Jedis admin = server.admin()) {
      for (String missing : needed) {
        Set<String> allowed = new TreeSet<>(needed);
        allowed.remove(missing);
        List<String> rules = new ArrayList<>(List.of("reset", "on", ">xq7-phrase", "~doorward:*"));
        rules.addAll(List.of(NeededCommands.rules(allowed).split(" ")));
        admin.aclSetUser("app", rules.toArray(new String[0]));
        admin.scriptFlush();
        try (BoundedRedisClient client =
            BoundedRedisClient.builder("127.0.0.1", server.port())
                .user("app", "xq7-phrase")
                .build()) {
          assertThat(locked(client))
              .contains("run " + missing + " (NOPERM)")
              .contains("add +" + missing.toLowerCase(Locale.ROOT) + ";")
              .contains(NeededCommands.rules())
              .doesNotContain("xq7");
        }
      }
    }
  }

  @Test
  void aServerThatIsFullIsCalledFull() throws Exception {
    try (TestRedis server = TestRedis.start("maxclients 1");
        Jedis only = server.admin()) {
      assertThat(only.ping()).isEqualTo("PONG");
      Set<HostAndPort> place = Set.of(new HostAndPort("127.0.0.1", server.port()));
      for (BoundedRedisClient.Builder builder :
          List.of(
              BoundedRedisClient.builder("127.0.0.1", server.port()),
              BoundedRedisClient.sentinel("main", place),
              BoundedRedisClient.cluster(place))) {
        try (BoundedRedisClient client = builder.build()) {
          StoreException failure = failure(client);
          assertThat(failure.kind()).isEqualTo(Kind.REFUSED);
          assertThat(failure)
              .hasMessageContaining("127.0.0.1:" + server.port())
              .hasMessageContaining("maxclients")
              .hasMessageNotContaining("6.2");
        }
      }
    }
  }

  @Test
  void aLoginThatIsRefusedIsSaidToBeAndWhere() {
    try (TestRedis server = TestRedis.start("requirepass xq7-phrase", "databases 2")) {
      BoundedRedisClient.Builder none = BoundedRedisClient.builder("127.0.0.1", server.port());
      BoundedRedisClient.Builder wrong =
          BoundedRedisClient.builder("127.0.0.1", server.port()).user("app", "xq7-guess");
      BoundedRedisClient.Builder elsewhere =
          BoundedRedisClient.builder("127.0.0.1", server.port()).password("xq7-phrase").database(7);
      assertThat(locked(none)).contains("wants a login and got none (NOAUTH)");
      assertThat(locked(wrong)).contains("refuses the login (WRONGPASS)");
      assertThat(locked(elsewhere)).contains("has no database of this number");
      for (BoundedRedisClient.Builder builder : List.of(none, wrong, elsewhere)) {
        assertThat(locked(builder))
            .contains("127.0.0.1:" + server.port())
            .doesNotContain("xq7", "6.2");
      }
    }
  }

  private static String locked(BoundedRedisClient.Builder builder) {
    try (BoundedRedisClient client = builder.build()) {
      return locked(client);
    }
  }

  /** Returns what the finding on the access to the server is going to say. */
  private static String locked(BoundedRedisClient client) {
    StoreException failure = failure(client);
    assertThat(failure.kind()).isEqualTo(Kind.MISCONFIGURED);
    return String.valueOf(failure.getMessage());
  }

  private static StoreException failure(BoundedRedisClient client) {
    RedisStores stores = RedisStores.of(client, KEYS);
    return catchThrowableOfType(StoreException.class, () -> look(stores));
  }

  private static List<String> codes(RedisStores stores) {
    return look(stores).stream().map(Finding::code).toList();
  }

  private static List<Finding> look(RedisStores stores) {
    return stores.backend().inspect(Deadline.after(Duration.ofSeconds(10)));
  }
}
