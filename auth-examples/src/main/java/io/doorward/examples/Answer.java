package io.doorward.examples;

import java.time.Duration;
import java.util.Optional;

/**
 * The answer to a browser, without secrets.
 *
 * @param request method and path
 * @param status the HTTP status
 * @param retryAfter how long the server asked to wait, if it did
 * @param cookie whether the browser's cookie was set, cleared or kept
 * @param took from sending the request to reading the last byte
 */
record Answer(
    String request, int status, Optional<Duration> retryAfter, Cookie cookie, Duration took) {
  enum Cookie {
    /** There was none, and there is none. */
    NONE,
    SET,
    CLEARED,
    KEPT
  }

  /**
   * Summarises the answer, for instance {@code 503, Retry-After, cookie kept}. That the cookie was
   * kept matters when a backend is away: an outage must log no user out.
   */
  String summary() {
    String text = Integer.toString(status);
    if (retryAfter.isPresent()) {
      text += ", Retry-After";
    }
    return switch (cookie) {
      case NONE -> text;
      case SET -> text + ", cookie set";
      case CLEARED -> text + ", cookie cleared";
      case KEPT -> status == 503 ? text + ", cookie kept" : text;
    };
  }

  /** Returns the request and its duration. */
  String details() {
    return request + " " + Text.millis(took);
  }
}
