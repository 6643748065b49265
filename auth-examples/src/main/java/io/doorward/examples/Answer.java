package io.doorward.examples;

import java.time.Duration;
import java.util.Optional;

/**
 * What a browser got, without anything secret.
 *
 * @param request method and path
 * @param status the HTTP status
 * @param retryAfter how long the server asked to wait, if it did
 * @param cookie what became of the browser's cookie
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
   * Says in a few words what matters, for instance {@code 503, Retry-After, cookie kept}. That the
   * cookie was kept matters when a backend is away: nobody must be logged out by that.
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

  /** Says what was asked and how long it took. */
  String details() {
    return request + " " + Text.millis(took);
  }
}
