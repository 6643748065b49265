package io.doorward.benchmarks;

import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** A page of a few bytes in Jetty, on a free port of the loopback interface. */
final class Web implements AutoCloseable {
  static final String PATH = "/page";
  private static final byte[] PAGE = "hello".getBytes(StandardCharsets.US_ASCII);

  private final Server jetty = new Server();
  private final ServerConnector connector = new ServerConnector(jetty);

  private Web(Consumer<ServletContext> filter) {
    ServletContextHandler application = new ServletContextHandler();
    application.addServletContainerInitializer((classes, context) -> filter.accept(context));
    application.addServlet(new ServletHolder(new Page()), PATH);
    jetty.setHandler(application);
    connector.setHost("127.0.0.1");
    jetty.addConnector(connector);
  }

  /**
   * Starts it.
   *
   * @param filter registers what stands in front of the page
   */
  static Web start(Consumer<ServletContext> filter) throws Exception {
    Web web = new Web(filter);
    web.jetty.start();
    return web;
  }

  int port() {
    return connector.getLocalPort();
  }

  @Override
  public void close() {
    try {
      jetty.stop();
    } catch (Exception e) {
      throw new IllegalStateException("the web server did not stop", e);
    }
  }

  private static final class Page extends HttpServlet {
    private static final long serialVersionUID = 1;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      response.setContentType("text/plain");
      response.setContentLength(PAGE.length);
      response.getOutputStream().write(PAGE);
    }
  }
}
