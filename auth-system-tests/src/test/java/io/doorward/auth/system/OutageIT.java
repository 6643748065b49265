package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.Admin.AccountChangeResult;
import io.doorward.auth.AuthService.PasswordChangeResult;
import io.doorward.auth.AuthService.SignUpResult;
import io.doorward.auth.Recovery.PasswordSetResult;
import io.doorward.auth.Roles.RoleChangeResult;
import io.doorward.auth.Sessions.LogoutResult;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.backend.DegradationTable;
import io.doorward.auth.backend.DegradationTable.Behaviour;
import io.doorward.auth.backend.DegradationTable.Operation;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.event.ServiceEvent;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.password.Password;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.session.RefreshResult;
import io.doorward.auth.session.RefreshToken;
import io.doorward.auth.session.SessionOptions;
import io.doorward.auth.testkit.Concurrently;
import io.doorward.auth.throttle.AttemptBudgets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionEvaluationListener;
import org.awaitility.core.ConditionFactory;
import org.awaitility.core.EvaluatedCondition;
import org.awaitility.core.TimeoutEvent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every row and column of the table in docs/architecture.md, "When a server is away": the same node
 * is asked for everything at once while servers are away, and again when they are back. Each test
 * looks at one answer.
 */
@ParameterizedClass
@MethodSource("everything")
class OutageIT {
  /** What a caller's wait may exceed its deadline by: a hash, on a machine that has other work. */
  private static final Duration SLACK = Duration.ofSeconds(3);

  private static final int BUDGET = 2;

  private static Application application;
  private static Answers answers;

  @Parameter(0)
  Outage outage;

  @Parameter(1)
  Sessions sessions;

  static Stream<Arguments> everything() {
    return Stream.of(Outage.values())
        .flatMap(outage -> Stream.of(Sessions.values()).map(where -> Arguments.of(outage, where)));
  }

  @BeforeParameterizedClassInvocation
  static void goThroughIt(Outage outage, Sessions sessions) {
    application = Application.on(OwnServers.postgres(), OwnServers.redis(), sessions);
    answers = new Answers(application, outage);
  }

  @AfterParameterizedClassInvocation
  static void end() {
    OwnServers.heal();
    application.close();
  }

  private boolean sessionsAreThere() {
    return sessions.areInPostgres() ? !outage.ofPostgres() : !outage.ofRedis();
  }

  /** Redis answers for sessions that PostgreSQL owns. */
  private boolean sessionsAreAnsweredFor() {
    return sessionsAreThere() || (sessions == Sessions.DURABLE && !outage.ofRedis());
  }

  @Test
  void loginOfSomebodyWhoIsCached() {
    assertThat(answers.loginCached.value())
        .isInstanceOf(
            sessionsAreThere() ? LoginResult.Success.class : LoginResult.Unavailable.class);
  }

  @Test
  void loginOfSomebodyWhoIsNotCached() {
    assertThat(answers.loginNotCached.value())
        .isInstanceOf(
            sessionsAreThere() && !outage.ofPostgres()
                ? LoginResult.Success.class
                : LoginResult.Unavailable.class);
  }

  @Test
  void requestCheck() {
    assertThat(answers.check.value())
        .isInstanceOf(
            sessionsAreAnsweredFor() ? CheckResult.Active.class : CheckResult.Unavailable.class);
  }

  @Test
  void logout() {
    if (sessionsAreThere()) {
      LogoutResult done =
          new LogoutResult.Done(1, sessions == Sessions.DURABLE && outage.ofRedis());
      assertThat(answers.logout.value()).isEqualTo(done);
      assertThat(answers.logoutOfAll.value()).isEqualTo(done);
    } else {
      assertThat(answers.logout.value()).isInstanceOf(LogoutResult.Unavailable.class);
      assertThat(answers.logoutOfAll.value()).isInstanceOf(LogoutResult.Unavailable.class);
    }
  }

  @Test
  void signUp() {
    if (outage.ofPostgres()) {
      assertThat(answers.signUp.value()).isInstanceOf(SignUpResult.Unavailable.class);
    } else {
      assertThat(answers.signUp.value())
          .isInstanceOfSatisfying(
              SignUpResult.Created.class, it -> assertThat(it.cachePending()).isTrue());
    }
  }

