package io.doorward.auth.servlet;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.servlet.WebServer.Reply;
import io.doorward.auth.testkit.TestSecrets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Set;
import java.util.function.Consumer;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;

/** A small application: endpoints, filter, and a servlet that everything else reaches. */
final class App implements AutoCloseable {
  static final String EMAIL = "ada@example.org";
  static final String PASSWORD = TestSecrets.record("correct horse battery");
  static final String NEXT = TestSecrets.record("another long password");
  static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

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

  final InMemoryAuthService service = new InMemoryAuthService(InstantSource.fixed(NOW));
  final Probe probe = new Probe();
  final WebServer server;

  App(String contextPath, boolean lenient, WebOptions options, AccessRules rules) {
    this(contextPath, lenient, options, rules, context -> {});
  }

  App(
      String contextPath,
      boolean lenient,
      WebOptions options,
      AccessRules rules,
      Consumer<ServletContextHandler> more) {
    server =
        WebServer.start(
            contextPath,
            lenient,
            context -> {
              more.accept(context);
              WebServer.serve(context, "/*", probe);
              WebServer.mount(
                  context,
                  AuthFilter.of(service, rules, options),
                  AuthEndpoints.of(service, options));
            });
  }

  static App start() {
    return new App("", false, options().build(), RULES);
  }

  static App lenient(String contextPath) {
    return new App(contextPath, true, options().build(), RULES);
  }

  static WebOptions.Builder options() {
    return WebOptions.builder().clock(InstantSource.fixed(NOW));
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
    service.changeRoles(account, Set.of(role), Set.of(), Deadline.after(Duration.ofSeconds(1)));
  }

  @Override
  public void close() {
    server.close();
    service.close();
  }
}
