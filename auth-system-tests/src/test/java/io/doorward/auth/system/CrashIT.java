package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.AuthService.PasswordChange;
import io.doorward.auth.AuthService.PasswordChangeResult;
import io.doorward.auth.Operations.InvalidationBacklogResult;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.event.AccessEvent.Source;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.testkit.FaultProxy;
import io.doorward.auth.testkit.TestPostgres;
import io.doorward.auth.testkit.TestRedis;
import io.doorward.auth.testkit.TestSecrets;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A node that dies at every single step of a change: before and after each call that it makes to
 * PostgreSQL or Redis. Whatever it leaves behind, the other nodes serve the state that was
 * committed and nothing older, and what it did not finish is finished.
 */
class CrashIT {
  private static final LoginResult REJECTED = new LoginResult.Rejected();
  private static final CheckResult NO_SESSION = new CheckResult.Rejected();

  private static Application application;
  private static Node there;
  private static Mortal fate;
  private static Node mortal;

  @BeforeAll
  static void start() {
    application = Application.shared(Sessions.IN_REDIS);
    there = application.node();
    fate = new Mortal();
    fate.live();
    mortal = application.node(fate.setup());
  }

  @AfterAll
  static void end() {
    application.close();
  }

  /** What a node is doing when it dies. */
  enum Operation {
    PASSWORD_CHANGE {
      @Override
      void run(Victim victim, Node node) {
        assertThat(
                node.service()
                    .changePassword(
                        new PasswordChange(
                            victim.login.principal(),
                            victim.person.password(),
                            victim.next.password(),
                            ClientContext.unknown()),
                        node.deadline()))
            .isInstanceOf(PasswordChangeResult.Changed.class);
      }

      @Override
      void assertChanged(Victim victim) {
        assertThat(there.login(victim.person)).isEqualTo(REJECTED);
        assertThat(there.check(victim.login.token())).isEqualTo(NO_SESSION);
        there.loggedIn(victim.next);
      }
    },
    PASSWORD_SETTING {
      @Override
      void run(Victim victim, Node node) {
        node.setPassword(victim.account, victim.next);
      }

      @Override
      void assertChanged(Victim victim) {
        assertThat(there.login(victim.person)).isEqualTo(REJECTED);
        assertThat(there.check(victim.login.token())).isEqualTo(NO_SESSION);
        there.loggedIn(victim.next);
      }
    },
    IDENTIFIER_CHANGE {
      @Override
      void run(Victim victim, Node node) {
        node.service()
            .admin()
            .changeLoginId(victim.account, victim.renamed.loginId(), node.deadline());
      }

      @Override
      void assertChanged(Victim victim) {
        assertThat(there.login(victim.person)).isEqualTo(REJECTED);
        assertThat(there.check(victim.login.token())).isEqualTo(NO_SESSION);
        there.loggedIn(victim.renamed);
      }
    },
    STATUS_CHANGE {
      @Override
      void run(Victim victim, Node node) {
        node.service()
            .admin()
            .changeStatus(victim.account, AccountStatus.DISABLED, node.deadline());
      }

      @Override
      void assertChanged(Victim victim) {
        assertThat(there.login(victim.person)).isEqualTo(REJECTED);
        assertThat(there.check(victim.login.token())).isEqualTo(NO_SESSION);
      }
    },
    DELETION {
      @Override
      void run(Victim victim, Node node) {
        node.service().admin().deleteAccount(victim.account, node.deadline());
      }

      @Override
      void assertChanged(Victim victim) {
        assertThat(there.login(victim.person)).isEqualTo(REJECTED);
        assertThat(there.check(victim.login.token())).isEqualTo(NO_SESSION);
        there.signedUp(victim.next);
        assertThat(there.login(victim.person)).isEqualTo(REJECTED);
        there.loggedIn(victim.next);
      }
    },
    CREDENTIAL_RENEWAL {
      @Override
      void run(Victim victim, Node node) {
        node.service().admin().invalidateCredential(victim.account, node.deadline());
      }

      @Override
      void assertChanged(Victim victim) {
        assertThat(there.check(victim.login.token())).isEqualTo(NO_SESSION);
        there.loggedIn(victim.person);
      }
    },
    RELAY_OF_AN_ADMINISTRATORS_UPDATE {
      @Override
      void before(Victim victim) {
        application.sql("UPDATE {accounts} SET status = 'disabled' WHERE id = ?", victim.account);
      }

      @Override
      void run(Victim victim, Node node) {
        assertThat(node.service().operations().relayInvalidations(node.deadline())).isTrue();
      }

      @Override
      void assertChanged(Victim victim) {
        assertThat(there.login(victim.person)).isEqualTo(REJECTED);
        assertThat(there.check(victim.login.token())).isEqualTo(NO_SESSION);
      }
    };

