package io.doorward.auth.system;

import io.doorward.auth.account.CacheFill;
import io.doorward.auth.testkit.FaultProxy;
import io.doorward.auth.testkit.TestPostgres;
import io.doorward.auth.testkit.TestRedis;
import io.doorward.auth.throttle.AttemptBudgets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * Four nodes of one application on a PostgreSQL and a Redis of their own. Two reach Redis through a
 * proxy, two fill the cache before they answer, and one fills it late. Any thread may use a node;
 * one thread breaks and replaces them.
 */
final class Fleet implements AutoCloseable {
  static final int NODES = 4;

  /** Short, so that entries end and are filled again and again. */
  static final Duration ENTRY_TTL = Duration.ofSeconds(4);

  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Duration REDIS_TIMEOUT = Duration.ofMillis(400);
  private static final Duration LATEST = Duration.ofSeconds(2);
  private static final int ENOUGH = 1_000_000;
  private static final int PROXIED = 2;
  private static final int LATE = 3;

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
  private final List<FaultProxy> proxies = new ArrayList<>();
  private final LateExecutor late;
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
    application = Application.on(postgres, redis, Sessions.IN_POSTGRES);
    application.sql(QUICK_COMMITS);
    late = new LateExecutor(seed, LATEST);
    for (int i = 0; i < PROXIED; i++) {
      proxies.add(FaultProxy.to(redis.host(), redis.port()));
    }
    for (int i = 0; i < NODES; i++) {
      nodes.set(i, start(i));
    }
  }

  private Node start(int place) {
    Application.Setup setup =
        new Application.Setup()
            .patience(PATIENCE)
            .redisTimeout(REDIS_TIMEOUT)
            .entryTtl(ENTRY_TTL)
            .budgets(
                new AttemptBudgets(
                    ENOUGH,
                    Duration.ofSeconds(1),
                    Duration.ofMinutes(1),
                    ENOUGH,
                    Duration.ofMinutes(1),
                    Duration.ofSeconds(10)))
            .service(
                builder -> {
                  builder
                      .passwordHasher(new FastHasher())
                      .relayInterval(Duration.ofSeconds(1))
                      .cacheFill(place % 2 == 0 ? CacheFill.BLOCKING : CacheFill.BACKGROUND);
                  return place == LATE ? builder.backgroundExecutor(late) : builder;
                });
    if (place < PROXIED) {
      setup.redisBehind(proxies.get(place).host(), proxies.get(place).port());
    }
    return application.node(setup);
  }

  Application application() {
    return application;
  }

  TestRedis redis() {
    return redis;
  }

  List<FaultProxy> proxies() {
    return proxies;
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

  /** Ends all faults of the network. */
  void heal() {
    proxies.forEach(FaultProxy::heal);
  }

  /** Returns how many late fills are still to come. */
  int lateFills() {
    return late.waiting();
  }

  @Override
  public void close() {
    late.close();
    application.close();
    proxies.forEach(FaultProxy::close);
    redis.close();
    postgres.close();
  }
}
