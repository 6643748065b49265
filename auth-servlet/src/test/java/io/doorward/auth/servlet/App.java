package io.doorward.auth.servlet;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.servlet.WebServer.Reply;
import io.doorward.auth.testkit.TestSecrets;
import io.doorward.auth.throttle.AttemptBudgets;
import java.time.InstantSource;
import java.util.Set;
import java.util.function.Consumer;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;

/** A small application: endpoints, filter, and a servlet that everything else reaches. */
final class App implements AutoCloseable {
  static final String EMAIL = "ada@example.org";
  static final String PASSWORD = TestSecrets.newPassword().reveal();
  static final String NEXT = TestSecrets.newPassword().reveal();

  static final AccessRules RULES =
      AccessRules.builder()
          .path("/auth/**", "/public/**")
          .permitAll()
          .path("/admin/**")
          .role("ADMIN")
          .path("/reports")
          .methods("GET")
          .anyRole("ADMIN", "AUDITOR")
          .path("/app/**")
          .authenticated()
          .build();

  final Engine engine;
  final Probe probe = new Probe();
  final WebServer server;

  App(String contextPath, boolean lenient, WebOptions options, AccessRules rules) {
    this(new Engine(), contextPath, lenient, options, rules, context -> {});
  }

  App(
      Engine engine,
      String contextPath,
      boolean lenient,
      WebOptions options,
      AccessRules rules,
      Consumer<ServletContextHandler> more) {
    this.engine = engine;
    server =
        WebServer.start(
            contextPath,
            lenient,
            context -> {
              more.accept(context);
              WebServer.serve(context, "/*", probe);
              WebServer.mount(
                  context,
                  AuthFilter.of(engine.service(), rules, options),
                  AuthEndpoints.of(engine.service(), options));
            });
  }

  static App start() {
    return new App("", false, options().build(), RULES);
  }

  /** An application whose throttle has other budgets. */
  static App start(AttemptBudgets budgets) {
    return new App(new Engine(budgets), "", false, options().build(), RULES, context -> {});
  }

  static App lenient(String contextPath) {
    return new App(contextPath, true, options().build(), RULES);
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
    engine.service().changeRoles(account, Set.of(role), Set.of(), Engine.patience());
  }

  @Override
  public void close() {
    server.close();
    engine.close();
  }
}