    void before(Victim victim) {}

    abstract void run(Victim victim, Node node);

    abstract void assertChanged(Victim victim);
  }

  /** Somebody whose credential and user record are cached, and who has a session. */
  private record Victim(
      Person person, Person next, Person renamed, AccountId account, LoginResult.Success login) {
    static Victim fresh() {
      Person person = Person.random();
      AccountId account = there.signedUp(person);
      LoginResult.Success login = there.loggedIn(person);
      assertThat(there.source(login)).isEqualTo(Source.CACHE);
      there.checked(login.token());
      return new Victim(
          person,
          person.with(TestSecrets.newPassword()),
          new Person(Person.random().loginId(), person.password()),
          account,
          login);
    }

    /** What PostgreSQL says, which is the truth. */
    String state() {
      return application.text(
          """
          SELECT coalesce(max(a.version || a.row_tag || a.status || l.value), 'gone')
          FROM {accounts} a JOIN {login_ids} l ON l.account_id = a.id WHERE a.id = ?
          """,
          account);
    }
  }

  @ParameterizedTest
  @EnumSource(Operation.class)
  void aNodeThatDiesAtAnyStepLeavesNothingOldBehind(Operation operation) {
    Victim survivor = Victim.fresh();
    operation.before(survivor);
    fate.live();
    operation.run(survivor, mortal);
    List<String> steps = fate.steps();
    operation.assertChanged(survivor);
    assertThat(steps).contains("cache.fence", "sessions.fenceUser");

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
      operation.assertChanged(victim);
      return;
    }
    String where = operation + ", died at " + end.death().get();
    List<String> done = end.steps();
    boolean committed = !victim.state().equals(before);
    boolean byItself = operation != Operation.RELAY_OF_AN_ADMINISTRATORS_UPDATE;
    if (committed && byItself) {
      boolean markedDone = done.contains("database.done") && (afterwards || !endsWithDone(done));
      assertThat(application.pending(victim.account) == 0)
          .as(where + ": done only once it is confirmed")
          .isEqualTo(markedDone);
      if (operation != Operation.CREDENTIAL_RENEWAL) {
        assertThat(there.login(victim.person)).as(where + ": before the relay").isEqualTo(REJECTED);
      }
    }

    there.relay();

