package io.doorward.auth.system;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.Admin.AccountChangeResult;
import io.doorward.auth.AuthService.PasswordChangeResult;
import io.doorward.auth.AuthService.SignUpResult;
import io.doorward.auth.AuthServiceBuilder;
import io.doorward.auth.Names.LoginIdChangeResult;
import io.doorward.auth.Sessions.LogoutResult;
import io.doorward.auth.account.CredentialCache;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.password.Password;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.password.PasswordHasher;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.session.SessionPolicy;
import io.doorward.auth.system.Fault.Operation;
import io.doorward.auth.testkit.Concurrently;
import io.doorward.auth.testkit.FaultProxy;
import io.doorward.auth.testkit.FaultProxy.Direction;
import io.doorward.auth.testkit.TestPostgres;
import io.doorward.auth.testkit.TestRedis;
import io.doorward.auth.testkit.TestSecrets;
import io.doorward.auth.throttle.AttemptBudgets;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The lines of docs/faults.md that each need a story of their own, on one server of each kind. */
class FaultScenariosIT {
  private static final LoginResult REJECTED = new LoginResult.Rejected();
  private static final CheckResult NO_SESSION = new CheckResult.Rejected();
  private static final int BUDGET = 2;

  private static final Map<Sessions, Application> APPLICATIONS = new EnumMap<>(Sessions.class);

  /** The lines that this class proves. */
  static Set<FaultCase> lines() {
    return Set.of(
        FaultCase.ANSWERS_MIXED,
        FaultCase.REDIS_FULL,
        FaultCase.CHANGE_LOST,
        FaultCase.SEQUENCE_REPLAYED,
        FaultCase.DUPLICATE,
        FaultCase.CRASH,
        FaultCase.CUT_OFF,
        FaultCase.CLOCKS_AGREE_ENOUGH,
        FaultCase.CLOCKS_AT_AN_END,
        FaultCase.CLOCK_AHEAD,
        FaultCase.CLOCK_BEHIND,
        FaultCase.INTERRUPTED,
        FaultCase.STANDS_STILL,
        FaultCase.HASHING_SATURATED,
        FaultCase.HERD,
        FaultCase.KEYS_ROTATE,
        FaultCase.KEYS_DIFFER,
        FaultCase.ROW_SECURITY,
        FaultCase.NO_UNICODE);
  }

  @BeforeAll
  static void start() {
    FaultCells.HOMES.forEach(home -> APPLICATIONS.put(home, Application.shared(home)));
  }

  @AfterAll
  static void stop() {
    APPLICATIONS.values().forEach(Application::close);
    APPLICATIONS.clear();
  }

  private static void inBothHomes(FaultCase line, BiConsumer<Application, Seen> story) {
    FaultTable.Line seen = FaultTable.of(line);
    APPLICATIONS.forEach(
        (home, application) ->
            story.accept(application, (operation, word) -> seen.saw(home, operation, word)));
    seen.end();
  }

  interface Seen {
    void saw(Operation operation, String word);
  }

  static Application.Setup quick() {
    return new Application.Setup()
        .budgets(Application.budgets(BUDGET, Duration.ofMinutes(5)))
        .service(builder -> builder.passwordHasher(new FastHasher()));
  }

  /** A node whose clocks, keys or hashing are not those of others. */
  private static Application.Setup quick(UnaryOperator<AuthServiceBuilder> more) {
    return quick().service(builder -> more.apply(builder.passwordHasher(new FastHasher())));
  }

  private static String login(Node node, Person person) {
    return FaultCells.word(node.events(), node.login(person));
  }

  private static void forget(Application application, Person person) {
    application.redis().delete(application.redis().credentialKey(person.loginId()));
  }

  /** Guesses at one node or at several in turn, and says whether they were stopped in time. */
  private static String limits(List<Node> nodes) {
    Person victim = Person.random();
    nodes.get(0).signedUp(victim);
    for (int i = 0; i < BUDGET; i++) {
      assertThat(nodes.get(i % nodes.size()).login(victim.guessing())).isEqualTo(REJECTED);
    }
    for (Node node : nodes) {
      assertThat(node.login(victim)).isInstanceOf(LoginResult.Throttled.class);
    }
    return FaultCells.LIMITS;
  }

  /** Does what one node does and asks the other; the words are the other one's. */
  static void asEver(Application application, Node here, Node there, Seen seen) {
    Person alice = Person.random();
    here.signedUp(alice);
    seen.saw(Operation.LH, login(there, alice));
    forget(application, alice);
    seen.saw(Operation.LM, login(there, alice));
    LoginResult.Success laptop = here.loggedIn(alice);
    seen.saw(
        Operation.V, FaultCells.word(laptop.principal().account(), there.check(laptop.token())));
    seen.saw(Operation.O, FaultCells.word(there.logout(laptop.token())));
    assertThat(here.check(laptop.token())).isEqualTo(NO_SESSION);
    LoginResult.Success phone = here.loggedIn(alice);
    Person renewed = alice.with(TestSecrets.newPassword());
    seen.saw(
        Operation.C,
        FaultCells.word(there.changePassword(phone.principal(), alice, renewed.password())));
    assertThat(here.login(alice)).isEqualTo(REJECTED);
    assertThat(here.check(phone.token())).isEqualTo(NO_SESSION);
    here.loggedIn(renewed);
    seen.saw(Operation.T, limits(List.of(here, there)));
  }

