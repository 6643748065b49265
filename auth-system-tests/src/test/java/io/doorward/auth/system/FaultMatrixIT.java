package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.system.Fault.Operation;
import io.doorward.auth.testkit.Concurrently;
import io.doorward.auth.testkit.FaultProxy.Direction;
import io.doorward.auth.testkit.PostgresFaults;
import io.doorward.auth.testkit.TestRedis;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Everything is asked for under every fault of the network and of the servers, where sessions are
 * in Redis and where they are durable: the lines of docs/faults.md that one recipe can prove.
 */
class FaultMatrixIT {
  private static final Duration REDIS_TIMEOUT = Duration.ofMillis(250);

  /** Where Redis is there: no machine is so slow that it would be reached all the same. */
  private static final Duration LONG_REDIS_TIMEOUT = Duration.ofSeconds(2);

  private static final SecureRandom RANDOM = new SecureRandom();

  private static final Map<FaultCase, Injection> INJECTIONS = injections();

  /** After which of them a node has recovered. */
  private static final Set<FaultCase> RECOVERED = EnumSet.noneOf(FaultCase.class);

  /** Always the embedded one: no other can be made to load slowly. */
  private static TestRedis redis;

  private static final Map<Sessions, Application> APPLICATIONS = new EnumMap<>(Sessions.class);

  /** How a fault begins and ends, for the nodes of both homes. */
  private static final class Injection {
    private Consumer<FaultLab> begin = lab -> {};
    private Consumer<FaultLab> end =
        lab -> {
          lab.redis().heal();
          lab.postgres().heal();
        };
    private Runnable beginOfAll = () -> {};
    private Runnable endOfAll = () -> {};
    private boolean once;
    private boolean losesSessions;
    private boolean ofDatabase;
    private boolean mild;

    /** Something between the node and a server. */
    Injection at(Consumer<FaultLab> node) {
      begin = node;
      return this;
    }

    Injection until(Consumer<FaultLab> node) {
      end = node;
      return this;
    }

    /** Something at the servers that all nodes share. */
    Injection atServers(Runnable fault, Runnable heal) {
      beginOfAll = fault;
      endOfAll = heal;
      return this;
    }

    /** Happens anew before each question; they are asked one after the other. */
    Injection once() {
      once = true;
      return this;
    }

    Injection losesSessions() {
      losesSessions = true;
      return this;
    }

    /** A database that hangs costs every caller the whole deadline: let it be a short one. */
    Injection ofDatabase() {
      ofDatabase = true;
      return this;
    }

    /** Costs so little that no time-out is to be met. */
    Injection mild() {
      mild = true;
      return this;
    }
  }

