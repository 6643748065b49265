package io.doorward.auth.servlet;

import io.doorward.auth.AuthService;
import io.doorward.auth.Sessions.LogoutResult;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.event.AccessEvent.RequestRefusal;
import io.doorward.auth.session.RefreshResult;
import io.doorward.auth.session.RefreshToken;
import io.doorward.auth.session.SessionKind;
import java.util.Optional;
import java.util.Set;

/**
 * Exchanges the refresh token that is in the body, or in the cookie, and ends the session of the
 * one in the cookie at a logout. Thread-safe.
 *
 * <p>Security: a refusal never clears the cookie. Of two requests that race, a refusal may be the
 * last to arrive, and it would throw the token of the other one away.
 */
final class RefreshEndpoint {
  private static final String FIELD = "refreshToken";

  private final AuthService service;
  private final WebOptions options;
  private final RefreshCookie cookie;
  private final TokenAnswers answers;

  RefreshEndpoint(
      AuthService service, WebOptions options, RefreshCookie cookie, TokenAnswers answers) {
    this.service = service;
    this.options = options;
    this.cookie = cookie;
    this.answers = answers;
  }

  Answer answer(ReceivedRequest request) throws RefusedRequest {
    RefreshCookie.Received kept = cookie.read(request);
    Optional<RefreshToken> sent = kept.one();
    Optional<RefreshToken> written =
        new Body(request, options.bodyLimit())
            .json(Set.of(FIELD), Set.of())
            .optionalText(FIELD)
            .map(RefreshToken::of);
    if (sent.isPresent() && written.isPresent()) {
      throw new RefusedRequest(Problem.AMBIGUOUS_CREDENTIALS, RequestRefusal.AMBIGUOUS_CREDENTIALS);
    }
    Optional<RefreshToken> token = sent.or(() -> written);
    if (token.isEmpty()) {
      // A page cannot see whether it has the cookie: without one it has to log in.
      return Answer.problem(Problem.REFRESH_REJECTED);
    }
    Deadline deadline = Deadline.after(options.loginDeadline());
    RefreshResult result = service.refresh(token.get(), options.tenant(request), deadline);
    if (result instanceof RefreshResult.Refreshed refreshed) {
      return answers.refreshed(refreshed, token.get(), sent.map(unused -> kept));
    }
    return result instanceof RefreshResult.Unavailable unavailable
        ? Answer.problem(Problem.UNAVAILABLE, unavailable.retryAfter())
        : Answer.problem(Problem.REFRESH_REJECTED);
  }

  /**
   * Ends what the refresh cookie stands for, which may be another session, and then makes the
   * browser forget what it keeps of both.
   *
   * @param answer where all has ended
   * @param kind how the token of the request came; empty if it had none
   * @param deadline for all of it
   */
  Answer forgetting(
      Answer answer, Optional<SessionKind> kind, ReceivedRequest request, Deadline deadline)
      throws RefusedRequest {
    RefreshCookie.Received kept = cookie.read(request);
    for (RefreshToken token : kept.tokens()) {
      LogoutResult result = service.sessions().logout(token, deadline);
      if (result instanceof LogoutResult.Unavailable unavailable) {
        return Answer.problem(Problem.UNAVAILABLE, unavailable.retryAfter());
      }
    }
    return answers.forgetting(answer, kind, kept);
  }
}