  // F6

  @Test
  void noAnswerReachesAnybodyElseHoweverItIsCutAndSliced() {
    inBothHomes(
        FaultCase.ANSWERS_MIXED,
        (application, seen) -> {
          TestRedis redis = TestRedis.shared();
          try (FaultProxy proxy = FaultProxy.to(redis.host(), redis.port());
              Node node =
                  application.node(
                      quick()
                          .redisBehind(proxy.host(), proxy.port())
                          .leavingNobodyAlone()
                          .budgets(Application.budgets(10_000, Duration.ofSeconds(1)))
                          .realTimeouts(Duration.ofSeconds(5)))) {
            List<LoggedIn> many = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
              many.add(LoggedIn.on(node));
            }
            proxy.slice(Direction.DOWN, 1, Duration.ZERO);
            AtomicInteger own = new AtomicInteger();
            for (int bytes = 0; bytes < 24; bytes++) {
              // One connection is cut or reset at each place of an answer, the others go on; and
              // many answers come when nobody waits for them any more.
              boolean late = bytes % 8 == 7;
              proxy.latency(
                  Direction.DOWN, Duration.ZERO, late ? Duration.ofMillis(500) : Duration.ZERO);
              if (bytes % 2 == 0) {
                proxy.cutOnceAfter(Direction.DOWN, bytes);
              } else {
                proxy.resetOnceAfter(Direction.DOWN, bytes);
              }
              Concurrently.call(many.stream().map(who -> asking(who, node, own)).toList());
            }
            assertThat(own).as("most are answered").hasValueGreaterThan(16 * 24);
            for (Operation operation : List.of(Operation.LH, Operation.LM, Operation.V)) {
              seen.saw(operation, "nobody else's");
            }
          }
        });
  }

  /** Checks and logs in; whoever is named is who has asked, and nobody is refused. */
  private static Callable<Boolean> asking(LoggedIn who, Node node, AtomicInteger own) {
    return () -> {
      CheckResult check = node.check(who.login().token());
      assertThat(check).isNotInstanceOf(CheckResult.Rejected.class);
      if (check instanceof CheckResult.Active active) {
        assertThat(active.principal()).isEqualTo(who.login().principal());
        own.incrementAndGet();
      }
      LoginResult login = node.login(who.person());
      assertThat(login).isInstanceOfAny(LoginResult.Success.class, LoginResult.Unavailable.class);
      if (login instanceof LoginResult.Success success) {
        assertThat(success.principal().account()).isEqualTo(who.account());
        own.incrementAndGet();
      }
      return true;
    };
  }

  // F11

  @Test
  void whatWasEndedWhileRedisWasFullStaysEnded() {
    FaultTable.Line seen = FaultTable.of(FaultCase.REDIS_FULL);
    for (Sessions home : FaultCells.HOMES) {
      try (Application application =
          Application.on(TestPostgres.shared(), OwnServers.redis(), home)) {
        Node here = application.node(quick());
        Node there = application.node(quick());
        LoggedIn leaving = LoggedIn.on(here);
        LoggedIn leavingAll = LoggedIn.on(here);
        LoggedIn changing = LoggedIn.on(here);
        Person guessed = Person.random();
        here.signedUp(guessed);
        List<LoggedIn> all = List.of(leaving, leavingAll, changing);
        all.forEach(who -> there.checked(who.login().token()));
        OwnServers.redis().exhaustMemory();
        try {
          seen.saw(home, Operation.O, FaultCells.word(here.logout(leaving.login().token())));
          seen.saw(home, Operation.O, FaultCells.word(here.logoutAll(leavingAll.account())));
          seen.saw(
              home,
              Operation.C,
              FaultCells.word(
                  here.changePassword(
                      changing.login().principal(),
                      changing.person(),
                      changing.renewed().password())));
          for (int i = 0; i < BUDGET; i++) {
            assertThat(here.login(guessed.guessing())).isEqualTo(REJECTED);
          }
          assertThat(here.login(guessed)).isInstanceOf(LoginResult.Throttled.class);
        } finally {
          OwnServers.redis().heal();
        }

        for (LoggedIn who : all) {
          seen.saw(
              home, Operation.V, FaultCells.word(who.account(), there.check(who.login().token())));
        }
        seen.saw(home, Operation.LM, login(there, changing.renewed()));
        seen.saw(home, Operation.LH, login(there, changing.person()));
        assertThat(there.login(guessed)).isInstanceOf(LoginResult.Throttled.class);
        seen.saw(home, Operation.T, FaultCells.LIMITS);
      }
    }
    seen.end();
  }

  // F17

  @Test
  void aChangeThatPostgresHasLostLivesInRedisUntilSomebodyAsksOrTells() {
    inBothHomes(
        FaultCase.CHANGE_LOST,
        (application, seen) -> {
          Node node = application.node(quick().budgets(AttemptBudgets.defaults()));
          Person alice = Person.random();
          AccountId account = node.signedUp(alice);
          Restored before = Restored.of(application, account);
          LoginResult.Success laptop = node.loggedIn(alice);
          Person lost = alice.with(TestSecrets.newPassword());
          node.changePassword(laptop.principal(), alice, lost.password());
          LoginResult.Success phone = node.loggedIn(lost);

          before.restore(application);

          seen.saw(Operation.LH, login(node, lost));
          seen.saw(Operation.V, FaultCells.word(account, node.check(phone.token())));
          forget(application, alice);
          seen.saw(Operation.LM, login(node, alice));
          assertThat(node.login(lost)).as("what is lost").isEqualTo(REJECTED);
          assertThat(node.service().admin().invalidateCredential(account, node.deadline()))
              .isEqualTo(new AccountChangeResult.Changed(false));
          assertThat(node.check(phone.token())).as("once it is told").isEqualTo(NO_SESSION);
          assertThat(node.login(lost)).as("once it is told").isEqualTo(REJECTED);
          LoginResult.Success again = node.loggedIn(alice);
          seen.saw(Operation.O, FaultCells.word(node.logout(again.token())));
          seen.saw(Operation.C, FaultCells.word(node.changeRoles(account, Set.of("a"), Set.of())));
        });
  }

  /** An account's rows as they were; no trigger hears that they are put back. */
  private record Restored(
      AccountId account, String secret, List<String> row, List<String> profile) {
    private static final List<String> TABLES = List.of("accounts", "credentials", "user_profiles");

    static Restored of(Application application, AccountId account) {
      return new Restored(
          account,
          application.text("SELECT secret FROM {credentials} WHERE account_id = ?", account),
          Stream.of("version::text", "row_tag", "epoch::text", "epoch_tag")
              .map(
                  column ->
                      application.text(
                          "SELECT " + column + " FROM {accounts} WHERE id = ?", account))
              .toList(),
          Stream.of("version::text", "row_tag")
              .map(
                  column ->
                      application.text(
                          "SELECT " + column + " FROM {user_profiles} WHERE account_id = ?",
                          account))
              .toList());
    }

    void restore(Application application) {
      for (String table : TABLES) {
        application.sql("ALTER TABLE {" + table + "} DISABLE TRIGGER USER");
      }
      application.sql("UPDATE {credentials} SET secret = ? WHERE account_id = ?", secret, account);
      application.sql(
          """
          UPDATE {accounts}
          SET version = ?::bigint, row_tag = ?, epoch = ?::bigint, epoch_tag = ?
          WHERE id = ?
          """,
          row.get(0),
          row.get(1),
          row.get(2),
          row.get(3),
          account);
      application.sql(
          "UPDATE {user_profiles} SET version = ?::bigint, row_tag = ? WHERE account_id = ?",
          profile.get(0),
          profile.get(1),
          account);
      for (String table : TABLES) {
        application.sql("ALTER TABLE {" + table + "} ENABLE TRIGGER USER");
      }
    }
  }

  @Test
  void aReplayedSequenceShutsNoOwnerOutAndRevivesNothing() {
    FaultTable.Line seen = FaultTable.of(FaultCase.SEQUENCE_REPLAYED);
    try (TestPostgres postgres = TestPostgres.startEmbedded()) {
      Map<Sessions, LostHistory> histories = new EnumMap<>(Sessions.class);
      FaultCells.HOMES.forEach(
          home ->
              histories.put(
                  home, new LostHistory(Application.on(postgres, TestRedis.shared(), home))));
      postgres.keepStandby();
      histories.values().forEach(LostHistory::change);

      postgres.failOver();

      histories.forEach(
          (home, history) -> history.end((operation, word) -> seen.saw(home, operation, word)));
    }
    seen.end();
  }

  /** Two changes of a password that PostgreSQL loses, and what Redis remembers of them. */
  private static final class LostHistory {
    private final Application application;
    private final Person alice = Person.random();
    private final Person lost = alice.with(TestSecrets.newPassword());
    private final AccountId account;
    private final LoginResult.Success before;
    private LoginResult.@Nullable Success phone;

    LostHistory(Application application) {
      this.application = application;
      Node node = application.node(quick());
      account = node.signedUp(alice);
      before = node.loggedIn(alice);
    }

    void change() {
      Node node = application.node(quick());
      Person between = alice.with(TestSecrets.newPassword());
      node.changePassword(node.loggedIn(alice).principal(), alice, between.password());
      node.changePassword(node.loggedIn(between).principal(), between, lost.password());
      phone = node.loggedIn(lost);
    }

    void end(Seen seen) {
      Node node = application.node(quick().budgets(AttemptBudgets.defaults()));
      seen.saw(Operation.LH, login(node, alice));
      assertThat(node.login(lost)).as("what is lost").isEqualTo(REJECTED);
      seen.saw(Operation.V, FaultCells.word(account, node.check(before.token())));
      forget(application, alice);
      seen.saw(Operation.LM, login(node, alice));

      assertThat(node.service().admin().invalidateCredential(account, node.deadline()))
          .isEqualTo(new AccountChangeResult.Changed(false));

      assertThat(node.check(requireNonNull(phone).token())).as("once told").isEqualTo(NO_SESSION);
      assertThat(node.login(lost)).as("once told").isEqualTo(REJECTED);
      LoginResult.Success again = node.loggedIn(alice);
      seen.saw(Operation.O, FaultCells.word(node.logout(again.token())));
      seen.saw(Operation.C, FaultCells.word(node.changeRoles(account, Set.of("a"), Set.of())));
      application.close();
    }
  }

  // F18

  @Test
  void ofSixteenWhoWantOneAddressOneGetsItAndTheOthersAreTold() {
    inBothHomes(
        FaultCase.DUPLICATE,
        (application, seen) -> {
          Node node = application.node(quick());
          Person alice = Person.random();
          List<SignUpResult> results = Concurrently.call(16, () -> node.signUp(alice));

          assertThat(results).filteredOn(SignUpResult.Created.class::isInstance).hasSize(1);
          assertThat(results).filteredOn(new SignUpResult.Duplicate()::equals).hasSize(15);
          AccountId bob = node.signedUp(Person.random());
          assertThat(node.service().admin().changeLoginId(bob, alice.loginId(), node.deadline()))
              .isEqualTo(new LoginIdChangeResult.Duplicate());
          seen.saw(Operation.C, "duplicate");
        });
  }

  // F19

  @Test
  void aNodeThatDiesAtAnyStepLeavesNothingHalf() {
    inBothHomes(
        FaultCase.CRASH,
        (application, seen) -> {
          Node there = application.node(quick());
          Mortal fate = new Mortal();
          fate.live();
          Node mortal =
              application.node(
                  fate.setup()
                      .budgets(Application.budgets(BUDGET, Duration.ofMinutes(5)))
                      .service(builder -> builder.passwordHasher(new FastHasher())));
          for (Doing doing : Doing.values()) {
            LoggedIn counted = LoggedIn.on(there);
            fate.live();
            doing.run(counted, mortal);
            int steps = fate.steps().size();
            for (int step = 0; step <= steps; step++) {
              LoggedIn victim = LoggedIn.on(there);
              boolean last = step == steps;
              fate.dying(last ? step - 1 : step, last, () -> doing.run(victim, mortal));
              there.relay();
              seen.saw(doing.operation, doing.left(victim, application, there));
            }
          }
          seen.saw(Operation.V, FaultCells.PASSES);
          assertEverythingEnds(application.redis());
          seen.saw(Operation.T, limits(List.of(mortal, there)));
        });
  }

  @Test
  void aNodeThatIsCutOffInTheRelayHoldsUpNobody() {
    TestPostgres postgres = TestPostgres.shared();
    inBothHomes(
        FaultCase.CUT_OFF,
        (application, seen) -> {
          Hold hold = new Hold();
          AtomicBoolean armed = new AtomicBoolean();
          Node here = application.node(quick());
          Node there = application.node(quick());
          try (FaultProxy proxy = FaultProxy.to(postgres.host(), postgres.port())) {
            Node cutOff =
                application.node(
                    quick()
                        .patience(Duration.ofSeconds(1))
                        .postgresBehind(proxy.host(), proxy.port(), UnaryOperator.identity())
                        .cache(cache -> FenceHook.before(cache, n -> hold.passIf(armed.get()))));
            Person alice = Person.random();
            AccountId account = here.signedUp(alice);
            here.relay();
            application.sql(
                "UPDATE {credentials} SET secret = ? WHERE account_id = ?",
                here.hasher().hash(TestSecrets.newPassword()).reveal(),
                account);
            armed.set(true);
            CompletableFuture<Boolean> relay =
                Concurrently.begin(
                    () -> cutOff.service().operations().relayInvalidations(cutOff.deadline()));
            hold.awaitReached();
            assertThat(application.pending(account)).isPositive();
            proxy.isolate();

            asEver(application, here, there, seen);
            Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .until(
                    () -> {
                      there.service().operations().relayInvalidations(there.deadline());
                      return application.pending(account) == 0;
                    });
            hold.release();
            assertThat(relay.join()).isFalse();
            application.forget(cutOff);
          } finally {
            hold.release();
          }
        });
  }

  /** Nothing lies in Redis for ever. */
  private static void assertEverythingEnds(RedisView redis) {
    for (String key : redis.keysOfNamespace()) {
      long left = redis.ask(client -> client.pttl(key));
      assertThat(left).as("the end of " + key).isNotEqualTo(-1);
    }
  }

  /** What a node is doing when it dies. */
  private enum Doing {
    LOGIN_CACHED(Operation.LH) {
      @Override
      void run(LoggedIn victim, Node node) {
        node.login(victim.person());
      }

      @Override
      String left(LoggedIn victim, Application application, Node there) {
        there.checked(victim.login().token());
        return FaultScenariosIT.login(there, victim.person());
      }
    },
    LOGIN_NOT_CACHED(Operation.LM) {
      @Override
      void run(LoggedIn victim, Node node) {
        node.cache().fence(victim.person().loginId(), 0, node.deadline());
        node.login(victim.person());
      }

      @Override
      String left(LoggedIn victim, Application application, Node there) {
        there.checked(victim.login().token());
        forget(application, victim.person());
        return FaultScenariosIT.login(there, victim.person());
      }
    },
    LOGOUT(Operation.O) {
      @Override
      void run(LoggedIn victim, Node node) {
        node.logout(victim.login().token());
      }

      @Override
      String left(LoggedIn victim, Application application, Node there) {
        assertThat(there.logout(victim.login().token())).isInstanceOf(LogoutResult.Done.class);
        assertThat(there.check(victim.login().token())).isEqualTo(NO_SESSION);
        return "finished";
      }
    },
    CHANGE(Operation.C) {
      @Override
      void run(LoggedIn victim, Node node) {
        node.changePassword(
            victim.login().principal(), victim.person(), victim.renewed().password());
      }

      @Override
      String left(LoggedIn victim, Application application, Node there) {
        boolean old = there.login(victim.person()) instanceof LoginResult.Success;
        boolean renewed = there.login(victim.renewed()) instanceof LoginResult.Success;
        assertThat(old).as("one password and no other opens").isNotEqualTo(renewed);
        assertThat(there.check(victim.login().token()) instanceof CheckResult.Active)
            .as("a session lives as long as its password")
            .isEqualTo(old);
        return "finished";
      }
    };

    private final Operation operation;

    Doing(Operation operation) {
      this.operation = operation;
    }

    abstract void run(LoggedIn victim, Node node);

    abstract String left(LoggedIn victim, Application application, Node there);
  }

  // F20

  @Test
  void clocksThatDifferByHalfAMinuteAreNotNoticed() {
    inBothHomes(
        FaultCase.CLOCKS_AGREE_ENOUGH,
        (application, seen) -> {
          Node ahead = application.node(clock(Duration.ofSeconds(30)));
          Node behind = application.node(clock(Duration.ofSeconds(-30)));
          asEver(application, ahead, behind, seen);
          asEver(application, behind, ahead, seen);
        });
  }

  /** A session that is over for one node, and for PostgreSQL, lives on for a node behind. */
  @Test
  void aSessionIsEndedByANodeThatCallsItOver() {
    inBothHomes(
        FaultCase.CLOCKS_AT_AN_END,
        (application, seen) -> {
          Node ahead = application.node(quick());
          Duration life = Duration.ofSeconds(50);
          Node behind =
              application.node(
                  quick(
                          builder ->
                              builder.sessionPolicy(
                                  SessionPolicy.defaults()
                                      .withIdleTimeout(life)
                                      .withAbsoluteLifetime(life)
                                      .withJitterPercent(0)))
                      .ahead(Duration.ofSeconds(-59)));
          Person alice = Person.random();
          ahead.signedUp(alice);
          seen.saw(Operation.LH, login(behind, alice));
          forget(application, alice);
          seen.saw(Operation.LM, login(behind, alice));
          LoginResult.Success laptop = behind.loggedIn(alice);
          AccountId account = laptop.principal().account();
          seen.saw(Operation.V, FaultCells.word(account, ahead.check(laptop.token())));
          behind.checked(laptop.token());
          seen.saw(Operation.O, FaultCells.word(ahead.logout(laptop.token())));
          assertThat(behind.check(laptop.token())).isEqualTo(NO_SESSION);
          LoginResult.Success phone = behind.loggedIn(alice);
          LoginResult.Success tablet = behind.loggedIn(alice);
          behind.checked(phone.token());
          behind.checked(tablet.token());
          seen.saw(Operation.O, FaultCells.word(ahead.logoutAll(account)));
          assertThat(behind.check(phone.token())).isEqualTo(NO_SESSION);
          assertThat(behind.check(tablet.token())).isEqualTo(NO_SESSION);
          LoginResult.Success last = behind.loggedIn(alice);
          behind.checked(last.token());
          seen.saw(
              Operation.C,
              FaultCells.word(
                  ahead.changePassword(last.principal(), alice, TestSecrets.newPassword())));
          assertThat(behind.check(last.token())).isEqualTo(NO_SESSION);
          assertThat(behind.login(alice)).isEqualTo(REJECTED);
          seen.saw(Operation.T, limits(List.of(ahead, behind)));
        });
  }

  @Test
  void aNodeWhoseClockIsFarAheadRefusesNobody() {
    inBothHomes(
        FaultCase.CLOCK_AHEAD,
        (application, seen) ->
            asEver(
                application,
                application.node(quick()),
                application.node(clock(Duration.ofMinutes(2))),
                seen));
  }

  @Test
  void aNodeWhoseClockIsFarBehindRefusesTokensFromTheFutureAndCountsAsEver() {
    inBothHomes(
        FaultCase.CLOCK_BEHIND,
        (application, seen) -> {
          Node here = application.node(quick());
          Node behind = application.node(clock(Duration.ofMinutes(-2)));
          Person alice = Person.random();
          AccountId account = here.signedUp(alice);
          seen.saw(Operation.LH, login(behind, alice));
          forget(application, alice);
          seen.saw(Operation.LM, login(behind, alice));
          LoginResult.Success there = here.loggedIn(alice);
          seen.saw(Operation.V, FaultCells.word(account, behind.check(there.token())));
          here.checked(there.token());
          LoginResult.Success own = behind.loggedIn(alice);
          behind.checked(own.token());
          here.checked(own.token());
          seen.saw(Operation.O, FaultCells.word(behind.logout(own.token())));
          assertThat(here.check(own.token())).isEqualTo(NO_SESSION);
          Person renewed = alice.with(TestSecrets.newPassword());
          seen.saw(
              Operation.C,
              FaultCells.word(behind.changePassword(there.principal(), alice, renewed.password())));
          assertThat(here.login(alice)).isEqualTo(REJECTED);
          assertThat(here.check(there.token())).isEqualTo(NO_SESSION);
          seen.saw(Operation.T, limits(List.of(here, behind)));
        });
  }

  private static Application.Setup clock(Duration ahead) {
    return quick().ahead(ahead);
  }

  // F21

  @Test
  void whoIsInterruptedGetsAnAnswerAndStaysInterruptedAndNobodyElseNotices() {
    inBothHomes(
        FaultCase.INTERRUPTED,
        (application, seen) -> {
          TestRedis redis = TestRedis.shared();
          try (FaultProxy proxy = FaultProxy.to(redis.host(), redis.port());
              Node node =
                  application.node(
                      quick()
                          .redisBehind(proxy.host(), proxy.port())
                          .realTimeouts(Duration.ofSeconds(2)))) {
            Map<Operation, LoggedIn> victims = new EnumMap<>(Operation.class);
            for (Operation operation : Operation.values()) {
              victims.put(operation, LoggedIn.on(node));
            }
            proxy.swallow(Direction.DOWN);
            for (Operation operation : Operation.values()) {
              if (operation != Operation.R && operation != Operation.K) {
                LoggedIn victim = victims.get(operation);
                assertThat(interruptedIn(() -> ask(operation, victim, node)))
                    .as(operation + ": an answer, and the flag is kept")
                    .isTrue();
                seen.saw(operation, "typed, flag kept");
              }
            }
            proxy.heal();
            victims.remove(Operation.C);
            victims.remove(Operation.O);
            victims.remove(Operation.T);
            List<Callable<String>> questions = new ArrayList<>();
            for (LoggedIn victim : victims.values()) {
              questions.add(
                  () ->
                      FaultCells.word(
                          victim.login().principal().account(),
                          node.check(victim.login().token())));
            }
            Awaitility.await()
                .atMost(Duration.ofSeconds(5))
                .until(
                    () ->
                        Concurrently.call(questions).stream().allMatch(FaultCells.PASSES::equals));
          }
        });
  }

  private static Object ask(Operation operation, LoggedIn victim, Node node) {
    return switch (operation) {
      case LH, LM, R -> node.login(victim.person());
      case V -> node.check(victim.login().token());
      case O, K -> node.logout(victim.login().token());
      case C ->
          node.changePassword(
              victim.login().principal(), victim.person(), victim.renewed().password());
      case T -> node.login(victim.person().guessing());
    };
  }

  /** Interrupts a call while it waits for an answer; tells whether the flag was still set then. */
  private static boolean interruptedIn(Supplier<Object> call) {
    CompletableFuture<Boolean> kept = new CompletableFuture<>();
    Thread caller =
        new Thread(
            () -> {
              try {
                assertThat(call.get()).isNotInstanceOf(LoginResult.Throttled.class);
                kept.complete(Thread.currentThread().isInterrupted());
              } catch (Throwable e) {
                kept.completeExceptionally(e);
              }
            },
            "interrupted-caller");
    caller.start();
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(5))
        .until(
            () ->
                kept.isDone()
                    || List.of(caller.getStackTrace()).stream()
                        .anyMatch(frame -> frame.getClassName().startsWith("redis.clients")));
    caller.interrupt();
    return kept.orTimeout(60, TimeUnit.SECONDS).join();
  }

  @Test
  void aLoginThatStandsStillWhileThePasswordIsChangedIsRefused() {
    inBothHomes(
        FaultCase.STANDS_STILL,
        (application, seen) -> {
          Node still = application.node();
          Node there = application.node();
          for (Operation operation : List.of(Operation.LH, Operation.LM)) {
            Person alice = Person.random();
            there.signedUp(alice);
            LoginResult.Success login = there.loggedIn(alice);
            if (operation == Operation.LM) {
              forget(application, alice);
            }
            Hold hold = still.hasher().holdNext();
            CompletableFuture<LoginResult> late = Concurrently.begin(() -> still.login(alice));
            hold.awaitReached();
            assertThat(there.changePassword(login.principal(), alice, TestSecrets.newPassword()))
                .isInstanceOf(PasswordChangeResult.Changed.class);
            hold.release();

            seen.saw(operation, FaultCells.word(still.events(), late.join()));
          }
        });
  }

  // F22

  @Test
  void whereHashingIsSaturatedLoginsAreUnavailableAtOnceAndEverythingElseIsAsEver() {
    inBothHomes(
        FaultCase.HASHING_SATURATED,
        (application, seen) -> {
          Node before = application.node(quick());
          LoggedIn staying = LoggedIn.on(before);
          LoggedIn leaving = LoggedIn.on(before);
          LoggedIn changing = LoggedIn.on(before);
          LoggedIn notCached = LoggedIn.on(before);
          LoggedIn guessed = LoggedIn.on(before);
          forget(application, notCached.person());
          for (int i = 0; i < BUDGET; i++) {
            before.login(guessed.person().guessing());
          }
          Gate gate = new Gate();
          Node busy =
              application.node(
                  quick(
                          builder ->
                              builder
                                  .passwordHasher(gate)
                                  .capacity(Application.capacity().withHashing(1, 1)))
                      .patience(Duration.ofSeconds(60)));
          // One compares and one waits, so that two of four are turned away, whichever come first.
          List<CompletableFuture<LoginResult>> storm = new ArrayList<>();
          for (int i = 0; i < 4; i++) {
            LoggedIn somebody = LoggedIn.on(before);
            storm.add(Concurrently.begin(() -> busy.login(somebody.person())));
          }
          Awaitility.await()
              .atMost(Duration.ofSeconds(30))
              .untilAsserted(
                  () -> assertThat(storm).filteredOn(CompletableFuture::isDone).hasSize(2));

          seen.saw(Operation.LH, login(busy, staying.person()));
          seen.saw(Operation.LM, login(busy, notCached.person()));
          seen.saw(
              Operation.V,
              FaultCells.word(
                  staying.login().principal().account(), busy.check(staying.login().token())));
          seen.saw(Operation.O, FaultCells.word(busy.logout(leaving.login().token())));
          assertThat(
                  FaultCells.word(
                      busy.changePassword(
                          changing.login().principal(),
                          changing.person(),
                          changing.renewed().password())))
              .isEqualTo(FaultCells.UNAVAILABLE);
          seen.saw(
              Operation.C,
              FaultCells.word(
                      busy.changeRoles(
                          changing.login().principal().account(), Set.of("a"), Set.of()))
                  + ", password 503");
          assertThat(busy.login(guessed.person())).isInstanceOf(LoginResult.Throttled.class);
          seen.saw(Operation.T, FaultCells.LIMITS);

          gate.open();
          assertThat(storm.stream().map(CompletableFuture::join))
              .hasOnlyElementsOfTypes(LoginResult.Success.class, LoginResult.Unavailable.class)
              .filteredOn(LoginResult.Success.class::isInstance)
              .hasSize(2);
          busy.loggedIn(staying.person());
        });
  }

  /** Compares nothing until it is opened. */
  private static final class Gate implements PasswordHasher {
    private final PasswordHasher real = new FastHasher();
    private final Hold hold = new Hold();

    void open() {
      hold.release();
    }

    @Override
    public PasswordHash hash(Password password) {
      return real.hash(password);
    }

    @Override
    public boolean matches(Password password, PasswordHash hash) {
      hold.pass();
      return real.matches(password, hash);
    }

    @Override
    public boolean isOutdated(PasswordHash hash) {
      return false;
    }
  }

  // F23

  @Test
  void aHerdOfLoginsOfOneAccountSharesItsReads() {
    inBothHomes(
        FaultCase.HERD,
        (application, seen) -> {
          int callers = 32;
          CountDownLatch missed = new CountDownLatch(callers);
          AtomicInteger reads = new AtomicInteger();
          Node node =
              application.node(
                  quick()
                      .budgets(Application.budgets(10_000, Duration.ofSeconds(1)))
                      .cache(real -> counting(real, missed))
                      .accounts(
                          real ->
                              StoreHook.after(
                                  real,
                                  "find",
                                  () -> {
                                    // No answer before the whole herd is there.
                                    await(missed);
                                    reads.incrementAndGet();
                                  })));
          Person alice = Person.random();
          application.node(quick()).signedUp(alice);
          forget(application, alice);

          List<LoginResult> results = Concurrently.call(callers, () -> node.login(alice));

          assertThat(results).allMatch(LoginResult.Success.class::isInstance);
          assertThat(reads.get()).as("one read, and one for all who came meanwhile").isLessThan(5);
          seen.saw(Operation.LM, "shared reads");
        });
  }

  /** The real cache, which counts the look-ups that it has answered. */
  private static CredentialCache counting(CredentialCache real, CountDownLatch lookups) {
    return (CredentialCache)
        Proxy.newProxyInstance(
            CredentialCache.class.getClassLoader(),
            new Class<?>[] {CredentialCache.class},
            (proxy, method, arguments) -> {
              try {
                return method.invoke(real, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              } finally {
                if (method.getName().equals("lookup")) {
                  lookups.countDown();
                }
              }
            });
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  // F24

  @Test
  void nodesInTheMiddleOfARotationAgree() {
    FaultTable.Line seen = FaultTable.of(FaultCase.KEYS_ROTATE);
    Map<String, byte[]> secrets =
        Map.of("old", TestSecrets.newKey(), "fresh", TestSecrets.newKey());
    for (Sessions home : FaultCells.HOMES) {
      try (Application application =
          Application.on(
              TestPostgres.shared(), TestRedis.shared(), home, ring(secrets, "old", "fresh"))) {
        Node before = application.node(quick());
        Node after = application.node(quick().keys(ring(secrets, "fresh", "old")));
        // A name under the key of the other one is looked for, but nothing lies there yet.
        Person alice = Person.random();
        before.signedUp(alice);
        after.loggedIn(alice);
        seen.saw(home, Operation.LH, login(after, alice));
        forget(application, alice);
        seen.saw(home, Operation.LM, login(before, alice));
        LoginResult.Success laptop = before.loggedIn(alice);
        seen.saw(
            home,
            Operation.V,
            FaultCells.word(laptop.principal().account(), after.check(laptop.token())));
        seen.saw(home, Operation.O, FaultCells.word(after.logout(laptop.token())));
        assertThat(before.check(laptop.token())).isEqualTo(NO_SESSION);
        LoginResult.Success phone = after.loggedIn(alice);
        seen.saw(
            home,
            Operation.C,
            FaultCells.word(
                after.changePassword(phone.principal(), alice, TestSecrets.newPassword())));
        assertThat(before.login(alice)).isEqualTo(REJECTED);
        assertThat(before.check(phone.token())).isEqualTo(NO_SESSION);
        seen.saw(home, Operation.T, limits(List.of(before, after)));
      }
    }
    seen.end();
  }

  @Test
  void aNodeWithoutTheKeyRefusesTheTokenAndReadsTheDatabase() {
    FaultTable.Line seen = FaultTable.of(FaultCase.KEYS_DIFFER);
    Map<String, byte[]> secrets =
        Map.of("old", TestSecrets.newKey(), "fresh", TestSecrets.newKey());
    for (Sessions home : FaultCells.HOMES) {
      try (Application application =
          Application.on(TestPostgres.shared(), TestRedis.shared(), home, ring(secrets, "old"))) {
        Node here = application.node(quick());
        Node strange = application.node(quick().keys(ring(secrets, "fresh")));
        Person alice = Person.random();
        AccountId account = here.signedUp(alice);
        AccessToken token = here.loggedIn(alice).token();
        seen.saw(home, Operation.LM, login(strange, alice));
        seen.saw(home, Operation.LH, login(strange, alice));
        seen.saw(home, Operation.V, FaultCells.word(account, strange.check(token)));
        here.checked(token);
        assertThat(strange.logout(token)).isEqualTo(new LogoutResult.Done(0, false));
        here.checked(token);
      }
    }
    seen.end();
  }

  // F26

  @Test
  void rowsThatAreHiddenAreNoRefusal() {
    inBothHomes(
        FaultCase.ROW_SECURITY,
        (application, seen) -> {
          try (LeastUser user = LeastUser.of(application.database());
              Node node = application.node(quick().dataSource(real -> user.dataSource()))) {
            LoggedIn cached = LoggedIn.on(node);
            LoggedIn notCached = LoggedIn.on(node);
            LoggedIn leaving = LoggedIn.on(node);
            LoggedIn changing = LoggedIn.on(node);
            LoggedIn guessed = LoggedIn.on(node);
            forget(application, notCached.person());

            user.hideRows(true);

            seen.saw(Operation.LH, login(node, cached.person()));
            seen.saw(Operation.LM, login(node, notCached.person()));
            seen.saw(Operation.V, cached.checkedBy(node));
            seen.saw(Operation.O, FaultCells.word(node.logout(leaving.login().token())));
            seen.saw(Operation.C, changing.changedBy(node));
            seen.saw(Operation.T, guesses(node, guessed.person()));

            user.hideRows(false);

            node.loggedIn(notCached.person());
            node.loggedIn(changing.person());
          }
        });
  }

  @Test
  void textOutsideTheEncodingEndsNoLoginAndIsNobody() {
    FaultTable.Line seen = FaultTable.of(FaultCase.NO_UNICODE);
    for (Sessions home : FaultCells.HOMES) {
      try (Application application =
          Application.on(
              TestPostgres.shared().newDatabaseIn("LATIN1"),
              TestRedis.shared(),
              home,
              KeyRing.ofSecret("old", TestSecrets.newKey()))) {
        Node here = application.node(quick());
        Node there = application.node(quick());
        asEver(application, here, there, (operation, word) -> seen.saw(home, operation, word));
        Person alice = Person.random();
        here.signedUp(alice);
        ClientContext phone = ClientContext.unknown().withUserAgent("\uD83D\uDE00 of \u0141ukasz");
        assertThat(there.login(alice, phone)).isInstanceOf(LoginResult.Success.class);
        Person nobody =
            new Person(LoginId.of("\u0142ukasz@system.example"), TestSecrets.newPassword());
        seen.saw(home, Operation.T, guesses(there, nobody));
      }
    }
    seen.end();
  }

  /** Guesses until it is stopped, and says whether that was in time. */
  private static String guesses(Node node, Person victim) {
    for (int i = 0; i < BUDGET; i++) {
      assertThat(node.login(victim.guessing())).isEqualTo(REJECTED);
    }
    assertThat(node.login(victim.guessing())).isInstanceOf(LoginResult.Throttled.class);
    return FaultCells.LIMITS;
  }

  private static KeyRing ring(Map<String, byte[]> secrets, String... names) {
    KeyRing.Builder ring = KeyRing.builder();
    for (String name : names) {
      ring.secret(name, secrets.get(name));
    }
    return ring.build();
  }
}
