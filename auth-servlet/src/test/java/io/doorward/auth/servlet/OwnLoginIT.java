package io.doorward.auth.servlet;

import static io.doorward.auth.servlet.App.EMAIL;
import static io.doorward.auth.servlet.App.PASSWORD;
import static io.doorward.auth.servlet.App.object;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.password.Password;
import io.doorward.auth.servlet.WebServer.Reply;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionOptions;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An application that logs people in by its own code. */
@OnEveryStack
class OwnLoginIT extends SharedApp {
  private static final LoginCookies COOKIES = LoginCookies.of(App.options().build());

  @BeforeParameterizedClassInvocation
  static void start(Stack stack) {
    app = new App(stack, "", true, App.options().build(), Map.of(), OwnLoginIT::addLogin);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theCookiesAreThoseOfTheEndpoints(boolean remember) {
    app.signUp(EMAIL);
    Reply theirs =
        app.server.post(
            "/auth/login",
            object()
                .put("email", EMAIL)
                .put("password", PASSWORD)
                .put("remember", remember)
                .toString(),
            "User-Agent",
            "test");
    Reply own = post("/public/login?remember=" + remember, "User-Agent: test");

    assertThat(withoutTokens(own)).isEqualTo(withoutTokens(theirs)).hasSize(2);
    assertThat(own.header("Cache-Control")).contains("no-store");
    assertThat(app.server.get("/app", "Cookie", own.cookie()).status()).isEqualTo(200);
    Session first = app.engine.sessions(EMAIL).get(0);
    assertThat(app.engine.sessions(EMAIL))
        .hasSize(2)
        .allSatisfy(
            session -> {
              assertThat(session.device()).isEqualTo(first.device());
              assertThat(session.attributes()).isEqualTo(first.attributes());
            });
  }

  @Test
  void aPasswordChangeThroughTheEndpointsKeepsARememberedCookie() {
    app.signUp(EMAIL);
    String cookie = post("/public/login?remember=true").cookie();
    String change = object().put("current", PASSWORD).put("next", App.NEXT).toString();
    assertThat(app.server.post("/auth/password", change, "Cookie", cookie).setCookie().get())
        .contains("; Max-Age=");
  }

  @Test
  void theDeviceIsKnownAgain() {
    app.signUp(EMAIL);
    String device = post("/public/login").deviceCookie().orElseThrow();
    post("/public/login", "Cookie: " + device);
    assertThat(app.engine.attempts())
        .extracting(attempt -> attempt.client().deviceCookie().isPresent())
        .containsExactly(false, true);
    assertThat(app.engine.attempts())
        .allSatisfy(it -> assertThat(it.client().network()).contains("127.0.0.1"));
  }

  @Test
  void aLogoutEndsTheSessionOfTheCookieAndClearsIt() {
    String cookie = app.cookie();
    Reply reply = post("/public/logout", "Cookie: " + cookie);
    assertThat(reply.setCookie())
        .contains("__Host-doorward=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
    assertThat(reply.setDeviceCookie()).isEmpty();
    assertThat(app.server.get("/app", "Cookie", cookie).status()).isEqualTo(401);
  }

  @Test
  void aLoginFromAnotherSiteIsTold() {
    app.signUp(EMAIL);
    Reply reply = app.server.raw("POST /public/login", "Sec-Fetch-Site: cross-site");
    assertThat(reply.status()).isEqualTo(403);
    assertThat(reply.setCookie()).isEmpty();
  }

  @Test
  void theTokenOfAProgramIsNoCookie() {
    app.signUp(EMAIL);
    LoginResult.Success bearer = success(SessionOptions.bearer(), ClientContext.unknown());
    assertThatThrownBy(() -> COOKIES.set(bearer, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("success must be of a cookie session: BEARER");
  }

  @Test
  void cookiesThatWouldBeLostAreAnError() {
    app.signUp(EMAIL);
    assertThat(post("/public/late").body()).contains("IllegalStateException");
  }

  private static List<String> withoutTokens(Reply reply) {
    return new TreeMap<>(reply.headers())
        .get("set-cookie").stream().map(set -> set.replaceAll("=[^;]+;", "=...;")).toList();
  }

  private static Reply post(String path, String... headers) {
    String[] all = new String[headers.length + 1];
    System.arraycopy(headers, 0, all, 1, headers.length);
    all[0] = "X-Requested-With: x";
    return app.server.raw("POST " + path, all);
  }

  private static LoginResult.Success success(SessionOptions session, ClientContext client) {
    LoginAttempt attempt =
        new LoginAttempt(LoginId.email(EMAIL), Password.of(PASSWORD), client, session);
    return (LoginResult.Success) app.engine.service().login(attempt, Engine.patience());
  }

  private static void addLogin(ServletContext context) {
    for (String path : new String[] {"login", "logout", "late"}) {
      Site.serve(context, "/public/" + path, new OwnLogin());
    }
  }

  private static final class OwnLogin extends HttpServlet {
    private static final long serialVersionUID = 1L;

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      ClientContext client = COOKIES.client(request);
      if (COOKIES.isFromAnotherSite(request)) {
        response.sendError(403);
        return;
      }
      switch (request.getServletPath()) {
        case "/public/login" -> {
          boolean remember = Boolean.parseBoolean(request.getParameter("remember"));
          COOKIES.set(success(COOKIES.session(client, remember), client), response);
        }
        case "/public/logout" -> {
          COOKIES
              .token(request)
              .ifPresent(token -> app.engine.service().logout(token, Engine.patience()));
          COOKIES.clear(response);
        }
        default -> {
          response.getOutputStream().print("x");
          response.flushBuffer();
          try {
            COOKIES.clear(response);
          } catch (IllegalStateException e) {
            response.getOutputStream().print(e.getClass().getSimpleName());
          }
        }
      }
    }
  }
}
