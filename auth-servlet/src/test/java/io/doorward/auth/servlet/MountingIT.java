package io.doorward.auth.servlet;

import static io.doorward.auth.servlet.App.EMAIL;
import static io.doorward.auth.servlet.App.PASSWORD;
import static io.doorward.auth.servlet.App.credentials;
import static io.doorward.auth.servlet.App.object;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.doorward.auth.AuthService;
import io.doorward.auth.servlet.WebServer.Reply;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.util.EnumSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Mounting the filter and the endpoints in an application. */
@OnEveryStack
class MountingIT {
  @Parameter Stack stack;

  private final Engine engine = new Engine();
  private final AuthService service = engine.service();

  @AfterEach
  void stop() {
    engine.close();
  }

  @Test
  void theExampleOfTheDocumentationWorks() {
    try (WebServer server =
        WebServer.start(
            stack,
            Site.of(
                context -> {
                  Site.serve(context, "/*", new Probe());
                  MountingExample.mount(context, service);
                }))) {
      assertThat(server.post("/auth/signup", credentials(EMAIL, PASSWORD)).status()).isEqualTo(201);
      String cookie = server.post("/auth/login", credentials(EMAIL, PASSWORD)).cookie();
      assertThat(server.get("/").status()).isEqualTo(200);
      assertThat(server.get("/app/x").status()).isEqualTo(401);
      assertThat(server.get("/app/x", "Cookie", cookie).status()).isEqualTo(200);
      assertThat(server.get("/admin", "Cookie", cookie).status()).isEqualTo(403);
    }
  }