  @Test
  void passwordChange() {
    if (outage.ofPostgres()) {
      assertThat(answers.passwordChange.value())
          .isInstanceOf(PasswordChangeResult.Unavailable.class);
    } else {
      assertThat(answers.passwordChange.value())
          .isInstanceOfSatisfying(
              PasswordChangeResult.Changed.class,
              it -> {
                assertThat(it.cachePending()).isTrue();
                assertThat(it.renewed().isPresent()).isEqualTo(sessionsAreThere());
              });
    }
  }

  @Test
  void passwordThatIsSet() {
    if (outage.ofPostgres()) {
      assertThat(answers.passwordSet.value()).isInstanceOf(PasswordSetResult.Unavailable.class);
    } else {
      assertThat(answers.passwordSet.value()).isEqualTo(new PasswordSetResult.Changed(true));
    }
    assertThat(answers.forgottenAfterwards)
        .isInstanceOf(outage.ofPostgres() ? LoginResult.Success.class : LoginResult.Rejected.class);
    assertThat(answers.setAfterwards)
        .isInstanceOf(outage.ofPostgres() ? LoginResult.Rejected.class : LoginResult.Success.class);
  }

  @Test
  void refresh() {
    assertThat(answers.refresh.value())
        .isInstanceOf(
            sessionsAreThere() ? RefreshResult.Refreshed.class : RefreshResult.Unavailable.class);
    boolean isLost = sessions == Sessions.IN_REDIS && outage.emptiesRedis();
    assertThat(answers.refreshAfterwards)
        .as("nothing was consumed")
        .isInstanceOf(isLost ? RefreshResult.Rejected.class : RefreshResult.Refreshed.class);
  }

  @Test
  void roleChange() {
    if (outage.ofPostgres()) {
      assertThat(answers.roleChange.value()).isInstanceOf(RoleChangeResult.Unavailable.class);
    } else {
      // Where checks are answered by PostgreSQL there is nothing to be told.
      assertThat(answers.roleChange.value())
          .isEqualTo(new RoleChangeResult.Changed(sessions != Sessions.IN_POSTGRES));
    }
  }

  @Test
  void statusChange() {
    if (outage.ofPostgres()) {
      assertThat(answers.statusChange.value()).isInstanceOf(AccountChangeResult.Unavailable.class);
    } else {
      assertThat(answers.statusChange.value()).isEqualTo(new AccountChangeResult.Changed(true));
    }
  }

  @Test
  void throttle() {
    List<Class<?>> kinds = new ArrayList<>();
    answers.guesses.value().forEach(result -> kinds.add(result.getClass()));
    if (outage.ofRedis() && outage.ofPostgres()) {
      assertThat(kinds).containsOnly(LoginResult.Unavailable.class);
    } else {
      assertThat(kinds)
          .containsExactly(
              LoginResult.Rejected.class, LoginResult.Rejected.class, LoginResult.Throttled.class);
    }
  }

  @Test
  void theServiceDoesWhatItsTableDeclares() {
    Map<Operation, String> seen = new EnumMap<>(Operation.class);
    seen.put(Operation.LOGIN_CACHED, word(answers.loginCached.value()));
    seen.put(Operation.LOGIN_NOT_CACHED, word(answers.loginNotCached.value()));
    seen.put(Operation.CHECK, word(answers.check.value()));
    seen.put(Operation.REFRESH, word(answers.refresh.value()));
    seen.put(Operation.LOGOUT, word(answers.logout.value()));
    seen.put(Operation.SIGN_UP, word(answers.signUp.value()));
    seen.put(Operation.CHANGE, word(answers.passwordChange.value()));
    Map<Operation, String> declared = new EnumMap<>(Operation.class);
    for (Operation operation : seen.keySet()) {
      declared.put(operation, word(answers.declared.behaviour(operation, outage.declared())));
    }

    assertThat(seen).isEqualTo(declared);
    assertThat(word(answers.declared.behaviour(Operation.START, outage.declared())))
        .as("or there would be no answers")
        .isEqualTo("works");
    assertThat(word(answers.declared.behaviour(Operation.THROTTLE, outage.declared())))
        .as("see throttle()")
        .isEqualTo("works");
  }

