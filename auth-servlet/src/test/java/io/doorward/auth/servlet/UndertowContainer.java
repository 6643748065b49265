package io.doorward.auth.servlet;

import io.undertow.Handlers;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.HttpHandler;
import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.DeploymentManager;
import io.undertow.servlet.api.ServletContainerInitializerInfo;
import io.undertow.servlet.util.ImmediateInstanceHandle;
import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import java.net.InetSocketAddress;
import java.util.Set;

/** Undertow. */
record UndertowContainer(Undertow undertow, DeploymentManager deployment)
    implements Stack.Container {
  static {
    // Or Undertow fails by itself, with 500, where a cookie has a byte that is not printable ASCII.
    System.setProperty("io.undertow.legacy.cookie.ALLOW_HTTP_SEPARATORS_IN_V0", "true");
  }

  static UndertowContainer start(Site site) {
    String contextPath = site.contextPath().isEmpty() ? "/" : site.contextPath();
    Setup setup = new Setup(site);
    DeploymentInfo application =
        Servlets.deployment()
            .setClassLoader(UndertowContainer.class.getClassLoader())
            .setContextPath(contextPath)
            .setDeploymentName("application")
            .addServletContainerInitializer(
                new ServletContainerInitializerInfo(
                    Setup.class, () -> new ImmediateInstanceHandle<>(setup), Set.of()));
    site.errorPages()
        .forEach(
            (status, location) -> application.addErrorPage(Servlets.errorPage(location, status)));
    DeploymentManager deployment = Servlets.newContainer().addDeployment(application);
    deployment.deploy();
    HttpHandler handler;
    try {
      handler = deployment.start();
    } catch (ServletException e) {
      throw new IllegalStateException("the application did not start", e);
    }
    Undertow.Builder builder =
        Undertow.builder()
            .addHttpListener(0, "127.0.0.1")
            .setIoThreads(1)
            .setWorkerThreads(4)
            .setServerOption(UndertowOptions.ENABLE_HTTP2, true)
            .setHandler(Handlers.path().addPrefixPath(contextPath, handler));
    if (site.lenient()) {
      builder
          .setServerOption(UndertowOptions.MAX_HEADER_SIZE, 256 * 1024)
          .setServerOption(UndertowOptions.DECODE_SLASH, true);
    }
    Undertow undertow = builder.build();
    undertow.start();
    return new UndertowContainer(undertow, deployment);
  }

  @Override
  public int port() {
    return ((InetSocketAddress) undertow.getListenerInfo().get(0).getAddress()).getPort();
  }

  @Override
  public void close() {
    undertow.stop();
    try {
      deployment.stop();
    } catch (ServletException e) {
      throw new IllegalStateException("the application did not stop", e);
    }
    deployment.undeploy();
  }

  /** Undertow wants to know the class, so that it can make an instance: here it is given one. */
  private record Setup(Site site) implements ServletContainerInitializer {
    @Override
    public void onStartup(Set<Class<?>> classes, ServletContext context) {
      site.setup().accept(context);
    }
  }
}
