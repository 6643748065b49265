package io.doorward.examples;

import io.doorward.Doorward;
import io.doorward.auth.AuthService;
import io.doorward.auth.AuthService.SignUpResult;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.servlet.AccessRules;
import io.doorward.auth.servlet.AuthEndpoints;
import io.doorward.auth.servlet.AuthFilter;
import io.doorward.auth.servlet.SitePages;
import io.doorward.auth.servlet.WebOptions;
import jakarta.servlet.ServletContext;
import java.net.URI;
import java.time.Duration;
import java.util.Set;
import org.eclipse.jetty.ee10.servlet.ErrorPageErrorHandler;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/**
 * A site for people, with plain pages and no script: a home page that greets its user, a login
 * page, a page for users, one with their sessions, one for administrators, and a logout. It runs on
 * {@code http://localhost}, in development mode.
 */
public final class ExampleSite implements AutoCloseable {
  static final String USER = "ada@example.org";
  static final String ADMIN = "grace@example.org";
  static final String PASSWORD = "a first long pass phrase";

  private static final int FORBIDDEN = 403;
  private static final int UNAVAILABLE = 503;

  private final Server jetty = new Server();
  private final ServerConnector http = new ServerConnector(jetty);

  private ExampleSite(AuthService auth, int port) {
    ServletContextHandler application = new ServletContextHandler();
    application.addServletContainerInitializer((classes, context) -> mount(auth, context));
    SitePage page = new SitePage();
    for (String path : new String[] {"", "/login", "/account", "/admin", "/error"}) {
      application.addServlet(page, path);
    }
    application.addServlet(new SessionsPage(auth), "/sessions");
    ErrorPageErrorHandler errors = new ErrorPageErrorHandler();
    errors.addErrorPage(FORBIDDEN, "/error");
    errors.addErrorPage(UNAVAILABLE, "/error");
    application.setErrorHandler(errors);
    jetty.setHandler(application);
    http.setHost("localhost");
    http.setPort(port);
    jetty.addConnector(http);
  }

  /** All that the site does to have Doorward in front of it. */
  private static void mount(AuthService auth, ServletContext context) {
    WebOptions options = WebOptions.builder().pages(SitePages.of("/login")).development().build();
    AccessRules rules =
        AccessRules.builder()
            .path("/", "/login")
            .optional()
            .path("/account", "/sessions")
            .authenticated()
            .path("/admin")
            .role("admin")
            .path("/auth/**")
            .permitAll()
            .build();
    AuthFilter.of(auth, rules, options).register(context);
    AuthEndpoints.of(auth, options).register(context, "/auth/*");
  }

  /**
   * Runs the site until Enter is pressed, on servers that end with it.
   *
   * @param args the port; none for a free one
   * @throws Exception if the console cannot be read
   */
  public static void main(String[] args) throws Exception {
    int port = args.length == 0 ? 0 : Integer.parseInt(args[0]);
    try (Servers servers = Servers.start();
        AuthService auth = service(servers);
        ExampleSite site = start(auth, port)) {
      System.out.println(site.uri() + " (" + USER + " or " + ADMIN + ": " + PASSWORD + ")");
      int unused = System.in.read();
    }
  }

  /** Makes a service with two accounts, one of which has the role {@code admin}. */
  static AuthService service(Servers servers) {
    AuthService auth =
        Doorward.builder(servers.jdbcUrl(), servers.redisUri().toString())
            .keys(KeyRing.ephemeral())
            .name("site")
            .migrate()
            .build();
    auth.signUp(USER, PASSWORD, ClientContext.unknown());
    if (auth.signUp(ADMIN, PASSWORD, ClientContext.unknown())
        instanceof SignUpResult.Created created) {
      auth.admin()
          .changeRoles(
              created.account(), Set.of("admin"), Set.of(), Deadline.after(Duration.ofSeconds(5)));
    }
    return auth;
  }

  /** Starts the site; a port of 0 is a free one. */
  static ExampleSite start(AuthService auth, int port) {
    ExampleSite site = new ExampleSite(auth, port);
    try {
      site.jetty.start();
    } catch (Exception e) {
      site.close();
      throw new IllegalStateException("the site did not start", e);
    }
    return site;
  }

  URI uri() {
    return URI.create("http://localhost:" + http.getLocalPort() + "/");
  }

  @Override
  public void close() {
    try {
      jetty.stop();
    } catch (Exception e) {
      throw new IllegalStateException("the site did not stop", e);
    }
  }
}
