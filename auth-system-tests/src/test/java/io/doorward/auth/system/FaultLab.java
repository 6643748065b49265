package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.AuthService.PasswordChangeResult;
import io.doorward.auth.AuthService.SignUpResult;
import io.doorward.auth.Recovery.PasswordSetResult;
import io.doorward.auth.Sessions.LogoutResult;
import io.doorward.auth.Sessions.SessionListResult;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.ServiceEvent;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.session.RefreshResult;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionOptions;
import io.doorward.auth.system.Fault.Operation;
import io.doorward.auth.testkit.Concurrently;
import io.doorward.auth.testkit.FaultProxy;
import io.doorward.auth.testkit.PostgresFaults;
import io.doorward.auth.testkit.TestPostgres;
import io.doorward.auth.testkit.TestRedis;
import io.doorward.auth.testkit.TestSecrets;
import io.doorward.auth.throttle.AttemptBudgets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.awaitility.Awaitility;

/**
 * One node behind a proxy to each of its servers, and people who are logged in there. It is asked
 * for everything while something is wrong, and again when it is over.
 */
final class FaultLab implements AutoCloseable {
  /** How many failures of one account are borne. */
  static final int BUDGET = 2;

  /** Within this time after a fault the service answers as ever. */
  private static final Duration RECOVERY = Duration.ofSeconds(5);

  /** What a caller's wait may exceed its deadline by, on a machine that has other work. */
  private static final Duration SLACK = Duration.ofSeconds(3);

  private static final Duration EVENTUALLY = Duration.ofSeconds(30);

  /** How long ago the session began whose token is due to be exchanged. */
  private static final Duration EARLY = Duration.ofMinutes(2);

  /** What connections a node's pool has. */
  static final int POOL = 4;

  private final Application application;
  private final Sessions home;
  private final Duration patience;
  private final boolean mayBeLate;
  private final FaultProxy redis;
  private final FaultProxy postgres;
  private final Node node;
  private DataSource pool;
  private volatile Runnable beforeCommit = () -> {};
  private volatile Runnable beforeConnect = () -> {};
  private volatile Runnable beforeEach = () -> {};
  private volatile boolean oneByOne;
  private final Events nodeEvents = new Events();
  private final Queue<String> tooLate = new ConcurrentLinkedQueue<>();

  /** Who asked a limiter that could not answer: an event is told on its caller's thread. */
  private final Set<Thread> limitedAlone = ConcurrentHashMap.newKeySet();

  private final LoggedIn cached;
  private final LoggedIn notCached;
  private final LoggedIn staying;
  private final LoggedIn leaving;
  private final LoggedIn leavingAll;
  private final LoggedIn refreshing;
  private final LoggedIn kicked;
  private final LoggedIn changing;
  private final LoggedIn forgetful;
  private final LoggedIn promoted;
  private final LoggedIn disabled;
  private final LoggedIn guessed;
  private final LoggedIn persistent;

  private String logout = "";
  private String kickOut = "";
  private PasswordChangeResult change;
  private PasswordSetResult setting;