  /** The word for what was answered. */
  private static String word(Object result) {
    if (result instanceof LogoutResult.Done done) {
      return done.cachePending() ? "pending" : "works";
    }
    if (result instanceof SignUpResult.Created created) {
      return created.cachePending() ? "pending" : "works";
    }
    if (result instanceof PasswordChangeResult.Changed changed) {
      return changed.cachePending() ? "pending" : "works";
    }
    return result instanceof LoginResult.Success
            || result instanceof CheckResult.Active
            || result instanceof RefreshResult.Refreshed
        ? "works"
        : result.getClass().getSimpleName();
  }

  /** The word for what was declared. */
  private static String word(Behaviour declared) {
    return switch (declared) {
      case WORKS, FROM_DATABASE, FROM_CACHE, LOCAL, STARTS -> "works";
      case PENDING -> "pending";
      case UNVERIFIED -> "Unverified";
      case UNAVAILABLE -> "Unavailable";
      case REFUSES -> "refuses";
    };
  }

  @Test
  void everyAnswerComesWithinItsDeadline() {
    assertThat(answers.all())
        .allSatisfy(answer -> assertThat(answer.took()).isLessThan(answers.limit()));
  }

  @Test
  void anOutageIsNotAFailedAttempt() {
    assertThat(answers.rightPasswordAgainAndAgain.value())
        .as("within %s, while %s", answers.rightPasswordAgainAndAgain.took(), answers.failures)
        .hasSizeGreaterThan(BUDGET)
        .allSatisfy(
            result ->
                assertThat(result)
                    .isInstanceOf(
                        sessionsAreThere()
                            ? LoginResult.Success.class
                            : LoginResult.Unavailable.class));
    assertThat(answers.rightPasswordAfterwards).last().isInstanceOf(LoginResult.Success.class);
    assertThat(answers.rightPasswordAfterwards)
        .allSatisfy(
            result ->
                assertThat(result)
                    .isInstanceOfAny(LoginResult.Success.class, LoginResult.Unavailable.class));
  }

  @Test
  void whatWasPendingIsDeliveredWhenTheServersAreBack() {
    if (answers.passwordChange.value() instanceof PasswordChangeResult.Changed) {
      assertThat(answers.oldPasswordAfterwards).isEqualTo(new LoginResult.Rejected());
      assertThat(answers.oldSessionAfterwards).isEqualTo(new CheckResult.Rejected());
      assertThat(answers.newPasswordAfterwards).isInstanceOf(LoginResult.Success.class);
    } else {
      assertThat(answers.oldPasswordAfterwards)
          .as("nothing was changed")
          .isInstanceOf(LoginResult.Success.class);
    }
    assertThat(application.count("SELECT count(*) FROM {outbox} WHERE done_at IS NULL")).isZero();
  }

  @Test
  void theServiceRecoversByItself() {
    assertThat(answers.afterwards).containsExactly("signed up", "logged in", "checked", "out");
  }

  /** An answer and how long the caller waited for it. */
  private record Answer<T>(T value, Duration took) {
    static <T> Answer<T> of(Callable<T> call) throws Exception {
      long from = System.nanoTime();
      T value = call.call();
      return new Answer<>(value, Duration.ofNanos(System.nanoTime() - from));
    }
  }

  /** All that a node answered while servers were away, and afterwards. */
  private static final class Answers {
    private final Duration patience;

    private final DegradationTable declared;
    private final Answer<LoginResult> loginCached;
    private final Answer<LoginResult> loginNotCached;
    private final Answer<CheckResult> check;
    private final Answer<RefreshResult> refresh;
    private final Answer<LogoutResult> logout;
    private final Answer<LogoutResult> logoutOfAll;
    private final Answer<SignUpResult> signUp;
    private final Answer<PasswordChangeResult> passwordChange;
    private final Answer<PasswordSetResult> passwordSet;
    private final Answer<RoleChangeResult> roleChange;
    private final Answer<AccountChangeResult> statusChange;
    private final Answer<List<LoginResult>> guesses;
    private final Answer<List<LoginResult>> rightPasswordAgainAndAgain;

