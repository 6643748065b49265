package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.Admin.FindResult;
import io.doorward.auth.Sessions.LogoutResult;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.event.ServiceEvent.BackendFailed;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.session.Session;
import io.doorward.auth.testkit.Concurrently;
import io.doorward.auth.testkit.FaultProxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Sessions that PostgreSQL owns and Redis answers for: what Redis loses or keeps changes nothing.
 */
class DurableSessionsIT {
  private static final CheckResult NO_SESSION = new CheckResult.Rejected();

  private Application application;
  private RedisView redis;
  private Node here;
  private Node there;
  private Person alice;
  private AccountId account;
  private FaultProxy proxy;

  @BeforeEach
  void start() {
    application = Application.on(OwnServers.postgres(), OwnServers.redis(), Sessions.DURABLE);
    redis = application.redis();
    here = application.node();
    there = application.node();
    alice = Person.random();
    account = here.signedUp(alice);
  }

  @AfterEach
  void end() {
    OwnServers.heal();
    application.close();
    if (proxy != null) {
      proxy.close();
    }
  }

  /** How Redis forgets, or remembers what it should not. */
  enum Loss {
    FLUSH {
      @Override
      void happen() {
        OwnServers.redis().flushAll();
      }
    },
    RESTART {
      @Override
      void happen() {
        OwnServers.redis().kill();
        OwnServers.redis().start();
      }
    },
    RESTART_KEEPING_DATA {
      @Override
      void happen() {
        OwnServers.redis().restartKeepingData();
      }
    };

    abstract void happen();
  }

  @ParameterizedTest
  @EnumSource(Loss.class)
  void aLossOfRedisNeitherEndsNorRevivesASession(Loss loss) {
    LoginResult.Success alive = there.loggedIn(alice);
    LoginResult.Success ended = there.loggedIn(alice);
    there.checked(ended.token());
    assertThat(here.logout(ended.token())).isEqualTo(new LogoutResult.Done(1, false));
    there.checked(alive.token());

    loss.happen();

    assertThat(eventually(there, ended.token())).isEqualTo(NO_SESSION);
    assertThat(there.checked(alive.token()).account()).isEqualTo(account);
    // A node without connections to the Redis of before: its first call reaches the one of now.
    Node fresh = application.node();
    assertThat(fresh.check(ended.token())).isEqualTo(NO_SESSION);
    fresh.checked(alive.token());
    assertThat(isAnsweredByRedis(fresh, alive)).isTrue();
    assertThat(fresh.check(ended.token())).isEqualTo(NO_SESSION);
  }

  @Test
  void aRestartCostsOneReadForAnAccountNotOneForEachOfItsSessions() {
    LoginResult.Success laptop = there.loggedIn(alice);
    LoginResult.Success phone = there.loggedIn(alice);
    there.checked(laptop.token());
    there.checked(phone.token());

    OwnServers.redis().restartKeepingData();

    Node fresh = application.node();
    fresh.checked(laptop.token());
    assertThat(isAnsweredByRedis(fresh, phone)).isTrue();
  }

  @Test
  void yesterdaysSessionThatIsPutBackAuthenticatesNobody() {
    LoginResult.Success stolen = there.loggedIn(alice);
    LoginResult.Success alive = there.loggedIn(alice);
    there.checked(stolen.token());
    byte[] genuine = redis.read(viewKey(stolen));
    here.logout(stolen.token());
    there.checked(alive.token());

    redis.write(viewKey(stolen), genuine);

    assertThat(there.check(stolen.token())).isEqualTo(NO_SESSION);
    assertThat(here.check(stolen.token())).isEqualTo(NO_SESSION);
  }

  @Test
  void aSessionThatIsPutBackAfterAFlushAuthenticatesNobody() {
    LoginResult.Success stolen = there.loggedIn(alice);
    LoginResult.Success alive = there.loggedIn(alice);
    byte[] genuine = redis.read(viewKey(stolen));
    here.logout(stolen.token());

    OwnServers.redis().flushAll();
    redis.write(viewKey(stolen), genuine);

    assertThat(there.check(stolen.token())).isEqualTo(NO_SESSION);
    there.checked(alive.token());
    redis.write(viewKey(stolen), genuine);
    assertThat(there.check(stolen.token())).isEqualTo(NO_SESSION);
  }

