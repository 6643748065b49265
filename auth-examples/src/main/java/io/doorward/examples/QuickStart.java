package io.doorward.examples;

import io.doorward.auth.AuthService;
import io.doorward.auth.Recovery.PasswordSetResult;
import io.doorward.auth.Roles.RoleChangeResult;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.jdbc.PostgresPool;
import io.doorward.auth.password.Password;
import io.doorward.auth.redis.client.BoundedRedisClient;
import java.io.PrintStream;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Doorward at work, on real servers and over real HTTPS: the users' actions on a normal day, then a
 * day on which Redis is away. Prints one line a step, with the expected and the actual result.
 */
public final class QuickStart {
  private static final String EMAIL = "ada@example.org";
  static final String PASSWORD = "a first long pass phrase";
  static final String NEW_PASSWORD = "a second long pass phrase";
  static final String SET_PASSWORD = "a third long pass phrase";
  static final String WRONG_PASSWORD = "not the pass phrase at all";

  private final Steps steps;
  private final Servers servers;
  private final LoginWatch logins;
  private final BoundedRedisClient redis;

  private QuickStart(Steps steps, Servers servers, LoginWatch logins, BoundedRedisClient redis) {
    this.steps = steps;
    this.servers = servers;
    this.logins = logins;
    this.redis = redis;
  }

  /**
   * Runs the demonstration. Exits with status 1 if anything was not as expected.
   *
   * @param args none
   */
  public static void main(String[] args) {
    if (!run(System.out)) {
      System.exit(1);
    }
  }

  /** Returns true if every step was as expected. */
  static boolean run(PrintStream out) {
    Steps steps = new Steps(out);
    LocalCertificate certificate = LocalCertificate.make();
    LoginWatch logins = new LoginWatch();
    try (Servers servers = Servers.start();
        PostgresPool database = PostgresPool.builder(servers.jdbcUrl()).open();
        BoundedRedisClient redis = redis(servers.redisUri());
        AuthService durable = new Services(database, redis, logins).withDurableSessions();
        AuthService fleeting = new Services(database, redis, logins).withSessionsInRedis();
        WebServer durableWeb = WebServer.start(durable, certificate);
        WebServer fleetingWeb = WebServer.start(fleeting, certificate)) {
      Browser atDurable = new Browser(durableWeb.uri(), certificate.forBrowser());
      Browser atFleeting = new Browser(fleetingWeb.uri(), certificate.forBrowser());

      QuickStart story = new QuickStart(steps, servers, logins, redis);
      story.signUpAndLogIn(atDurable);
      story.grantAndTakeAway(durable, atDurable);
      story.refuse(atDurable);
      story.changePassword(atDurable);
      story.setPassword(durable, atDurable);
      story.refresh(atDurable);
      story.kickOut(durable, atDurable);
      story.guess(atDurable);
      story.loseRedis(atDurable, atFleeting, List.of(durable, fleeting));
      story.logOut("durable sessions", atDurable);
      story.logOut("sessions in Redis", atFleeting);
    }
    return steps.finish();
  }

  /** More patient than the default: the machine may be compiling something. */
  private static BoundedRedisClient redis(URI uri) {
    Duration patience = Duration.ofSeconds(1);
    return BoundedRedisClient.builder(uri)
        .connectTimeout(patience)
        .commandTimeout(patience)
        .build();
  }

  private void signUpAndLogIn(Browser ada) {
    steps.check("sign-up", "201", ada.signUp(EMAIL, PASSWORD));
    steps.check("sign-up with the same address", "409", ada.signUp(EMAIL, PASSWORD));
    redis.flushAll();
    logIn("login, Redis emptied just before", "200, cookie set, from DATABASE", ada, PASSWORD);
    logIn("login once more", "200, cookie set, from CACHE", ada, PASSWORD);
    steps.check("page for those who are logged in", "200", ada.get("/account"));
  }

