package io.doorward.auth.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialCache.Lookup;
import io.doorward.auth.account.CredentialCache.Ticket;
import io.doorward.auth.account.CredentialVersion;
import io.doorward.auth.account.PrimaryRegistry;
import io.doorward.auth.account.PrimaryRegistry.Registration;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.Ticker;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.redis.client.PatientClient;
import io.doorward.auth.session.EndedSession.EndReason;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionKind;
import io.doorward.auth.testkit.Concurrently;
import io.doorward.auth.testkit.TestRedis;
import io.doorward.auth.testkit.TestRedisNode;
import io.doorward.auth.testkit.TestSecrets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.UnifiedJedis;

/**
 * What holds when a primary is killed, or paused and comes back without knowing that it is past.
 */
abstract class FailoverTests {
  static final KeyRing KEYS = KeyRing.ofSecret("failover", TestSecrets.newKey());
  private static final Duration H = Duration.ofSeconds(1);

  final String namespace = TestRedis.shared().newNamespace();
  final PrimaryRegistry registry = PrimaryRegistry.inMemory(Ticker.system());
  private Node node;

  /** Heals the group and returns a new client of its own for a node. */
  abstract UnifiedJedis connect();

  abstract TestRedisNode primaryFor(String key);

  /** Returns the key's primary after another one was promoted. */
  abstract TestRedisNode awaitFailover(String key, TestRedisNode before);

  /** Lets the old primary go on, and nobody tell it that it is past, as far as the group can. */
  abstract void resumeUntold(TestRedisNode old);

  /**
   * A node of an application: a client, and stores over it that ask the database whom to believe.
   */
  final class Node implements AutoCloseable {
    final UnifiedJedis client;
    final PrimaryGuard guard;
    final RedisCredentialCache cache;
    final RedisTokenStore sessions;
    final MemoryProfiles profiles = new MemoryProfiles();

    Node(UnifiedJedis client) {
      this.client = client;
      guard = PrimaryGuard.builder(client, registry).name(namespace).confirmWithin(H).build();
      RedisStores stores =
          RedisStores.builder(client, KEYS).namespace(namespace).primaries(guard).build();
      cache = stores.credentialCache().build();
      sessions = stores.tokenStore(profiles).build();
    }

    Ticket miss(LoginId login) {
      Lookup lookup = cache.lookup(login, soon());
      assertThat(lookup).isInstanceOf(Lookup.Miss.class);
      return ((Lookup.Miss) lookup).ticket();
    }

    boolean fill(Ticket ticket, long version) {
      return cache.fill(ticket, credential(ticket.loginId(), version), Instant.now(), soon());
    }

    boolean hits(LoginId login, long version) {
      return cache.lookup(login, soon()) instanceof Lookup.Hit hit
          && hit.credential().version().number() == version;
    }

    @Override
    public void close() {
      guard.close();
      client.close();
    }
  }

  @BeforeEach
  void start() {
    node = new Node(connect());
  }

  @AfterEach
  void stop() {
    node.close();
  }

  Node node() {
    return node;
  }

