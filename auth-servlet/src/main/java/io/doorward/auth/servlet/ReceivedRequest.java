package io.doorward.auth.servlet;

import io.doorward.auth.event.AccessEvent.RequestRefusal;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A request as the client sent it, read alike on every container. On an unreadable header, one
 * container throws, another one skips it and a third one repairs it. Here every getter refuses it
 * with 400.
 *
 * <p>This is the only class that reads the client's data from the container, so no malformed
 * request becomes an internal error.
 *
 * @param container the container's request, for data that is not the client's: attributes and
 *     dispatches
 */
record ReceivedRequest(HttpServletRequest container) {
  private static final Logger LOG = LoggerFactory.getLogger(ReceivedRequest.class);

  String method() throws RefusedRequest {
    return read(container::getMethod);
  }

  DispatcherType dispatcherType() {
    return container.getDispatcherType();
  }

  /** Returns the names of all headers, in whatever case the container has them. */
  List<String> headerNames() throws RefusedRequest {
    return read(() -> Collections.list(container.getHeaderNames()));
  }

  /** Returns the values of all headers of that name, in their order. */
  List<String> headers(String name) throws RefusedRequest {
    return read(() -> Collections.list(container.getHeaders(name)));
  }

  /** Returns the first header of that name. */
  Optional<String> header(String name) throws RefusedRequest {
    return headers(name).stream().findFirst();
  }

  /**
   * Returns the values of all cookies of that name; there should be at most one. The header is
   * split at every semicolon (RFC 6265, 4.2.1). No other syntax is recognised: containers know
   * quotes, {@code $Version} or wider white space, and so let another host plant a cookie whose
   * name, to a browser, does not begin with {@code __Host-}.
   *
   * @throws RefusedRequest if any cookie has a control character
   */
  List<String> cookies(String name) throws RefusedRequest {
    List<String> values = new ArrayList<>();
    for (String line : headers("Cookie")) {
      if (line.chars().anyMatch(c -> c < ' ' || c == 0x7F)) {
        throw new RefusedRequest(Problem.MALFORMED_REQUEST);
      }
      for (String pair : line.split(";", -1)) {
        int equals = pair.indexOf('=');
        if (equals >= 0 && withoutSpaces(pair.substring(0, equals)).equals(name)) {
          values.add(withoutSpaces(pair.substring(equals + 1)));
        }
      }
    }
    return values;
  }

  /**
   * Returns host and port by which the client calls this server: of the header {@code Host}, or of
   * {@code :authority} where a version of HTTP has that instead.
   *
   * @return the host, with its port unless that is the scheme's own; empty if the client named none
   */
  Optional<String> host() throws RefusedRequest {
    Optional<String> header = header("Host");
    if (header.isPresent() || container.getProtocol().startsWith("HTTP/1")) {
      return header;
    }
    String name = read(container::getServerName);
    int port = read(container::getServerPort);
    boolean isDefault = port == (container.isSecure() ? 443 : 80);
    return Optional.of(isDefault ? name : name + ':' + port);
  }

  /** Returns the peer of the connection as text; empty if there is none. */
  Optional<String> peer() throws RefusedRequest {
    return read(() -> Optional.ofNullable(container.getRemoteAddr()));
  }

  /** Returns the path as it was sent. */
  String uri() throws RefusedRequest {
    return path(() -> Optional.ofNullable(container.getRequestURI()));
  }

  /** Returns the query string as it was sent; empty if there is none. */
  String query() throws RefusedRequest {
    return read(() -> Optional.ofNullable(container.getQueryString())).orElse("");
  }

  /** Returns the path of the application as it was deployed: no client chose how it is written. */
  String applicationPath() {
    return container.getServletContext().getContextPath();
  }

  String contextPath() throws RefusedRequest {
    return path(() -> Optional.ofNullable(container.getContextPath()));
  }

  /** Returns the decoded path of the servlet; empty for one that is mapped to everything. */
  String servletPath() throws RefusedRequest {
    return path(() -> Optional.ofNullable(container.getServletPath()));
  }

  /** Returns the decoded path behind the servlet's; empty if there is none. */
  String pathInfo() throws RefusedRequest {
    return path(() -> Optional.ofNullable(container.getPathInfo()));
  }

  /** Returns the announced length of the body; negative if none is announced. */
  long contentLength() throws RefusedRequest {
    return read(container::getContentLengthLong);
  }

  /**
   * Reads the body, or so much of it.
   *
   * @throws IOException if the connection broke, or the framing is wrong
   */
  byte[] readBody(int atMost) throws IOException {
    try {
      return container.getInputStream().readNBytes(atMost);
    } catch (RuntimeException e) {
      throw new IOException("the container cannot read the body", e);
    }
  }

  /** Cuts spaces off both ends, and no other kind of white space. */
  private static String withoutSpaces(String text) {
    int start = 0;
    int end = text.length();
    while (start < end && text.charAt(start) == ' ') {
      start++;
    }
    while (start < end && text.charAt(end - 1) == ' ') {
      end--;
    }
    return text.substring(start, end);
  }

  private static String path(Supplier<Optional<String>> getter) throws RefusedRequest {
    try {
      return getter.get().orElse("");
    } catch (RuntimeException e) {
      LOG.debug("The container cannot read the path of a request", e);
      throw new RefusedRequest(Problem.AMBIGUOUS_PATH, RequestRefusal.AMBIGUOUS_PATH);
    }
  }

  private static <T> T read(Supplier<T> getter) throws RefusedRequest {
    try {
      return getter.get();
    } catch (RuntimeException e) {
      LOG.debug("The container cannot read a request", e);
      throw new RefusedRequest(Problem.MALFORMED_REQUEST);
    }
  }
}
