package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.Operations.InvalidationBacklogResult;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.testkit.FaultProxy;
import io.doorward.auth.testkit.TestPostgres;
import io.doorward.auth.testkit.TestRedis;
import io.doorward.auth.testkit.TestSecrets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A node that dies at every single step of ending durable sessions. What PostgreSQL has committed
 * is over at once for a node without Redis, and for all others once the outbox is delivered; until
 * then a row says that it is not. What was not committed lives on.
 */
class DurableCrashIT {
  private static final CheckResult NO_SESSION = new CheckResult.Rejected();

  private static Application application;
  private static Node there;
  private static Node blind;
  private static Mortal fate;
  private static Node mortal;
  private static FaultProxy toNowhere;

  @BeforeAll
  static void start() {
    application = Application.shared(Sessions.DURABLE);
    there = application.node();
    fate = new Mortal();
    fate.live();
    mortal = application.node(fate.durableSetup());
    TestRedis redis = TestRedis.shared();
    toNowhere = FaultProxy.to(redis.host(), redis.port());
    toNowhere.refuse();
    blind =
        application.node(new Application.Setup().redisBehind(toNowhere.host(), toNowhere.port()));
  }

  @AfterAll
  static void end() {
    application.close();
    toNowhere.close();
  }

  /** What a node is doing when it dies. */
  enum Operation {
    LOGOUT {
      @Override
      void run(Victim victim, Node node) {
        node.logout(victim.laptop);
      }

      @Override
      List<AccessToken> ended(Victim victim) {
        return List.of(victim.laptop);
      }
    },
    LOGOUT_OF_ALL {
      @Override
      void run(Victim victim, Node node) {
        node.logoutAll(victim.account);
      }
    },
    PASSWORD_CHANGE {
      @Override
      void run(Victim victim, Node node) {
        node.changePassword(victim.login.principal(), victim.person, TestSecrets.newPassword());
      }
    },
    STATUS_CHANGE {
      @Override
      void run(Victim victim, Node node) {
        node.service()
            .admin()
            .changeStatus(victim.account, AccountStatus.DISABLED, node.deadline());
      }
    },
    DELETION {
      @Override
      void run(Victim victim, Node node) {
        node.service().admin().deleteAccount(victim.account, node.deadline());
      }
    },
    CREDENTIAL_RENEWAL {
      @Override
      void run(Victim victim, Node node) {
        node.service().admin().invalidateCredential(victim.account, node.deadline());
      }
    },
    RELAY_OF_AN_ADMINISTRATORS_DELETE {
      @Override
      void before(Victim victim) {
        application.sql("DELETE FROM {sessions} WHERE account_id = ?", victim.account);
      }

      @Override
      void run(Victim victim, Node node) {
        node.service().operations().relayInvalidations(node.deadline());
      }
    };

    void before(Victim victim) {}

    abstract void run(Victim victim, Node node);

    List<AccessToken> ended(Victim victim) {
      return List.of(victim.laptop, victim.phone);
    }
  }

  /** Somebody with two sessions that Redis answers for. */
  private record Victim(
      Person person,
      AccountId account,
      LoginResult.Success login,
      AccessToken laptop,
      AccessToken phone) {
    static Victim fresh() {
      Person person = Person.random();
      AccountId account = there.signedUp(person);
      LoginResult.Success laptop = there.loggedIn(person);
      LoginResult.Success phone = there.loggedIn(person);
      there.checked(laptop.token());
      there.checked(phone.token());
      return new Victim(person, account, laptop, laptop.token(), phone.token());
    }

    /** What PostgreSQL says, which is the truth. */
    String state() {
      return application.text(
          """
          SELECT coalesce(max(version || row_tag), 'gone') FROM {user_profiles}
          WHERE account_id = ?
          """,
          account);
    }
  }

  @ParameterizedTest
  @EnumSource(Operation.class)
  void aNodeThatDiesAtAnyStepServesNobodyWhoseSessionIsOver(Operation operation) {
    Victim survivor = Victim.fresh();
    operation.before(survivor);
    fate.live();
    operation.run(survivor, mortal);
    List<String> steps = fate.steps();
    assertThat(steps).contains("view.fenceUser");
    assertOver(operation, survivor, operation + ", alive");

    for (int step = 0; step < steps.size(); step++) {
      dieAt(operation, step, false);
    }
    // Between two calls nothing reaches anybody: after one is before the next.
    dieAt(operation, steps.size() - 1, true);
  }

