package io.doorward.examples;

import io.doorward.auth.AuthService;
import io.doorward.auth.servlet.AccessRules;
import io.doorward.auth.servlet.AuthEndpoints;
import io.doorward.auth.servlet.AuthFilter;
import io.doorward.auth.servlet.WebOptions;
import jakarta.servlet.ServletContext;
import java.net.URI;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** A small web application behind HTTPS: Doorward's filter and endpoints, and three pages. */
final class WebServer implements AutoCloseable {
  private final Server jetty = new Server();
  private final ServerConnector https;

  private WebServer(AuthService auth, LocalCertificate certificate) {
    ServletContextHandler application = new ServletContextHandler();
    application.addServletContainerInitializer((classes, context) -> mount(auth, context));
    application.addServlet(new PageServlet(), "/account");
    application.addServlet(new PageServlet(), "/admin");
    application.addServlet(new PageServlet(), "/articles");
    jetty.setHandler(application);
    https = connector(certificate);
    jetty.addConnector(https);
  }

  /** Everything that an application does to have Doorward in front of it. */
  private static void mount(AuthService auth, ServletContext context) {
    AccessRules rules =
        AccessRules.builder()
            .path("/auth/**")
            .permitAll()
            .path("/account")
            .authenticated()
            .path("/admin")
            .role("admin")
            .path("/articles")
            .permission("article:write")
            .build();
    WebOptions options = WebOptions.defaults();
    AuthFilter.of(auth, rules, options).register(context);
    AuthEndpoints.of(auth, options).register(context, "/auth/*");
  }

  /** Starts on a free port. */
  static WebServer start(AuthService auth, LocalCertificate certificate) {
    WebServer server = new WebServer(auth, certificate);
    try {
      server.jetty.start();
    } catch (Exception e) {
      server.close();
      throw new IllegalStateException("the web server did not start", e);
    }
    return server;
  }

  URI uri() {
    return URI.create("https://127.0.0.1:" + https.getLocalPort());
  }

  @Override
  public void close() {
    try {
      jetty.stop();
    } catch (Exception e) {
      throw new IllegalStateException("the web server did not stop", e);
    }
  }

  private ServerConnector connector(LocalCertificate certificate) {
    SslContextFactory.Server tls = new SslContextFactory.Server();
    tls.setSslContext(certificate.forServer());
    HttpConfiguration http = new HttpConfiguration();
    http.addCustomizer(new SecureRequestCustomizer());
    ServerConnector connector =
        new ServerConnector(
            jetty, new SslConnectionFactory(tls, "http/1.1"), new HttpConnectionFactory(http));
    connector.setHost("127.0.0.1");
    return connector;
  }
}