  /**
   * Starts a node.
   *
   * @param redisTimeout what a command may take
   * @param patience what an operation may take
   * @param mayBeLate true if one guess more than the budget has may be compared
   */
  FaultLab(
      Application application,
      Sessions home,
      TestPostgres postgresServer,
      TestRedis redisServer,
      Duration redisTimeout,
      Duration patience,
      boolean mayBeLate) {
    this.application = application;
    this.home = home;
    this.patience = patience;
    this.mayBeLate = mayBeLate;
    redis = FaultProxy.to(redisServer.host(), redisServer.port());
    postgres = FaultProxy.to(postgresServer.host(), postgresServer.port());
    node =
        application.node(
            new Application.Setup()
                .realTimeouts(patience)
                .redisTimeout(redisTimeout)
                .budgets(shortLeases())
                .redisBehind(redis.host(), redis.port())
                .postgresBehind(
                    postgres.host(),
                    postgres.port(),
                    real -> {
                      pool = real;
                      return PostgresFaults.beforeConnect(
                          PostgresFaults.beforeCommit(real, () -> beforeCommit.run()),
                          () -> beforeConnect.run());
                    })
                .service(
                    builder ->
                        builder
                            .passwordHasher(new FastHasher())
                            .listener(this::hear)
                            .relayInterval(Duration.ofSeconds(1))));
    cached = LoggedIn.on(node);
    notCached = LoggedIn.on(node);
    staying = LoggedIn.on(node);
    leaving = LoggedIn.on(node);
    leavingAll = LoggedIn.on(node);
    try (Node early = application.node(new Application.Setup().ahead(EARLY.negated()))) {
      refreshing = LoggedIn.refreshableOn(early);
    }
    kicked = LoggedIn.on(node);
    changing = LoggedIn.on(node);
    forgetful = LoggedIn.on(node);
    promoted = LoggedIn.on(node);
    disabled = LoggedIn.on(node);
    guessed = LoggedIn.on(node);
    persistent = LoggedIn.on(node);
    application.redis().delete(application.redis().credentialKey(notCached.person().loginId()));
    nodeEvents.clear();
  }

  private void hear(AuthEvent event) {
    nodeEvents.on(event);
    if (event instanceof ServiceEvent.BackendFailed failed
        && failed.backend() == Part.ATTEMPT_LIMITER) {
      limitedAlone.add(Thread.currentThread());
    }
  }

  /** What is in flight when a connection is lost is nobody's failure, and forgotten soon. */
  private static AttemptBudgets shortLeases() {
    return new AttemptBudgets(
        BUDGET,
        Duration.ofMinutes(5),
        Duration.ofMinutes(15),
        10_000,
        Duration.ofMinutes(10),
        Duration.ofSeconds(4));
  }

  FaultProxy redis() {
    return redis;
  }

  FaultProxy postgres() {
    return postgres;
  }

  /** The node's connections to PostgreSQL. */
  DataSource pool() {
    return pool;
  }

  Application application() {
    return application;
  }

  Sessions location() {
    return home;
  }

  /** Has the questions asked one after the other, and something done before each of them. */
  void beforeEach(Runnable fault) {
    beforeEach = fault;
    oneByOne = true;
  }

  /** Runs something whenever the node is about to commit. */
  void beforeCommit(Runnable hook) {
    beforeCommit = hook;
  }

  /** Runs something whenever the node asks its data source for a connection. */
  void beforeConnect(Runnable hook) {
    beforeConnect = hook;
  }