  @Test
  void aLogoutThatRedisCannotBeToldOfIsPendingAndTheRelayFinishesIt() {
    proxy = FaultProxy.to(OwnServers.redis().host(), OwnServers.redis().port());
    Node cutOff =
        application.node(
            new Application.Setup()
                .redisBehind(proxy.host(), proxy.port())
                .realTimeouts(Duration.ofSeconds(4)));
    LoginResult.Success login = there.loggedIn(alice);
    there.checked(login.token());
    proxy.blackHole();

    assertThat(cutOff.logout(login.token())).isEqualTo(new LogoutResult.Done(1, true));

    assertThat(cutOff.check(login.token())).as("at once").isEqualTo(NO_SESSION);
    assertThat(cutOff.logout(login.token()))
        .as("a repeat says what is still pending")
        .isEqualTo(new LogoutResult.Done(0, true));
    assertThat(there.check(login.token()))
        .as("what still has to be told")
        .isInstanceOf(CheckResult.Active.class);

    there.relay();

    assertThat(there.check(login.token())).isEqualTo(NO_SESSION);
    assertThat(here.check(login.token())).isEqualTo(NO_SESSION);
  }

  @Test
  void aLogoutOfAllThatRedisCannotBeToldOfIsPendingAndTheRelayFinishesIt() {
    proxy = FaultProxy.to(OwnServers.redis().host(), OwnServers.redis().port());
    Node cutOff =
        application.node(
            new Application.Setup()
                .redisBehind(proxy.host(), proxy.port())
                .realTimeouts(Duration.ofSeconds(4)));
    List<LoginResult.Success> logins = List.of(there.loggedIn(alice), there.loggedIn(alice));
    logins.forEach(login -> there.checked(login.token()));
    proxy.refuse();
    // Its start has looked at Redis over a connection that would live on.
    proxy.reset();

    assertThat(cutOff.logoutAll(account)).isEqualTo(new LogoutResult.Done(2, true));

    for (LoginResult.Success login : logins) {
      assertThat(cutOff.check(login.token())).as("at once").isEqualTo(NO_SESSION);
      assertThat(there.check(login.token()))
          .as("what still has to be told")
          .isInstanceOf(CheckResult.Active.class);
    }
    assertThat(cutOff.logoutAll(account))
        .as("a repeat says what is still pending")
        .isEqualTo(new LogoutResult.Done(0, true));

    there.relay();

    for (LoginResult.Success login : logins) {
      assertThat(there.check(login.token())).isEqualTo(NO_SESSION);
    }
    assertThat(here.logoutAll(account)).isEqualTo(new LogoutResult.Done(0, false));
  }

  @Test
  void anAdministratorsDeleteEndsSessionsOnceItIsRelayed() {
    LoginResult.Success login = there.loggedIn(alice);
    there.checked(login.token());

    application.sql("DELETE FROM {sessions} WHERE account_id = ?", account);
    here.relay();

    assertThat(there.check(login.token())).isEqualTo(NO_SESSION);
  }

  @Test
  void checksNeedNoPostgresWhileRedisHasThem() {
    LoginResult.Success login = there.loggedIn(alice);
    there.checked(login.token());

    OwnServers.stopPostgres();

    there.checked(login.token());
    // Redis is there, however long a busy machine takes.
    Node fresh =
        application.node(
            new Application.Setup()
                .realTimeouts(Duration.ofSeconds(2))
                .redisTimeout(Duration.ofSeconds(2)));
    fresh.checked(login.token());
    redis.delete(viewKey(login));
    assertThat(fresh.check(login.token())).isInstanceOf(CheckResult.Unavailable.class);
  }

  @Test
  void aTouchedSessionLivesOnAndIsNotTouchedAtEveryCheck() {
    HeldExecutor held = new HeldExecutor();
    Node node =
        application.node(new Application.Setup().service(it -> it.backgroundExecutor(held)));
    LoginResult.Success login = node.loggedIn(alice);
    held.runAll();
    application.sql(
        "UPDATE {sessions} SET idle_end = idle_end - interval '10 min' WHERE account_id = ?",
        account);
    redis.delete(viewKey(login));

    node.checked(login.token());
    assertThat(held.runAll()).as("touches").isOne();

    node.checked(login.token());
    assertThat(held.runAll()).as("touches").isZero();
    OwnServers.stopPostgres();
    assertThat(idleLeft(node, login.principal().session()))
        .as("so says Redis")
        .isGreaterThan(Duration.ofMinutes(28));
  }

