package io.doorward.auth.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialCache.Lookup;
import io.doorward.auth.account.CredentialVersion;
import io.doorward.auth.account.PrimaryRegistry;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.Ticker;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.redis.client.Groups;
import io.doorward.auth.redis.client.SeenCommands;
import io.doorward.auth.session.EndedSession.EndReason;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionKind;
import io.doorward.auth.session.TokenStore.LiveSession;
import io.doorward.auth.testkit.TestRedisCluster;
import io.doorward.auth.testkit.TestRedisCluster.Move;
import io.doorward.auth.testkit.TestRedisNode;
import io.doorward.auth.testkit.TestSecrets;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/** Three primaries and their replicas, reached through the bounded client. */
class ClusterIT {
  private static final KeyRing KEYS = KeyRing.ofSecret("cluster", TestSecrets.newKey());
  private static final LoginId LOGIN = LoginId.email("ada@example.org");
  private static final AccountId ADA = new AccountId("ada");

  private TestRedisCluster cluster;
  private BoundedRedisClient client;

  @BeforeEach
  void connect() {
    cluster = Groups.cluster();
    client = Groups.boundedClusterThatIsToldOfMoves(cluster);
  }

  @AfterEach
  void disconnect() {
    client.close();
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(20));
  }

  // One slot.

  private static final Pattern SENT = Pattern.compile("\"EVALSHA\" \"([0-9a-f]{40})\"");
  private static final Pattern KEY = Pattern.compile("\"([A-Za-z0-9_-]+:\\{[^\"]*)\"");

  /** All scripts but the one that a guard sends to a server that is no node of a cluster. */
  private static Set<String> digestsOfScriptsForClusters() throws IllegalAccessException {
    Set<String> digests = new HashSet<>();
    for (Field field : RedisScript.class.getDeclaredFields()) {
      if (field.getType() == RedisScript.class) {
        RedisScript script = (RedisScript) field.get(null);
        if (script != RedisScript.PRIMARY) {
          digests.add(new String(script.digest(), StandardCharsets.US_ASCII));
        }
      }
    }
    return digests;
  }

  @Test
  void everyScriptRunsOnTheNodeOfItsSlotAndTouchesNoOther() throws Exception {
    Map<TestRedisNode, SeenCommands> watched = new HashMap<>();
    Map<TestRedisNode, List<String>> seen = new HashMap<>();
    try {
      cluster.primaries().forEach(node -> watched.put(node, new SeenCommands(node::newClient)));
      for (int i = 0; i < 8; i++) {
        RedisScriptsIT.useEverything(client, cluster.newNamespace());
      }
      watched.forEach((node, its) -> seen.put(node, its.untilNow()));
    } finally {
      watched.values().forEach(SeenCommands::close);
    }

    Set<String> ran = new HashSet<>();
    Set<Integer> allSlots = new HashSet<>();
    for (TestRedisNode node : watched.keySet()) {
      Set<Integer> slots = new HashSet<>();
      int insideScripts = 0;
      for (String line : seen.get(node)) {
        if (line.contains(" lua]")) {
          insideScripts++;
        } else {
          slots.clear();
          Matcher sent = SENT.matcher(line);
          if (sent.find()) {
            ran.add(sent.group(1));
          }
        }
        Matcher key = KEY.matcher(line);
        while (key.find()) {
          int slot = TestRedisCluster.slotOf(key.group(1));
          slots.add(slot);
          allSlots.add(slot);
          assertThat(cluster.primaryFor(key.group(1))).as(line).isSameAs(node);
        }
        assertThat(slots).as(line).hasSizeLessThanOrEqualTo(1);
      }
      assertThat(insideScripts).as("%s", node).isPositive();
    }
    assertThat(ran).containsExactlyInAnyOrderElementsOf(digestsOfScriptsForClusters());
    assertThat(allSlots).hasSizeGreaterThan(8);
  }

  // Slots that move.

  /** Counts the redirections that the nodes have answered so far. */
  private long answered(String error) {
    Pattern count = Pattern.compile("errorstat_" + error + ":count=(\\d+)");
    long all = 0;
    for (TestRedisNode node : cluster.primaries()) {
      try (Jedis admin = node.newClient()) {
        Matcher match = count.matcher(admin.info("errorstats"));
        all += match.find() ? Long.parseLong(match.group(1)) : 0;
      }
    }
    return all;
  }

  private void awaitMore(String error, Runnable step) {
    long before = answered(error);
    step.run();
    await(error).atMost(Duration.ofSeconds(20)).until(() -> answered(error) > before);
  }

  private TestRedisNode anotherThan(TestRedisNode node) {
    return cluster.primaries().stream().filter(n -> n != node).findFirst().orElseThrow();
  }

  @Test
  void aCredentialsSlotMovesUnderLoadAndNoOldPasswordIsServed() {
    String namespace = cluster.newNamespace();
    String key =
        StoreContext.key(namespace, KEYS.loginIndex().name(namespace, LOGIN), "credential");
    try (Callers callers = new Callers()) {
      CredentialCallers credentials = new CredentialCallers(cache(namespace));
      callers.start(credentials::change);
      callers.start(credentials::login);
      callers.start(credentials::login);
      await().until(() -> credentials.hits.get() > 10 && credentials.changes.get() > 10);
      TestRedisNode to = anotherThan(cluster.primaryFor(key));

      try (Move move = cluster.move(TestRedisCluster.slotOf(key), to)) {
        awaitMore("ASK", () -> move.moveKeys(100));
        int changes = credentials.changes.get();
        await().until(() -> credentials.changes.get() > changes);
        awaitMore("MOVED", move::finish);
      }
      int hits = credentials.hits.get();
      int changes = credentials.changes.get();
      await().until(() -> credentials.hits.get() > hits + 10);
      await().until(() -> credentials.changes.get() > changes + 10);
    }
  }

  @Test
  void anAccountsSlotMovesUnderLoadAndNoSessionIsForgottenOrRevived() {
    String namespace = cluster.newNamespace();
    String key = StoreContext.key(namespace, ADA.value(), "user");
    MemoryProfiles profiles = new MemoryProfiles();
    profiles.put(ADA, 1, 1, "reader");
    SessionCallers sessions = new SessionCallers(store(namespace, profiles));
    try (Callers callers = new Callers()) {
      callers.start(sessions::liveAndDie);
      callers.start(sessions::liveAndDie);
      callers.start(sessions::end);
      await().until(() -> sessions.live.size() > 20 && sessions.ended.size() > 5);
      TestRedisNode to = anotherThan(cluster.primaryFor(key));

      try (Move move = cluster.move(TestRedisCluster.slotOf(key), to)) {
        awaitMore("TRYAGAIN", () -> move.moveKeys(1));
        for (int i = 0; i < 10; i++) {
          int calls = sessions.calls.get();
          move.moveKeys(1);
          await().until(() -> sessions.calls.get() > calls + 3);
        }
        awaitMore("MOVED", move::finish);
      }
      int ended = sessions.ended.size();
      await().until(() -> sessions.ended.size() > ended + 5);
    }
    sessions.assertNothingForgottenOrRevived();
  }

  @Test
  void aRevokeThatStopsHalfwayBecauseItsSlotMovesLeavesNoSessionOutsideTheIndex() {
    String namespace = cluster.newNamespace();
    MemoryProfiles profiles = new MemoryProfiles();
    profiles.put(ADA, 1, 1, "reader");
    RedisTokenStore store = store(namespace, profiles);
    Session gone = SessionCallers.session();
    Session revoked = SessionCallers.session();
    assertThat(store.create(gone, soon())).isPresent();
    assertThat(store.create(revoked, soon())).isPresent();
    String key = StoreContext.key(namespace, ADA.value(), "session:" + gone.id().value());
    TestRedisNode to = anotherThan(cluster.primaryFor(key));

    try (Move move = cluster.move(TestRedisCluster.slotOf(key), to)) {
      move.moveKey(key);

      // The script looks at another session's key, which is on the other node by now.
      assertThatThrownBy(() -> store.revoke(ADA, revoked.id(), EndReason.LOGOUT, soon()))
          .isInstanceOfSatisfying(
              StoreException.class,
              e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.REFUSED));
    }

    boolean lives = store.find(ADA, revoked.id(), soon()).isPresent();
    assertThat(store.list(ADA, soon()))
        .extracting(Session::id)
        .contains(gone.id())
        .matches(ids -> ids.contains(revoked.id()) == lives);
    store.revokeAll(ADA, EndReason.LOGOUT_ALL, soon());
    assertThat(store.find(ADA, revoked.id(), soon())).as("log out everywhere").isEmpty();
  }

  private PrimaryGuard guard(String name) {
    return PrimaryGuard.builder(client, PrimaryRegistry.inMemory(Ticker.system()))
        .name(name)
        .build();
  }

  private RedisCredentialCache cache(String namespace) {
    return RedisStores.builder(client, KEYS)
        .namespace(namespace)
        .primaries(guard(namespace))
        .build()
        .credentialCache()
        .build();
  }

  private RedisTokenStore store(String namespace, MemoryProfiles profiles) {
    return RedisStores.builder(client, KEYS)
        .namespace(namespace)
        .primaries(guard(namespace))
        .build()
        .tokenStore(profiles)
        .build();
  }

  /** Threads that call until the test closes them, and what went wrong in them. */
  private static final class Callers implements AutoCloseable {
    private final AtomicBoolean over = new AtomicBoolean();
    private final List<Thread> threads = new ArrayList<>();
    private final List<Throwable> wrong = new CopyOnWriteArrayList<>();

    void start(Runnable call) {
      Thread thread =
          new Thread(
              () -> {
                while (!over.get()) {
                  try {
                    call.run();
                  } catch (StoreException e) {
                    if (e.kind() == StoreException.Kind.MISCONFIGURED) {
                      wrong.add(e);
                      return;
                    }
                    // It does not know: that is never a wrong answer.
                  } catch (RuntimeException | Error e) {
                    wrong.add(e);
                    return;
                  }
                }
              });
      threads.add(thread);
      thread.start();
    }

    @Override
    public void close() {
      over.set(true);
      for (Thread thread : threads) {
        try {
          thread.join(Duration.ofSeconds(30).toMillis());
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
        assertThat(thread.isAlive()).isFalse();
      }
      wrong.forEach(
          e -> {
            throw new AssertionError("a caller went wrong", e);
          });
    }
  }

  /** One account whose password changes all the time while others log in. */
  private static final class CredentialCallers {
    private final RedisCredentialCache cache;
    private final AtomicLong database = new AtomicLong(1);
    private final AtomicLong told = new AtomicLong();
    private final AtomicInteger hits = new AtomicInteger();
    private final AtomicInteger changes = new AtomicInteger();

    CredentialCallers(RedisCredentialCache cache) {
      this.cache = cache;
    }

    void change() {
      long version = database.incrementAndGet();
      cache.fence(LOGIN, version, soon());
      told.set(version);
      changes.incrementAndGet();
      int seen = hits.get();
      // Lets a login or two find the entry before it changes again.
      await().until(() -> hits.get() > seen);
    }

    void login() {
      long atLeast = told.get();
      Lookup lookup = cache.lookup(LOGIN, soon());
      if (lookup instanceof Lookup.Hit hit) {
        assertThat(hit.credential().version().number()).isGreaterThanOrEqualTo(atLeast);
        hits.incrementAndGet();
      } else {
        long read = database.get();
        cache.fill(
            ((Lookup.Miss) lookup).ticket(),
            new Credential(
                ADA,
                LOGIN,
                AccountStatus.ACTIVE,
                TestSecrets.newHash(),
                new CredentialVersion(read, "tag"),
                MemoryProfiles.epoch(1)),
            Instant.now(),
            soon());
      }
    }
  }

  /** Sessions of one account that begin, are looked up and end. */
  private static final class SessionCallers {
    private final RedisTokenStore store;
    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicInteger begun = new AtomicInteger();
    private final Set<SessionId> live = ConcurrentHashMap.newKeySet();
    private final Set<SessionId> ended = ConcurrentHashMap.newKeySet();
    private final Set<SessionId> unknown = ConcurrentHashMap.newKeySet();

    SessionCallers(RedisTokenStore store) {
      this.store = store;
    }

    private static Session session() {
      Instant now = Instant.now();
      return Session.builder(
              ADA,
              SessionKind.COOKIE,
              MemoryProfiles.epoch(1),
              now,
              now.plusSeconds(3600),
              Duration.ofMinutes(30))
          .build();
    }

    /** Ends any session, also while others cannot be found because their keys are on their way. */
    void end() {
      SessionId id = live.stream().skip(live.size() / 2).findFirst().orElse(null);
      if (live.size() < 25 || !live.remove(id)) {
        return;
      }
      calls.incrementAndGet();
      unknown.add(id);
      store.revoke(ADA, id, EndReason.LOGOUT, soon());
      unknown.remove(id);
      ended.add(id);
    }

    void liveAndDie() {
      calls.incrementAndGet();
      live.stream()
          .findFirst()
          .ifPresent(
              id -> {
                Optional<LiveSession> found = find(id);
                // Somebody else may have begun to end it meanwhile.
                assertThat(found.isPresent() || !live.contains(id)).as("a live session").isTrue();
              });
      Session session = session();
      unknown.add(session.id());
      assertThat(store.create(session, soon())).isPresent();
      assertThat(find(session.id())).isPresent();
      if (begun.incrementAndGet() % 2 == 0 && live.size() < 30) {
        unknown.remove(session.id());
        live.add(session.id());
        return;
      }
      store.revoke(ADA, session.id(), EndReason.LOGOUT, soon());
      unknown.remove(session.id());
      ended.add(session.id());
      assertThat(find(session.id())).as("an ended session").isEmpty();
    }

    private Optional<LiveSession> find(SessionId id) {
      return store.find(ADA, id, soon());
    }

    /** Where a call said that it does not know, either is right, but not half of it. */
    void assertNothingForgottenOrRevived() {
      live.forEach(id -> assertThat(find(id)).isPresent());
      ended.forEach(id -> assertThat(find(id)).isEmpty());
      Set<SessionId> all = new HashSet<>(live);
      unknown.stream().filter(id -> find(id).isPresent()).forEach(all::add);
      assertThat(store.list(ADA, soon())).extracting(Session::id).containsAll(all);
      assertThat(store.revokeAll(ADA, EndReason.LOGOUT_ALL, soon()).ended())
          .isGreaterThanOrEqualTo(all.size());
      all.forEach(id -> assertThat(find(id)).isEmpty());
    }
  }
}