  private static void dieAt(Operation operation, int step, boolean afterwards) {
    Victim victim = Victim.fresh();
    String before = victim.state();
    operation.before(victim);

    Mortal.End end = fate.dying(step, afterwards, () -> operation.run(victim, mortal));

    if (end.death().isEmpty()) {
      assertOver(operation, victim, operation + ", alive");
      return;
    }
    String where = operation + ", died at " + end.death().get();
    boolean committed = !victim.state().equals(before);
    if (committed) {
      for (AccessToken ended : operation.ended(victim)) {
        assertThat(blind.check(ended)).as(where + ": without Redis").isEqualTo(NO_SESSION);
        if (!there.check(ended).equals(NO_SESSION)) {
          assertThat(application.pending(victim.account))
              .as(where + ": it is known to be pending")
              .isPositive();
        }
      }
    }

    there.relay();

    assertThat(there.service().operations().invalidationBacklog(there.deadline()))
        .as(where)
        .isEqualTo(new InvalidationBacklogResult.Known(0, Optional.empty()));
    if (committed) {
      assertOver(operation, victim, where);
    } else {
      for (Node node : List.of(there, mortal, blind)) {
        assertThat(node.check(victim.laptop)).as(where).isInstanceOf(CheckResult.Active.class);
        assertThat(node.check(victim.phone)).as(where).isInstanceOf(CheckResult.Active.class);
      }
    }
  }

  /** Over everywhere, whatever Redis forgets; and the other sessions are not. */
  private static void assertOver(Operation operation, Victim victim, String where) {
    List<AccessToken> ended = operation.ended(victim);
    for (Node node : List.of(there, mortal, blind)) {
      for (AccessToken each : List.of(victim.laptop, victim.phone)) {
        assertThat(node.check(each).equals(NO_SESSION)).as(where).isEqualTo(ended.contains(each));
      }
    }
    application.redis().delete(application.redis().userKey(victim.account));
    ended.forEach(each -> assertThat(there.check(each)).as(where).isEqualTo(NO_SESSION));
  }

  /** Where a process is killed: at its so many-th word to either cache, or with its locks held. */
  enum Killed {
    LOGOUT_BEFORE_ITS_COMMIT("logout", DoomedProcess.AT_COMMIT),
    LOGOUT_BEFORE_ITS_FENCE("logout", 1),
    LOGOUT_OF_ALL_BEFORE_ITS_FENCE("logoutAll", 1),
    CHANGE_BEFORE_ITS_COMMIT("change", DoomedProcess.AT_COMMIT),
    CHANGE_BETWEEN_COMMIT_AND_FENCES("change", 3),
    CHANGE_BETWEEN_ITS_FENCES("change", 4),
    RELAY_WHILE_IT_HOLDS_ROWS("relay", 1);

    private final String doing;
    private final int word;

    Killed(String doing, int word) {
      this.doing = doing;
      this.word = word;
    }

    boolean isCommitted() {
      return word != DoomedProcess.AT_COMMIT;
    }
  }

  @ParameterizedTest
  @EnumSource(Killed.class)
  void aProcessThatIsKilledServesNobodyWhoseSessionIsOver(Killed killed, @TempDir Path directory)
      throws Exception {
    byte[] secret = TestSecrets.newKey();
    try (Application own =
        Application.on(
            TestPostgres.shared(),
            TestRedis.shared(),
            Sessions.DURABLE,
            KeyRing.ofSecret("system", secret))) {
      Node other = own.node();
      Node withoutRedis =
          own.node(new Application.Setup().redisBehind(toNowhere.host(), toNowhere.port()));
      Person alice = Person.random();
      AccountId account = other.signedUp(alice);
      AccessToken token = other.loggedIn(alice).token();
      other.checked(token);
      if (killed.doing.equals("relay")) {
        own.sql("DELETE FROM {sessions} WHERE account_id = ?", account);
      }

      DoomedProcess.killed(
          List.of(
              own.jdbcUrl(),
              own.namespace(),
              HexFormat.of().formatHex(secret),
              alice.password().reveal(),
              TestSecrets.newPassword().reveal(),
              token.reveal(),
              Sessions.DURABLE.name(),
              killed.doing,
              Integer.toString(killed.word)),
          directory);

      if (killed.isCommitted()) {
        assertThat(withoutRedis.check(token)).as("at once").isEqualTo(NO_SESSION);
      }
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(
              () -> {
                other.relay();
                assertThat(other.service().operations().invalidationBacklog(other.deadline()))
                    .isEqualTo(new InvalidationBacklogResult.Known(0, Optional.empty()));
              });

      for (Node node : List.of(other, withoutRedis)) {
        assertThat(node.check(token).equals(NO_SESSION)).isEqualTo(killed.isCommitted());
      }
      // The dead one's locks are gone.
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(
              () -> {
                other.logoutAll(account);
                assertThat(other.check(token)).isEqualTo(NO_SESSION);
              });
    }
  }
}
