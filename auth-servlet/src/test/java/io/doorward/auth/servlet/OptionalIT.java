package io.doorward.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.event.AccessEvent.RequestRefusal;
import io.doorward.auth.event.AccessEvent.RequestRefused;
import io.doorward.auth.event.AuthEvent;
import io.doorward.auth.servlet.WebServer.Reply;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.session.SessionPolicy;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pages that know their user and are open to all. */
@OnEveryStack
class OptionalIT extends SharedApp {
  private static final List<AuthEvent> HEARD = new CopyOnWriteArrayList<>();

  @BeforeParameterizedClassInvocation
  static void start(Stack stack) {
    app =
        new App(
            stack,
            "",
            true,
            App.options().listener(HEARD::add).build(),
            Map.of(),
            OptionalIT::addPages);
  }

  @BeforeEach
  void forget() {
    HEARD.clear();
  }

  @Test
  void aUserWithALiveSessionIsKnown() {
    String cookie = app.cookie();
    String account = app.server.get("/auth/me", "Cookie", cookie).json().get("account").asText();

    assertThat(app.server.get("/home", "Cookie", cookie).body())
        .isEqualTo(account + " COOKIE false true true");
    assertThat(greeting("Cookie: " + cookie)).isEqualTo("LOGGED_IN " + account);
    assertThat(greeting("Authorization: Bearer " + app.bearer())).isEqualTo("LOGGED_IN " + account);
  }

  @Test
  void aVisitorWithoutASessionIsLoggedOut() {
    app.engine.tap().forget();
    assertThat(greeting()).isEqualTo("LOGGED_OUT null");
    assertThat(app.engine.tap().calls()).isEmpty();
    assertThat(greeting("Cookie: __Host-doorward=unknown-token")).isEqualTo("LOGGED_OUT null");
    assertThat(greeting("Authorization: Basic YTpi")).isEqualTo("LOGGED_OUT null");
  }

  @Test
  void aSessionThatIsOverIsLoggedOutAndItsCookieStays() {
    String cookie = app.cookie();
    app.engine.clock.advance(SessionPolicy.defaults().cookie().absoluteLifetime());

    Reply reply = app.server.get("/home/greeting", "Cookie", cookie);

    assertThat(reply.body()).isEqualTo("LOGGED_OUT null");
    assertThat(reply.setCookie()).isEmpty();
  }

