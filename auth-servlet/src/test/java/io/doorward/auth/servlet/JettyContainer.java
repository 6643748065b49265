package io.doorward.auth.servlet;

import org.eclipse.jetty.ee10.servlet.ErrorPageErrorHandler;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** Jetty. */
record JettyContainer(Server server, ServerConnector connector) implements Stack.Container {
  static JettyContainer start(Site site) {
    return start(site, 8);
  }

  static JettyContainer start(Site site, int threads) {
    Server server = new Server(new QueuedThreadPool(threads));
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    if (site.lenient()) {
      http.setUriCompliance(UriCompliance.UNSAFE);
      http.setHttpCompliance(HttpCompliance.LEGACY);
      http.setRequestHeaderSize(256 * 1024);
    }
    ServerConnector connector =
        new ServerConnector(
            server, 1, 1, new HttpConnectionFactory(http), new HTTP2CServerConnectionFactory(http));
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler();
    context.setContextPath(site.contextPath().isEmpty() ? "/" : site.contextPath());
    context.getServletHandler().setDecodeAmbiguousURIs(site.lenient());
    ErrorPageErrorHandler errors = new ErrorPageErrorHandler();
    site.errorPages().forEach(errors::addErrorPage);
    context.setErrorHandler(errors);
    context.addServletContainerInitializer(
        (classes, servletContext) -> site.setup().accept(servletContext));
    server.setHandler(context);
    try {
      server.start();
    } catch (Exception e) {
      throw new IllegalStateException("Jetty did not start", e);
    }
    return new JettyContainer(server, connector);
  }

  @Override
  public int port() {
    return connector.getLocalPort();
  }

  @Override
  public void close() {
    try {
      server.stop();
    } catch (Exception e) {
      throw new IllegalStateException("Jetty did not stop", e);
    }
  }
}