  private static Map<FaultCase, Injection> injections() {
    Map<FaultCase, Injection> all = new EnumMap<>(FaultCase.class);
    all.put(
        FaultCase.REDIS_REFUSES,
        new Injection()
            .at(
                lab -> {
                  lab.redis().refuse();
                  lab.redis().reset();
                }));
    all.put(
        FaultCase.REDIS_KILLED,
        new Injection().atServers(() -> redis.kill(), () -> redis.start()).losesSessions());
    all.put(FaultCase.REDIS_BLACK_HOLE, new Injection().at(lab -> lab.redis().blackHole()));
    all.put(
        FaultCase.REDIS_ANSWERS_LOST,
        new Injection().at(lab -> lab.redis().swallow(Direction.DOWN)));
    all.put(
        FaultCase.REDIS_FROZEN,
        new Injection().atServers(() -> redis.pause(), () -> redis.resume()));
    all.put(
        FaultCase.REDIS_LATE,
        new Injection()
            .at(lab -> lab.redis().latency(Duration.ofMillis(20), Duration.ofMillis(20)))
            .mild());
    all.put(
        FaultCase.REDIS_TOO_LATE,
        new Injection()
            .at(lab -> lab.redis().latency(Duration.ofSeconds(5), Duration.ofSeconds(1))));
    all.put(
        FaultCase.REDIS_RESET_ONCE, new Injection().at(lab -> lab.redis().reset()).once().mild());
    all.put(
        FaultCase.REDIS_RESET_BEFORE,
        new Injection().at(lab -> lab.redis().resetAfter(Direction.UP, 0)));
    all.put(
        FaultCase.REDIS_RESET_AFTER_ONCE,
        new Injection().at(lab -> lab.redis().resetOnceAfter(Direction.DOWN, 0)).once().mild());
    all.put(
        FaultCase.REDIS_RESET_AFTER,
        new Injection().at(lab -> lab.redis().resetAfter(Direction.DOWN, 0)));
    all.put(
        FaultCase.REDIS_CUT_IN_ANSWER,
        new Injection().at(lab -> lab.redis().cutAfter(Direction.DOWN, 3)));
    all.put(
        FaultCase.REDIS_SLICED,
        new Injection().at(lab -> lab.redis().slice(1, Duration.ZERO)).mild());
    all.put(
        FaultCase.REDIS_DRIPS,
        new Injection().at(lab -> lab.redis().bandwidth(Direction.DOWN, 10)));
    all.put(
        FaultCase.REDIS_CLOSES_LATE,
        new Injection().at(lab -> lab.redis().slowClose(Duration.ofSeconds(5))).mild());
    all.put(FaultCase.REDIS_READONLY, atRedis(TestRedis::becomeReplica));
    all.put(FaultCase.REDIS_MASTERDOWN, atRedis(TestRedis::becomeOrphan));
    all.put(FaultCase.REDIS_OOM, atRedis(TestRedis::exhaustMemory).once());
    all.put(FaultCase.REDIS_NOAUTH, atRedis(TestRedis::demandPassword));
    all.put(FaultCase.REDIS_LOADING, atRedis(TestRedis::restartLoading));
    all.put(FaultCase.REDIS_NOSCRIPT, atRedis(TestRedis::forgetScripts).once().mild());
    all.put(FaultCase.REDIS_FLUSHED, atRedis(TestRedis::flushAll).losesSessions().mild());
    all.put(FaultCase.REDIS_EVICTED, atRedis(TestRedis::evictAll).losesSessions().mild());
    all.put(
        FaultCase.REDIS_RESTARTED,
        atRedis(
                server -> {
                  server.kill();
                  server.start();
                })
            .losesSessions()
            .mild());
    all.put(
        FaultCase.GARBAGE,
        new Injection()
            .at(
                lab -> {
                  byte[] garbage = new byte[64];
                  RANDOM.nextBytes(garbage);
                  // A digit would be the frame of a newer version, whose values are unavailable.
                  garbage[0] = 0;
                  RedisView view = lab.application().redis();
                  lab.keys().forEach(key -> view.write(key, garbage));
                })
            .losesSessions()
            .mild());
    all.put(
        FaultCase.WRONG_TYPE,
        new Injection()
            .at(
                lab -> {
                  RedisView view = lab.application().redis();
                  for (String key : lab.keys()) {
                    view.delete(key);
                    view.ask(client -> client.rpush(key, "somebody else's"));
                  }
                })
            .until(lab -> lab.keys().forEach(lab.application().redis()::delete))
            .losesSessions()
            .mild());
    all.put(
        FaultCase.DATABASE_REFUSES,
        new Injection()
            .at(
                lab -> {
                  lab.postgres().refuse();
                  lab.postgres().reset();
                })
            .ofDatabase());
    all.put(
        FaultCase.DATABASE_KILLED,
        new Injection().atServers(OwnServers::stopPostgres, OwnServers::heal).ofDatabase());
    all.put(
        FaultCase.DATABASE_BLACK_HOLE,
        new Injection().at(lab -> lab.postgres().blackHole()).ofDatabase());
    all.put(
        FaultCase.DATABASE_FROZEN,
        new Injection()
            .atServers(() -> OwnServers.postgres().pause(), OwnServers::heal)
            .ofDatabase());
    all.put(FaultCase.DATA_SOURCE_HANGS, dataSourceHangs());
    all.put(
        FaultCase.STANDBY,
        untilClosed(
                lab -> {
                  PostgresFaults.Fault standby =
                      PostgresFaults.readOnly(lab.application().database());
                  lab.reconnect();
                  return List.of(standby);
                })
            .ofDatabase());
    all.put(
        FaultCase.BOTH_REFUSE,
        new Injection()
            .at(
                lab -> {
                  lab.redis().refuse();
                  lab.redis().reset();
                  lab.postgres().refuse();
                  lab.postgres().reset();
                })
            .ofDatabase());
    all.put(
        FaultCase.POOL_EXHAUSTED,
        untilClosed(lab -> List.of(PostgresFaults.drain(lab.pool(), FaultLab.POOL))).ofDatabase());
    all.put(
        FaultCase.DATABASE_SLOW,
        untilClosed(
                lab ->
                    lab.tables().stream()
                        .map(table -> PostgresFaults.lock(lab.application().database(), table))
                        .toList())
            .ofDatabase());
    all.put(FaultCase.COMMIT_LOST, commitLost());
    all.put(FaultCase.SERIALISATION, undone("40001"));
    all.put(FaultCase.DEADLOCK, undone("40P01"));
    return all;
  }

