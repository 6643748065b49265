package io.doorward.auth.servlet;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One answer of the endpoints or of the filter. Immutable. Never stored by a cache unless it says
 * so, never guessed at by a browser.
 */
final class Answer {
  /** RFC 6750 wants at least one parameter behind the scheme. */
  private static final String BEARER = "Bearer realm=\"doorward\"";

  private static final String INVALID_TOKEN = BEARER + ", error=\"invalid_token\"";
  private static final JsonFactory JSON = new JsonFactory();

  private final int status;
  private final String contentType;
  private final Map<String, Object> body;
  private final List<Header> headers;

  private Answer(int status, String contentType, Map<String, Object> body, List<Header> headers) {
    this.status = status;
    this.contentType = contentType;
    this.body = body;
    this.headers = headers;
  }

  static Answer noContent() {
    return new Answer(HttpServletResponse.SC_NO_CONTENT, "", Map.of(), List.of());
  }

  /**
   * Returns an answer with a JSON body of texts, numbers, truth values, lists of texts and maps.
   */
  static Answer json(int status, Map<String, Object> body) {
    return new Answer(status, "application/json", body, List.of());
  }

  /** Returns an answer of 200 with a body as that of {@link #json} and a media type of its own. */
  static Answer document(String contentType, Map<String, Object> body) {
    return new Answer(HttpServletResponse.SC_OK, contentType, body, List.of());
  }

  /** Returns a problem (RFC 9457). A 401 carries the challenge that RFC 9110 asks for. */
  static Answer problem(Problem problem) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("type", problem.type());
    body.put("title", problem.title());
    body.put("status", problem.status());
    body.put("code", problem.code());
    Answer answer = new Answer(problem.status(), "application/problem+json", body, List.of());
    return problem.status() == HttpServletResponse.SC_UNAUTHORIZED
        ? answer.header("WWW-Authenticate", BEARER)
        : answer;
  }

  /** Returns the 401 for a bearer token that is not good (RFC 6750, 3.1). */
  static Answer invalidToken() {
    Answer plain = problem(Problem.NOT_AUTHENTICATED);
    return new Answer(
        plain.status,
        plain.contentType,
        plain.body,
        List.of(new Header("WWW-Authenticate", INVALID_TOKEN)));
  }

  static Answer problem(Problem problem, Duration retryAfter) {
    return problem(problem).header("Retry-After", Long.toString(wholeSeconds(retryAfter)));
  }

  int status() {
    return status;
  }

  Answer header(String name, String value) {
    List<Header> more = new ArrayList<>(headers);
    more.add(new Header(name, value));
    return new Answer(status, contentType, body, List.copyOf(more));
  }

  /** Returns the first header of that name. */
  Optional<String> headerValue(String name) {
    return headers.stream().filter(it -> it.name().equals(name)).map(Header::value).findFirst();
  }

  /** Returns a redirect with the same headers in place of the body. */
  Answer seeOther(String pathAndQuery) {
    return new Answer(HttpServletResponse.SC_SEE_OTHER, "", Map.of(), headers)
        .header("Location", pathAndQuery);
  }

  Answer member(String name, Object value) {
    Map<String, Object> more = new LinkedHashMap<>(body);
    more.put(name, value);
    return new Answer(status, contentType, more, headers);
  }

  /** Returns the code of a problem; empty text for another answer. */
  String code() {
    return body.get("code") instanceof String code ? code : "";
  }

  boolean isProblem() {
    return body.containsKey("code");
  }

  /** Drops output that was not sent yet, and sets the headers: all of the answer but its body. */
  void prepare(HttpServletResponse response) {
    response.resetBuffer();
    response.setHeader("Cache-Control", headerValue("Cache-Control").orElse("no-store"));
    response.setHeader("X-Content-Type-Options", "nosniff");
    for (Header header : headers) {
      if (!response.getHeaders(header.name()).contains(header.value())) {
        response.addHeader(header.name(), header.value());
      }
    }
  }

  /**
   * Sends it, in place of output that was not sent yet. Does nothing if it is too late for that.
   */
  void send(HttpServletResponse response) throws IOException {
    if (response.isCommitted()) {
      return;
    }
    prepare(response);
    response.setStatus(status);
    if (contentType.isEmpty()) {
      return;
    }
    byte[] bytes = bytes();
    response.setContentType(contentType);
    response.setContentLength(bytes.length);
    response.getOutputStream().write(bytes);
  }

  /** Rounds up: a client that comes back too early would be refused again. */
  private static long wholeSeconds(Duration wait) {
    long seconds = wait.getNano() == 0 ? wait.getSeconds() : wait.getSeconds() + 1;
    return Math.max(1, seconds);
  }

  private byte[] bytes() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      write(json, body);
    }
    return bytes.toByteArray();
  }

  private static void write(JsonGenerator json, Object value) throws IOException {
    if (value instanceof Map<?, ?> object) {
      json.writeStartObject();
      for (Map.Entry<?, ?> member : object.entrySet()) {
        json.writeFieldName((String) member.getKey());
        write(json, member.getValue());
      }
      json.writeEndObject();
    } else if (value instanceof Collection<?> list) {
      json.writeStartArray();
      for (Object element : list) {
        write(json, element);
      }
      json.writeEndArray();
    } else {
      json.writeObject(value);
    }
  }

  private record Header(String name, String value) {}
}
