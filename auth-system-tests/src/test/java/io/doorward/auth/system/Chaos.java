package io.doorward.auth.system;

import io.doorward.auth.system.History.Span;
import io.doorward.auth.testkit.FaultProxy;
import io.doorward.auth.testkit.FaultProxy.Direction;
import io.doorward.auth.testkit.PostgresFaults;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import redis.clients.jedis.UnifiedJedis;

/**
 * Breaks things at random, one after the other, and writes down when. Between the storms it is calm
 * for a while: then nothing has an excuse.
 */
final class Chaos implements Runnable {
  private static final long STORM = Duration.ofSeconds(6).toNanos();
  private static final long CALM = Duration.ofSeconds(6).toNanos();

  private final Fleet fleet;
  private final List<Subject> subjects;
  private final History history;
  private final RandomGenerator random;
  private final CountDownLatch over;
  private final Map<Fault, Integer> done = new TreeMap<>();

  /** What can break. */
  enum Fault {
    FLUSH,
    EVICTION,
    RESTART_WITH_DATA,
    RESTART_EMPTY,
    PAUSE,
    REDIS_RESET,
    REDIS_BLACK_HOLE,
    REDIS_ANSWERS_LOST,
    REDIS_SLOW,
    REDIS_FULL,
    REGISTRY_SLOW,
    POSTGRES_RESET,
    POSTGRES_BLACK_HOLE,
    POSTGRES_ANSWERS_LOST,
    POSTGRES_SLOW,
    CRASH,
    LEFT_BEHIND,
    /** Happens at the beginning of a run, and twice. */
    KEY_ROTATION
  }

  /** What happens again and again. */
  private static final List<Fault> DRAWN =
      List.copyOf(EnumSet.complementOf(EnumSet.of(Fault.KEY_ROTATION)));

  Chaos(
      Fleet fleet,
      List<Subject> subjects,
      History history,
      RandomGenerator random,
      CountDownLatch over) {
    this.fleet = fleet;
    this.subjects = subjects;
    this.history = history;
    this.random = random;
    this.over = over;
  }

  @Override
  public void run() {
    // However short the run is, it has these.
    Deque<Fault> first =
        new ArrayDeque<>(
            List.of(Fault.KEY_ROTATION, Fault.REDIS_FULL, Fault.KEY_ROTATION, Fault.REGISTRY_SLOW));
    while (over.getCount() > 0) {
      long end = History.now() + STORM;
      while (over.getCount() > 0 && History.now() < end) {
        Fault drawn = DRAWN.get(random.nextInt(DRAWN.size()));
        Fault fault = first.isEmpty() ? drawn : first.remove();
        Span began = Span.begin();
        cause(fault);
        history.fault(began.ended());
        done.merge(fault, 1, Integer::sum);
        goOn(random.nextLong(600));
      }
      goOn(TimeUnit.NANOSECONDS.toMillis(CALM));
    }
  }

  /** What was broken how often; to be asked when it is over. */
  Map<Fault, Integer> done() {
    return done;
  }

  private void cause(Fault fault) {
    FaultProxy redis = any(fleet.redisProxies());
    FaultProxy postgres = any(fleet.postgresProxies());
    switch (fault) {
      case FLUSH -> fleet.redis().flushAll();
      case EVICTION -> evict();
      case RESTART_WITH_DATA -> fleet.redis().restartKeepingData();
      case RESTART_EMPTY -> {
        fleet.redis().kill();
        fleet.redis().start();
      }
      case PAUSE -> {
        fleet.redis().pause();
        goOn(random.nextLong(50, 700));
        fleet.redis().resume();
      }
      case REDIS_RESET -> redis.reset();
      case REDIS_BLACK_HOLE -> blackHole(redis);
      case REDIS_ANSWERS_LOST -> loseAnswers(redis);
      case REDIS_SLOW -> slowDown(redis);
      case REDIS_FULL -> fillRedis();
      case REGISTRY_SLOW -> slowRegistryDown();
      case POSTGRES_RESET -> postgres.reset();
      case POSTGRES_BLACK_HOLE -> blackHole(postgres);
      case POSTGRES_ANSWERS_LOST -> loseAnswers(postgres);
      case POSTGRES_SLOW -> slowDown(postgres);
      case CRASH -> fleet.crash(random.nextInt(Fleet.NODES));
      case LEFT_BEHIND -> fleet.leaveBehind(random.nextInt(Fleet.NODES));
      case KEY_ROTATION -> fleet.rotateKeys();
    }
  }

  /** For a moment Redis only reads and deletes. */
  private void fillRedis() {
    fleet.redis().exhaustMemory();
    goOn(random.nextLong(50, 900));
    fleet.redis().heal();
  }

  /**
   * No node learns for a moment which primary is to be believed; all else in PostgreSQL is well.
   */
  private void slowRegistryDown() {
    PostgresFaults.Fault lock =
        PostgresFaults.lock(fleet.application().database(), "doorward.cache_primaries");
    try {
      goOn(random.nextLong(200, 1_500));
    } finally {
      lock.close();
    }
  }

  private FaultProxy any(List<FaultProxy> proxies) {
    return proxies.get(random.nextInt(proxies.size()));
  }

  private void blackHole(FaultProxy proxy) {
    proxy.blackHole();
    healLater(proxy);
  }

  private void loseAnswers(FaultProxy proxy) {
    proxy.swallow(Direction.DOWN);
    healLater(proxy);
  }

  private void slowDown(FaultProxy proxy) {
    proxy.latency(Duration.ofMillis(20), Duration.ofMillis(200));
    healLater(proxy);
  }

  private void healLater(FaultProxy proxy) {
    goOn(random.nextLong(50, 900));
    proxy.heal();
    // What was swallowed in the middle of an answer leaves a connection that is of no use.
    proxy.reset();
  }

  private void evict() {
    RedisView redis = fleet.application().redis();
    try (UnifiedJedis client = fleet.redis().newClient()) {
      for (int i = 0; i < 10; i++) {
        Subject subject = subjects.get(random.nextInt(subjects.size()));
        client.del(redis.credentialKey(subject.person(subject.identifier(), 0).loginId()));
      }
    }
  }

  /** Waits, but not beyond the end. */
  private void goOn(long millis) {
    try {
      boolean unused = over.await(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