  private static Injection atRedis(Consumer<TestRedis> fault) {
    return new Injection().atServers(() -> fault.accept(redis), () -> redis.heal());
  }

  /** Something that goes on until it is closed. */
  private static Injection untilClosed(Function<FaultLab, List<PostgresFaults.Fault>> fault) {
    Map<FaultLab, List<PostgresFaults.Fault>> open = new ConcurrentHashMap<>();
    return new Injection()
        .at(lab -> open.put(lab, fault.apply(lab)))
        .until(lab -> open.remove(lab).forEach(PostgresFaults.Fault::close));
  }

  private static Injection dataSourceHangs() {
    Map<FaultLab, Hold> open = new ConcurrentHashMap<>();
    return new Injection()
        .at(
            lab -> {
              Hold hold = new Hold();
              open.put(lab, hold);
              lab.beforeConnect(hold::pass);
            })
        .until(
            lab -> {
              lab.beforeConnect(() -> {});
              open.remove(lab).release();
            })
        .ofDatabase();
  }

  /** The first commit of each operation is made, and its answer lost. */
  private static Injection commitLost() {
    Set<FaultLab> lost = ConcurrentHashMap.newKeySet();
    return new Injection()
        .at(
            lab ->
                lab.beforeCommit(
                    () -> {
                      lost.add(lab);
                      lab.postgres().resetOnceAfter(Direction.DOWN, 0);
                      lab.beforeCommit(() -> {});
                    }))
        .until(
            lab -> {
              assertThat(lost).contains(lab);
              lab.beforeCommit(() -> {});
              lab.postgres().heal();
            })
        .once()
        .mild();
  }

  /** The first transaction of each operation that changes a user record is undone. */
  private static Injection undone(String sqlState) {
    Map<FaultLab, PostgresFaults.Fault> open = new ConcurrentHashMap<>();
    Set<FaultLab> hurt = ConcurrentHashMap.newKeySet();
    Consumer<FaultLab> end =
        lab -> {
          PostgresFaults.Fault last = open.remove(lab);
          if (last != null) {
            if (lab.application().count("SELECT last_value FROM testkit_failures") > 1) {
              hurt.add(lab);
            }
            last.close();
          }
        };
    return new Injection()
        .at(
            lab -> {
              end.accept(lab);
              open.put(
                  lab,
                  PostgresFaults.fail(
                      lab.application().database(), "doorward.user_profiles", sqlState, 1));
            })
        .until(
            lab -> {
              end.accept(lab);
              assertThat(hurt).contains(lab);
            })
        .once()
        .mild();
  }

  /** The lines that this class proves. */
  static Set<FaultCase> lines() {
    return INJECTIONS.keySet();
  }

