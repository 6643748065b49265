package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.doorward.auth.AuthService.PasswordChangeResult;
import io.doorward.auth.AuthServiceBuilder;
import io.doorward.auth.backend.Degradation;
import io.doorward.auth.backend.DegradationTable.Behaviour;
import io.doorward.auth.backend.DegradationTable.Operation;
import io.doorward.auth.backend.StartPolicy;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.testkit.TestSecrets;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What an application has chosen for an outage is what a service on real servers does in it. */
class DegradationIT {
  private static final Degradation DEFAULTS = Degradation.defaults();
  private static final Person ALICE = Person.random();

  private Application application;

  @AfterEach
  void end() {
    OwnServers.heal();
    application.close();
  }

  @Test
  void loginsWithoutRedisAreRefusedByChoice() {
    Node node = chosen(Sessions.DURABLE, DEFAULTS.refusingLoginsWithoutRedis());
    node.signedUp(ALICE);
    node.loggedIn(ALICE);
    OwnServers.stopRedis();

    assertDeclared(node, Operation.LOGIN_CACHED, Outage.REDIS_STOPPED, Behaviour.UNAVAILABLE);
    assertThat(node.login(ALICE)).isInstanceOf(LoginResult.Unavailable.class);
    assertThat(node.login(ALICE.guessing())).isInstanceOf(LoginResult.Unavailable.class);
    awaitLogin(node);
  }

  @Test
  void whatIsCachedIsNotBelievedWithoutTheDatabaseByChoice() {
    Node node = chosen(Sessions.IN_REDIS, DEFAULTS.refusingLoginsWithoutDatabase());
    node.signedUp(ALICE);
    node.loggedIn(ALICE);
    OwnServers.stopPostgres();

    assertDeclared(node, Operation.LOGIN_CACHED, Outage.POSTGRES_STOPPED, Behaviour.UNAVAILABLE);
    assertThat(node.login(ALICE)).isInstanceOf(LoginResult.Unavailable.class);
    assertThat(node.login(ALICE.guessing())).isInstanceOf(LoginResult.Unavailable.class);
    awaitLogin(node);
  }

  @Test
  void changesWithoutRedisAreRefusedByChoice() {
    Node node = chosen(Sessions.DURABLE, DEFAULTS.refusingChangesWithoutRedis());
    node.signedUp(ALICE);
    LoginResult.Success session = node.loggedIn(ALICE);
    OwnServers.stopRedis();

    assertDeclared(node, Operation.CHANGE, Outage.REDIS_STOPPED, Behaviour.UNAVAILABLE);
    assertThat(node.changePassword(session.principal(), ALICE, TestSecrets.newPassword()))
        .isInstanceOf(PasswordChangeResult.Unavailable.class);
    awaitLogin(node);
  }

  @Test
  void loginsWithoutTheSharedLimiterAreRefusedByChoice() {
    Node node = chosen(Sessions.DURABLE, DEFAULTS.refusingLoginsWithoutLimiter());
    node.signedUp(ALICE);
    node.loggedIn(ALICE);
    int compared = node.hasher().comparisons();
    OwnServers.stopRedis();

    assertDeclared(node, Operation.THROTTLE, Outage.REDIS_STOPPED, Behaviour.UNAVAILABLE);
    assertThat(node.login(ALICE)).isInstanceOf(LoginResult.Unavailable.class);
    assertThat(node.login(ALICE.guessing())).isInstanceOf(LoginResult.Unavailable.class);
    assertThat(node.hasher().comparisons()).isEqualTo(compared);
    awaitLogin(node);
  }

  @Test
  void checksThatNobodyAnswersAreUnverifiedByChoice() {
    Node node = chosen(Sessions.IN_REDIS, DEFAULTS.allowingUnverified(Duration.ofMinutes(10)));
    node.signedUp(ALICE);
    LoginResult.Success session = node.loggedIn(ALICE);
    LoginResult.Success ended = node.loggedIn(ALICE);
    node.logout(ended.token());
    OwnServers.stopRedis();

    assertDeclared(node, Operation.CHECK, Outage.REDIS_STOPPED, Behaviour.UNVERIFIED);
    assertThat(node.check(session.token()))
        .isEqualTo(
            new CheckResult.Unverified(
                session.principal().account(), session.principal().session().id()));
    OwnServers.heal();
    Awaitility.await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> !(node.check(ended.token()) instanceof CheckResult.Unverified));
    assertThat(node.check(ended.token())).isInstanceOf(CheckResult.Rejected.class);
  }

  @Test
  void aServiceThatRequiresItsServersDoesNotStartWithoutThem() {
    application = Application.on(OwnServers.postgres(), OwnServers.redis(), Sessions.DURABLE);
    OwnServers.stopRedis();

    assertThatIllegalStateException()
        .isThrownBy(() -> node(it -> it.startPolicy(StartPolicy.defaults().requiringServers())))
        .withMessageContaining("Redis does not answer");
  }

  private Node chosen(Sessions sessions, Degradation choices) {
    application = Application.on(OwnServers.postgres(), OwnServers.redis(), sessions);
    return node(it -> it.degradation(choices));
  }

  private Node node(UnaryOperator<AuthServiceBuilder> options) {
    return application.node(
        new Application.Setup().patience(Duration.ofSeconds(5)).service(options));
  }

  private static void assertDeclared(
      Node node, Operation operation, Outage outage, Behaviour behaviour) {
    assertThat(
            node.service()
                .operations()
                .health()
                .degradation()
                .behaviour(operation, outage.declared()))
        .isEqualTo(behaviour);
  }

  /** What was refused for want of a server is let in as soon as it is there. */
  private static void awaitLogin(Node node) {
    OwnServers.heal();
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> node.login(ALICE) instanceof LoginResult.Success);
  }
}