    private final List<ServiceEvent.BackendFailed> failures;
    private final List<LoginResult> rightPasswordAfterwards = new ArrayList<>();
    private final List<String> afterwards = new ArrayList<>();
    private final RefreshResult refreshAfterwards;
    private final LoginResult oldPasswordAfterwards;
    private final LoginResult newPasswordAfterwards;
    private final CheckResult oldSessionAfterwards;
    private final LoginResult forgottenAfterwards;
    private final LoginResult setAfterwards;

    @SuppressWarnings("unchecked")
    Answers(Application application, Outage outage) {
      // A database that hangs costs every caller the whole deadline.
      patience = Duration.ofSeconds(outage.ofPostgres() ? 2 : 5);
      Application.Setup setup =
          new Application.Setup().realTimeouts(patience).budgets(shortLeases());
      if (!outage.ofRedis()) {
        // It is there, however long a busy machine takes.
        setup.redisTimeout(patience);
      }
      Node before = application.node();
      LoggedIn cached = LoggedIn.on(before);
      LoggedIn notCached = LoggedIn.on(before);
      LoggedIn checked = LoggedIn.on(before);
      RefreshToken refreshed = bearer(before, LoggedIn.on(before).person());
      LoggedIn leaving = LoggedIn.on(before);
      LoggedIn leavingAll = LoggedIn.on(before);
      LoggedIn changing = LoggedIn.on(before);
      LoggedIn forgetful = LoggedIn.on(before);
      LoggedIn promoted = LoggedIn.on(before);
      LoggedIn disabled = LoggedIn.on(before);
      LoggedIn guessed = LoggedIn.on(before);
      LoggedIn persistent = LoggedIn.on(before);
      Password next = changing.renewed().password();
      application.redis().delete(application.redis().credentialKey(notCached.person().loginId()));

      Node early = outage.isBeforeStart() ? null : application.node(setup);
      outage.begin();
      Node node = early == null ? application.node(setup) : early;
      declared = node.service().operations().health().degradation();

      List<Callable<Answer<?>>> calls = new ArrayList<>();
      calls.add(() -> Answer.of(() -> node.login(cached.person())));
      calls.add(() -> Answer.of(() -> node.login(notCached.person())));
      calls.add(() -> Answer.of(() -> node.check(checked.login().token())));
      calls.add(() -> Answer.of(() -> node.logout(leaving.login().token())));
      calls.add(() -> Answer.of(() -> node.logoutAll(leavingAll.account())));
      calls.add(() -> Answer.of(() -> node.signUp(Person.random())));
      calls.add(
          () ->
              Answer.of(
                  () ->
                      node.changePassword(changing.login().principal(), changing.person(), next)));
      calls.add(
          () -> Answer.of(() -> node.changeRoles(promoted.account(), Set.of("admin"), Set.of())));
      calls.add(
          () ->
              Answer.of(
                  () ->
                      node.service()
                          .admin()
                          .changeStatus(
                              disabled.account(), AccountStatus.DISABLED, node.deadline())));
      calls.add(() -> Answer.of(() -> times(3, () -> node.login(guessed.person().guessing()))));
      calls.add(() -> Answer.of(() -> times(3, () -> node.login(persistent.person()))));
      calls.add(() -> Answer.of(() -> node.setPassword(forgetful.account(), forgetful.renewed())));
      calls.add(() -> Answer.of(() -> node.service().refresh(refreshed, node.deadline())));
      List<Answer<?>> given = Concurrently.call(calls);
      loginCached = (Answer<LoginResult>) given.get(0);
      loginNotCached = (Answer<LoginResult>) given.get(1);
      check = (Answer<CheckResult>) given.get(2);
      logout = (Answer<LogoutResult>) given.get(3);
      logoutOfAll = (Answer<LogoutResult>) given.get(4);
      signUp = (Answer<SignUpResult>) given.get(5);
      passwordChange = (Answer<PasswordChangeResult>) given.get(6);
      roleChange = (Answer<RoleChangeResult>) given.get(7);
      statusChange = (Answer<AccountChangeResult>) given.get(8);
      guesses = (Answer<List<LoginResult>>) given.get(9);
      rightPasswordAgainAndAgain = (Answer<List<LoginResult>>) given.get(10);
      passwordSet = (Answer<PasswordSetResult>) given.get(11);
      refresh = (Answer<RefreshResult>) given.get(12);

      failures = node.events().of(ServiceEvent.BackendFailed.class);
      OwnServers.heal();
      eventually(node)
          .until(
              () -> {
                LoginResult result = node.login(persistent.person());
                rightPasswordAfterwards.add(result);
                return !(result instanceof LoginResult.Unavailable);
              });
      eventually(node).until(() -> node.service().operations().relayInvalidations(node.deadline()));
      RefreshToken present =
          refresh.value() instanceof RefreshResult.Refreshed exchanged
              ? exchanged.refreshToken()
              : refreshed;
      refreshAfterwards =
          eventually(before)
              .until(
                  () -> before.service().refresh(present, before.deadline()),
                  result -> !(result instanceof RefreshResult.Unavailable));
      oldPasswordAfterwards = answered(before, changing.person());
      newPasswordAfterwards = answered(before, changing.person().with(next));
      oldSessionAfterwards = before.check(changing.login().token());
      forgottenAfterwards = answered(before, forgetful.person());
      setAfterwards = answered(before, forgetful.renewed());
      goOn(node);
    }

