package io.doorward.auth.redis;

import io.doorward.auth.account.AccountPages;
import io.doorward.auth.account.CredentialStore;
import io.doorward.auth.account.InMemoryAccounts;
import io.doorward.auth.account.Outbox;
import io.doorward.auth.account.ProfileStore;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.session.TokenStore;
import io.doorward.auth.testkit.AccountStores;
import io.doorward.auth.testkit.TestRedis;
import io.doorward.auth.testkit.TestSecrets;
import io.doorward.auth.testkit.TokenStoreContract;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Sessions in Redis; the accounts that they belong to in memory. */
final class RedisTokenStoreContractIT extends TokenStoreContract {
  private static final KeyRing KEYS = KeyRing.ofSecret("contract", TestSecrets.newKey());

  private final Accounts accounts = new Accounts(InMemoryAccounts.create());
  private BoundedRedisClient client;
  private TokenStore store;

  @BeforeEach
  void connect() {
    client = PatientClient.to(TestRedis.shared());
    store =
        RedisTokenStore.builder(client, KEYS, accounts.profiles())
            .namespace(TestRedis.shared().newNamespace())
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

  /** There is no back door into memory, so changes "behind" go through the front. */
  private record Accounts(InMemoryAccounts memory) implements AccountStores {
    @Override
    public CredentialStore credentials() {
      return memory;
    }

    @Override
    public ProfileStore profiles() {
      return memory;
    }

    @Override
    public Outbox outbox() {
      return memory;
    }

    @Override
    public AccountPages pages() {
      return memory;
    }

    @Override
    public void changeLoginIdBehind(AccountId account, LoginId next) {
      memory.changeLoginId(account, next, OperationId.random(), soon());
    }

    @Override
    public void changeHashBehind(AccountId account, PasswordHash next) {
      memory.changePassword(
          account,
          memory.version(account, soon()).orElseThrow(),
          next,
          OperationId.random(),
          soon());
    }

    private static Deadline soon() {
      return Deadline.after(Duration.ofSeconds(30));
    }
  }
}
