package io.doorward.auth.servlet;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletResponse;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Lets pages of the allowed origins call this application and read its answers (Fetch Standard,
 * 3.2), refusals included. Thread-safe.
 */
final class Cors {
  /** Browsers keep it no longer than one or two hours, whatever they are told. */
  private static final String MAX_AGE_SECONDS = "3600";

  private static final int MAX_HEADER_NAMES = 1024;
  private static final String ORIGIN = "Origin";
  private static final String REQUEST_METHOD = "Access-Control-Request-Method";
  private static final String REQUEST_HEADERS = "Access-Control-Request-Headers";

  private final Set<String> origins;
  private final String methods;

  /**
   * Creates the check.
   *
   * @param origins the allowed ones
   * @param methods that may be used, for instance {@code GET, POST}
   */
  Cors(Set<String> origins, String methods) {
    this.origins = origins;
    this.methods = methods;
  }

  /**
   * Marks the answer to a request as readable for its origin, if that is an allowed one, and tells
   * caches that it depends on the origin.
   */
  void mark(ReceivedRequest request, HttpServletResponse response) throws RefusedRequest {
    DispatcherType type = request.dispatcherType();
    // A container may drop the headers before it shows an error page.
    if (origins.isEmpty() || (type != DispatcherType.REQUEST && type != DispatcherType.ERROR)) {
      return;
    }
    if (!response.getHeaders("Vary").contains(ORIGIN)) {
      response.addHeader("Vary", ORIGIN);
    }
    Optional<String> origin = allowedOrigin(request);
    if (origin.isPresent()) {
      response.setHeader("Access-Control-Allow-Origin", origin.get());
      response.setHeader("Access-Control-Allow-Credentials", "true");
      response.setHeader("Access-Control-Expose-Headers", "Retry-After, WWW-Authenticate");
    }
  }

  /**
   * Returns the answer to a browser's question in advance, whether a page of an allowed origin may
   * send a request. The question has no credentials, so nothing else may refuse it.
   *
   * @return empty for every other request, and for pages of other origins
   */
  Optional<Answer> preflight(ReceivedRequest request) throws RefusedRequest {
    boolean asks =
        request.dispatcherType() == DispatcherType.REQUEST
            && request.method().equals("OPTIONS")
            && request.header(REQUEST_METHOD).isPresent()
            && allowedOrigin(request).isPresent();
    if (!asks) {
      return Optional.empty();
    }
    Answer answer =
        Answer.noContent()
            .header("Access-Control-Allow-Methods", methods)
            .header("Access-Control-Max-Age", MAX_AGE_SECONDS)
            .header("Vary", REQUEST_METHOD + ", " + REQUEST_HEADERS);
    List<String> names = request.headers(REQUEST_HEADERS);
    return Optional.of(
        names.size() == 1 && isListOfNames(names.get(0))
            ? answer.header("Access-Control-Allow-Headers", names.get(0))
            : answer);
  }

  private Optional<String> allowedOrigin(ReceivedRequest request) throws RefusedRequest {
    List<String> named = request.headers(ORIGIN);
    return named.size() == 1
        ? Optional.of(named.get(0)).filter(origins::contains)
        : Optional.empty();
  }

  /** Only what is well-formed goes into the answer. */
  private static boolean isListOfNames(String value) {
    if (value.length() > MAX_HEADER_NAMES) {
      return false;
    }
    HeaderText text = new HeaderText(value);
    do {
      text.skipSpace();
      if (text.token().isEmpty()) {
        return false;
      }
      text.skipSpace();
    } while (text.take(','));
    return text.isAtEnd();
  }
}