    /** Everything that a person does, once more. */
    private void goOn(Node node) {
      Person bob = Person.random();
      eventually(node).until(() -> node.signUp(bob) instanceof SignUpResult.Created);
      afterwards.add("signed up");
      // A durable session needs no Redis, so that it may be there before the node uses Redis again.
      LoginResult.Success login =
          (LoginResult.Success)
              eventually(node)
                  .until(
                      () -> node.login(bob),
                      result ->
                          result instanceof LoginResult.Success
                              && node.service().operations().health().isUp());
      afterwards.add("logged in");
      node.checked(login.token());
      afterwards.add("checked");
      assertThat(node.logout(login.token())).isEqualTo(new LogoutResult.Done(1, false));
      afterwards.add("out");
    }

    private static RefreshToken bearer(Node node, Person person) {
      LoginAttempt attempt =
          new LoginAttempt(
              person.loginId(),
              person.password(),
              ClientContext.unknown(),
              SessionOptions.bearer());
      return ((LoginResult.Success) node.service().login(attempt, node.deadline()))
          .refreshToken()
          .orElseThrow();
    }

    private static LoginResult answered(Node node, Person person) {
      return eventually(node)
          .until(() -> node.login(person), result -> !(result instanceof LoginResult.Unavailable));
    }

    /** Waits; what it waited for in vain comes with what the node reported meanwhile. */
    private static ConditionFactory eventually(Node node) {
      node.events().clear();
      return Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .pollInSameThread()
          .conditionEvaluationListener(
              new ConditionEvaluationListener<>() {
                @Override
                public void conditionEvaluated(EvaluatedCondition<Object> condition) {}

                @Override
                public void onTimeout(TimeoutEvent timeout) {
                  throw new AssertionError(
                      "in vain: "
                          + node.events().of(ServiceEvent.BackendFailed.class)
                          + node.events().of(ServiceEvent.InvalidationsRelayed.class));
                }
              });
    }

    private static List<LoginResult> times(int times, Callable<LoginResult> login)
        throws Exception {
      List<LoginResult> results = new ArrayList<>();
      for (int i = 0; i < times; i++) {
        results.add(login.call());
      }
      return results;
    }

    /** A paused Redis takes reservations when it goes on, and nobody settles them. */
    private static AttemptBudgets shortLeases() {
      return new AttemptBudgets(
          BUDGET,
          Duration.ofMinutes(5),
          Duration.ofMinutes(15),
          50,
          Duration.ofMinutes(10),
          Duration.ofSeconds(4));
    }

    List<Answer<?>> all() {
      return List.of(
          loginCached,
          loginNotCached,
          check,
          refresh,
          logout,
          logoutOfAll,
          signUp,
          passwordChange,
          roleChange,
          statusChange);
    }

    Duration limit() {
      return patience.plus(SLACK);
    }
  }
}
