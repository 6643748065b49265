package io.doorward.auth.servlet;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.doorward.auth.testkit.TestSecrets;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
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
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A container with an application, and two ways to talk to it in the version of HTTP that is
 * tested: as clients do, over a connection that is kept, and with requests that no client tidies
 * up.
 */
final class WebServer implements AutoCloseable {
  static final String JSON = "application/json";
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** With its own version of HTTP it would ask every server to change to HTTP/2. */
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final Stack stack;
  private final Stack.Container container;
  private final String contextPath;
  private @Nullable Http2Connection http2;

  private WebServer(Stack stack, Stack.Container container, String contextPath) {
    this.stack = stack;
    this.container = container;
    this.contextPath = contextPath;
  }

  static WebServer start(Stack stack, Site site) {
    return new WebServer(stack, stack.start(site), site.contextPath());
  }

  int port() {
    return container.port();
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
    if (stack.isHttp2()) {
      List<String> lines = new ArrayList<>();
      for (int i = 0; i < headers.length; i += 2) {
        lines.add(headers[i] + ": " + headers[i + 1]);
      }
      return overHttp2(
          method, "127.0.0.1:" + port(), contextPath + path, lines, body.orElse(new byte[0]));
    }
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + contextPath + path))
            .method(
                method, body.map(BodyPublishers::ofByteArray).orElseGet(BodyPublishers::noBody));
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      HttpResponse<String> response = CLIENT.send(request.build(), BodyHandlers.ofString(UTF_8));
      return recorded(new Reply(response.statusCode(), response.headers().map(), response.body()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /**
   * Sends method and target, separated by a space, as they are. Header lines are as in HTTP/1.1.
   */
  Reply raw(String request, String... headers) {
    int space = request.indexOf(' ');
    return exchange(
        request.substring(0, space), "localhost", request.substring(space + 1), "", headers);
  }

  /** Sends a request as it is; the authority becomes {@code Host} in HTTP/1.1. */
  Reply exchange(String method, String authority, String target, String body, String... headers) {
    byte[] bytes = body.getBytes(UTF_8);
    if (stack.isHttp2()) {
      return overHttp2(method, authority, target, List.of(headers), bytes);
    }
    List<String> lines = new ArrayList<>();
    lines.add(method + " " + target + " HTTP/1.1");
    lines.add("Host: " + authority);
    lines.addAll(List.of(headers));
    if (bytes.length > 0) {
      lines.add("Content-Length: " + bytes.length);
    }
    lines.add("Connection: close");
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.writeBytes((String.join("\r\n", lines) + "\r\n\r\n").getBytes(ISO_8859_1));
    request.writeBytes(bytes);
    return rawBytes(request.toByteArray());
  }

  private Reply overHttp2(
      String method, String authority, String target, List<String> headers, byte[] body) {
    try {
      try {
        return recorded(http2().exchange(method, authority, target, headers, body));
      } catch (Http2Connection.CancelledException e) {
        if (body.length > 0) {
          throw e;
        }
        // Jetty was seen to reset the stream of a request without a body, which had all been sent,
        // in place of ending its answer. What has no body is sent again, over another connection.
        closeHttp2();
        return recorded(http2().exchange(method, authority, target, headers, body));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the connection, a new one if the server takes no more requests over the last one. */
  private Http2Connection http2() throws IOException {
    Http2Connection connection = http2;
    if (connection == null || connection.isOver()) {
      closeHttp2();
      connection = new Http2Connection(connect());
      http2 = connection;
    }
    return connection;
  }

  private void closeHttp2() throws IOException {
    if (http2 != null) {
      http2.close();
      http2 = null;
    }
  }

  /** Opens a connection whose reads give up after 20 seconds. The caller closes it. */
  Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port());
    socket.setSoTimeout(20_000);
    return socket;
  }

  /**
   * Sends bytes in HTTP/1.1, whatever is tested, and reads one answer. A server that waits for more
   * of the request, though it has answered, is not waited for.
   */
  Reply rawBytes(byte[] bytes) {
    try (Socket socket = connect()) {
      socket.getOutputStream().write(bytes);
      socket.getOutputStream().flush();
      StringBuilder answer = new StringBuilder();
      InputStream in = new BufferedInputStream(socket.getInputStream());
      for (int next = in.read(); next >= 0; next = in.read()) {
        answer.append((char) next);
        if (next == '\n' && answer.toString().endsWith("\r\n\r\n")) {
          break;
        }
      }
      if (answer.isEmpty()) {
        return Reply.NONE;
      }
      Reply head = Reply.parse(answer.toString());
      byte[] body =
          head.header("Content-Length").isPresent()
              ? in.readNBytes(Integer.parseInt(head.header("Content-Length").get()))
              : in.readAllBytes();
      return recorded(new Reply(head.status(), head.headers(), new String(body, UTF_8)));
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
    reply
        .refreshCookie()
        .map(WebServer::valueOf)
        .filter(it -> !it.isEmpty())
        .ifPresent(TestSecrets::record);
    if (reply.body().contains("\"accessToken\"")) {
      for (String secret : List.of("accessToken", "refreshToken", "deviceCookie")) {
        if (reply.json().has(secret)) {
          TestSecrets.record(reply.json().get(secret).asText());
        }
      }
    }
    return reply;
  }

  private static String valueOf(String cookie) {
    return cookie.substring(cookie.indexOf('=') + 1);
  }

  @Override
  public void close() {
    try {
      closeHttp2();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      container.close();
    }
  }

  /** What came back. Header names are in lower case. */
  record Reply(int status, Map<String, List<String>> headers, String body) {
    /** The server gave no answer. */
    static final Reply NONE = new Reply(0, Map.of(), "");

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
      return cookies().filter(set -> !isDevices(set) && !isRefresh(set)).findFirst();
    }

    /** Returns what is set of the device cookie. */
    Optional<String> setDeviceCookie() {
      return cookies().filter(Reply::isDevices).findFirst();
    }

    /** Returns the device cookie as a browser would send it back. */
    Optional<String> deviceCookie() {
      return setDeviceCookie().map(set -> set.substring(0, set.indexOf(';')));
    }

    /** Returns what is set of the refresh cookie. */
    Optional<String> setRefreshCookie() {
      return cookies().filter(Reply::isRefresh).findFirst();
    }

    /** Returns the refresh cookie as a browser would send it back. */
    Optional<String> refreshCookie() {
      return setRefreshCookie().map(set -> set.substring(0, set.indexOf(';')));
    }

    private Stream<String> cookies() {
      return headers.getOrDefault("set-cookie", List.of()).stream();
    }

    private static boolean isRefresh(String set) {
      return set.substring(0, set.indexOf('=')).endsWith("-refresh");
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
