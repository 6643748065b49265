package io.doorward.auth.servlet;

import io.doorward.auth.event.AccessEvent.RequestRefusal;
import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Keeps an application in development mode to the machine that it runs on. Its cookie travels
 * without TLS, so whatever comes from elsewhere, or through a proxy, is refused. A proxy on this
 * machine that adds no header is told by the origin of what a page sends.
 */
final class DevelopmentMode {
  private static final Set<String> FORWARDING = Set.of("forwarded", "via", "x-real-ip");
  private static final String FORWARDED_PREFIX = "x-forwarded-";

  private DevelopmentMode() {}

  /** Passes a request that this machine sent to itself. */
  static void require(ReceivedRequest request, Set<String> allowedOrigins) throws RefusedRequest {
    if (!isLoopback(request) || isForwarded(request) || !isOurs(request, allowedOrigins)) {
      throw new RefusedRequest(Problem.DEVELOPMENT_MODE, RequestRefusal.CROSS_SITE);
    }
  }

  /** Peer and host: a name of another machine may lead here, too. */
  private static boolean isLoopback(ReceivedRequest request) throws RefusedRequest {
    Optional<InetAddress> peer = request.peer().flatMap(ClientAddress::parse);
    Optional<String> host = request.host();
    return peer.isPresent()
        && peer.get().isLoopbackAddress()
        && host.isPresent()
        && CrossSiteCheck.isLoopback(host.get());
  }

  private static boolean isForwarded(ReceivedRequest request) throws RefusedRequest {
    for (String name : request.headerNames()) {
      String lower = name.toLowerCase(Locale.ROOT);
      if (FORWARDING.contains(lower) || lower.startsWith(FORWARDED_PREFIX)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Tells whether the page that sent it, if one did and it says so, is of this machine. A page that
   * hides its origin ({@code Referrer-Policy: no-referrer}) is, if the browser says so.
   */
  private static boolean isOurs(ReceivedRequest request, Set<String> allowedOrigins)
      throws RefusedRequest {
    List<String> origins = request.headers("Origin");
    if (origins.equals(List.of("null"))) {
      return request.headers("Sec-Fetch-Site").equals(List.of("same-origin"));
    }
    return origins.stream()
        .allMatch(
            origin -> CrossSiteCheck.isLoopbackOrigin(origin) || allowedOrigins.contains(origin));
  }
}
