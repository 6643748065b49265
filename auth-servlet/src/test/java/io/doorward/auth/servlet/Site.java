package io.doorward.auth.servlet;

import jakarta.servlet.Servlet;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletRegistration;
import java.util.Map;
import java.util.function.Consumer;

/**
 * An application as a container is given it.
 *
 * @param contextPath empty for the root
 * @param lenient true for a container that lets through all that it can be made to let through, so
 *     that what is refused was refused by us
 * @param errorPages paths inside the application by status
 * @param setup registers filters and servlets while the application is being started
 */
record Site(
    String contextPath,
    boolean lenient,
    Map<Integer, String> errorPages,
    Consumer<ServletContext> setup) {
  /** Returns a site at the root of a strict container. */
  static Site of(Consumer<ServletContext> setup) {
    return at("", setup);
  }

  static Site at(String contextPath, Consumer<ServletContext> setup) {
    return new Site(contextPath, false, Map.of(), setup);
  }

  /** Registers a servlet that may answer asynchronously. */
  static void serve(ServletContext context, String mapping, Servlet servlet) {
    ServletRegistration.Dynamic registration = context.addServlet(mapping, servlet);
    registration.setAsyncSupported(true);
    registration.addMapping(mapping);
  }

  /** Registers filter and endpoints as an application does. */
  static void mount(ServletContext context, AuthFilter filter, AuthEndpoints endpoints) {
    filter.register(context);
    endpoints.register(context, "/auth/*");
  }
}