  /**
   * Roles are looked up with the session, so a change is in force at the next request. The role
   * admin includes editor, which grants the permission.
   */
  private void grantAndTakeAway(AuthService auth, Browser ada) {
    steps.check("page for the role admin", "403", ada.get("/admin"));
    steps.check("page for the permission article:write", "403", ada.get("/articles"));
    changeRoles("role admin granted", auth, Set.of("admin"), Set.of());
    steps.check("the next request, same cookie", "200", ada.get("/admin"));
    steps.check("a page that a role it includes may see", "200", ada.get("/articles"));
    changeRoles("role admin taken away", auth, Set.of(), Set.of("admin"));
    steps.check("the next request, same cookie", "403", ada.get("/admin"));
  }

  private void refuse(Browser ada) {
    steps.check("wrong password", "401", ada.logIn(EMAIL, WRONG_PASSWORD));
    steps.check("malformed JSON", "400", ada.post("/auth/login", "{\"email\": "));
  }

  private void changePassword(Browser laptop) {
    Browser phone = laptop.another();
    Browser tablet = laptop.another();
    steps.check("a second session, on a phone", "200, cookie set", phone.logIn(EMAIL, PASSWORD));
    steps.check(
        "password changed on the laptop",
        "200, cookie set",
        laptop.changePassword(PASSWORD, NEW_PASSWORD));
    steps.check("old password", "401", tablet.logIn(EMAIL, PASSWORD));
    steps.check("new password", "200, cookie set", tablet.logIn(EMAIL, NEW_PASSWORD));
    steps.check("phone, session ended", "401", phone.get("/account"));
    steps.check("laptop, cookie renewed", "200", laptop.get("/account"));
  }

  /** As for an owner who has forgotten it: the present one is not asked for. */
  private void setPassword(AuthService auth, Browser laptop) {
    PasswordSetResult result =
        auth.recovery()
            .setPassword(
                logins.account(), Password.of(SET_PASSWORD), Deadline.after(Duration.ofSeconds(5)));
    steps.check(
        "password set without the present one",
        "Changed[cachePending=false]",
        result.toString(),
        "recovery().setPassword");
    steps.check("laptop, session ended", "401", laptop.get("/account"));
    steps.check("the password that was set", "200, cookie set", laptop.logIn(EMAIL, SET_PASSWORD));
  }

  /** A page that has lost its access token ends its session by its refresh token. */
  private void refresh(Browser ada) {
    Browser page = ada.another();
    steps.check("login for tokens", "200", page.logInForTokens(EMAIL, SET_PASSWORD));
    CompletableFuture<Answer> otherTab = CompletableFuture.supplyAsync(page::refresh);
    Answer tab = page.refresh();
    String seen = tab.summary() + " and " + otherTab.join().summary();
    steps.check("two tabs refresh at once", "200 and 200", seen, tab.details());
    Browser thief = page.thief();
    steps.check("logout by the refresh token", "204", page.logOut());
    steps.check("refresh with a copy of the token", "401", thief.refresh());
  }

  /** The owner sees a session on a phone that was lost, and ends it from the laptop. */
  private void kickOut(AuthService auth, Browser laptop) {
    Browser phone = laptop.another();
    steps.check("a session on a phone", "200, cookie set", phone.logIn(EMAIL, SET_PASSWORD));
    SessionId lost = logins.session();
    steps.check("the laptop lists the sessions", "200", laptop.get("/auth/sessions"));
    steps.check("and ends the phone's", "204", laptop.delete("/auth/sessions/" + lost));
    steps.check("phone, session ended", "401", phone.get("/account"));
    String why =
        auth.sessions()
            .explain(logins.account(), lost, Deadline.after(Duration.ofSeconds(5)))
            .match(
                live -> "live",
                ended -> ended.record().reason().text(),
                unrecorded -> "unrecorded",
                unavailable -> "unavailable");
    steps.check("why it ended", "kicked_out", why, "sessions().explain");
  }

