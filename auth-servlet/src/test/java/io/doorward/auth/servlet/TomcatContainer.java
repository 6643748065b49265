package io.doorward.auth.servlet;

import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.core.StandardHost;
import org.apache.catalina.startup.Tomcat;
import org.apache.catalina.valves.ErrorReportValve;
import org.apache.coyote.http2.Http2Protocol;
import org.apache.tomcat.util.buf.EncodedSolidusHandling;
import org.apache.tomcat.util.descriptor.web.ErrorPage;

/** Tomcat. */
record TomcatContainer(Tomcat tomcat) implements Stack.Container {
  /** Kept, so that its level is. */
  private static final Logger LOG = Logger.getLogger("org.apache");

  static {
    LOG.setLevel(Level.WARNING);
  }

  static TomcatContainer start(Site site) {
    Tomcat tomcat = new Tomcat();
    tomcat.setBaseDir("target/tomcat");
    Connector connector = new Connector();
    connector.setPort(0);
    connector.setThrowOnFailure(true);
    connector.setProperty("address", "127.0.0.1");
    Http2Protocol http2 = new Http2Protocol();
    connector.addUpgradeProtocol(http2);
    if (site.lenient()) {
      connector.setProperty("maxHttpRequestHeaderSize", "262144");
      connector.setProperty("relaxedPathChars", "\"<>[\\]^`{|}");
      connector.setEncodedSolidusHandling(EncodedSolidusHandling.PASS_THROUGH.getValue());
      connector.setEncodedReverseSolidusHandling(EncodedSolidusHandling.PASS_THROUGH.getValue());
      connector.setAllowBackslash(true);
    }
    tomcat.setConnector(connector);
    // Its own pages for malformed requests show a stack otherwise.
    ((StandardHost) tomcat.getHost()).setErrorReportValveClass(QuietErrors.class.getName());
    Context context = tomcat.addContext(site.contextPath(), null);
    site.errorPages()
        .forEach(
            (status, location) -> {
              ErrorPage page = new ErrorPage();
              page.setErrorCode(status);
              page.setLocation(location);
              context.addErrorPage(page);
            });
    context.addServletContainerInitializer(
        (classes, servletContext) -> site.setup().accept(servletContext), Set.of());
    try {
      tomcat.start();
    } catch (LifecycleException e) {
      throw new IllegalStateException("Tomcat did not start", e);
    }
    return new TomcatContainer(tomcat);
  }

  @Override
  public int port() {
    return tomcat.getConnector().getLocalPort();
  }

  @Override
  public void close() {
    try {
      tomcat.stop();
      tomcat.destroy();
    } catch (LifecycleException e) {
      throw new IllegalStateException("Tomcat did not stop", e);
    }
  }

  /** As an administrator configures it: public, because Tomcat makes it by name. */
  public static final class QuietErrors extends ErrorReportValve {
    /** Shows neither the stack nor the server. */
    public QuietErrors() {
      setShowReport(false);
      setShowServerInfo(false);
    }
  }
}
