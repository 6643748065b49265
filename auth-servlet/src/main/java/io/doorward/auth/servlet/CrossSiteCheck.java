package io.doorward.auth.servlet;

import io.doorward.auth.event.AccessEvent.RequestRefusal;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Keeps other sites from using a browser's cookie, or from logging a browser in to another account.
 * Thread-safe.
 *
 * <p>Browsers send the origin of a request in headers that pages cannot change: {@code
 * Sec-Fetch-Site} (Fetch Metadata), and {@code Origin} in those that do not know it. A client that
 * sends neither is not a current browser; its request must carry what no form of another site can
 * send: a JSON body or the header {@code X-Requested-With}.
 */
final class CrossSiteCheck {
  private static final Set<String> SAFE_METHODS = Set.of("GET", "HEAD", "OPTIONS");
  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");
  private static final Pattern ORIGIN =
      Pattern.compile("(https?)://([^:/]+|\\[[^]]+])(?::(\\d+))?");
  private static final Pattern HOST = Pattern.compile("([^:/]+|\\[[^]]+])(?::(\\d+))?");

  private final Set<String> allowedOrigins;

  CrossSiteCheck(Set<String> allowedOrigins) {
    this.allowedOrigins = allowedOrigins;
  }

  /** Passes a request that changes nothing, or that does not come from another site. */
  void require(ReceivedRequest request) throws RefusedRequest {
    if (SAFE_METHODS.contains(request.method())) {
      return;
    }
    Optional<Problem> problem = problem(request);
    if (problem.isPresent()) {
      throw new RefusedRequest(problem.get(), RequestRefusal.CROSS_SITE);
    }
  }

  /** Tells whether a host, with or without a port, names the machine itself. */
  static boolean isLoopback(String host) {
    Matcher name = HOST.matcher(host);
    return name.matches() && LOOPBACK.contains(name.group(1).toLowerCase(Locale.ROOT));
  }

  /** Tells whether an origin is a page that the machine itself serves. */
  static boolean isLoopbackOrigin(String origin) {
    Matcher parts = ORIGIN.matcher(origin);
    return parts.matches() && LOOPBACK.contains(parts.group(2).toLowerCase(Locale.ROOT));
  }

  /** Returns what is wrong with a request that may come from another site. */
  private Optional<Problem> problem(ReceivedRequest request) throws RefusedRequest {
    List<String> origins = request.headers("Origin");
    List<String> sites = request.headers("Sec-Fetch-Site");
    if (origins.size() > 1 || sites.size() > 1) {
      return Optional.of(Problem.CROSS_SITE_REQUEST);
    }
    if (!origins.isEmpty() && allowedOrigins.contains(origins.get(0))) {
      return Optional.empty();
    }
    if (!sites.isEmpty()) {
      // "none" is the user, not a page. A host beside ours ("same-site") is another site.
      boolean ours = sites.get(0).equals("same-origin") || sites.get(0).equals("none");
      return ours ? Optional.empty() : Optional.of(Problem.CROSS_SITE_REQUEST);
    }
    if (!origins.isEmpty()) {
      return problem(origins.get(0), request.host());
    }
    boolean noForm =
        request.header("X-Requested-With").isPresent()
            || request.header("Content-Type").flatMap(MediaType::parse).stream()
                .anyMatch(MediaType::isJson);
    return noForm ? Optional.empty() : Optional.of(Problem.ORIGIN_UNKNOWN);
  }

  /**
   * Compares host and port. The scheme must be https, also where the container sees http behind a
   * proxy, because the cookie is {@code Secure}; browsers allow http on the machine itself only.
   */
  private static Optional<Problem> problem(String origin, Optional<String> host) {
    Matcher theirs = ORIGIN.matcher(origin);
    Matcher ours = HOST.matcher(host.orElse(""));
    if (!theirs.matches() || !ours.matches()) {
      return Optional.of(Problem.CROSS_SITE_REQUEST);
    }
    String theirHost = theirs.group(2);
    boolean https = theirs.group(1).equals("https");
    String defaultPort = https ? "443" : "80";
    boolean ourHost =
        theirHost.equalsIgnoreCase(ours.group(1))
            && port(theirs, 3, defaultPort).equals(port(ours, 2, defaultPort));
    if (!ourHost) {
      return Optional.of(Problem.CROSS_SITE_REQUEST);
    }
    return https || LOOPBACK.contains(theirHost)
        ? Optional.empty()
        : Optional.of(Problem.TLS_REQUIRED);
  }

  private static String port(Matcher matcher, int group, String otherwise) {
    String port = matcher.group(group);
    return port == null ? otherwise : port;
  }
}
