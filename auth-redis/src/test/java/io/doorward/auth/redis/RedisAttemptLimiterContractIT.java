package io.doorward.auth.redis;

import io.doorward.auth.key.KeyRing;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.redis.client.PatientClient;
import io.doorward.auth.testkit.AttemptLimiterContract;
import io.doorward.auth.testkit.TestRedis;
import io.doorward.auth.testkit.TestSecrets;
import io.doorward.auth.throttle.AttemptBudgets;
import io.doorward.auth.throttle.AttemptLimiter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

final class RedisAttemptLimiterContractIT extends AttemptLimiterContract {
  private static final KeyRing KEYS = KeyRing.ofSecret("contract", TestSecrets.newKey());

  private BoundedRedisClient client;

  @BeforeEach
  void connect() {
    client = PatientClient.to(TestRedis.shared());
  }

  @AfterEach
  void disconnect() {
    client.close();
  }

  @Override
  protected AttemptLimiter newLimiter(AttemptBudgets budgets) {
    return RedisStores.builder(client, KEYS)
        .namespace(TestRedis.shared().newNamespace())
        .build()
        .attemptLimiter()
        .budgets(budgets)
        .build();
  }
}
