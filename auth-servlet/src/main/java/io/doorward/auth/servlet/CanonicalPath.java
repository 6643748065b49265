package io.doorward.auth.servlet;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.doorward.auth.text.CodePoints;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.RequestDispatcher;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Optional;

/**
 * Finds the one path of a request, or reports that it has more than one reading. Containers,
 * frameworks and proxies disagree about encoded slashes, dot segments, path parameters, double
 * slashes, back slashes and double encoding; a rule that matches one reading is by-passed through
 * another. So such paths are refused before any rule.
 */
final class CanonicalPath {
  private CanonicalPath() {}

  /**
   * Returns the decoded path inside the application.
   *
   * @return a path that starts with a slash; empty if it is ambiguous
   */
  static Optional<String> of(ReceivedRequest request) throws RefusedRequest {
    if (request.dispatcherType() == DispatcherType.INCLUDE) {
      return chosenByServer(
          attribute(request, RequestDispatcher.INCLUDE_SERVLET_PATH),
          attribute(request, RequestDispatcher.INCLUDE_PATH_INFO));
    }
    if (request.dispatcherType() != DispatcherType.REQUEST) {
      return chosenByServer(request.servletPath(), request.pathInfo());
    }
    // The raw text first: containers may throw when asked for the parts of an ambiguous path.
    Optional<String> sent = decode(request.uri());
    if (sent.isEmpty()) {
      return sent;
    }
    Optional<String> context = contextPath(request.contextPath());
    String path = request.servletPath() + request.pathInfo();
    return context
        .filter(prefix -> isReadingOf(prefix + path, sent.get()))
        .flatMap(prefix -> plain(path.isEmpty() ? "/" : path));
  }

  /**
   * Decodes a path as it was sent.
   *
   * @return the decoded path; empty if another program could read it differently
   */
  static Optional<String> decode(String raw) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(raw.length());
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (c <= ' ' || c > '~' || c == '\\' || c == ';' || c == '?' || c == '#') {
        return Optional.empty();
      }
      if (c == '%') {
        int octet = octet(raw, i + 1);
        if (octet < 0 || !mayBeEncoded(octet)) {
          return Optional.empty();
        }
        bytes.write(octet);
        i += 2;
      } else {
        bytes.write(c);
      }
    }
    try {
      return plain(UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes.toByteArray())).toString());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  /**
   * For a dispatch inside the server: no other program read the path, the container chose the
   * target.
   */
  private static Optional<String> chosenByServer(String servletPath, String pathInfo) {
    String path = servletPath + pathInfo;
    return plain(path.isEmpty() ? "/" : path);
  }

  /** The container's reading must be ours; it may only have appended the name of a welcome file. */
  private static boolean isReadingOf(String container, String sent) {
    return container.equals(sent) || (sent.endsWith("/") && container.startsWith(sent));
  }

  /** A context path is given as it was sent, and empty at the root. */
  private static Optional<String> contextPath(String raw) {
    return raw.isEmpty() ? Optional.of("") : decode(raw);
  }

  /** Passes a decoded path without a part that a program could resolve or decode once more. */
  static Optional<String> plain(String path) {
    if (!path.startsWith("/") || !path.codePoints().allMatch(CanonicalPath::isPlain)) {
      return Optional.empty();
    }
    String[] segments = path.split("/", -1);
    for (int i = 1; i < segments.length; i++) {
      boolean last = i == segments.length - 1;
      if ((segments[i].isEmpty() && !last) || segments[i].equals(".") || segments[i].equals("..")) {
        return Optional.empty();
      }
    }
    return Optional.of(path);
  }

  private static boolean isPlain(int c) {
    return c != '\\' && c != ';' && c != '%' && c != 0xFFFD && !CodePoints.isInvisible(c);
  }

  /** Unreserved characters have one canonical form, the bare one (RFC 3986, 6.2.2.2). */
  private static boolean mayBeEncoded(int octet) {
    boolean unreserved =
        (octet >= 'a' && octet <= 'z')
            || (octet >= 'A' && octet <= 'Z')
            || (octet >= '0' && octet <= '9')
            || "-._~".indexOf(octet) >= 0;
    return octet >= ' ' && octet != 0x7F && octet != '/' && !unreserved;
  }

  /** Returns the value of two hexadecimal digits; -1 if they are not there. */
  static int octet(String raw, int at) {
    if (at + 2 > raw.length()) {
      return -1;
    }
    int high = hex(raw.charAt(at));
    int low = hex(raw.charAt(at + 1));
    return high < 0 || low < 0 ? -1 : high * 16 + low;
  }

  /** Unlike {@link Character#digit} it knows no digits but those of ASCII. */
  private static int hex(char c) {
    return c < 128 ? Character.digit(c, 16) : -1;
  }

  private static String attribute(ReceivedRequest request, String name) {
    return request.container().getAttribute(name) instanceof String text ? text : "";
  }
}