    assertThat(there.service().operations().invalidationBacklog(there.deadline()))
        .as(where)
        .isEqualTo(new InvalidationBacklogResult.Known(0, Optional.empty()));
    if (committed) {
      operation.assertChanged(victim);
    } else {
      assertThat(there.login(victim.person)).as(where).isInstanceOf(LoginResult.Success.class);
      assertThat(there.check(victim.login.token()))
          .as(where)
          .isInstanceOf(CheckResult.Active.class);
    }
  }

  private static boolean endsWithDone(List<String> steps) {
    return steps.get(steps.size() - 1).equals("database.done");
  }

  @Test
  void aCommitWhoseAnswerIsCutOffIsRepeatedAndReportedAsWhatItWas() {
    Victim victim = Victim.fresh();
    try (FaultProxy proxy = proxy()) {
      AtomicReference<Fault> atCommit = new AtomicReference<>(Fault.NONE);
      try (Node behind = application.node(losing(proxy, atCommit, Duration.ofSeconds(20)))) {
        atCommit.set(
            new Fault(
                () -> proxy.cutAfter(FaultProxy.Direction.DOWN, 0),
                () -> {
                  proxy.heal();
                  atCommit.set(Fault.NONE);
                }));

        PasswordChangeResult result =
            behind.changePassword(victim.login.principal(), victim.person, victim.next.password());

        assertThat(atCommit).as("the commit was met").hasValue(Fault.NONE);
        assertThat(result)
            .isInstanceOfSatisfying(
                PasswordChangeResult.Changed.class, it -> assertThat(it.cachePending()).isFalse());
        assertThat(application.pending(victim.account)).isZero();
        Operation.PASSWORD_CHANGE.assertChanged(victim);
      }
    }
  }

  /**
   * Between the first fence and the commit Redis forgets the fence, and somebody puts the old
   * credential back.
   */
  @Test
  void aCommitWhoseAnswerNeverComesIsFencedAllTheSame() {
    Victim victim = Victim.fresh();
    try (FaultProxy proxy = proxy()) {
      AtomicReference<Fault> atCommit = new AtomicReference<>(Fault.NONE);
      try (Node behind = application.node(losing(proxy, atCommit, Duration.ofSeconds(5)))) {
        atCommit.set(
            new Fault(
                () -> {
                  RedisView redis = application.redis();
                  redis.delete(redis.credentialKey(victim.person.loginId()));
                  there.loggedIn(victim.person);
                  assertThat(there.loginSource(victim.person)).isEqualTo(Source.CACHE);
                  proxy.swallow(FaultProxy.Direction.DOWN);
                  atCommit.set(Fault.NONE);
                },
                () -> {}));

        PasswordChangeResult result =
            behind.changePassword(victim.login.principal(), victim.person, victim.next.password());

        assertThat(result).isInstanceOf(PasswordChangeResult.Unavailable.class);
        assertThat(application.pending(victim.account)).as("it was committed").isPositive();
        await()
            .atMost(Duration.ofSeconds(30))
            .untilAsserted(
                () ->
                    assertThat(there.cache().peek(victim.person.loginId(), there.deadline()))
                        .isEmpty());
        assertThat(there.login(victim.person)).isEqualTo(REJECTED);
        there.relay();
        assertThat(application.pending(victim.account)).isZero();
        Operation.PASSWORD_CHANGE.assertChanged(victim);
        proxy.heal();
      }
    }
  }

  /** What becomes of a commit on its way to the server, and once the client knows. */
  private record Fault(Runnable before, Runnable after) {
    static final Fault NONE = new Fault(() -> {}, () -> {});
  }

  private static FaultProxy proxy() {
    TestPostgres postgres = TestPostgres.shared();
    return FaultProxy.to(postgres.host(), postgres.port());
  }

  private static Application.Setup losing(
      FaultProxy proxy, AtomicReference<Fault> atCommit, Duration patience) {
    return new Application.Setup()
        .patience(patience)
        .postgresBehind(proxy.host(), proxy.port(), real -> wrap(DataSource.class, real, atCommit));
  }

  private static <T> T wrap(Class<T> type, T real, AtomicReference<Fault> atCommit) {
    Object wrapped =
        Proxy.newProxyInstance(
            CrashIT.class.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              Fault fault = method.getName().equals("commit") ? atCommit.get() : Fault.NONE;
              fault.before().run();
              try {
                Object answer = method.invoke(real, arguments);
                return answer instanceof Connection connection
                    ? wrap(Connection.class, connection, atCommit)
                    : answer;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              } finally {
                fault.after().run();
              }
            });
    return type.cast(wrapped);
  }

  /** Where a process is killed: at its so many-th word to the cache. */
  enum Killed {
    BEFORE_ANYTHING_IS_TOLD("change", 1),
    BETWEEN_COMMIT_AND_FENCE("change", 2),
    WHILE_ITS_RELAY_HOLDS_ROWS("relay", 1);

    private final String doing;
    private final int fence;

    Killed(String doing, int fence) {
      this.doing = doing;
      this.fence = fence;
    }
  }

  @ParameterizedTest
  @EnumSource(Killed.class)
  void aProcessThatIsKilledLeavesNothingOldBehind(Killed killed, @TempDir Path directory)
      throws Exception {
    byte[] secret = TestSecrets.newKey();
    try (Application own =
        Application.on(
            TestPostgres.shared(),
            TestRedis.shared(),
            Sessions.IN_REDIS,
            KeyRing.ofSecret("system", secret))) {
      Node other = own.node();
      Person alice = Person.random();
      Person next = alice.with(TestSecrets.newPassword());
      AccountId account = other.signedUp(alice);
      LoginResult.Success login = other.loggedIn(alice);
      other.checked(login.token());
      if (killed.doing.equals("relay")) {
        own.sql("UPDATE {accounts} SET status = 'disabled' WHERE id = ?", account);
      }
      DoomedProcess.killed(
          List.of(
              own.jdbcUrl(),
              own.namespace(),
              HexFormat.of().formatHex(secret),
              alice.password().reveal(),
              next.password().reveal(),
              login.token().reveal(),
              Sessions.IN_REDIS.name(),
              killed.doing,
              Integer.toString(killed.fence)),
          directory);

      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(
              () -> {
                other.relay();
                assertThat(other.service().operations().invalidationBacklog(other.deadline()))
                    .isEqualTo(new InvalidationBacklogResult.Known(0, Optional.empty()));
              });

      if (killed == Killed.BEFORE_ANYTHING_IS_TOLD) {
        other.loggedIn(alice);
        other.checked(login.token());
      } else {
        assertThat(other.login(alice)).isEqualTo(REJECTED);
        assertThat(other.check(login.token())).isEqualTo(NO_SESSION);
      }
      if (killed == Killed.BETWEEN_COMMIT_AND_FENCE) {
        other.loggedIn(next);
      }
    }
  }
}