  @Test
  void inAnOutageTheUserIsNotKnownAndThePageIsThere() {
    String cookie = app.cookie();
    app.engine.breakDown();

    Reply reply = app.server.get("/home/greeting", "Cookie", cookie);

    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.body()).isEqualTo("UNKNOWN null");
    assertThat(reply.setCookie()).isEmpty();
    assertThat(app.server.get("/home", "Cookie", cookie).body())
        .isEqualTo("null null false false false");
    app.engine.heal();
    assertThat(greeting("Cookie: " + cookie)).startsWith("LOGGED_IN ");
  }

  @Test
  void aPageThatNeedsAUserAfterAllIsAnsweredAsAnOutage() {
    String cookie = app.cookie();
    assertThat(app.server.get("/home/strict", "Cookie", cookie).status()).isEqualTo(200);
    assertThat(app.server.get("/home/strict").status()).isEqualTo(401);
    assertThat(app.server.raw("GET /home/strict", "Cookie: __Host-doorward=a!b").status())
        .as("it could not be read, and no server was asked")
        .isEqualTo(401);
    app.engine.breakDown();

    Reply reply = app.server.get("/home/strict", "Cookie", cookie);

    assertThat(reply.status()).isEqualTo(503);
    assertThat(reply.header("Retry-After")).isPresent();
    assertThat(reply.json().get("code").asText()).isEqualTo("unavailable");
    assertThat(reply.setCookie()).isEmpty();
    assertThat(app.server.get("/home/strict").status()).as("nothing was asked").isEqualTo(401);
    app.engine.heal();
    assertThat(app.server.get("/home/strict", "Cookie", cookie).status()).isEqualTo(200);
  }

  @Test
  void aSessionThatIsOnlyUnverifiedIsNotKnownEither() {
    String cookie = app.cookie();
    CheckResult unverified = new CheckResult.Unverified(AccountId.random(), SessionId.random());
    app.engine
        .tap()
        .around((call, through) -> call.method().equals("check") ? unverified : through.proceed());
    assertThat(greeting("Cookie: " + cookie)).isEqualTo("UNKNOWN null");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Cookie: __Host-doorward=a!b", "Authorization: Bearer a b"})
  void aTokenThatCannotBeReadIsNotKnown(String header) {
    assertThat(greeting(header)).isEqualTo("UNKNOWN null");
  }

  @Test
  void unreadableCredentialsAreNotKnownAndReported() {
    String cookie = "Cookie: " + app.cookie();
    String bearer = "Authorization: Bearer " + app.bearer();
    assertThat(greeting(cookie, bearer)).isEqualTo("UNKNOWN null");
    assertThat(greeting(cookie, cookie)).isEqualTo("UNKNOWN null");
    String token = cookie.substring(cookie.indexOf('=') + 1);
    assertThat(greeting("Authorization: Bearer " + token)).isEqualTo("UNKNOWN null");

    assertThat(HEARD)
        .extracting(event -> ((RequestRefused) event).reason())
        .containsExactly(
            RequestRefusal.AMBIGUOUS_CREDENTIALS,
            RequestRefusal.AMBIGUOUS_CREDENTIALS,
            RequestRefusal.MISPLACED_TOKEN);
  }

  @Test
  void anOptionalPageIsNeverStoredByACache() {
    assertThat(app.server.get("/home").header("Cache-Control")).contains("no-store");
    String cookie = app.cookie();
    assertThat(app.server.get("/home", "Cookie", cookie).header("Cache-Control"))
        .contains("no-store");
  }

  @Test
  void aChangeFromAnotherSiteIsRefusedHereToo() {
    String cookie = app.cookie();
    Reply reply = app.server.post("/home", "{}", "Cookie", cookie, "Sec-Fetch-Site", "cross-site");
    assertThat(reply.status()).isEqualTo(403);
    assertThat(app.server.post("/home", "{}", "Sec-Fetch-Site", "cross-site").status())
        .isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/home/greeting", "/app"})
  void aRequestIsCheckedOnceInAnOutageToo(String to) {
    String cookie = app.cookie();
    app.engine.breakDown();
    app.engine.tap().forget();

    Reply reply = app.server.get("/home/forward?to=" + to, "Cookie", cookie);

    assertThat(reply.status()).isEqualTo(to.equals("/app") ? 503 : 200);
    assertThat(app.engine.tap().calls()).hasSize(1);
  }

  @Test
  void withoutACheckTheStateIsNotKnown() {
    String cookie = app.cookie();
    assertThat(app.server.get("/public/greeting", "Cookie", cookie).body())
        .isEqualTo("UNKNOWN null");
  }

  private static String greeting(String... headers) {
    Reply reply = app.server.raw("GET /home/greeting", headers);
    assertThat(reply.status()).isEqualTo(200);
    return reply.body();
  }

  private static void addPages(ServletContext context) {
    Site.serve(context, "/home/greeting", new Greeting());
    Site.serve(context, "/home/strict", new Strict());
    Site.serve(context, "/public/greeting", new Greeting());
    Site.serve(context, "/home/forward", new Forward());
  }

  /** Says what is known of its visitor. */
  private static final class Greeting extends HttpServlet {
    private static final long serialVersionUID = 1L;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      String account = AuthFilter.principal(request).map(it -> it.account().value()).orElse("null");
      response.getOutputStream().print(AuthFilter.loginState(request) + " " + account);
    }
  }

  /** Needs a user, and would send others to a login. */
  private static final class Strict extends HttpServlet {
    private static final long serialVersionUID = 1L;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws ServletException, IOException {
      if (AuthFilter.principal(request).isEmpty() && !AuthFilter.answerOutage(request, response)) {
        response.sendError(401);
      }
    }
  }

  private static final class Forward extends HttpServlet {
    private static final long serialVersionUID = 1L;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws ServletException, IOException {
      request.getRequestDispatcher(request.getParameter("to")).forward(request, response);
    }
  }
}
