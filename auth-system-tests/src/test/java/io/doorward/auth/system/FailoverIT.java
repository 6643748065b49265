package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.LogoutResult;
import io.doorward.auth.PasswordChangeResult;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.event.AuthEvent.PrimaryMet;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.password.Password;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.testkit.TestPostgres;
import io.doorward.auth.testkit.TestRedis;
import io.doorward.auth.testkit.TestRedisNode;
import io.doorward.auth.testkit.TestRedisSentinel;
import io.doorward.auth.testkit.TestSecrets;
import java.time.Duration;
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
    await().until(() -> other.service().relayInvalidations(other.deadline()));
    assertThat(cutOff.check(ended.token())).isEqualTo(NO_SESSION);
    assertThat(other.check(ended.token())).isEqualTo(NO_SESSION);
    assertThat(cutOff.checked(alive.token()).account()).isEqualTo(account);
    assertThat(other.checked(alive.token()).account()).isEqualTo(account);
    assertThat(cutOff.events().of(PrimaryMet.class))
        .extracting(PrimaryMet::believed)
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
    await().until(() -> other.service().relayInvalidations(other.deadline()));
    assertThat(cutOff.login(alice)).isEqualTo(REJECTED);
    assertThat(other.login(alice)).isEqualTo(REJECTED);
    assertThat(cutOff.check(laptop.token())).isEqualTo(NO_SESSION);
    cutOff.loggedIn(alice.with(next));
    other.loggedIn(alice.with(next));
  }

  @Test
  void aChangeByTheCutOffNodeIsPendingUntilTheNewSideHasHeardOfIt() {
    LoginResult.Success laptop = cutOff.loggedIn(alice);
    await().until(() -> cutOff.service().relayInvalidations(cutOff.deadline()));
    promote();
    other.loggedIn(alice);
    other.loggedIn(alice);
    Password next = TestSecrets.newPassword();

    PasswordChangeResult.Changed changed =
        (PasswordChangeResult.Changed) cutOff.changePassword(laptop.principal(), alice, next);

    assertThat(changed.cachePending()).as("it told the wrong one").isTrue();
    await().until(() -> other.service().relayInvalidations(other.deadline()));
    assertThat(other.login(alice)).isEqualTo(REJECTED);
    other.loggedIn(alice.with(next));
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
          .until(() -> node.service().relayInvalidations(node.deadline()));
      node.checked(alive.token());
      assertThat(node.check(ended.token())).isEqualTo(NO_SESSION);
    }
  }
}
