package io.doorward.auth.servlet;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.doorward.auth.AuthService;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.servlet.WebServer.Reply;
import io.doorward.auth.testkit.TestSecrets;
import io.doorward.auth.throttle.AttemptBudgets;
import jakarta.servlet.ServletContext;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A small application: endpoints, filter, and a servlet that everything else reaches. Starting one
 * takes longer than a test, so the tests of a class share it and renew what is behind it.
 */
final class App implements AutoCloseable {
  static final String EMAIL = "ada@example.org";
  static final String PASSWORD = TestSecrets.newPassword().reveal();
  static final String NEXT = TestSecrets.newPassword().reveal();

  static final AccessRules RULES =
      AccessRules.builder()
          .path("/auth/**", "/public/**")
          .permitAll()
          .path("/home/**")
          .optional()
          .path("/admin/**")
          .role("ADMIN")
          .path("/reports")
          .methods("GET")
          .anyRole("ADMIN", "AUDITOR")
          .path("/articles/**")
          .anyPermission("article:publish", "user:read")
          .path("/app/**")
          .authenticated()
          .build();

  final Probe probe = new Probe();
  final WebServer server;
  Engine engine = new Engine();

  private final AuthService service = current();

  App(Stack stack, String contextPath, boolean lenient, WebOptions options) {
    this(stack, contextPath, lenient, options, Map.of(), context -> {});
  }

  App(
      Stack stack,
      String contextPath,
      boolean lenient,
      WebOptions options,
      Map<Integer, String> errorPages,
      Consumer<ServletContext> more) {
    server =
        WebServer.start(
            stack,
            new Site(
                contextPath,
                lenient,
                errorPages,
                context -> {
                  more.accept(context);
                  Site.serve(context, "/*", probe);
                  Site.mount(
                      context,
                      AuthFilter.of(service, RULES, options),
                      AuthEndpoints.of(service, options));
                }));
  }

  static App start(Stack stack) {
    return new App(stack, "", false, options().build());
  }

  static App lenient(Stack stack) {
    return new App(stack, "", true, options().build());
  }

  /** Forgets everything that was before, as a fresh application would. */
  void renew() {
    renew(AttemptBudgets.defaults());
  }

  /** Forgets everything that was before and has other budgets. */
  void renew(AttemptBudgets budgets) {
    renew(new Engine(budgets));
  }

  /** Forgets everything that was before and has another engine. */
  void renew(Engine next) {
    engine.close();
    engine = next;
    probe.reached.clear();
  }

  /** Returns a service that is the present engine's, for filter and endpoints that stay. */
  private AuthService current() {
    return (AuthService)
        Proxy.newProxyInstance(
            AuthService.class.getClassLoader(),
            new Class<?>[] {AuthService.class},
            (proxy, method, arguments) -> {
              if (method.getDeclaringClass() == Object.class) {
                return method.invoke(this, arguments);
              }
              try {
                return method.invoke(engine.service(), arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  static WebOptions.Builder options() {
    return WebOptions.builder().clock(InstantSource.fixed(Engine.NOW));
  }

  static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  static String credentials(String email, String password) {
    return object().put("email", email).put("password", password).toString();
  }

  AccountId signUp(String email) {
    Reply reply = server.post("/auth/signup", credentials(email, PASSWORD));
    if (reply.status() != 201) {
      throw new IllegalStateException("sign-up: " + reply);
    }
    return new AccountId(reply.json().get("account").asText());
  }

  Reply login(String email, String password, String... headers) {
    return server.post("/auth/login", credentials(email, password), headers);
  }

  /** Signs Ada up and in. */
  String cookie() {
    signUp(EMAIL);
    return login(EMAIL, PASSWORD).cookie();
  }

  String bearer() {
    String body =
        object().put("email", EMAIL).put("password", PASSWORD).put("mode", "bearer").toString();
    return server.post("/auth/login", body).json().get("accessToken").asText();
  }

  void grant(AccountId account, String role) {
    engine.service().admin().changeRoles(account, Set.of(role), Set.of(), Engine.patience());
  }

  @Override
  public void close() {
    server.close();
    engine.close();
  }
}
