package io.doorward.auth.redis;

import io.doorward.auth.account.AccountStore;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.redis.client.PatientClient;
import io.doorward.auth.session.TokenStore;
import io.doorward.auth.testkit.AccountStores;
import io.doorward.auth.testkit.TestRedis;
import io.doorward.auth.testkit.TestSecrets;
import io.doorward.auth.testkit.TokenStoreContract;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Sessions in Redis; the accounts that they belong to in memory. */
final class RedisTokenStoreContractIT extends TokenStoreContract {
  private static final KeyRing KEYS = KeyRing.ofSecret("contract", TestSecrets.newKey());

  private final MemoryAccounts accounts = new MemoryAccounts(AccountStore.inMemory());
  private BoundedRedisClient client;
  private TokenStore store;

  @BeforeEach
  void connect() {
    client = PatientClient.to(TestRedis.shared());
    store =
        RedisStores.builder(client, KEYS)
            .namespace(TestRedis.shared().newNamespace())
            .build()
            .tokenStore(accounts.profiles())
            .build();
  }

  @AfterEach
  void disconnect() {
    client.close();
  }

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
