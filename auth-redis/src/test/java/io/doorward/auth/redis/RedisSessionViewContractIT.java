package io.doorward.auth.redis;

import io.doorward.auth.key.KeyRing;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.redis.client.PatientClient;
import io.doorward.auth.session.SessionView;
import io.doorward.auth.testkit.SessionViewContract;
import io.doorward.auth.testkit.TestRedis;
import io.doorward.auth.testkit.TestSecrets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/** Flushes, so it has a server of its own. */
final class RedisSessionViewContractIT extends SessionViewContract {
  private static final KeyRing KEYS = KeyRing.ofSecret("contract", TestSecrets.newKey());

  private static TestRedis server;
  private BoundedRedisClient client;
  private String namespace;

  @BeforeAll
  static void start() {
    server = TestRedis.startNew();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @BeforeEach
  void connect() {
    client = PatientClient.to(server);
    namespace = server.newNamespace();
  }

  @AfterEach
  void disconnect() {
    client.close();
  }

  @Override
  protected SessionView newView() {
    return RedisStores.builder(client, KEYS).namespace(namespace).build().sessionView().build();
  }

  @Override
  protected SessionView loseEverything(SessionView view) {
    server.flushAll();
    return view;
  }
}
