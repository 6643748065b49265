package io.doorward.auth.servlet;

import java.io.Serial;

/**
 * Ends the handling of a request with an answer. Thrown and caught in this package only; it is
 * checked so that nobody forgets to catch it.
 */
final class RefusedRequest extends Exception {
  @Serial private static final long serialVersionUID = 1L;

  private final transient Answer answer;

  RefusedRequest(Answer answer) {
    super(null, null, false, false);
    this.answer = answer;
  }

  RefusedRequest(Problem problem) {
    this(Answer.problem(problem));
  }

  Answer answer() {
    return answer;
  }
}
