package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.Sessions.LogoutResult;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.system.Fault.Operation;
import io.doorward.auth.testkit.PostgresFaults;
import io.doorward.auth.testkit.TestPostgres;
import io.doorward.auth.testkit.TestRedis;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/** The lines of docs/faults.md in which there are two Redis, and one of them does not know all. */
class FaultFailoverIT {
  private static final LoginResult REJECTED = new LoginResult.Rejected();
  private static final CheckResult NO_SESSION = new CheckResult.Rejected();
  private static final int BUDGET = 2;

  private static TestRedis oldServer;
  private static TestRedis newServer;

  /** The lines that this class proves. */
  static Set<FaultCase> lines() {
    return Set.of(
        FaultCase.FAILOVER,
        FaultCase.SPLIT_BRAIN,
        FaultCase.STALE_REPLICA,
        FaultCase.GUARD_UNANSWERED);
  }

  @BeforeAll
  static void start() {
    oldServer = TestRedis.startEmbedded();
    newServer = TestRedis.startEmbedded();
  }

  @AfterAll
  static void stop() {
    oldServer.close();
    newServer.close();
  }

  /** Has the new one copy the old one. */
  private static void replicate() {
    try (Jedis old = new Jedis(oldServer.uri());
        Jedis replica = new Jedis(newServer.uri())) {
      old.configSet("repl-diskless-sync-delay", "0");
      replica.replicaof(oldServer.host(), oldServer.port());
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> replica.info("replication").contains("master_link_status:up"));
    }
  }

  private static void awaitReplica() {
    try (Jedis old = new Jedis(oldServer.uri())) {
      old.incr("testkit:last-write");
      assertThat(old.waitReplicas(1, 10_000)).isEqualTo(1);
    }
  }

  /** The new one takes over as it is; the one before is not told. */
  private static void promote() {
    try (Jedis replica = new Jedis(newServer.uri())) {
      replica.replicaofNoOne();
    }
  }

  private static Application.Setup node(TestRedis server) {
    return new Application.Setup()
        .redisBehind(server.host(), server.port())
        .budgets(Application.budgets(BUDGET, Duration.ofMinutes(5)))
        .service(builder -> builder.passwordHasher(new FastHasher()));
  }

  private static Application application(Sessions home) {
    return Application.on(TestPostgres.shared(), oldServer, home);
  }

  private static String login(Node node, Person person) {
    return FaultCells.word(node.events(), node.login(person));
  }

  @Test
  void aFailOverThatLosesTheLastWritesIsNotBelievedWhatItDoesNotKnow() {
    FaultTable.Line seen = FaultTable.of(FaultCase.FAILOVER);
    for (Sessions home : FaultCells.HOMES) {
      replicate();
      try (Application application = application(home)) {
        Node before = application.node(node(oldServer).guarded());
        Node after = application.node(node(newServer).guarded());
        LoggedIn cached = LoggedIn.on(before);
        LoggedIn notCached = LoggedIn.on(before);
        LoggedIn leaving = LoggedIn.on(before);
        LoggedIn changing = LoggedIn.on(before);
        LoggedIn guessed = LoggedIn.on(before);
        application.redis().delete(application.redis().credentialKey(notCached.person().loginId()));
        awaitReplica();
        promote();
        // What follows the new one never hears of.
        before.logout(leaving.login().token());
        changing.changedBy(before);
        for (int i = 0; i < BUDGET; i++) {
          assertThat(before.login(guessed.person().guessing())).isEqualTo(REJECTED);
        }
        assertThat(before.login(guessed.person())).isInstanceOf(LoginResult.Throttled.class);

        seen.saw(home, Operation.LH, login(after, cached.person()));
        seen.saw(home, Operation.LM, login(after, notCached.person()));
        seen.saw(home, Operation.V, cached.checkedBy(after));
        seen.saw(
            home,
            Operation.O,
            after.check(leaving.login().token()).equals(NO_SESSION)
                ? "stays done"
                : "may be undone");
        assertThat(after.login(changing.person())).isEqualTo(REJECTED);
        after.loggedIn(changing.renewed());
        seen.saw(
            home,
            Operation.C,
            after.check(changing.login().token()).equals(NO_SESSION) ? "stays done" : "undone");
        assertThat(after.login(guessed.person().guessing())).isEqualTo(REJECTED);
        seen.saw(home, Operation.T, "counts anew");
      }
    }
    seen.end();
  }

  @Test
  void whoIsCutOffWithTheOldSideBelievesPostgresAndNotTheOldSide() {
    FaultTable.Line seen = FaultTable.of(FaultCase.SPLIT_BRAIN);
    for (Sessions home : FaultCells.HOMES) {
      replicate();
      try (Application application = application(home)) {
        Node cutOff = application.node(node(oldServer).guarded());
        Node other = application.node(node(newServer).guarded());
        LoggedIn cached = LoggedIn.on(cutOff);
        LoggedIn notCached = LoggedIn.on(cutOff);
        LoggedIn leaving = LoggedIn.on(cutOff);
        LoggedIn changing = LoggedIn.on(cutOff);
        LoggedIn changed = LoggedIn.on(cutOff);
        application.redis().delete(application.redis().credentialKey(notCached.person().loginId()));
        awaitReplica();
        promote();
        assertThat(changed.changedBy(other)).isEqualTo(FaultCells.PENDING);
        await()
            .atMost(Duration.ofSeconds(30))
            .until(() -> other.service().operations().relayInvalidations(other.deadline()));

        assertThat(cutOff.login(changed.person())).as("it is not pending").isEqualTo(REJECTED);
        assertThat(cutOff.check(changed.login().token())).isNotInstanceOf(CheckResult.Active.class);
        seen.saw(home, Operation.LH, login(cutOff, cached.person()));
        seen.saw(home, Operation.LM, login(cutOff, notCached.person()));
        seen.saw(home, Operation.V, cached.checkedBy(cutOff));
        seen.saw(home, Operation.O, FaultCells.word(cutOff.logout(leaving.login().token())));
        seen.saw(home, Operation.C, changing.changedBy(cutOff));
        assertThat(other.login(changing.person())).as("its own word counts").isEqualTo(REJECTED);
        seen.saw(home, Operation.T, limits(cutOff, other));
      }
    }
    seen.end();
  }

  @Test
  void aPostgresThatAnswersAGuardTooLateConfirmsNoRedis() {
    FaultTable.Line seen = FaultTable.of(FaultCase.GUARD_UNANSWERED);
    for (Sessions home : FaultCells.HOMES) {
      try (Application application = application(home)) {
        Node node = application.node(node(oldServer).guarded());
        Node other = application.node(node(oldServer).guarded());
        LoggedIn cached = LoggedIn.on(node);
        LoggedIn notCached = LoggedIn.on(node);
        LoggedIn leaving = LoggedIn.on(node);
        LoggedIn changing = LoggedIn.on(node);
        LoggedIn changed = LoggedIn.on(node);
        application.redis().delete(application.redis().credentialKey(notCached.person().loginId()));
        try (PostgresFaults.Fault late =
            PostgresFaults.lock(application.database(), "doorward.cache_primaries")) {
          assertThat(late).isNotNull();
          for (Node each : List.of(node, other)) {
            await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> !login(each, cached.person()).equals(FaultCells.BY_CACHE));
          }
          assertThat(changed.changedBy(other)).isEqualTo(FaultCells.PENDING);

          assertThat(node.login(changed.person())).isNotInstanceOf(LoginResult.Success.class);
          assertThat(node.check(changed.login().token())).isNotInstanceOf(CheckResult.Active.class);
          seen.saw(home, Operation.LH, login(node, cached.person()));
          seen.saw(home, Operation.LM, login(node, notCached.person()));
          seen.saw(home, Operation.V, cached.checkedBy(node));
          seen.saw(home, Operation.O, FaultCells.word(node.logout(leaving.login().token())));
          seen.saw(home, Operation.C, changing.changedBy(node));
          seen.saw(home, Operation.T, limits(node, other));
        }
        await()
            .atMost(Duration.ofSeconds(30))
            .until(() -> node.service().operations().relayInvalidations(node.deadline()));
        assertThat(login(node, cached.person())).isNotEqualTo(FaultCells.UNAVAILABLE);
      }
    }
    seen.end();
  }

  private static String limits(Node here, Node there) {
    Person victim = Person.random();
    here.signedUp(victim);
    for (int i = 0; i < BUDGET; i++) {
      assertThat(here.login(victim.guessing())).isEqualTo(REJECTED);
    }
    assertThat(here.login(victim)).isInstanceOf(LoginResult.Throttled.class);
    return there.login(victim) instanceof LoginResult.Throttled
        ? FaultCells.LIMITS
        : FaultCells.LIMITS_ALONE;
  }

  @Test
  void aReplicaThatLagsIsNotAsked() {
    FaultTable.Line seen = FaultTable.of(FaultCase.STALE_REPLICA);
    for (Sessions home : FaultCells.HOMES) {
      replicate();
      try (Application application = application(home)) {
        Node primary = application.node(node(oldServer));
        Node stale = application.node(node(newServer));
        LoggedIn cached = LoggedIn.on(primary);
        LoggedIn notCached = LoggedIn.on(primary);
        LoggedIn leaving = LoggedIn.on(primary);
        LoggedIn left = LoggedIn.on(primary);
        LoggedIn changing = LoggedIn.on(primary);
        LoggedIn changed = LoggedIn.on(primary);
        application.redis().delete(application.redis().credentialKey(notCached.person().loginId()));
        awaitReplica();
        newServer.becomeReplica();
        changed.changedBy(primary);
        primary.logout(left.login().token());

        assertThat(stale.login(changed.person())).as("its own entry is old").isEqualTo(REJECTED);
        assertThat(stale.check(changed.login().token())).isNotInstanceOf(CheckResult.Active.class);
        assertThat(stale.check(left.login().token())).isNotInstanceOf(CheckResult.Active.class);
        seen.saw(home, Operation.LH, login(stale, cached.person()));
        seen.saw(home, Operation.LM, login(stale, notCached.person()));
        seen.saw(home, Operation.V, cached.checkedBy(stale));
        LogoutResult logout = stale.logout(leaving.login().token());
        seen.saw(home, Operation.O, FaultCells.word(logout));
        seen.saw(home, Operation.C, changing.changedBy(stale));
        seen.saw(home, Operation.T, limits(stale, primary));
      } finally {
        newServer.heal();
      }
    }
    seen.end();
  }
}