  @BeforeAll
  static void start() {
    redis = TestRedis.startEmbedded();
    for (Sessions home : FaultCells.HOMES) {
      APPLICATIONS.put(home, Application.on(OwnServers.postgres(), redis, home));
    }
  }

  @AfterAll
  static void stop() {
    OwnServers.heal();
    APPLICATIONS.values().forEach(Application::close);
    APPLICATIONS.clear();
    redis.close();
  }

  @ParameterizedTest
  @MethodSource("lines")
  void everyOperationIsAnsweredAsItShouldBeAndAsEverAfterwards(FaultCase line) {
    Injection fault = INJECTIONS.get(line);
    FaultTable.Line seen = FaultTable.of(line);
    List<FaultLab> labs = new ArrayList<>();
    try {
      for (Sessions home : FaultCells.HOMES) {
        labs.add(lab(home, fault, mayBeLate(line, home)));
      }
      ask(labs, fault, seen);
      long healedAt = heal(labs, fault);
      labs.forEach(FaultLab::assertEveryAnswerCameByItsDeadline);
      assertThat(
              Concurrently.call(
                  labs.stream()
                      .<Callable<Boolean>>map(lab -> () -> lab.assertRecovered(healedAt))
                      .toList()))
          .containsOnly(true);
      labs.forEach(
          lab ->
              lab.assertNobodyHasLost(fault.losesSessions && lab.location() == Sessions.IN_REDIS));
      seen.end();
      over(line);
    } finally {
      labs.forEach(FaultLab::close);
    }
  }

  /** What is as ever after every fault is as ever after all of them. */
  private static void over(FaultCase line) {
    RECOVERED.add(line);
    if (RECOVERED.equals(lines())) {
      FaultTable.of(FaultCase.OVER)
          .saw(Operation.LH, FaultCells.BY_CACHE)
          .saw(Operation.LM, FaultCells.BY_DATABASE)
          .saw(Operation.V, FaultCells.PASSES)
          .saw(Operation.R, FaultCells.PASSES)
          .saw(Operation.O, FaultCells.DONE)
          .saw(Operation.K, FaultCells.DONE)
          .saw(Operation.C, FaultCells.DONE)
          .saw(Operation.T, FaultCells.LIMITS)
          .end();
    }
  }

  private static boolean mayBeLate(FaultCase line, Sessions home) {
    return line.cells().of(home, Operation.T).text().equals(FaultCells.LIMITS_LATE);
  }

  private static FaultLab lab(Sessions home, Injection fault, boolean mayBeLate) {
    return new FaultLab(
        APPLICATIONS.get(home),
        home,
        OwnServers.postgres(),
        redis,
        fault.mild || fault.ofDatabase ? LONG_REDIS_TIMEOUT : REDIS_TIMEOUT,
        fault.ofDatabase ? Duration.ofMillis(1_500) : Duration.ofSeconds(5),
        mayBeLate);
  }

  private static void ask(List<FaultLab> labs, Injection fault, FaultTable.Line seen) {
    List<Callable<FaultTable.Line>> questions = new ArrayList<>();
    for (FaultLab lab : labs) {
      for (Map.Entry<Operation, Supplier<String>> question : lab.questions().entrySet()) {
        questions.add(() -> seen.saw(lab.location(), question.getKey(), question.getValue().get()));
      }
    }
    if (fault.once) {
      for (FaultLab lab : labs) {
        lab.beforeEach(() -> begin(labs, fault));
      }
      for (Callable<FaultTable.Line> question : questions) {
        assertThat(Concurrently.call(1, question)).hasSize(1);
      }
    } else {
      begin(labs, fault);
      assertThat(Concurrently.call(questions)).hasSameSizeAs(questions);
    }
  }

  private static void begin(List<FaultLab> labs, Injection fault) {
    fault.beginOfAll.run();
    labs.forEach(fault.begin);
  }

  private static long heal(List<FaultLab> labs, Injection fault) {
    fault.endOfAll.run();
    labs.forEach(fault.end);
    return System.nanoTime();
  }
}