  /** Has the node's pool connect anew, as it does when its server has moved. */
  void reconnect() {
    List<Connection> all = new ArrayList<>();
    try {
      for (int i = 0; i < POOL; i++) {
        all.add(pool.getConnection());
      }
      for (Connection connection : all) {
        assertThatThrownBy(
                () -> execute(connection, "SELECT pg_terminate_backend(pg_backend_pid())"))
            .isInstanceOf(SQLException.class);
        connection.close();
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** The tables that operations read and write. */
  List<String> tables() {
    return Stream.of("accounts", "credentials", "user_profiles", "sessions", "outbox")
        .map("doorward."::concat)
        .toList();
  }

  /** The keys of what is looked up in this fault: credential, session and user record. */
  List<String> keys() {
    RedisView view = application.redis();
    List<String> keys = new ArrayList<>();
    for (LoggedIn who :
        List.of(
            cached,
            staying,
            leaving,
            leavingAll,
            refreshing,
            kicked,
            changing,
            forgetful,
            promoted)) {
      keys.add(view.credentialKey(who.person().loginId()));
      keys.add(view.userKey(who.account()));
      keys.add(
          home == Sessions.DURABLE
              ? view.viewKey(who.account(), who.login().principal().session().id())
              : view.sessionKey(who.account(), who.login().principal().session().id()));
    }
    return keys;
  }

  /** What is asked for, by column; each says in a word how it was answered. */
  Map<Operation, Supplier<String>> questions() {
    // Asked one by one, what fails most comes last.
    Map<Operation, Supplier<String>> questions = new LinkedHashMap<>();
    questions.put(Operation.V, this::check);
    questions.put(Operation.R, this::refresh);
    questions.put(Operation.O, this::logout);
    questions.put(Operation.K, this::kickOut);
    questions.put(Operation.LH, () -> login(cached));
    questions.put(Operation.T, this::throttle);
    questions.put(Operation.LM, () -> login(notCached));
    questions.put(Operation.C, this::change);
    return questions;
  }

  private String login(LoggedIn who) {
    return FaultCells.word(nodeEvents, asked("login", () -> node.login(who.person())));
  }

  private String check() {
    CheckResult result = asked("check", () -> node.check(staying.login().token()));
    return FaultCells.word(staying.account(), result);
  }

  private String refresh() {
    RefreshResult result = asked("refresh", () -> node.refresh(refreshing.refreshToken()));
    return FaultCells.word(refreshing.account(), result);
  }

  /** Sessions can be listed wherever they can be ended. */
  private String kickOut() {
    AccountId account = kicked.account();
    SessionListResult listed =
        asked("list", () -> node.service().sessions().list(account, node.deadline()));
    String ended =
        FaultCells.word(
            asked(
                "kick-out", () -> node.logout(account, kicked.login().principal().session().id())));
    kickOut = ended;
    boolean isListed = listed instanceof SessionListResult.Listed;
    return isListed || ended.equals(FaultCells.UNAVAILABLE) ? ended : "not listed and " + ended;
  }

  private String logout() {
    return together(
        List.of(
            () -> {
              logout = FaultCells.word(asked("logout", () -> node.logout(leaving.login().token())));
              return logout;
            },
            () ->
                FaultCells.word(
                    asked("logout of all", () -> node.logoutAll(leavingAll.account())))));
  }

  private String change() {
    return together(
        List.of(
            () -> {
              change =
                  asked(
                      "password change",
                      () ->
                          node.changePassword(
                              changing.login().principal(),
                              changing.person(),
                              changing.renewed().password()));
              return FaultCells.word(change);
            },
            () -> {
              setting =
                  asked(
                      "setting of a password",
                      () -> node.setPassword(forgetful.account(), forgetful.renewed()));
              return FaultCells.word(setting);
            },
            () ->
                FaultCells.word(
                    asked(
                        "role change",
                        () -> node.changeRoles(promoted.account(), Set.of("admin"), Set.of()))),
            () ->
                FaultCells.word(
                    asked(
                        "status change",
                        () ->
                            node.service()
                                .admin()
                                .changeStatus(
                                    disabled.account(),
                                    AccountStatus.DISABLED,
                                    node.deadline())))));
  }

  /** Guesses until it is stopped; and somebody types the right password again and again. */
  private String throttle() {
    beforeEach.run();
    List<String> answers = new ArrayList<>();
    together(
        List.of(
            () -> {
              answers.add(guesses());
              return "";
            },
            () -> {
              for (int i = 0; i <= BUDGET; i++) {
                assertThat(timed("login again", () -> node.login(persistent.person())))
                    .isInstanceOfAny(LoginResult.Success.class, LoginResult.Unavailable.class);
              }
              return "";
            }));
    return answers.get(0);
  }

  private String guesses() {
    int refused = 0;
    LoginResult guess = timed("guess", () -> node.login(guessed.person().guessing()));
    while (guess instanceof LoginResult.Rejected && refused < 10) {
      refused++;
      guess = timed("guess", () -> node.login(guessed.person().guessing()));
    }
    assertThat(guess).isNotInstanceOf(LoginResult.Success.class);
    if (guess instanceof LoginResult.Unavailable && refused == 0) {
      return FaultCells.UNAVAILABLE;
    }
    boolean alone = limitedAlone.contains(Thread.currentThread());
    if (mayBeLate && (refused == BUDGET || refused == BUDGET + 1)) {
      return FaultCells.LIMITS_LATE;
    }
    if (guess instanceof LoginResult.Throttled && refused == BUDGET) {
      return alone ? FaultCells.LIMITS_ALONE : FaultCells.LIMITS;
    }
    return guess + " after " + refused + (alone ? " alone" : "");
  }

  /** Asks several things at once, or in turn where something is done before each. */
  private String together(List<Callable<String>> questions) {
    Set<String> words = new TreeSet<>();
    if (oneByOne) {
      for (Callable<String> question : questions) {
        words.addAll(Concurrently.call(1, question));
      }
    } else {
      words.addAll(Concurrently.call(questions));
    }
    return String.join(" and ", words);
  }

  private <T> T asked(String what, Supplier<T> call) {
    beforeEach.run();
    return timed(what, call);
  }

  private <T> T timed(String what, Supplier<T> call) {
    long from = System.nanoTime();
    T result = call.get();
    Duration took = Duration.ofNanos(System.nanoTime() - from);
    if (took.compareTo(patience.plus(SLACK)) > 0) {
      tooLate.add(what + " took " + took.toMillis() + " ms");
    }
    return result;
  }

  void assertEveryAnswerCameByItsDeadline() {
    assertThat(tooLate).as(home + ": a call ends by its deadline").isEmpty();
  }

  /** Goes through everything once more, as somebody new, until it is as ever. */
  boolean assertRecovered(long healedAt) {
    String wrong = asEver();
    while (!wrong.isEmpty()) {
      assertThat(Duration.ofNanos(System.nanoTime() - healedAt))
          .as(home + ": as ever again soon after the fault, but %s", wrong)
          .isLessThan(RECOVERY);
      wrong = asEver();
    }
    assertThat(Duration.ofNanos(System.nanoTime() - healedAt))
        .as(home + ": as ever again soon after the fault")
        .isLessThan(RECOVERY.plus(SLACK));
    return true;
  }

  /** Looks at what those have who were there before. */
  void assertNobodyHasLost(boolean sessionsAreLost) {
    assertThat(answered(() -> node.login(persistent.person()), LoginResult.Unavailable.class))
        .as(home + ": an outage is not a failed attempt")
        .isInstanceOf(LoginResult.Success.class);
    assertThat(answered(() -> node.check(staying.login().token()), CheckResult.Unavailable.class))
        .as(home + ": who did not leave is still there")
        .isInstanceOf(sessionsAreLost ? CheckResult.Rejected.class : CheckResult.Active.class);
    assertThat(
            answered(() -> node.check(refreshing.login().token()), CheckResult.Unavailable.class))
        .as(home + ": a refresh ends no session")
        .isInstanceOf(sessionsAreLost ? CheckResult.Rejected.class : CheckResult.Active.class);
    eventually(() -> node.service().operations().relayInvalidations(node.deadline()), done -> done);
    assertChangesAreWhole();
    if (!logout.equals(FaultCells.UNAVAILABLE)) {
      assertThat(node.check(leaving.login().token())).isEqualTo(new CheckResult.Rejected());
    }
    if (!kickOut.equals(FaultCells.UNAVAILABLE)) {
      assertThat(node.check(kicked.login().token())).isEqualTo(new CheckResult.Rejected());
    }
  }

  private void assertChangesAreWhole() {
    assertWhole(changing, change instanceof PasswordChangeResult.Changed);
    assertWhole(forgetful, setting instanceof PasswordSetResult.Changed);
  }

  private void assertWhole(LoggedIn who, boolean changed) {
    LoginResult old = answered(() -> node.login(who.person()), LoginResult.Unavailable.class);
    LoginResult fresh = answered(() -> node.login(who.renewed()), LoginResult.Unavailable.class);
    if (changed) {
      assertThat(old).as(home + ": the old password").isEqualTo(new LoginResult.Rejected());
    }
    assertThat(List.of(old instanceof LoginResult.Success, fresh instanceof LoginResult.Success))
        .as(home + ": one password and no other opens")
        .containsExactlyInAnyOrder(true, false);
  }

  /** Does everything that a person does; says what was not as ever, if anything. */
  private String asEver() {
    Person bob = Person.random();
    if (!(node.signUp(bob) instanceof SignUpResult.Created created) || created.cachePending()) {
      return "no sign-up";
    }
    application.redis().delete(application.redis().credentialKey(bob.loginId()));
    LoginResult first = node.login(bob);
    LoginResult second = node.login(bob);
    if (!(first instanceof LoginResult.Success laptop)
        || !(second instanceof LoginResult.Success phone)) {
      return "logins gave " + first + " and " + second;
    }
    if (!FaultCells.word(nodeEvents, second).equals(FaultCells.BY_CACHE)) {
      return "the second login was not by cache";
    }
    if (!FaultCells.word(nodeEvents, first).equals(FaultCells.BY_DATABASE)) {
      return "the first login was not by PostgreSQL";
    }
    if (!(node.check(laptop.token()) instanceof CheckResult.Active active)
        || !active.principal().account().equals(created.account())) {
      return "no check";
    }
    if (!(node.login(bob.guessing()) instanceof LoginResult.Rejected)) {
      return "a guess was not refused";
    }
    if (!node.logout(laptop.token()).equals(new LogoutResult.Done(1, false))) {
      return "no logout";
    }
    String wrong = sessionsAsEver(bob);
    if (!wrong.isEmpty()) {
      return wrong;
    }
    Person next = bob.with(TestSecrets.newPassword());
    if (!(node.changePassword(phone.principal(), bob, next.password())
            instanceof PasswordChangeResult.Changed changed)
        || changed.cachePending()) {
      return "no password change";
    }
    assertThat(node.login(bob)).isEqualTo(new LoginResult.Rejected());
    assertThat(node.check(phone.token())).isEqualTo(new CheckResult.Rejected());
    // Two wrong passwords were given by now, which no success of a stranger forgives.
    Optional<ClientContext> device = changed.renewed().map(FaultLab::device);
    if (device.isEmpty() || !(node.login(next, device.get()) instanceof LoginResult.Success)) {
      return "no login after the change";
    }
    for (int i = 0; i < BUDGET; i++) {
      node.login(next.guessing());
    }
    return node.login(next) instanceof LoginResult.Throttled ? "" : "guesses were not stopped";
  }

  private String sessionsAsEver(Person bob) {
    if (!(node.login(bob, SessionOptions.bearer()) instanceof LoginResult.Success tablet)) {
      return "no login for tokens";
    }
    Session session = tablet.principal().session();
    if (!(node.refresh(tablet.refreshToken().orElseThrow()) instanceof RefreshResult.Refreshed)) {
      return "no refresh";
    }
    if (!(node.service().sessions().list(session.account(), node.deadline())
            instanceof SessionListResult.Listed listed)
        || listed.live().stream().noneMatch(each -> each.id().equals(session.id()))) {
      return "no list of sessions";
    }
    return node.logout(session.account(), session.id()).equals(new LogoutResult.Done(1, false))
        ? ""
        : "no kick-out";
  }

  private static ClientContext device(LoginResult.Success success) {
    return ClientContext.unknown().withDeviceCookie(success.deviceCookie().orElseThrow().reveal());
  }

  private static <T> T answered(Supplier<T> call, Class<? extends T> unavailable) {
    return eventually(call, result -> !unavailable.isInstance(result));
  }

  private static <T> T eventually(Supplier<T> call, Predicate<T> good) {
    return Awaitility.await().atMost(EVENTUALLY).pollInSameThread().until(call::get, good);
  }

  /** What went wrong at the node's backends, for a message. */
  List<ServiceEvent.BackendFailed> failures() {
    return nodeEvents.of(ServiceEvent.BackendFailed.class);
  }

  @Override
  public void close() {
    node.close();
    redis.close();
    postgres.close();
  }
}
