package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.login.LoginResult;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.system.Fault.Operation;
import io.doorward.auth.testkit.TestPostgres;
import io.doorward.auth.testkit.TestRedis;
import io.doorward.auth.testkit.TestRedisCluster;
import io.doorward.auth.testkit.TestRedisNode;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisDataException;

/** The lines of docs/faults.md that only a cluster knows. */
class FaultClusterIT {
  private static final LoginResult REJECTED = new LoginResult.Rejected();
  private static final CheckResult NO_SESSION = new CheckResult.Rejected();
  private static final int BUDGET = 2;
  private static final Duration RECOVERY = Duration.ofSeconds(5);

  private static final Map<Sessions, Application> APPLICATIONS = new EnumMap<>(Sessions.class);
  private static TestRedisCluster cluster;

  /** The lines that this class proves. */
  static Set<FaultCase> lines() {
    return Set.of(FaultCase.REDIS_MOVED, FaultCase.REDIS_CLUSTERDOWN);
  }

  @BeforeAll
  static void start() {
    cluster = TestRedisCluster.startNew();
    for (Sessions home : FaultCells.HOMES) {
      // Its nodes do not use the server that every application has besides.
      APPLICATIONS.put(home, Application.on(TestPostgres.shared(), TestRedis.shared(), home));
    }
  }

  @AfterAll
  static void stop() {
    APPLICATIONS.values().forEach(Application::close);
    APPLICATIONS.clear();
    cluster.close();
  }

  private static Node node(Sessions home) {
    return APPLICATIONS
        .get(home)
        .node(
            new Application.Setup()
                .redis(() -> BoundedRedisClient.cluster(cluster.addresses()).build())
                .realTimeouts(Duration.ofSeconds(5))
                .budgets(Application.budgets(BUDGET, Duration.ofMinutes(5)))
                .service(builder -> builder.passwordHasher(new FastHasher())));
  }

  private static String login(Node node, LoggedIn who) {
    return FaultCells.word(node.events(), node.login(who.person()));
  }

  /** Drops somebody's credential from the cache. */
  private static void forget(Node node, LoggedIn who) {
    node.cache().fence(who.person().loginId(), 1, node.deadline());
  }

  @Test
  void slotsThatMoveAreFollowed() {
    FaultTable.Line seen = FaultTable.of(FaultCase.REDIS_MOVED);
    for (Sessions home : FaultCells.HOMES) {
      RedisView names = APPLICATIONS.get(home).redis();
      Node node = node(home);
      LoggedIn cached = LoggedIn.on(node);
      LoggedIn notCached = LoggedIn.on(node);
      LoggedIn leaving = LoggedIn.on(node);
      LoggedIn changing = LoggedIn.on(node);
      LoggedIn guessed = LoggedIn.on(node);
      forget(node, notCached);
      for (LoggedIn who : List.of(cached, notCached, leaving, changing, guessed)) {
        moveAway(names.credentialKey(who.person().loginId()));
        moveAway(names.userKey(who.account()));
      }

      seen.saw(home, Operation.LH, login(node, cached));
      seen.saw(home, Operation.LM, login(node, notCached));
      seen.saw(home, Operation.V, cached.checkedBy(node));
      seen.saw(home, Operation.O, FaultCells.word(node.logout(leaving.login().token())));
      assertThat(node.check(leaving.login().token())).isEqualTo(NO_SESSION);
      seen.saw(home, Operation.C, changing.changedBy(node));
      assertThat(node.login(changing.person())).isEqualTo(REJECTED);
      node.loggedIn(changing.renewed());
      seen.saw(home, Operation.T, limits(node, node(home), guessed));
    }
    seen.end();
  }

  /** Gives a key's slot to another node; clients find out by being told. */
  private static void moveAway(String key) {
    TestRedisNode owner = cluster.primaryFor(key);
    TestRedisNode other =
        cluster.primaries().stream()
            .filter(node -> !node.address().equals(owner.address()))
            .findFirst()
            .orElseThrow();
    cluster.move(TestRedisCluster.slotOf(key), other).close();
  }

  private static String limits(Node here, Node there, LoggedIn victim) {
    for (int i = 0; i < BUDGET; i++) {
      assertThat(here.login(victim.person().guessing())).isEqualTo(REJECTED);
    }
    assertThat(here.login(victim.person())).isInstanceOf(LoginResult.Throttled.class);
    return there.login(victim.person()) instanceof LoginResult.Throttled
        ? FaultCells.LIMITS
        : FaultCells.LIMITS_ALONE;
  }

  @Test
  void aClusterThatIsDownIsAwayAndEverythingIsAsEverWhenItIsBack() {
    FaultTable.Line seen = FaultTable.of(FaultCase.REDIS_CLUSTERDOWN);
    Map<Sessions, List<Node>> nodes = new EnumMap<>(Sessions.class);
    Map<Sessions, List<LoggedIn>> people = new EnumMap<>(Sessions.class);
    for (Sessions home : FaultCells.HOMES) {
      Node node = node(home);
      nodes.put(home, List.of(node, node(home)));
      people.put(
          home,
          List.of(
              LoggedIn.on(node),
              LoggedIn.on(node),
              LoggedIn.on(node),
              LoggedIn.on(node),
              LoggedIn.on(node)));
      forget(node, people.get(home).get(1));
    }
    bringDown();
    for (Sessions home : FaultCells.HOMES) {
      Node node = nodes.get(home).get(0);
      List<LoggedIn> who = people.get(home);
      seen.saw(home, Operation.LH, login(node, who.get(0)));
      seen.saw(home, Operation.LM, login(node, who.get(1)));
      seen.saw(home, Operation.V, who.get(0).checkedBy(node));
      seen.saw(home, Operation.O, FaultCells.word(node.logout(who.get(2).login().token())));
      seen.saw(home, Operation.C, who.get(3).changedBy(node));
      seen.saw(home, Operation.T, limits(node, nodes.get(home).get(1), who.get(4)));
    }

    cluster.heal();
    for (Sessions home : FaultCells.HOMES) {
      Node node = nodes.get(home).get(0);
      await()
          .atMost(RECOVERY)
          .pollInSameThread()
          .ignoreException(AssertionError.class)
          .until(() -> LoggedIn.on(node).checkedBy(node).equals(FaultCells.PASSES));
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> node.service().operations().relayInvalidations(node.deadline()));
      assertThat(node.login(who(people, home, 3).person())).isEqualTo(REJECTED);
      node.loggedIn(who(people, home, 3).renewed());
    }
    seen.end();
  }

  private static LoggedIn who(Map<Sessions, List<LoggedIn>> people, Sessions home, int number) {
    return people.get(home).get(number);
  }

  /** Kills a primary, and then the replica that has taken its place: nobody has its slots. */
  private static void bringDown() {
    String key = "testkit:any";
    TestRedisNode primary = cluster.primaryFor(key);
    primary.kill();
    cluster.awaitFailover(key, primary).kill();
    TestRedisNode witness =
        cluster.primaries().stream()
            .filter(node -> !node.address().equals(cluster.primaryFor(key).address()))
            .findFirst()
            .orElseThrow();
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> {
              try (Jedis client = witness.newClient()) {
                client.get(key);
                return false;
              } catch (JedisDataException e) {
                return e.getMessage().startsWith("CLUSTERDOWN");
              }
            });
  }
}