  static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(20));
  }

  static LoginId newLogin() {
    return LoginId.email(UUID.randomUUID() + "@example.org");
  }

  String keyOf(LoginId login) {
    return StoreContext.key(namespace, KEYS.loginIndex().name(namespace, login), "credential");
  }

  /** Returns another login whose entry lies on the same server. */
  private LoginId neighbour(LoginId login) {
    TestRedisNode primary = primaryFor(keyOf(login));
    LoginId other = newLogin();
    while (primaryFor(keyOf(other)) != primary) {
      other = newLogin();
    }
    return other;
  }

  static Credential credential(LoginId login, long version) {
    return new Credential(
        new AccountId("ada"),
        login,
        AccountStatus.ACTIVE,
        TestSecrets.newHash(),
        new CredentialVersion(version, "tag"),
        MemoryProfiles.epoch(1));
  }

  /** Waits for an operation to be answered, however often it is refused before. */
  static ConditionFactory eventually() {
    return await().atMost(Duration.ofSeconds(30)).ignoreException(StoreException.class);
  }

  private static Session session(AccountId account) {
    Instant now = Instant.now();
    return Session.builder(
            account,
            SessionKind.COOKIE,
            MemoryProfiles.epoch(1),
            now,
            now.plusSeconds(3600),
            Duration.ofMinutes(30))
        .build();
  }

  /** Writes under the key's tag and waits until every replica has that, and so all before it. */
  private static void awaitReplicas(TestRedisNode primary, String key) {
    try (Jedis admin = primary.newClient()) {
      admin.set(key + ":mark", "x");
      int replicas = Integer.parseInt(primary.info("replication", "connected_slaves"));
      assertThat(admin.waitReplicas(replicas, 10_000)).isEqualTo(replicas).isPositive();
    }
  }

  @Test
  void afterAKilledPrimaryWhatWasCachedIsAbsentAndWhatWasFencedStaysSo() {
    LoginId cached = newLogin();
    LoginId fenced = neighbour(cached);
    assertThat(node.fill(node.miss(cached), 5)).isTrue();
    assertThat(node.hits(cached, 5)).isTrue();
    Ticket early = node.miss(fenced);
    node.cache.fence(fenced, 7, soon());
    Ticket late = node.miss(fenced);
    TestRedisNode old = primaryFor(keyOf(cached));
    awaitReplicas(old, keyOf(cached));

    old.kill();
    awaitFailover(keyOf(cached), old);

    eventually().untilAsserted(() -> assertThat(node.miss(cached)).isNotNull());
    assertThat(node.fill(early, 6)).isFalse();
    assertThat(node.fill(late, 7)).isFalse();
    assertThat(node.fill(node.miss(fenced), 7)).isTrue();
    assertThat(node.fill(node.miss(cached), 5)).isTrue();
    assertThat(node.hits(cached, 5)).isTrue();
    assertThat(node.hits(fenced, 7)).isTrue();
  }

  @Test
  void afterAKilledPrimarySessionsLiveOnAndEndedOnesDoNot() {
    AccountId account = AccountId.random();
    node.profiles.put(account, 1, 1, "reader");
    Session live = session(account);
    Session ended = session(account);
    assertThat(node.sessions.create(live, soon())).isPresent();
    assertThat(node.sessions.create(ended, soon())).isPresent();
    assertThat(node.sessions.revoke(account, ended.id(), EndReason.LOGOUT, soon()).ended())
        .isEqualTo(1);
    String key = StoreContext.key(namespace, account.value(), "user");
    TestRedisNode old = primaryFor(key);
    awaitReplicas(old, key);
    int loads = node.profiles.loads.get();

    old.kill();
    awaitFailover(key, old);

    eventually()
        .untilAsserted(
            () -> assertThat(node.sessions.find(account, live.id(), soon())).isPresent());
    assertThat(node.profiles.loads.get()).as("the user was read anew").isGreaterThan(loads);
    assertThat(node.sessions.find(account, ended.id(), soon())).isEmpty();
    assertThat(node.sessions.list(account, soon())).extracting(Session::id).containsOnly(live.id());
  }

  @Test
  void anOldPrimaryThatComesBackIsNotBelieved() {
    LoginId login = newLogin();
    TestRedisNode old = primaryFor(keyOf(login));
    try (Node cutOff = new Node(PatientClient.to(old))) {
      assertThat(cutOff.fill(cutOff.miss(login), 5)).isTrue();
      assertThat(cutOff.hits(login, 5)).isTrue();
      awaitReplicas(old, keyOf(login));
      old.pause();
      CompletableFuture<Lookup> onItsWay =
          Concurrently.begin(() -> cutOff.cache.lookup(login, soon()));
      awaitFailover(keyOf(login), old);
      // From here on nobody may serve version 5: the change has been told.
      eventually().until(() -> node.cache.fence(login, 6, soon()));

      resumeUntold(old);

      // What was asked before, what is asked now, and what is asked again and again.
      assertThatThrownBy(() -> onItsWay.orTimeout(20, TimeUnit.SECONDS).join())
          .isInstanceOf(CompletionException.class)
          .hasCauseInstanceOf(StoreException.class);
      for (int i = 0; i < 20; i++) {
        assertThatThrownBy(() -> cutOff.cache.lookup(login, soon()))
            .isInstanceOf(StoreException.class);
      }
      assertThat(node.hits(login, 5)).isFalse();
      assertThat(node.fill(node.miss(login), 6)).isTrue();
      assertThat(node.hits(login, 6)).isTrue();
    }
  }

  /** Returns the registered primaries that are past. */
  List<Registration> superseded() {
    List<Registration> all = registry.list(namespace, soon());
    return all.stream().filter(each -> each.isSuperseded(all)).toList();
  }
}