  /** One network may fail four times at one address; the tablet's old password was the first. */
  private void guess(Browser ada) {
    Browser guesser = ada.another();
    int refused = 0;
    Answer answer = guesser.logIn(EMAIL, WRONG_PASSWORD);
    while (answer.status() == 401 && refused < 10) {
      refused++;
      answer = guesser.logIn(EMAIL, WRONG_PASSWORD);
    }
    String seen = refused + " times 401, then " + answer.summary();
    steps.check("guesses", "3 times 401, then 429, Retry-After", seen, answer.details());
    Answer tooEarly = guesser.logIn(EMAIL, SET_PASSWORD);
    steps.check("right password, too early", "429, Retry-After", tooEarly);
    pause(tooEarly.retryAfter().orElse(Duration.ZERO));
    steps.check("right password, in time", "200, cookie set", guesser.logIn(EMAIL, SET_PASSWORD));
  }

  /** Here it shows that one application keeps its durable sessions, the other in Redis. */
  private void loseRedis(Browser atDurable, Browser atFleeting, List<AuthService> services) {
    steps.check("sessions in Redis: sign-up", "201", atFleeting.signUp(EMAIL, PASSWORD));
    logIn("sessions in Redis: login", "200, cookie set, from CACHE", atFleeting, PASSWORD);
    steps.check("sessions in Redis: request", "200", atFleeting.get("/account"));

    servers.stopRedis();
    steps.check("Redis gone, durable sessions: request", "200", atDurable.get("/account"));
    logIn(
        "Redis gone, durable sessions: login",
        "200, cookie set, from DATABASE",
        atDurable,
        SET_PASSWORD);
    steps.check(
        "Redis gone, sessions in Redis: request",
        "503, Retry-After, cookie kept",
        atFleeting.get("/account"));
    steps.check(
        "Redis gone, sessions in Redis: login",
        "503, Retry-After, cookie kept",
        atFleeting.logIn(EMAIL, PASSWORD));

    servers.startRedis();
    steps.check(
        "Redis back, both services use it again by themselves",
        "up",
        areUp(services) ? "up" : "not up",
        "operations().health");
    steps.check(
        "Redis back and empty, durable sessions: request", "200", atDurable.get("/account"));
    logIn(
        "Redis back and empty, durable sessions: login",
        "200, cookie set, from DATABASE",
        atDurable,
        SET_PASSWORD);
    logIn(
        "Redis back, durable sessions: login once more",
        "200, cookie set, from CACHE",
        atDurable,
        SET_PASSWORD);
    steps.check(
        "Redis back and empty, sessions in Redis: request, its session is lost",
        "401",
        atFleeting.get("/account"));
    logIn(
        "Redis back and empty, sessions in Redis: login",
        "200, cookie set, from DATABASE",
        atFleeting,
        PASSWORD);
    steps.check(
        "Redis back and empty, sessions in Redis: request", "200", atFleeting.get("/account"));
  }

  /**
   * The circuit breaker of a server that did not answer is open; one call a second tries it again.
   */
  private static boolean areUp(List<AuthService> services) {
    Deadline patience = Deadline.after(Duration.ofSeconds(10));
    while (!services.stream().allMatch(auth -> auth.operations().health().isUp())) {
      if (patience.isExpired()) {
        return false;
      }
      pause(Duration.ofMillis(50));
    }
    return true;
  }

  private void logOut(String where, Browser ada) {
    Browser thief = ada.thief();
    steps.check(where + ": logout", "204, cookie cleared", ada.logOut());
    steps.check(where + ": a copy of the cookie", "401", thief.get("/account"));
  }

  /** A login also shows which way it took, and how long each part of it was. */
  private void logIn(String step, String expected, Browser browser, String password) {
    Answer answer = browser.logIn(EMAIL, password);
    if (answer.status() == 200) {
      String seen = answer.summary() + ", from " + logins.source();
      steps.check(step, expected, seen, answer.details() + ": " + logins.timings());
    } else {
      steps.check(step, expected, answer);
    }
  }

  private void changeRoles(String step, AuthService auth, Set<String> grant, Set<String> revoke) {
    RoleChangeResult result =
        auth.admin()
            .changeRoles(logins.account(), grant, revoke, Deadline.after(Duration.ofSeconds(5)));
    steps.check(step, "Changed[cachePending=false]", result.toString(), "admin().changeRoles");
  }

  private static void pause(Duration wait) {
    try {
      Thread.sleep(wait.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting", e);
    }
  }
}
