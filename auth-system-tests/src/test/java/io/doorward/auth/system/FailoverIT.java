package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.AuthService.PasswordChangeResult;
import io.doorward.auth.Sessions.LogoutResult;
import io.doorward.auth.account.PrimaryRegistry;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.event.AccessEvent.Source;
import io.doorward.auth.event.ServiceEvent.PrimaryDiscovered;
import io.doorward.auth.jdbc.JdbcPrimaryRegistry;
import io.doorward.auth.jdbc.JdbcSchema;
import io.doorward.auth.jdbc.JdbcStores;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.password.Password;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.testkit.FaultProxy;
import io.doorward.auth.testkit.PostgresFaults;
import io.doorward.auth.testkit.TestPostgres;
import io.doorward.auth.testkit.TestRedis;
import io.doorward.auth.testkit.TestRedisNode;
import io.doorward.auth.testkit.TestRedisSentinel;
import io.doorward.auth.testkit.TestSecrets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.RedisSentinelClient;

/**
 * Durable sessions and cached credentials where another Redis takes over: one that lacks the last
 * writes, or while the one before goes on answering a node that is cut off with it.
 */
class FailoverIT {
  private static final LoginResult REJECTED = new LoginResult.Rejected();
  private static final CheckResult NO_SESSION = new CheckResult.Rejected();

  private static TestRedis oldServer;
  private static TestRedis newServer;

  private Application application;
  private Node cutOff;
  private Node other;
  private Person alice;
  private AccountId account;

  @BeforeAll
  static void startServers() {
    oldServer = TestRedis.startEmbedded();
    newServer = TestRedis.startEmbedded();
  }

  @AfterAll
  static void stopServers() {
    oldServer.close();
    newServer.close();
  }

  @BeforeEach
  void start() {
    try (Jedis old = new Jedis(oldServer.uri());
        Jedis replica = new Jedis(newServer.uri())) {
      old.configSet("repl-diskless-sync-delay", "0");
      replica.replicaof(oldServer.host(), oldServer.port());
      await().until(() -> replica.info("replication").contains("master_link_status:up"));
    }
    application = Application.on(TestPostgres.shared(), oldServer, Sessions.DURABLE);
    cutOff = application.node(guarded());
    other = application.node(guarded().redisBehind(newServer.host(), newServer.port()));
    alice = Person.random();
    account = cutOff.signedUp(alice);
  }

  @AfterEach
  void end() {
    application.close();
  }

  private static Application.Setup guarded() {
    return new Application.Setup().guarded();
  }

  /** The replica takes over as it is; the one before is not told. */
  private static void promote() {
    try (Jedis replica = new Jedis(newServer.uri())) {
      replica.replicaofNoOne();
    }
  }

  private static void awaitReplica() {
    try (Jedis old = new Jedis(oldServer.uri())) {
      assertThat(old.waitReplicas(1, 10_000)).isEqualTo(1);
    }
  }

  @Test
  void whatWasRevokedBeforeAFailOverThatLostItStaysRevoked() {
    LoginResult.Success ended = cutOff.loggedIn(alice);
    LoginResult.Success alive = cutOff.loggedIn(alice);
    cutOff.checked(ended.token());
    cutOff.checked(alive.token());
    awaitReplica();
    promote();
    // The one before is told, the one that takes over never hears of it.
    cutOff.logout(ended.token());

    assertThat(other.check(ended.token())).isEqualTo(NO_SESSION);
    assertThat(other.checked(alive.token()).account()).isEqualTo(account);
    assertThat(other.check(ended.token())).isEqualTo(NO_SESSION);
  }

