package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.Sessions.WatchEnd;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.EndedSession;
import io.doorward.auth.session.EndedSession.EndReason;
import io.doorward.auth.testkit.FaultProxy;
import io.doorward.auth.testkit.TestRedis;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A connection that outlives its request is told when its session ends on another node. */
@ParameterizedClass
@EnumSource(Sessions.class)
class SessionWatchIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** How long a test waits for what takes about a second, on a machine that has other work. */
  private static final long PATIENT = 20;

  private static Application application;
  private static Node here;
  private static Node there;

  @Parameter Sessions sessions;

  private final Person alice = Person.random();
  private FaultProxy proxy;
  private AccountId account;

  @BeforeParameterizedClassInvocation
  static void start(Sessions where) {
    application = Application.shared(where);
    here = application.node();
    there = application.node();
  }

  @AfterParameterizedClassInvocation
  static void end() {
    application.close();
  }

  @BeforeEach
  void signUp() {
    account = here.signedUp(alice);
  }

  @AfterEach
  void closeProxy() {
    if (proxy != null) {
      proxy.close();
    }
  }

  @Test
  void aLogoutOnAnotherNodeIsTold() throws Exception {
    LoginResult.Success login = here.loggedIn(alice);
    CompletableFuture<WatchEnd> end = watched(here, login, PATIENCE);
    CompletableFuture<WatchEnd> other = watched(here, here.loggedIn(alice), PATIENCE);

    there.logout(login.token());

    assertEnded(end, EndReason.LOGOUT);
    assertThat(other).isNotDone();
  }

  @Test
  void aLogoutOfAllIsToldToEveryConnection() throws Exception {
    CompletableFuture<WatchEnd> laptop = watched(here, here.loggedIn(alice), PATIENCE);
    CompletableFuture<WatchEnd> phone = watched(there, there.loggedIn(alice), PATIENCE);

    there.logoutAll(account);

    assertEnded(laptop, EndReason.LOGOUT_ALL);
    assertEnded(phone, EndReason.LOGOUT_ALL);
  }

  @Test
  void aChangeOfTheStatusIsTold() throws Exception {
    CompletableFuture<WatchEnd> end = watched(here, here.loggedIn(alice), PATIENCE);

    there.service().admin().changeStatus(account, AccountStatus.DISABLED, there.deadline());

    assertThat(end.get(PATIENT, TimeUnit.SECONDS)).isInstanceOf(WatchEnd.SessionEnded.class);
  }

  @Test
  void whileRedisIsAwayTheDatabaseTellsOrNothingIsKnown() throws Exception {
    proxy = FaultProxy.to(TestRedis.shared().host(), TestRedis.shared().port());
    Node cutOff =
        application.node(
            new Application.Setup()
                .redisBehind(proxy.host(), proxy.port())
                .realTimeouts(Duration.ofSeconds(1)));
    LoginResult.Success login = there.loggedIn(alice);
    CompletableFuture<WatchEnd> end = watched(cutOff, login, Duration.ofSeconds(5));
    proxy.blackHole();

    if (sessions.areInPostgres()) {
      there.logout(login.token());
      assertEnded(end, EndReason.LOGOUT);
    } else {
      assertThat(end.get(PATIENT, TimeUnit.SECONDS)).isInstanceOf(WatchEnd.Unverified.class);
    }
  }

  private static CompletableFuture<WatchEnd> watched(
      Node node, LoginResult.Success login, Duration patience) {
    CompletableFuture<WatchEnd> end = new CompletableFuture<>();
    node.service().sessions().watch(login.principal().session(), patience, end::complete);
    return end;
  }

  /** Sessions that Redis alone keeps leave no record. */
  private void assertEnded(CompletableFuture<WatchEnd> end, EndReason reason) throws Exception {
    assertThat(end.get(PATIENT, TimeUnit.SECONDS))
        .isInstanceOfSatisfying(
            WatchEnd.SessionEnded.class,
            it -> {
              if (sessions.areInPostgres()) {
                assertThat(it.record()).map(EndedSession::reason).contains(reason);
              }
            });
  }
}
