package io.doorward.auth.redis.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.account.PrimaryRegistry;
import io.doorward.auth.base.Ticker;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.redis.PrimaryGuard;
import io.doorward.auth.redis.RedisStores;
import io.doorward.auth.redis.client.BoundedRedisClient;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.providers.PooledConnectionProvider;

/** Runs on a Jedis that is too old, and never on the build's: see this module's pom. */
class OldJedisIT {
  @Test
  void nothingIsBuiltOnAJedisThatIsTooOld() {
    String version = JedisLibrary.version().orElseThrow();
    assertThat(version).startsWith("6.");
    KeyRing keys = KeyRing.ephemeral();
    try (UnifiedJedis foreign = new Foreign()) {
      assertRefused(version, () -> BoundedRedisClient.builder("127.0.0.1", 1).build());
      assertRefused(version, () -> RedisStores.of(foreign, keys));
      assertRefused(
          version,
          () -> PrimaryGuard.builder(foreign, PrimaryRegistry.inMemory(Ticker.system())).build());
    }
  }

  private static void assertRefused(String version, ThrowingCallable build) {
    assertThatThrownBy(build)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("Jedis " + version + " is on the class path, and 7.0.0 or later");
  }

  /** A client that never connects. */
  private static final class Foreign extends UnifiedJedis {
    Foreign() {
      super(new PooledConnectionProvider(new HostAndPort("127.0.0.1", 1)), RedisProtocol.RESP2);
    }
  }
}