  @Test
  void inASplitBrainWhatWasRevokedIsRefusedOnTheOldSideOnceTheRevocationIsNotPending() {
    LoginResult.Success ended = cutOff.loggedIn(alice);
    LoginResult.Success alive = cutOff.loggedIn(alice);
    cutOff.checked(ended.token());
    promote();

    LogoutResult.Done done = (LogoutResult.Done) other.logout(ended.token());

    assertThat(done.cachePending()).as("the old side may not know yet").isTrue();
    await().until(() -> other.service().operations().relayInvalidations(other.deadline()));
    assertThat(cutOff.check(ended.token())).isEqualTo(NO_SESSION);
    assertThat(other.check(ended.token())).isEqualTo(NO_SESSION);
    assertThat(cutOff.checked(alive.token()).account()).isEqualTo(account);
    assertThat(other.checked(alive.token()).account()).isEqualTo(account);
    assertThat(cutOff.events().of(PrimaryDiscovered.class))
        .extracting(PrimaryDiscovered::believed)
        .contains(true);
  }

  @Test
  void inASplitBrainTheOldPasswordDiesOnTheOldSideWithTheRelay() {
    LoginResult.Success laptop = cutOff.loggedIn(alice);
    cutOff.loggedIn(alice);
    promote();
    other.loggedIn(alice);
    Password next = TestSecrets.newPassword();

    PasswordChangeResult.Changed changed =
        (PasswordChangeResult.Changed) other.changePassword(laptop.principal(), alice, next);

    assertThat(changed.cachePending()).isTrue();
    await().until(() -> other.service().operations().relayInvalidations(other.deadline()));
    assertThat(cutOff.login(alice)).isEqualTo(REJECTED);
    assertThat(other.login(alice)).isEqualTo(REJECTED);
    assertThat(cutOff.check(laptop.token())).isEqualTo(NO_SESSION);
    cutOff.loggedIn(alice.with(next));
    other.loggedIn(alice.with(next));
  }

  @Test
  void aChangeByTheCutOffNodeIsPendingUntilTheNewSideHasHeardOfIt() {
    LoginResult.Success laptop = cutOff.loggedIn(alice);
    await().until(() -> cutOff.service().operations().relayInvalidations(cutOff.deadline()));
    promote();
    other.loggedIn(alice);
    other.loggedIn(alice);
    Password next = TestSecrets.newPassword();

    PasswordChangeResult.Changed changed =
        (PasswordChangeResult.Changed) cutOff.changePassword(laptop.principal(), alice, next);

    assertThat(changed.cachePending()).as("it told the wrong one").isTrue();
    await().until(() -> other.service().operations().relayInvalidations(other.deadline()));
    assertThat(other.login(alice)).isEqualTo(REJECTED);
    other.loggedIn(alice.with(next));
  }

  /** The cut-off node, to which something happens at PostgreSQL. */
  private void inASplitBrainNothingOldPasses(FaultProxy toPostgres, Consumer<DataSource> fault) {
    AtomicReference<DataSource> pool = new AtomicReference<>();
    Node alone =
        application.node(
            guarded()
                .leavingNobodyAlone()
                .connections(2, 16)
                .patience(Duration.ofSeconds(2))
                .postgresBehind(
                    toPostgres.host(),
                    toPostgres.port(),
                    real -> {
                      pool.set(real);
                      return real;
                    }));
    LoginResult.Success ended = alone.loggedIn(alice);
    alone.loggedIn(alice);
    alone.checked(ended.token());
    fault.accept(pool.get());
    promote();
    LoginResult.Success here = other.loggedIn(alice);

    other.changePassword(here.principal(), alice, TestSecrets.newPassword());
    await().until(() -> other.service().operations().relayInvalidations(other.deadline()));

    assertThat(alone.login(alice)).isNotInstanceOf(LoginResult.Success.class);
    assertThat(alone.check(ended.token())).isNotInstanceOf(CheckResult.Active.class);
  }

  private static FaultProxy toPostgres() {
    return FaultProxy.to(TestPostgres.shared().host(), TestPostgres.shared().port());
  }

  @Test
  void inASplitBrainASlowPostgresLetsNothingOldPass() {
    try (FaultProxy proxy = toPostgres()) {
      inASplitBrainNothingOldPasses(
          proxy, pool -> proxy.latency(Duration.ofMillis(150), Duration.ZERO));
    }
  }

  @Test
  void inASplitBrainAPoolThatIsTakenLetsNothingOldPass() {
    AtomicReference<PostgresFaults.Fault> drained = new AtomicReference<>();
    try (FaultProxy proxy = toPostgres()) {
      inASplitBrainNothingOldPasses(proxy, pool -> drained.set(PostgresFaults.drain(pool, 2)));
    } finally {
      drained.get().close();
    }
  }

