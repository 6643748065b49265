package io.doorward.auth.servlet;

import jakarta.servlet.DispatcherType;
import java.util.stream.Collectors;

/**
 * Method and path of a request as text for a log. A client wrote them: everything but printable
 * ASCII becomes a question mark, and no more than 200 characters are kept. The query string and
 * path parameters are left out, because secrets are put there.
 */
final class LoggedPath {
  private static final int MAX_LENGTH = 200;

  private LoggedPath() {}

  static String of(ReceivedRequest request) {
    try {
      return plain(request.method()) + ' ' + plain(path(request));
    } catch (RefusedRequest e) {
      return "(unreadable)";
    }
  }

  private static String path(ReceivedRequest request) throws RefusedRequest {
    return request.dispatcherType() == DispatcherType.REQUEST
        ? request.uri()
        : CanonicalPath.of(request).orElse("(ambiguous)");
  }

  private static String plain(String text) {
    int parameters = text.indexOf(';');
    String path = parameters < 0 ? text : text.substring(0, parameters) + ";...";
    String kept = path.length() > MAX_LENGTH ? path.substring(0, MAX_LENGTH) + "..." : path;
    return kept.chars()
        .mapToObj(c -> c > ' ' && c <= '~' ? String.valueOf((char) c) : "?")
        .collect(Collectors.joining());
  }
}
