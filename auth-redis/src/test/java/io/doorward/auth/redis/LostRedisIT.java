package io.doorward.auth.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.account.CredentialCache.Lookup;
import io.doorward.auth.backend.Backend.BackendHealth.State;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.redis.client.TestRedis;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/** A Redis that does not answer is left alone, and used again when it is back. */
class LostRedisIT {
  private static final KeyRing KEYS = KeyRing.ephemeral();
  private static final LoginId LOGIN = LoginId.email("anna@example.org");

  @Test
  void allStoresLeaveAServerAloneThatWasStoppedAndUseItAgainWhenItIsBack() {
    TestRedis server = TestRedis.start();
    try (BoundedRedisClient client = server.client()) {
      RedisStores stores = RedisStores.of(client, KEYS);
      CredentialCache cache = stores.credentialCache().build();
      assertThat(stores.attemptLimiter().build().backends()).containsExactly(stores.backend());
      assertThat(stores.sessionView().build().backends()).containsExactly(stores.backend());
      assertThat(cache.lookup(LOGIN, soon())).isInstanceOf(Lookup.Miss.class);
      server.stop();

      awaitLeftAlone(cache);
      assertThat(stores.backend().health().state()).isEqualTo(State.LOST);

      server.startAgain();
      awaitAnswer(cache);
      assertThat(stores.backend().health().isUp()).isTrue();
    } finally {
      server.stop();
    }
  }

  @Test
  void aServerThatHangsIsLeftAloneAndUsedAgain() throws Exception {
    try (TestRedis server = TestRedis.start();
        BoundedRedisClient client = server.client()) {
      CredentialCache cache = RedisStores.of(client, KEYS).credentialCache().build();
      assertThat(cache.lookup(LOGIN, soon())).isInstanceOf(Lookup.Miss.class);
      try (AutoCloseable paused = server.pause()) {
        assertThat(paused).isNotNull();
        awaitLeftAlone(cache);
      }
      awaitAnswer(cache);
    }
  }

  @Test
  void aServerThatRefusesIsAskedAllTheSame() {
    try (TestRedis server = TestRedis.start();
        BoundedRedisClient client = server.client()) {
      RedisStores stores = RedisStores.of(client, KEYS);
      CredentialCache cache = stores.credentialCache().build();
      try (Jedis admin = server.admin()) {
        admin.replicaof("127.0.0.1", 1);
        for (int i = 0; i < 40; i++) {
          assertThat(failure(cache).kind()).isEqualTo(Kind.REFUSED);
        }
        assertThat(stores.backend().health().state()).isEqualTo(State.FAILING);
        admin.replicaofNoOne();
      }
      assertThat(cache.lookup(LOGIN, soon())).isInstanceOf(Lookup.Miss.class);
      assertThat(stores.backend().health().isUp()).isTrue();
    }
  }

  private static void awaitLeftAlone(CredentialCache cache) {
    await().atMost(Duration.ofSeconds(30)).until(() -> failure(cache).kind() == Kind.CIRCUIT_OPEN);
  }

  private static void awaitAnswer(CredentialCache cache) {
    await()
        .atMost(Duration.ofSeconds(15))
        .ignoreExceptionsInstanceOf(StoreException.class)
        .until(() -> cache.lookup(LOGIN, soon()) instanceof Lookup.Miss);
  }

  private static StoreException failure(CredentialCache cache) {
    return catchThrowableOfType(StoreException.class, () -> cache.lookup(LOGIN, soon()));
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(5));
  }
}