  @Test
  void checksThatRedisCannotAnswerLeaveLoginsTheirConnections() throws Exception {
    List<LoginResult.Success> logins = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      logins.add(there.loggedIn(alice));
    }
    Person bob = Person.random();
    here.signedUp(bob);
    Node node =
        application.node(
            new Application.Setup()
                .realTimeouts(Duration.ofSeconds(20))
                .service(it -> it.maxAttempts(1)));
    OwnServers.stopRedis();

    ExecutorService executor = Executors.newFixedThreadPool(logins.size());
    try (Connection admin = application.connect()) {
      admin.setAutoCommit(false);
      lockSessions(admin);
      List<CompletableFuture<Object>> checks = new ArrayList<>();
      for (LoginResult.Success login : logins) {
        checks.add(
            CompletableFuture.supplyAsync(
                () -> find(node, login, Deadline.after(Duration.ofSeconds(3))), executor));
      }
      Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> waitingForSessions() == 2);

      assertThat(node.service().admin().find(account, node.deadline()))
          .as("the other connections of the pool are free")
          .isInstanceOf(FindResult.Found.class);
      assertThat(waitingForSessions()).isLessThanOrEqualTo(2);
      for (CompletableFuture<Object> check : checks) {
        assertThat(check.get(30, TimeUnit.SECONDS)).isInstanceOf(StoreException.class);
      }
      admin.rollback();
    } finally {
      executor.shutdownNow();
    }
    assertThat(node.events().of(BackendFailed.class)).isNotEmpty();
  }

  /** Holds every statement that reads sessions. */
  private static void lockSessions(Connection admin) throws SQLException {
    try (var lock = Application.prepare(admin, "LOCK TABLE {sessions} IN ACCESS EXCLUSIVE MODE")) {
      lock.execute();
    }
  }

  private long waitingForSessions() {
    return application.count(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            + " AND wait_event_type = 'Lock'");
  }

  private static Object find(Node node, LoginResult.Success login, Deadline deadline) {
    try {
      Session session = login.principal().session();
      return node.tokens().find(session.account(), session.id(), deadline);
    } catch (StoreException e) {
      return e;
    }
  }

  @Test
  void howeverChecksRaceWithALogoutNobodyIsServedAfterwards() {
    for (int round = 0; round < 16; round++) {
      LoginResult.Success login = there.loggedIn(alice);
      AccessToken token = login.token();
      redis.delete(viewKey(login));
      List<Callable<Object>> calls = new ArrayList<>();
      calls.add(() -> here.logout(token));
      for (int i = 0; i < 3; i++) {
        calls.add(() -> there.check(token));
        calls.add(() -> here.check(token));
      }
      Concurrently.call(calls);

      assertThat(there.check(token)).isEqualTo(NO_SESSION);
      assertThat(here.check(token)).isEqualTo(NO_SESSION);
    }
  }

  private Duration idleLeft(Node node, Session session) {
    return node.tokens()
        .find(session.account(), session.id(), node.deadline())
        .orElseThrow()
        .idleLeft();
  }

  /** Redis was restarted: the first call may still find a dead connection and take the long way. */
  private static CheckResult eventually(Node node, AccessToken token) {
    return Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> node.check(token), result -> !(result instanceof CheckResult.Unavailable));
  }

  /** True if a session is found although PostgreSQL is away. */
  private boolean isAnsweredByRedis(Node node, LoginResult.Success login) {
    OwnServers.postgres().pause();
    try {
      return node.tokens()
          .find(
              login.principal().account(),
              login.principal().session().id(),
              Deadline.after(Duration.ofSeconds(10)))
          .isPresent();
    } catch (StoreException e) {
      return false;
    } finally {
      OwnServers.postgres().resume();
    }
  }

  private String viewKey(LoginResult.Success login) {
    SessionId id = login.principal().session().id();
    return redis.viewKey(login.principal().account(), id);
  }
}
