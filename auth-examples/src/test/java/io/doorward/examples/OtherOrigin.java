package io.doorward.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** A web site beside the example, on another port, with one page that does nothing by itself. */
final class OtherOrigin implements AutoCloseable {
  private static final byte[] PAGE =
      "<!doctype html><html lang=\"en\"><title>Another site</title><body></body></html>"
          .getBytes(UTF_8);

  private final HttpServer server;

  OtherOrigin() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException("the other site did not start", e);
    }
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            exchange.getResponseHeaders().set("Content-Type", "text/html;charset=utf-8");
            exchange.sendResponseHeaders(200, PAGE.length);
            exchange.getResponseBody().write(PAGE);
          }
        });
    server.start();
  }

  /** The origin by a name that a browser takes for the same site as the example's. */
  String sameSite() {
    return "http://localhost:" + server.getAddress().getPort();
  }

  /** The same pages by a name that is another site. */
  String crossSite() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
