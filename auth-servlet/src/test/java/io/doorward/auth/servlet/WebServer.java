package io.doorward.auth.servlet;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.doorward.auth.testkit.TestSecrets;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** A real Jetty with an application, and two ways to talk to it: a client and a bare socket. */
final class WebServer implements AutoCloseable {
  static final String JSON = "application/json";
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Server server;
  private final ServerConnector connector;
  private final String contextPath;
  private final HttpClient client = HttpClient.newHttpClient();

  private WebServer(Server server, ServerConnector connector, String contextPath) {
    this.server = server;
    this.connector = connector;
    this.contextPath = contextPath;
  }

  /** Starts a strict Jetty with the application at the root. */
  static WebServer start(Consumer<ServletContextHandler> application) {
    return start("", false, application);
  }

  /**
   * Starts a Jetty.
   *
   * @param lenient true for one that lets through everything it can be made to let through, so that
   *     what is refused was refused by us
   */
  static WebServer start(
      String contextPath, boolean lenient, Consumer<ServletContextHandler> application) {
    QueuedThreadPool threads = new QueuedThreadPool(8);
    Server server = new Server(threads);
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    if (lenient) {
      http.setUriCompliance(UriCompliance.UNSAFE);
      http.setHttpCompliance(HttpCompliance.LEGACY);
      http.setRequestHeaderSize(256 * 1024);
    }
    ServerConnector connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler();
    context.setContextPath(contextPath.isEmpty() ? "/" : contextPath);
    context.getServletHandler().setDecodeAmbiguousURIs(lenient);
    application.accept(context);
    server.setHandler(context);
    try {
      server.start();
    } catch (Exception e) {
      throw new IllegalStateException("Jetty did not start", e);
    }
    return new WebServer(server, connector, contextPath);
  }

  /** Registers filter and endpoints as an application does: when it is being started. */
  static void mount(ServletContextHandler context, AuthFilter filter, AuthEndpoints endpoints) {
    context.addServletContainerInitializer(
        (classes, servletContext) -> {
          filter.register(servletContext);
          endpoints.register(servletContext, "/auth/*");
        });
  }

  static void serve(ServletContextHandler context, String mapping, HttpServlet servlet) {
    ServletHolder holder = new ServletHolder(servlet);
    holder.setAsyncSupported(true);
    context.addServlet(holder, mapping);
  }

  int port() {
    return connector.getLocalPort();
  }

  Reply get(String path, String... headers) {
    return send("GET", path, Optional.empty(), headers);
  }

  Reply post(String path, String json, String... headers) {
    List<String> all = new ArrayList<>(List.of("Content-Type", JSON));
    all.addAll(List.of(headers));
    return send("POST", path, Optional.of(json.getBytes(UTF_8)), all.toArray(String[]::new));
  }

  Reply send(String method, String path, Optional<byte[]> body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + contextPath + path))
            .method(
                method, body.map(BodyPublishers::ofByteArray).orElseGet(BodyPublishers::noBody));
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      HttpResponse<String> response = client.send(request.build(), BodyHandlers.ofString(UTF_8));
      return recorded(new Reply(response.statusCode(), response.headers().map(), response.body()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Sends a request line as it is, so that no client tidies it up. */
  Reply raw(String requestLine, String... headers) {
    StringBuilder text = new StringBuilder(requestLine).append(" HTTP/1.1\r\nHost: localhost\r\n");
    for (String header : headers) {
      text.append(header).append("\r\n");
    }
    return rawBytes(text.append("Connection: close\r\n\r\n").toString().getBytes(ISO_8859_1));
  }

  /** Opens a connection whose reads give up after 20 seconds. The caller closes it. */
  Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port());
    socket.setSoTimeout(20_000);
    return socket;
  }

  /** Sends bytes, then reads until the server closes. */
  Reply rawBytes(byte[] bytes) {
    try (Socket socket = connect()) {
      socket.getOutputStream().write(bytes);
      socket.getOutputStream().flush();
      return recorded(Reply.parse(new String(socket.getInputStream().readAllBytes(), ISO_8859_1)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Tokens are secrets of the test run, wherever they are seen. */
  private static Reply recorded(Reply reply) {
    if (reply.setCookie().isPresent() && !reply.cookie().endsWith("=")) {
      TestSecrets.record(reply.token());
    }
    reply.deviceCookie().ifPresent(cookie -> TestSecrets.record(valueOf(cookie)));
    if (reply.body().contains("\"accessToken\"")) {
      TestSecrets.record(reply.json().get("accessToken").asText());
      TestSecrets.record(reply.json().get("deviceCookie").asText());
    }
    return reply;
  }

  private static String valueOf(String cookie) {
    return cookie.substring(cookie.indexOf('=') + 1);
  }

  @Override
  public void close() {
    try {
      server.stop();
    } catch (Exception e) {
      throw new IllegalStateException("Jetty did not stop", e);
    }
  }

  /** What came back. Header names are in lower case. */
  record Reply(int status, Map<String, List<String>> headers, String body) {
    static Reply parse(String text) {
      int end = text.indexOf("\r\n\r\n");
      if (end < 0) {
        throw new IllegalStateException("not an HTTP response: " + text);
      }
      String[] lines = text.substring(0, end).split("\r\n", -1);
      Map<String, List<String>> headers = new HashMap<>();
      for (int i = 1; i < lines.length; i++) {
        int colon = lines[i].indexOf(':');
        headers
            .computeIfAbsent(
                lines[i].substring(0, colon).toLowerCase(Locale.ROOT), name -> new ArrayList<>())
            .add(lines[i].substring(colon + 1).strip());
      }
      return new Reply(
          Integer.parseInt(lines[0].split(" ", 3)[1]), headers, text.substring(end + 4));
    }

    Optional<String> header(String name) {
      return headers.getOrDefault(name.toLowerCase(Locale.ROOT), List.of()).stream().findFirst();
    }

    /** Returns what is set of the session cookie. */
    Optional<String> setCookie() {
      return cookies().filter(set -> !isDevices(set)).findFirst();
    }

    /** Returns what is set of the device cookie. */
    Optional<String> setDeviceCookie() {
      return cookies().filter(Reply::isDevices).findFirst();
    }

    /** Returns the device cookie as a browser would send it back. */
    Optional<String> deviceCookie() {
      return setDeviceCookie().map(set -> set.substring(0, set.indexOf(';')));
    }

    private Stream<String> cookies() {
      return headers.getOrDefault("set-cookie", List.of()).stream();
    }

    private static boolean isDevices(String set) {
      return set.substring(0, set.indexOf('=')).endsWith("-device");
    }

    /** Returns the cookie as a browser would send it back. */
    String cookie() {
      String set = setCookie().orElseThrow();
      return set.substring(0, set.indexOf(';'));
    }

    /** Returns what the cookie holds. */
    String token() {
      return cookie().substring(cookie().indexOf('=') + 1);
    }

    JsonNode json() {
      try {
        return MAPPER.readTree(body);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** Returns the code of a problem, after checking that it is a whole one. */
    String code() {
      JsonNode problem = json();
      if (!header("Content-Type").orElse("").equals("application/problem+json")
          || problem.get("status").asInt() != status
          || !problem.get("type").asText().endsWith("/" + problem.get("code").asText())
          || problem.get("title").asText().isBlank()
          || !header("Cache-Control").orElse("").equals("no-store")) {
        throw new IllegalStateException("not a whole problem: " + this);
      }
      return problem.get("code").asText();
    }
  }
}