  @Test
  void aCutOffNodeUsesItsCacheOncePostgresIsKnownToBeOutOfReach() {
    try (FaultProxy proxy = toPostgres();
        Application redisOnly =
            Application.on(TestPostgres.shared(), oldServer, Sessions.IN_REDIS)) {
      Node node =
          redisOnly.node(
              guarded()
                  .patience(Duration.ofSeconds(2))
                  .postgresBehind(proxy.host(), proxy.port(), UnaryOperator.identity()));
      node.signedUp(alice);
      node.loggedIn(alice);
      proxy.blackHole();

      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> node.login(alice) instanceof LoginResult.Unavailable);
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> node.login(alice) instanceof LoginResult.Success);
    }
  }

  @Test
  void aGuardNeedsNoConnectionOfThePool() {
    try (Application small = Application.on(TestPostgres.shared(), oldServer, Sessions.DURABLE)) {
      Node node = small.node(guarded().connections(1, 8));
      AccountId ofSmall = node.signedUp(alice);
      small.sql(
          "UPDATE {credentials} SET secret = ? WHERE account_id = ?",
          node.hasher().hash(TestSecrets.newPassword()).reveal(),
          ofSmall);

      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> node.service().operations().relayInvalidations(node.deadline()));

      assertThat(small.pending(ofSmall)).isZero();
    }
  }

  @Test
  void theRightPrimaryServesAllNodesAgainAfterAWithdrawal() {
    Node second = application.node(guarded());
    LoginResult.Success session = cutOff.loggedIn(alice);
    second.checked(session.token());
    try (JdbcPrimaryRegistry registry =
        JdbcStores.of(application.database().dataSource(), JdbcSchema.defaults())
            .primaryRegistry()) {
      PrimaryRegistry.Primary right = registry.list("doorward", cutOff.deadline()).get(0).primary();
      PrimaryRegistry.Primary wrong =
          new PrimaryRegistry.Primary(
              "c".repeat(40), "c".repeat(40), right.history(), right.alone());
      registry.register("doorward", wrong, Duration.ofHours(1), cutOff.deadline());
      await().until(() -> source(cutOff) == Source.DATABASE && source(second) == Source.DATABASE);

      assertThat(registry.withdraw("doorward", wrong.identity(), cutOff.deadline())).isTrue();

      await().until(() -> source(cutOff) == Source.CACHE && source(second) == Source.CACHE);
      await().until(() -> cutOff.service().operations().relayInvalidations(cutOff.deadline()));
      cutOff.checked(session.token());
      second.checked(session.token());
    }
  }

  private Source source(Node node) {
    return node.source(node.loggedIn(alice));
  }

  @Test
  void underSentinelsNothingIsRevivedAndNobodyLoggedOutWhenThePrimaryDies() {
    try (TestRedisSentinel group = TestRedisSentinel.startNew();
        Application sentinels =
            Application.on(TestPostgres.shared(), oldServer, Sessions.DURABLE)) {
      Node node =
          sentinels.node(
              guarded()
                  .redis(
                      () ->
                          RedisSentinelClient.builder()
                              .masterName(group.primaryName())
                              .sentinels(group.sentinels())
                              .build()));
      node.signedUp(alice);
      LoginResult.Success ended = node.loggedIn(alice);
      LoginResult.Success alive = node.loggedIn(alice);
      node.checked(alive.token());
      assertThat(node.logout(ended.token())).isInstanceOf(LogoutResult.Done.class);
      TestRedisNode before = group.primary();

      before.kill();

      assertThat(node.checked(alive.token())).as("by PostgreSQL").isNotNull();
      assertThat(node.check(ended.token())).isEqualTo(NO_SESSION);
      group.awaitFailover(before);
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> node.service().operations().relayInvalidations(node.deadline()));
      node.checked(alive.token());
      assertThat(node.check(ended.token())).isEqualTo(NO_SESSION);
    }
  }
}
