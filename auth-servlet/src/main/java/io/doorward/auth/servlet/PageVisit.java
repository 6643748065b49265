package io.doorward.auth.servlet;

import jakarta.servlet.DispatcherType;
import java.util.List;

/**
 * Tells a person's visit of a page, for whom an answer is a page, from a request of a script or a
 * program, which reads JSON.
 */
final class PageVisit {
  private PageVisit() {}

  static boolean is(ReceivedRequest request) {
    try {
      List<String> modes = request.headers("Sec-Fetch-Mode");
      return request.dispatcherType() != DispatcherType.INCLUDE
          && modes.stream().allMatch("navigate"::equals)
          && request.header("Authorization").isEmpty()
          && request.header("X-Requested-With").isEmpty()
          && request.headers("Accept").stream().anyMatch(PageVisit::namesHtml);
    } catch (RefusedRequest e) {
      return false;
    }
  }

  /** A wildcard does not count: programs send that. */
  private static boolean namesHtml(String accept) {
    for (String range : accept.split(",", -1)) {
      if (MediaType.parse(range).filter(it -> it.name().equals("text/html")).isPresent()) {
        return true;
      }
    }
    return false;
  }
}
