package io.doorward.auth.servlet;

import io.doorward.auth.event.AuthEvent.RequestRefusal;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Keeps other sites from using a browser's cookie, or from logging a browser in as somebody else.
 * Thread-safe.
 *
 * <p>Browsers say where a request came from and pages cannot change what they say: {@code
 * Sec-Fetch-Site} (Fetch Metadata), and {@code Origin} in those that do not know it. Whoever sends
 * neither is no present-day browser; such a request must show something that no form of another
 * site can send: a JSON body or the header {@code X-Requested-With}.
 */
final class CrossSiteCheck {
  private static final Set<String> SAFE_METHODS = Set.of("GET", "HEAD", "OPTIONS");
  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");
  private static final Pattern ORIGIN =
      Pattern.compile("(https?)://([^:/]+|\\[[^]]+])(?::(\\d+))?");
  private static final Pattern HOST = Pattern.compile("([^:/]+|\\[[^]]+])(?::(\\d+))?");
  private static final Pattern JSON =
      Pattern.compile("application/json([ \\t]*;.*)?", Pattern.CASE_INSENSITIVE);

  private final Set<String> allowedOrigins;

  CrossSiteCheck(Set<String> allowedOrigins) {
    this.allowedOrigins = allowedOrigins;
  }

  /** Passes a request that changes nothing, or that does not come from another site. */
  void require(HttpServletRequest request) throws RefusedRequest {
    if (!SAFE_METHODS.contains(request.getMethod()) && !isSameOrigin(request)) {
      throw new RefusedRequest(Problem.CROSS_SITE_REQUEST, RequestRefusal.CROSS_SITE);
    }
  }

  private boolean isSameOrigin(HttpServletRequest request) {
    List<String> origins = Collections.list(request.getHeaders("Origin"));
    List<String> sites = Collections.list(request.getHeaders("Sec-Fetch-Site"));
    if (origins.size() > 1 || sites.size() > 1) {
      return false;
    }
    if (!origins.isEmpty() && allowedOrigins.contains(origins.get(0))) {
      return true;
    }
    if (!sites.isEmpty()) {
      // "none" is the person, not a page. A host beside ours ("same-site") is another site.
      return sites.get(0).equals("same-origin") || sites.get(0).equals("none");
    }
    if (!origins.isEmpty()) {
      return isOurs(origins.get(0), request.getHeader("Host"));
    }
    String type = request.getContentType();
    return (type != null && JSON.matcher(type).matches())
        || request.getHeader("X-Requested-With") != null;
  }

  /**
   * Compares host and port. The scheme must be https whatever the container sees behind a proxy,
   * because the cookie is {@code Secure}; only on the machine itself do browsers do without.
   */
  private static boolean isOurs(String origin, String hostHeader) {
    if (hostHeader == null) {
      return false;
    }
    Matcher theirs = ORIGIN.matcher(origin);
    Matcher ours = HOST.matcher(hostHeader);
    if (!theirs.matches() || !ours.matches()) {
      return false;
    }
    String host = theirs.group(2);
    boolean https = theirs.group(1).equals("https");
    String defaultPort = https ? "443" : "80";
    return host.equalsIgnoreCase(ours.group(1))
        && port(theirs, 3, defaultPort).equals(port(ours, 2, defaultPort))
        && (https || LOOPBACK.contains(host));
  }

  private static String port(Matcher matcher, int group, String otherwise) {
    String port = matcher.group(group);
    return port == null ? otherwise : port;
  }
}
