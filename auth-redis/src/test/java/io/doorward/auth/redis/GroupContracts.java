package io.doorward.auth.redis;

import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.session.SessionView;
import io.doorward.auth.session.TokenStore;
import io.doorward.auth.testkit.AccountStores;
import io.doorward.auth.testkit.AttemptLimiterContract;
import io.doorward.auth.testkit.CredentialCacheContract;
import io.doorward.auth.testkit.SessionViewContract;
import io.doorward.auth.testkit.TestRedis;
import io.doorward.auth.testkit.TestSecrets;
import io.doorward.auth.testkit.TokenStoreContract;
import io.doorward.auth.throttle.AttemptBudgets;
import io.doorward.auth.throttle.AttemptLimiter;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.TestInstance;
import redis.clients.jedis.UnifiedJedis;

/** The contracts of the stores over a client for more than one server; one for the whole class. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class GroupContracts {
  private static final KeyRing KEYS = KeyRing.ofSecret("contract", TestSecrets.newKey());

  private final UnifiedJedis client;
  private final Runnable flushAll;

  /**
   * Takes what is special about a group.
   *
   * @param client is closed at the end
   * @param flushAll deletes every key of every server
   */
  GroupContracts(UnifiedJedis client, Runnable flushAll) {
    this.client = client;
    this.flushAll = flushAll;
  }

  @AfterAll
  void disconnect() {
    client.close();
  }

  private static String newNamespace() {
    return TestRedis.shared().newNamespace();
  }

  @Nested
  final class Credentials extends CredentialCacheContract {
    private final String namespace = newNamespace();

    @Override
    protected CredentialCache newCache(Duration ttl) {
      return RedisStores.builder(client, KEYS)
          .namespace(namespace)
          .build()
          .credentialCache()
          .entryTtl(ttl)
          .build();
    }

    @Override
    protected CredentialCache loseEverything(CredentialCache cache) {
      flushAll.run();
      return cache;
    }
  }

  @Nested
  final class Sessions extends TokenStoreContract {
    private final MemoryAccounts accounts = new MemoryAccounts(AccountStore.inMemory());
    private final TokenStore store =
        RedisStores.builder(client, KEYS)
            .namespace(newNamespace())
            .build()
            .tokenStore(accounts.profiles())
            .build();

    @Override
    protected AccountStores accounts() {
      return accounts;
    }

    @Override
    protected TokenStore store() {
      return store;
    }

    @Override
    protected boolean keepsRecords() {
      return false;
    }
  }

  @Nested
  final class DurableSessions extends SessionViewContract {
    private final String namespace = newNamespace();

    @Override
    protected SessionView newView() {
      return RedisStores.builder(client, KEYS).namespace(namespace).build().sessionView().build();
    }

    @Override
    protected SessionView loseEverything(SessionView view) {
      flushAll.run();
      return view;
    }
  }

  @Nested
  final class Attempts extends AttemptLimiterContract {
    @Override
    protected AttemptLimiter newLimiter(AttemptBudgets budgets) {
      return RedisStores.builder(client, KEYS)
          .namespace(newNamespace())
          .build()
          .attemptLimiter()
          .budgets(budgets)
          .build();
    }
  }
}
