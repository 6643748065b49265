package io.doorward.auth.redis.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.account.CredentialCache.Lookup;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.redis.RedisCredentialCache;
import io.doorward.auth.redis.RedisStores;
import io.doorward.auth.testkit.FaultProxy;
import io.doorward.auth.testkit.TestPorts;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisException;

@Tag("elapsed")
class BoundedRedisClientIT {
  private static final LoginId LOGIN = LoginId.email("ada@example.org");
  private static final KeyRing KEYS = KeyRing.ephemeral();

  private static RedisCredentialCache cache(UnifiedJedis client) {
    return RedisStores.of(client, KEYS).credentialCache().build();
  }

  private static Deadline in(long millis) {
    return Deadline.after(Duration.ofMillis(millis));
  }

  /** Runs a look-up that must fail, and returns how; it must have taken less than a bound. */
  private static StoreException failed(RedisCredentialCache cache, Deadline deadline, long bound) {
    long start = System.nanoTime();
    StoreException failure =
        catchThrowableOfType(StoreException.class, () -> cache.lookup(LOGIN, deadline));
    assertThat(failure).isNotNull();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMillis(bound));
    return failure;
  }

  @Test
  void anAbsentServerIsUnreachableAtOnceAndFoundWhenItStarts() throws Exception {
    TestRedis server = TestRedis.start();
    server.stop();
    try (BoundedRedisClient client = server.client()) {
      RedisCredentialCache cache = cache(client);
      assertThat(failed(cache, in(5000), 3000).kind()).isEqualTo(Kind.UNREACHABLE);

      server.startAgain();

      assertThat(cache.lookup(LOGIN, in(5000))).isInstanceOf(Lookup.Miss.class);
    } finally {
      server.stop();
    }
  }

  @Test
  void aServerThatHangsIsATimeoutWithinTheCommandBoundAndRecovers() throws Exception {
    try (TestRedis server = TestRedis.start();
        BoundedRedisClient client = server.client()) {
      RedisCredentialCache cache = cache(client);
      cache.lookup(LOGIN, in(5000));
      try (AutoCloseable paused = server.pause()) {
        assertThat(paused).isNotNull();
        StoreException failure = failed(cache, in(5000), 3000);
        assertThat(failure.kind()).isEqualTo(Kind.TIMEOUT);
        // A new connection is accepted by the kernel, but nobody answers: nothing was done.
        assertThat(failed(cache, in(5000), 3000).kind()).isIn(Kind.TIMEOUT, Kind.UNREACHABLE);
      }
      await()
          .ignoreExceptions()
          .atMost(Duration.ofSeconds(10))
          .until(() -> cache.lookup(LOGIN, in(5000)) instanceof Lookup.Miss);
    }
  }

  @Test
  void aWatchThatIsOverCutsNoLaterCommand() {
    try (FaultProxy proxy = FaultProxy.to("127.0.0.1", TestRedis.shared().port());
        BoundedRedisClient client =
            BoundedRedisClient.builder("127.0.0.1", proxy.port())
                .connections(1)
                .commandTimeout(Duration.ofSeconds(30))
                .build()) {
      client.ping();
      assertThat(CallDeadline.within(Duration.ofMillis(500), client::ping)).isEqualTo("PONG");
      // The same connection is used beyond the end of the call before.
      proxy.latency(Duration.ofMillis(300), Duration.ZERO);

      assertThat(client.ping()).isEqualTo("PONG");

      assertThat(proxy.connections()).isEqualTo(1);
    }
  }

  @Test
  void aShortDeadlineEndsACallBeforeTheCommandBound() throws Exception {
    try (TestRedis server = TestRedis.start();
        BoundedRedisClient client =
            BoundedRedisClient.builder("127.0.0.1", server.port())
                .commandTimeout(Duration.ofSeconds(30))
                .build()) {
      RedisCredentialCache cache = cache(client);
      cache.lookup(LOGIN, in(5000));
      try (AutoCloseable paused = server.pause()) {
        assertThat(paused).isNotNull();
        // On a busy machine the deadline can also pass before anything is sent.
        assertThat(failed(cache, in(300), 3000).kind()).isIn(Kind.TIMEOUT, Kind.UNREACHABLE);
      }
    }
  }

  @Test
  void aDrippingAnswerIsCutAtTheDeadlineAndItsConnectionNeverUsedAgain() throws Exception {
    try (SlicingProxy proxy = new SlicingProxy(TestRedis.shared().port());
        BoundedRedisClient client =
            BoundedRedisClient.builder("127.0.0.1", proxy.port())
                .commandTimeout(Duration.ofSeconds(30))
                .build()) {
      RedisCredentialCache cache = cache(client);
      Lookup before = cache.lookup(LOGIN, in(5000));
      assertThat(before).isInstanceOf(Lookup.Miss.class);
      assertThat(proxy.accepted).hasValue(1);
      proxy.millisPerByte = 40;

      assertThat(failed(cache, in(300), 3000).kind()).isEqualTo(Kind.TIMEOUT);

      proxy.millisPerByte = 0;
      assertThat(cache.lookup(LOGIN, in(5000))).isEqualTo(before);
      assertThat(proxy.accepted).hasValue(2);
    }
  }

  @Test
  void aCallThatFailedDoesNotConnectAnewBeforeItReturns() {
    try (FaultProxy proxy = FaultProxy.to("127.0.0.1", TestRedis.shared().port());
        BoundedRedisClient client = BoundedRedisClient.builder("127.0.0.1", proxy.port()).build()) {
      client.ping();
      proxy.blackHole();

      assertThatThrownBy(client::ping).isInstanceOf(JedisException.class);

      assertThat(proxy.connections()).isEqualTo(1);
    }
  }

  @Test
  void aDrippingLogInIsCutAtTheDeadline() throws Exception {
    try (SlicingProxy proxy = new SlicingProxy(TestRedis.shared().port());
        BoundedRedisClient client =
            BoundedRedisClient.builder("127.0.0.1", proxy.port())
                .database(1)
                .connectTimeout(Duration.ofSeconds(30))
                .commandTimeout(Duration.ofSeconds(30))
                .build()) {
      // Each byte comes before a time-out of the socket does, all of them after the deadline.
      proxy.millisPerByte = 1_500;

      assertThat(failed(cache(client), in(2_000), 5_000).kind()).isEqualTo(Kind.UNREACHABLE);
    }
  }

  @Test
  void anExhaustedPoolIsAFullNodeInTime() throws Exception {
    try (TestRedis server = TestRedis.start();
        BoundedRedisClient client =
            BoundedRedisClient.builder("127.0.0.1", server.port())
                .connections(1)
                .commandTimeout(Duration.ofSeconds(10))
                .poolWait(Duration.ofMillis(100))
                .build()) {
      RedisCredentialCache cache = cache(client);
      cache.lookup(LOGIN, in(5000));
      ExecutorService pool = Executors.newFixedThreadPool(1);
      try (AutoCloseable paused = server.pause()) {
        assertThat(paused).isNotNull();
        Future<StoreException> first = pool.submit(() -> failed(cache, in(4000), 8000));
        await().until(() -> client.connectionsInUse() == 1);

        assertThat(failed(cache, in(5000), 3000).kind()).isEqualTo(Kind.OVERLOADED);
        assertThat(first.get().isTransient()).isTrue();
      } finally {
        pool.shutdown();
      }
    }
  }

  @Test
  void anInterruptedCallerKeepsItsFlag() throws Exception {
    try (TestRedis server = TestRedis.start();
        BoundedRedisClient client =
            BoundedRedisClient.builder("127.0.0.1", server.port())
                .connections(1)
                .commandTimeout(Duration.ofSeconds(2))
                .poolWait(Duration.ofSeconds(20))
                .build()) {
      RedisCredentialCache cache = cache(client);
      cache.lookup(LOGIN, in(5000));
      ExecutorService pool = Executors.newFixedThreadPool(1);
      try (AutoCloseable paused = server.pause()) {
        assertThat(paused).isNotNull();
        Future<StoreException> holder = pool.submit(() -> failed(cache, in(4000), 8000));
        await().until(() -> client.connectionsInUse() == 1);
        AtomicReference<Boolean> kept = new AtomicReference<>();
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread caller =
            new Thread(
                () -> {
                  try {
                    cache.lookup(LOGIN, in(20_000));
                  } catch (StoreException e) {
                    thrown.set(e);
                  }
                  kept.set(Thread.currentThread().isInterrupted());
                });
        caller.start();
        caller.interrupt();
        caller.join(5_000);

        assertThat(kept).hasValue(true);
        assertThat(thrown.get())
            .isInstanceOfSatisfying(
                StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE));
        assertThat(holder.get()).isNotNull();
      } finally {
        pool.shutdown();
      }
    }
  }

  @Test
  void anExpiredDeadlineSendsNothing() throws Exception {
    try (SlicingProxy proxy = new SlicingProxy(TestRedis.shared().port());
        BoundedRedisClient client = BoundedRedisClient.builder("127.0.0.1", proxy.port()).build()) {
      Deadline over = Deadline.after(Duration.ofNanos(1));
      await().until(over::isExpired);

      assertThat(failed(cache(client), over, 1000).kind()).isEqualTo(Kind.TIMEOUT);
      assertThat(proxy.accepted).hasValue(0);
    }
  }

  @Test
  void aServerThatNeverAnswersTheLogInIsUnreachable() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        BoundedRedisClient client =
            BoundedRedisClient.builder("127.0.0.1", silent.getLocalPort()).database(1).build()) {
      assertThat(failed(cache(client), in(5000), 4000).kind()).isEqualTo(Kind.UNREACHABLE);
    }
  }

  @Test
  void manyThreadsShareFewConnections() throws Exception {
    try (BoundedRedisClient client =
        BoundedRedisClient.builder("127.0.0.1", TestRedis.shared().port())
            .connections(4)
            .poolWait(Duration.ofSeconds(10))
            .commandTimeout(Duration.ofSeconds(10))
            .build()) {
      RedisCredentialCache cache = cache(client);
      ExecutorService pool = Executors.newFixedThreadPool(24);
      try {
        List<Future<Lookup>> all = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
          LoginId login = LoginId.email("user" + i + "@example.org");
          all.add(pool.submit(() -> cache.lookup(login, in(20_000))));
        }
        for (int i = 0; i < all.size(); i++) {
          // Every answer reaches who asked for it.
          Lookup.Miss miss = (Lookup.Miss) all.get(i).get(30, TimeUnit.SECONDS);
          Lookup again = cache.lookup(LoginId.email("user" + i + "@example.org"), in(20_000));
          assertThat(again).isEqualTo(miss);
        }
      } finally {
        pool.shutdown();
      }
    }
  }

  @Test
  void theUriSaysPasswordAndDatabase() throws Exception {
    try (TestRedis server = TestRedis.start("requirepass xq7-phrase")) {
      URI good = URI.create("redis://:xq7-phrase@127.0.0.1:" + server.port() + "/3");
      try (BoundedRedisClient client = BoundedRedisClient.builder(good).build()) {
        client.set("where", "database three");
      }
      try (Jedis admin = server.admin()) {
        admin.auth("xq7-phrase");
        assertThat(admin.exists("where")).isFalse();
        admin.select(3);
        assertThat(admin.get("where")).isEqualTo("database three");
      }
      for (String password : List.of("", ":xq7-guess@")) {
        URI bad = URI.create("redis://" + password + "127.0.0.1:" + server.port());
        try (BoundedRedisClient client = BoundedRedisClient.builder(bad).build()) {
          StoreException failure = failed(cache(client), in(5000), 4000);
          assertThat(failure.kind()).isEqualTo(Kind.MISCONFIGURED);
          assertThat(failure).hasMessageContaining("check user and password");
          assertThat(failure).hasMessageNotContaining("xq7");
        }
      }
    }
  }

  @Test
  void aReplicaAndAReadOnlyServerRefuse() throws Exception {
    try (TestRedis primary = TestRedis.start();
        TestRedis replica = TestRedis.start("replicaof 127.0.0.1 " + primary.port());
        BoundedRedisClient client = replica.client()) {
      await()
          .atMost(Duration.ofSeconds(20))
          .ignoreExceptions()
          .until(() -> client.info("replication").contains("master_link_status:up"));

      StoreException failure = failed(cache(client), in(5000), 4000);

      assertThat(failure.kind()).isEqualTo(Kind.REFUSED);
      assertThat(failure).hasMessageContaining("NOTPRIMARY");
    }
  }

  @Test
  void anAccessRuleThatForbidsInfoIsAMisconfigurationWithAdvice() throws Exception {
    try (TestRedis server = TestRedis.start();
        Jedis admin = server.admin()) {
      admin.aclSetUser("app", "on", ">xq7-phrase", "~*", "+@all", "-info");
      try (BoundedRedisClient client =
          BoundedRedisClient.builder("127.0.0.1", server.port())
              .user("app", "xq7-phrase")
              .build()) {
        StoreException failure = failed(cache(client), in(5000), 4000);

        assertThat(failure.kind()).isEqualTo(Kind.MISCONFIGURED);
        assertThat(failure).hasMessageContaining("+info");
      }
    }
  }

  @Test
  void failuresNeverRepeatKeysOrValues() throws Exception {
    try (TestRedis server = TestRedis.start();
        Jedis admin = server.admin()) {
      admin.aclSetUser("app", "on", ">xq7-phrase", "~nothing:*", "+@all");
      try (BoundedRedisClient client =
          BoundedRedisClient.builder("127.0.0.1", server.port())
              .user("app", "xq7-phrase")
              .build()) {
        StoreException failure = failed(cache(client), in(5000), 4000);

        assertThat(failure.kind()).isEqualTo(Kind.MISCONFIGURED);
        for (Throwable t = failure; t != null; t = t.getCause()) {
          assertThat(String.valueOf(t.getMessage()))
              .doesNotContain("{", "credential}", ":credential", "xq7");
        }
      }
    }
  }

  @Test
  void aForeignClientIsAccepted() {
    try (RedisClient foreign = RedisClient.create("127.0.0.1", TestRedis.shared().port())) {
      assertThat(cache(foreign).lookup(LOGIN, in(5000))).isInstanceOf(Lookup.Miss.class);
    }
  }

  @Test
  void aForeignClientsFailuresAreTranslatedToo() {
    try (RedisClient absent = RedisClient.create("127.0.0.1", TestPorts.take())) {
      assertThat(failed(cache(absent), in(5000), 5000).kind()).isEqualTo(Kind.UNREACHABLE);
    }
  }

  @Test
  void aClosedClientIsOfNoUse() {
    BoundedRedisClient client = TestRedis.shared().client();
    client.ping();
    client.close();

    assertThatThrownBy(client::ping).isInstanceOf(JedisException.class);
  }
}
