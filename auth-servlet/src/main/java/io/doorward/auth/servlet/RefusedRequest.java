package io.doorward.auth.servlet;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.event.AccessEvent.RequestRefusal;
import java.io.Serial;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Ends the handling of a request with an answer. Thrown and caught in this package only; it is
 * checked so that the compiler requires a catch.
 */
final class RefusedRequest extends Exception {
  @Serial private static final long serialVersionUID = 1L;

  private final transient Answer answer;
  private final @Nullable RequestRefusal reason;
  private final transient @Nullable AccountId account;

  /** A refusal that is reported to the listener if it has a reason. */
  RefusedRequest(Answer answer, @Nullable RequestRefusal reason, @Nullable AccountId account) {
    super(null, null, false, false);
    this.answer = answer;
    this.reason = reason;
    this.account = account;
  }

  /** A refusal without a report: a mistake, or no session. */
  RefusedRequest(Answer answer) {
    this(answer, null, null);
  }

  /** A refusal without a report: a mistake, or no session. */
  RefusedRequest(Problem problem) {
    this(Answer.problem(problem), null, null);
  }

  /** A refusal that is reported to the listener. */
  RefusedRequest(Problem problem, RequestRefusal reason) {
    this(Answer.problem(problem), reason, null);
  }

  Answer answer() {
    return answer;
  }

  /** The reason for the listener; empty if there is no report. */
  Optional<RequestRefusal> reason() {
    return Optional.ofNullable(reason);
  }

  Optional<AccountId> account() {
    return Optional.ofNullable(account);
  }
}
