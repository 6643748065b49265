package io.doorward.auth.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;

class TestRedisIT {
  @Test
  void sharedIsOneServerThatNobodyCanStopOrFlush() {
    TestRedis server = TestRedis.shared();

    assertThat(TestRedis.shared()).isSameAs(server);
    assertThatThrownBy(server::flushAll).isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(server::stop).isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(server::pause).isInstanceOf(UnsupportedOperationException.class);
    server.close();
    try (UnifiedJedis client = server.newClient()) {
      assertThat(client.ping()).isEqualTo("PONG");
    }
  }

  @Test
  void namespacesAreNeverUsedTwice() {
    assertThat(TestRedis.shared().newNamespace()).isNotEqualTo(TestRedis.shared().newNamespace());
  }

  @Test
  void aRestartEmptiesItUnlessTheDataAreKeptAndAlwaysChangesTheIdentity() {
    try (TestRedis server = TestRedis.startNew();
        UnifiedJedis client = server.newClient()) {
      int port = server.port();
      String first = runId(server);
      client.set("k", "v");

      server.restartKeepingData();
      String second = runId(server);
      assertThat(read(server)).isEqualTo("v");

      server.stop();
      server.start();
      String third = runId(server);
      assertThat(read(server)).isNull();

      server.kill();
      server.start();
      assertThat(new String[] {first, second, third, runId(server)}).doesNotHaveDuplicates();
      assertThat(server.port()).isEqualTo(port);
    }
  }

  @Test
  void aFlushKeepsTheIdentity() {
    try (TestRedis server = TestRedis.startNew();
        UnifiedJedis client = server.newClient()) {
      String before = runId(server);
      client.set("k", "v");

      server.flushAll();

      assertThat(read(server)).isNull();
      assertThat(runId(server)).isEqualTo(before);
    }
  }

  @Test
  void aPausedServerDoesNotAnswer() {
    try (TestRedis server = TestRedis.startNew();
        RedisClient client =
            RedisClient.builder()
                .hostAndPort(server.host(), server.port())
                .clientConfig(DefaultJedisClientConfig.builder().timeoutMillis(300).build())
                .build()) {
      client.set("k", "v");
      server.pause();
      try {
        assertThatThrownBy(() -> client.get("k")).isInstanceOf(JedisConnectionException.class);
      } finally {
        server.resume();
      }

      assertThat(read(server)).isEqualTo("v");
    }
  }

  @Test
  void everyKeyIsEvictedAndTheIdentityStays() {
    try (TestRedis server = TestRedis.startNew();
        UnifiedJedis client = server.newClient()) {
      String before = runId(server);
      for (int i = 0; i < 100; i++) {
        client.set("k" + i, "v");
      }

      server.evictAll();

      assertThat(client.dbSize()).isZero();
      assertThat(client.info("stats")).contains("evicted_keys:1");
      assertThat(client.set("k", "v")).isEqualTo("OK");
      assertThat(runId(server)).isEqualTo(before);
    }
  }

  @Test
  void whatItRefusesItRefusesUntilItIsHealed() {
    try (TestRedis server = TestRedis.startNew();
        UnifiedJedis client = server.newClient()) {
      client.set("k", "v");

      server.exhaustMemory();
      assertRefused("OOM", () -> client.set("k", "w"));
      assertThat(client.get("k")).isEqualTo("v");
      server.heal();

      server.becomeReplica();
      assertRefused("READONLY", () -> client.set("k", "w"));
      assertThat(client.get("k")).isEqualTo("v");
      server.heal();

      server.becomeOrphan();
      assertRefused("MASTERDOWN", () -> client.get("k"));
      server.heal();

      server.demandPassword();
      try (UnifiedJedis stranger = server.newClient()) {
        assertRefused("NOAUTH", () -> stranger.get("k"));
      }
      server.heal();

      assertThat(read(server)).isEqualTo("v");
    }
  }

  @Test
  void forgottenScriptsHaveToBeSentAgain() {
    try (TestRedis server = TestRedis.startNew();
        UnifiedJedis client = server.newClient()) {
      String digest = client.scriptLoad("return 7");
      assertThat(client.evalsha(digest)).isEqualTo(7L);

      server.forgetScripts();

      assertRefused("NOSCRIPT", () -> client.evalsha(digest));
      assertThat(client.eval("return 7")).isEqualTo(7L);
    }
  }

  @Test
  void aServerThatLoadsHasItsDataOnceItIsHealed() {
    try (TestRedis server = TestRedis.startEmbedded()) {
      try (UnifiedJedis client = server.newClient()) {
        client.set("k", "v");
      }
      String before = runId(server);

      server.restartLoading();
      assertRefused("LOADING", () -> read(server));
      server.heal();

      assertThat(read(server)).isEqualTo("v");
      assertThat(runId(server)).isNotEqualTo(before);
      try (UnifiedJedis client = server.newClient()) {
        assertThat(client.dbSize()).isEqualTo(1);
      }
    }
  }

  private static void assertRefused(String code, ThrowingCallable call) {
    assertThatThrownBy(call).isInstanceOf(JedisDataException.class).hasMessageStartingWith(code);
  }

  private static String read(TestRedis server) {
    try (UnifiedJedis client = server.newClient()) {
      return client.get("k");
    }
  }

  private static String runId(TestRedis server) {
    try (UnifiedJedis client = server.newClient()) {
      return client
          .info("server")
          .lines()
          .filter(line -> line.startsWith("run_id:"))
          .findFirst()
          .orElseThrow();
    }
  }
}
