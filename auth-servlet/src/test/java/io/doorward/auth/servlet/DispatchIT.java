package io.doorward.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.servlet.WebServer.Reply;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules hold for what a request is dispatched to, not only for where it arrived. */
@OnEveryStack
class DispatchIT extends SharedApp {
  @BeforeParameterizedClassInvocation
  static void start(Stack stack) {
    app =
        new App(
            stack,
            "",
            false,
            App.options().build(),
            Map.of(
                501,
                "/public/error-page",
                502,
                "/admin/error-page",
                504,
                "/unnamed/error-page",
                507,
                "/reports"),
            DispatchIT::addDispatchers);
  }

  @ParameterizedTest
  @CsvSource({
    "forward, /admin/x, 401",
    "forward, /app/x, 401",
    "forward, /nowhere, 403",
    "async, /admin/x, 401",
    "async, /app/x, 401",
    "async, /nowhere, 403",
  })
  void nobodyReachesAProtectedResourceThroughAnOpenOne(String how, String to, int status) {
    Reply reply = app.server.get("/public/" + how + "?to=" + to);
    assertThat(reply.status()).isEqualTo(status);
    assertThat(reply.code()).isIn("not_authenticated", "forbidden");
    assertThat(app.probe.reached).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"forward, /admin/x", "async, /admin/x"})
  void somebodyWithoutTheRoleDoesNotEither(String how, String to) {
    String cookie = app.cookie();
    Reply reply = app.server.get("/app/" + how + "?to=" + to, "Cookie", cookie);
    assertThat(reply.status()).isEqualTo(403);
    assertThat(reply.code()).isEqualTo("forbidden");
    assertThat(app.probe.reached).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/admin/x", "/app/x", "/nowhere"})
  void aResourceThatMayNotBeIncludedContributesNothing(String to) {
    Reply reply = app.server.get("/public/include?to=" + to);
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.body()).isEqualTo("before after");
    assertThat(app.probe.reached).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"forward", "include", "async"})
  void whatIsAllowedIsReachedWithThePrincipalAndOneCheck(String how) {
    String cookie = app.cookie();
    app.engine.tap().forget();
    Reply reply = app.server.get("/app/" + how + "?to=/app/x", "Cookie", cookie);
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.body()).contains(" COOKIE false true true");
    assertThat(app.probe.reached).hasSize(1);
    assertThat(app.engine.tap().calls()).extracting(Tap.Call::method).containsExactly("check");
  }

  @ParameterizedTest
  @ValueSource(strings = {"forward", "include", "async"})
  void anOpenResourceBehindAnOpenOneIsReachedByNobodyInParticular(String how) {
    Reply reply = app.server.get("/public/" + how + "?to=/public/x");
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.body()).contains("null null false false false");
  }

  @Test
  void anErrorPageThatIsAllowedIsShownWithItsStatus() {
    Reply reply = app.server.get("/public/error?to=/public");
    assertThat(reply.status()).isEqualTo(501);
    assertThat(reply.body()).contains("null null false false false");
  }

  @Test
  void anErrorPageThatNoRuleNamesIsShownToo() {
    Reply reply = app.server.get("/public/error?to=/unnamed");
    assertThat(reply.status()).isEqualTo(504);
    assertThat(reply.body()).contains("null null false false false");
    String cookie = app.cookie();
    assertThat(app.server.get("/app/error?to=/unnamed", "Cookie", cookie).body())
        .contains(" COOKIE false true true");
    assertThat(app.server.get("/unnamed/error-page").status()).isEqualTo(403);
  }

  @Test
  void anErrorPageThatARuleRefusesLeavesTheErrorWithoutAPage() {
    String cookie = app.cookie();
    for (String path : new String[] {"/public/error?to=/admin", "/app/error?to=/admin"}) {
      Reply reply = app.server.get(path, "Cookie", cookie);
      assertThat(reply.status()).isEqualTo(502);
      assertThat(reply.body()).isEmpty();
    }
    assertThat(app.probe.reached).isEmpty();
  }

  @Test
  void anErrorPageOfARuleForGetIsRefusedToAPostToo() {
    for (String method : new String[] {"GET", "POST"}) {
      Reply reply = app.server.raw(method + " /public/error?to=/reports");
      assertThat(reply.status()).as(method).isEqualTo(507);
      assertThat(reply.body()).as(method).isEmpty();
    }
    assertThat(app.probe.reached).isEmpty();
  }

  @Test
  void anAmbiguousTargetIsRefusedOrMeansWhatItIsResolvedTo() {
    Reply dots = app.server.get("/public/forward?to=/public/..%2Fadmin/x");
    assertThat(dots.status()).isIn(400, 401);
    Reply encoded = app.server.get("/public/forward?to=/public/%252e%252e/admin/x");
    assertThat(encoded.status()).isIn(400, 401);
    Reply semicolon = app.server.get("/public/forward?to=/admin;x/y");
    assertThat(semicolon.status()).isIn(400, 401);
    assertThat(app.probe.reached).isEmpty();
  }

  private static void addDispatchers(ServletContext context) {
    for (String area : new String[] {"/public", "/app"}) {
      Site.serve(context, area + "/forward", new Dispatcher());
      Site.serve(context, area + "/include", new Dispatcher());
      Site.serve(context, area + "/async", new Dispatcher());
      Site.serve(context, area + "/error", new Dispatcher());
    }
  }

  /** Dispatches to wherever it is told to, in the way that its own path names. */
  private static final class Dispatcher extends HttpServlet {
    private static final long serialVersionUID = 1L;

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
        throws ServletException, IOException {
      String how = request.getServletPath().replaceAll(".*/", "");
      String to = request.getParameter("to");
      switch (how) {
        case "forward" -> request.getRequestDispatcher(to).forward(request, response);
        case "include" -> {
          response.getOutputStream().print("before ");
          request.getRequestDispatcher(to).include(request, response);
          response.getOutputStream().print("after");
        }
        case "async" -> {
          // Without arguments, so that the container goes on with its own request.
          AsyncContext async = request.startAsync();
          async.dispatch(to);
        }
        default ->
            response.sendError(
                switch (to) {
                  case "/public" -> 501;
                  case "/admin" -> 502;
                  case "/reports" -> 507;
                  default -> 504;
                });
      }
    }
  }
}