  @Test
  void theEndpointsWorkWithoutTheFilterAndAnywhere() {
    try (WebServer server =
        WebServer.start(
            stack,
            Site.at(
                "/shop",
                context ->
                    AuthEndpoints.of(service, WebOptions.defaults())
                        .register(context, "/api/v1/who/*")))) {
      String json = credentials(EMAIL, PASSWORD);
      assertThat(server.post("/api/v1/who/signup", json).status()).isEqualTo(201);
      String cookie = server.post("/api/v1/who/login", json).cookie();
      assertThat(server.get("/api/v1/who/me", "Cookie", cookie).status()).isEqualTo(200);
      assertThat(server.get("/api/v1/who/me").status()).isEqualTo(401);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/shop, /api/v1/who/*, /shop/api/v1/who",
    "/shop, /*, /shop",
    "'', /*, /",
    "'', /a b/*, /"
  })
  void theRefreshCookieIsForThePathOfTheEndpoints(String context, String mapping, String path) {
    try (WebServer server =
        WebServer.start(
            stack,
            Site.at(
                context,
                it -> AuthEndpoints.of(service, WebOptions.defaults()).register(it, mapping)))) {
      String prefix = mapping.substring(0, mapping.length() - 2).replace(" ", "%20");
      server.post(prefix + "/signup", credentials(EMAIL, PASSWORD));
      ObjectNode login = object().put("email", EMAIL).put("password", PASSWORD);
      login.put("mode", "bearer").put("refreshCookie", true);
      Reply reply = server.post(prefix + "/login", login.toString());

      assertThat(reply.setRefreshCookie().orElseThrow()).contains("; Path=" + path + "; Secure;");
      String cookie = reply.refreshCookie().orElseThrow();
      assertThat(server.post(prefix + "/refresh", "{}", "Cookie", cookie).status()).isEqualTo(200);
    }
  }

  @Test
  void whatAFilterWithOtherAccountsFoundOutIsNotBelieved() {
    AccessRules rules =
        AccessRules.builder().path("/auth/me").authenticated().path("/**").permitAll().build();
    try (App staffApp = App.start(stack);
        WebServer server =
            WebServer.start(
                stack,
                Site.of(
                    context ->
                        Site.mount(
                            context,
                            AuthFilter.of(staffApp.engine.service(), rules, WebOptions.defaults()),
                            AuthEndpoints.of(service, WebOptions.defaults()))))) {
      String cookie = staffApp.cookie();
      assertThat(staffApp.server.get("/auth/me", "Cookie", cookie).status()).isEqualTo(200);
      assertThat(server.get("/auth/me", "Cookie", cookie).status()).isEqualTo(401);
    }
  }

  @Test
  void whatItFoundOutIsNotShownByAnOptionalPageEither() {
    AccessRules staff = AccessRules.builder().path("/**").authenticated().build();
    AccessRules open = AccessRules.builder().path("/**").optional().build();
    Probe probe = new Probe();
    try (App staffApp = App.start(stack);
        WebServer server =
            WebServer.start(
                stack,
                Site.of(
                    context -> {
                      Site.serve(context, "/*", probe);
                      AuthFilter.of(staffApp.engine.service(), staff, WebOptions.defaults())
                          .register(context);
                      context
                          .addFilter("open", AuthFilter.of(service, open, WebOptions.defaults()))
                          .addMappingForUrlPatterns(
                              EnumSet.of(DispatcherType.REQUEST), false, "/*");
                    }))) {
      Reply reply = server.get("/", "Cookie", staffApp.cookie());
      assertThat(reply.status()).isEqualTo(200);
      assertThat(reply.body()).isEqualTo("null null false false false");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/admin/x, /public, 400",
    "/admin/x, /admin/x/y, 400",
    "/admin, /public/x, 400",
    "/public/x, /public/y, 400",
    "/public/, /public/index.html, 200",
    "/public/, /public/../admin, 400",
    "/public/x, /public/x, 200",
  })
  void aPathThatTheContainerReadsDifferentlyIsRefused(String sent, String read, int status) {
    Probe probe = new Probe();
    AuthFilter filter = AuthFilter.of(service, App.RULES, WebOptions.defaults());
    try (WebServer server =
        WebServer.start(
            stack,
            Site.of(
                context -> {
                  Site.serve(context, "/*", probe);
                  context
                      .addFilter(
                          "reader",
                          (Filter)
                              (q, r, chain) ->
                                  chain.doFilter(new Reread((HttpServletRequest) q, read), r))
                      .addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*");
                  filter.register(context);
                }))) {
      assertThat(server.get(sent).status()).isEqualTo(status);
      assertThat(probe.reached).hasSize(status == 200 ? 1 : 0);
    }
  }

  @Test
  void aSecondRegistrationAndABadMappingAreRefused() {
    AtomicBoolean ran = new AtomicBoolean();
    try (WebServer server =
        WebServer.start(
            stack,
            Site.of(
                context -> {
                  AccessRules rules = AccessRules.builder().build();
                  AuthFilter filter = AuthFilter.of(service, rules, WebOptions.defaults());
                  AuthEndpoints endpoints = AuthEndpoints.of(service, WebOptions.defaults());
                  filter.register(context);
                  assertThatThrownBy(() -> filter.register(context))
                      .isInstanceOf(IllegalStateException.class);
                  assertThatThrownBy(() -> endpoints.register(context, "/auth"))
                      .isInstanceOf(IllegalArgumentException.class);
                  endpoints.register(context, "/auth/*");
                  assertThatThrownBy(() -> endpoints.register(context, "/b/*"))
                      .isInstanceOf(IllegalStateException.class);
                  ran.set(true);
                }))) {
      assertThat(ran).isTrue();
      assertThat(server.get("/auth/me").status()).isEqualTo(403);
    }
  }

  /** What a container, or a filter in front, may make of a path. */
  private static final class Reread extends HttpServletRequestWrapper {
    private final String path;

    Reread(HttpServletRequest request, String path) {
      super(request);
      this.path = path;
    }

    @Override
    public String getServletPath() {
      return path;
    }

    @Override
    public String getPathInfo() {
      return null;
    }
  }
}
