package io.doorward.auth.system;

import io.doorward.auth.Budgets;
import io.doorward.auth.account.CredentialCache.CacheFill;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.testkit.FaultProxy;
import io.doorward.auth.testkit.TestPostgres;
import io.doorward.auth.testkit.TestRedis;
import io.doorward.auth.testkit.TestSecrets;
import io.doorward.auth.throttle.AttemptBudgets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;

/**
 * Four nodes of one application on a PostgreSQL and a Redis of their own. Their sessions are
 * durable, and they believe a Redis primary by PostgreSQL's word only. Two reach Redis through a
 * proxy, two reach PostgreSQL through one, two fill the cache before they answer, and one fills it
 * late. The clocks of two are ahead of the others' by half a minute. Any thread may use a node; one
 * thread breaks and replaces them.
 */
final class Fleet implements AutoCloseable {
  static final int NODES = 4;

  /** Short, so that entries end and are filled again and again. */
  static final Duration ENTRY_TTL = Duration.ofSeconds(4);

  /** By how much the clocks of two nodes differ: half of what is allowed. */
  static final Duration CLOCKS_APART = Duration.ofSeconds(30);

  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Duration REDIS_TIMEOUT = Duration.ofMillis(400);
  private static final Duration LATEST = Duration.ofSeconds(2);
  private static final int ENOUGH = 1_000_000;
  private static final AttemptBudgets ATTEMPTS =
      new AttemptBudgets(
          ENOUGH,
          Duration.ofSeconds(1),
          Duration.ofMinutes(1),
          ENOUGH,
          ENOUGH,
          Duration.ofMinutes(1),
          Duration.ofSeconds(10));

  /** Nodes 0 and 1 reach Redis through a proxy, nodes 1 and 2 PostgreSQL: each way of the four. */
  private static final int PROXIES = 2;

  private static final int LATE = 3;

  private static final byte[] OLD_SECRET = TestSecrets.newKey();
  private static final byte[] NEW_SECRET = TestSecrets.newKey();

  /** The steps of a rotation. During each, nodes have different rings. */
  private static final List<KeyRing> RINGS =
      List.of(
          KeyRing.builder().secret("old", OLD_SECRET).build(),
          KeyRing.builder().secret("old", OLD_SECRET).secret("new", NEW_SECRET).build(),
          KeyRing.builder().secret("new", NEW_SECRET).secret("old", OLD_SECRET).build());

  /** PostgreSQL never stops in such a run, so nobody has to wait for its disk. */
  private static final String QUICK_COMMITS =
      """
      DO $$ BEGIN
        EXECUTE format('ALTER DATABASE %I SET synchronous_commit TO off', current_database());
      END $$
      """;

  private final TestPostgres postgres;
  private final TestRedis redis;
  private final Application application;
  private final List<FaultProxy> redisProxies = new ArrayList<>();
  private final List<FaultProxy> postgresProxies = new ArrayList<>();
  private final LateExecutor late;
  private int rings;
  private final AtomicReferenceArray<Node> nodes = new AtomicReferenceArray<>(NODES);
  private final Set<Node> gone = ConcurrentHashMap.newKeySet();

  /**
   * Starts the servers and the nodes.
   *
   * @param seed draws how late the late node is
   */
  Fleet(long seed) {
    postgres = TestPostgres.startNew();
    redis = TestRedis.startNew();
    application = Application.on(postgres, redis, Sessions.DURABLE, RINGS.get(0));
    application.sql(QUICK_COMMITS);
    late = new LateExecutor(seed, LATEST);
    for (int i = 0; i < PROXIES; i++) {
      redisProxies.add(FaultProxy.to(redis.host(), redis.port()));
      postgresProxies.add(FaultProxy.to(postgres.host(), postgres.port()));
    }
    for (int i = 0; i < NODES; i++) {
      nodes.set(i, start(i));
    }
  }

  private Node start(int place) {
    Application.Setup setup =
        new Application.Setup()
            .patience(PATIENCE)
            .keys(RINGS.get(rings))
            .ahead(place % 2 == 0 ? Duration.ZERO : CLOCKS_APART)
            .redisTimeout(REDIS_TIMEOUT)
            .guarded()
            .entryTtl(ENTRY_TTL)
            .budgets(ATTEMPTS)
            .service(
                builder -> {
                  builder
                      .passwordHasher(new FastHasher())
                      .budgets(Budgets.defaults().withAttempts(ATTEMPTS).withFailureLimit(ENOUGH))
                      .relayInterval(Duration.ofSeconds(1))
                      .cacheFill(place % 2 == 0 ? CacheFill.BLOCKING : CacheFill.BACKGROUND);
                  return place == LATE ? builder.backgroundExecutor(late) : builder;
                });
    if (place < PROXIES) {
      FaultProxy proxy = redisProxies.get(place);
      setup.redisBehind(proxy.host(), proxy.port());
    }
    if (place >= 1 && place <= PROXIES) {
      FaultProxy proxy = postgresProxies.get(place - 1);
      setup.postgresBehind(proxy.host(), proxy.port(), UnaryOperator.identity());
    }
    return application.node(setup);
  }

  Application application() {
    return application;
  }

  TestRedis redis() {
    return redis;
  }

  /** The ways on which nodes reach Redis and on which something can happen. */
  List<FaultProxy> redisProxies() {
    return redisProxies;
  }

  /** The same for PostgreSQL. */
  List<FaultProxy> postgresProxies() {
    return postgresProxies;
  }

  Node node(int place) {
    return nodes.get(place);
  }

  Node any(RandomGenerator random) {
    return nodes.get(random.nextInt(NODES));
  }

  /**
   * Asks a node.
   *
   * @return what it answered; empty if it was gone before it could
   */
  <T> Optional<T> ask(Node node, Function<Node, T> question) {
    try {
      return Optional.of(question.apply(node));
    } catch (IllegalStateException e) {
      // Of all that a caller may see of a process's end, this is what is seen within one process.
      if (gone.contains(node)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** Kills a node in the middle of its work, after another one has taken its place. */
  void crash(int place) {
    replace(place).crash();
  }

  /** Puts another node in a node's place; what the old one was about to do it still does. */
  void leaveBehind(int place) {
    replace(place).service().close();
  }

  private Node replace(int place) {
    Node fresh = start(place);
    Node old = nodes.getAndSet(place, fresh);
    gone.add(old);
    return old;
  }

  /** Takes the next step of a rotation of all keys, node by node. Nothing after the last one. */
  void rotateKeys() {
    if (rings < RINGS.size() - 1) {
      rings++;
      for (int i = 0; i < NODES; i++) {
        leaveBehind(i);
      }
    }
  }

  /** Ends all faults of the network. */
  void heal() {
    redisProxies.forEach(FaultProxy::heal);
    postgresProxies.forEach(FaultProxy::heal);
  }

  /** Lets go of the nodes that are gone, and of what the present ones have reported so far. */
  void forget() {
    gone.forEach(application::forget);
    gone.clear();
    for (int i = 0; i < NODES; i++) {
      nodes.get(i).events().clear();
    }
  }

  /** Returns how many late fills are still to come. */
  int lateFills() {
    return late.waiting();
  }

  @Override
  public void close() {
    late.close();
    application.close();
    redisProxies.forEach(FaultProxy::close);
    postgresProxies.forEach(FaultProxy::close);
    redis.close();
    postgres.close();
  }
}
