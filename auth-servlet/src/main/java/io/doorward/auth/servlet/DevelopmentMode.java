package io.doorward.auth.servlet;

import io.doorward.auth.event.AccessEvent.RequestRefusal;
import java.net.InetAddress;
import java.util.Optional;
import java.util.Set;

/**
 * Keeps an application in development mode to the machine that it runs on. Its cookie travels
 * without TLS, so whatever comes from elsewhere, or through a proxy, is refused.
 */
final class DevelopmentMode {
  private static final Set<String> FORWARDING =
      Set.of(
          "Forwarded",
          "Via",
          "X-Forwarded-For",
          "X-Forwarded-Host",
          "X-Forwarded-Proto",
          "X-Real-IP");

  private DevelopmentMode() {}

  /** Passes a request that this machine sent to itself. */
  static void require(ReceivedRequest request) throws RefusedRequest {
    if (!isLoopback(request) || isForwarded(request)) {
      throw new RefusedRequest(Problem.DEVELOPMENT_MODE, RequestRefusal.CROSS_SITE);
    }
  }

  /** Peer and host: a name of another machine may lead here, too. */
  private static boolean isLoopback(ReceivedRequest request) throws RefusedRequest {
    Optional<InetAddress> peer = request.peer().flatMap(AddressBlock::address);
    Optional<String> host = request.host();
    return peer.isPresent()
        && peer.get().isLoopbackAddress()
        && host.isPresent()
        && CrossSiteCheck.isLoopback(host.get());
  }

  private static boolean isForwarded(ReceivedRequest request) throws RefusedRequest {
    for (String name : FORWARDING) {
      if (request.header(name).isPresent()) {
        return true;
      }
    }
    return false;
  }
}
