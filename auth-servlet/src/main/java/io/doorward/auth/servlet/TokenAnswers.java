package io.doorward.auth.servlet;

import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.AuthenticatedPrincipal;
import io.doorward.auth.session.RefreshResult;
import io.doorward.auth.session.RefreshToken;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionKind;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The answers that hand out or take back tokens. A token goes into a cookie or into the body, never
 * into both. Thread-safe.
 */
final class TokenAnswers {
  private final WebOptions options;
  private final LoginCookies cookies;

  TokenAnswers(WebOptions options, LoginCookies cookies) {
    this.options = options;
    this.cookies = cookies;
  }

  /**
   * Answers a login, or a password change that ended the session before.
   *
   * @param kept where the refresh token of a bearer session goes; empty for the body
   */
  Answer loggedIn(LoginResult.Success success, Optional<RefreshCookie.Received> kept) {
    Map<String, Object> body = describe(success.principal());
    body.put("expiresAt", success.expiresAt().toString());
    Session session = success.principal().session();
    if (session.kind() == SessionKind.BEARER) {
      putToken(body, success.token(), success.expiresAt());
      success.deviceCookie().ifPresent(it -> body.put("deviceCookie", it.reveal()));
      return success
          .refreshToken()
          .map(token -> withRefreshToken(body, token, session, kept))
          .orElseGet(() -> Answer.json(HttpServletResponse.SC_OK, body));
    }
    Answer answer = Answer.json(HttpServletResponse.SC_OK, body);
    for (String header : cookies.set(success)) {
      answer = answer.header("Set-Cookie", header);
    }
    return answer;
  }

  /** Answers a login whose account has no place for another session. */
  static Answer full(LoginResult.TooManySessions full) {
    Answer answer = Answer.problem(Problem.TOO_MANY_SESSIONS).member("most", full.most());
    return full.deviceKind().map(kind -> answer.member("deviceKind", kind)).orElse(answer);
  }

  /**
   * Answers a refresh.
   *
   * @param sent the refresh token of the request. A cookie is set only for another one: the answer
   *     may arrive after that of a later request, and would replace a newer token
   * @param kept where the next refresh token goes, as the one before came; empty for the body
   */
  Answer refreshed(
      RefreshResult.Refreshed refreshed, RefreshToken sent, Optional<RefreshCookie.Received> kept) {
    Map<String, Object> body = describe(refreshed.principal());
    body.put("expiresAt", refreshed.expiresAt().toString());
    putToken(body, refreshed.token(), refreshed.expiresAt());
    return kept.isPresent() && refreshed.refreshToken().equals(sent)
        ? Answer.json(HttpServletResponse.SC_OK, body)
        : withRefreshToken(body, refreshed.refreshToken(), refreshed.principal().session(), kept);
  }

  private void putToken(Map<String, Object> body, AccessToken token, Instant expiresAt) {
    Duration left = Duration.between(options.clock().instant(), expiresAt);
    body.put("expiresIn", Math.max(0, left.toSeconds()));
    body.put("tokenType", "Bearer");
    body.put("accessToken", token.reveal());
  }

  private Answer withRefreshToken(
      Map<String, Object> body,
      RefreshToken token,
      Session session,
      Optional<RefreshCookie.Received> kept) {
    if (kept.isEmpty()) {
      body.put("refreshToken", token.reveal());
      return Answer.json(HttpServletResponse.SC_OK, body);
    }
    Optional<Duration> maxAge =
        LoginCookies.isRemembered(session)
            ? Optional.of(Duration.between(options.clock().instant(), session.absoluteEnd()))
            : Optional.empty();
    return Answer.json(HttpServletResponse.SC_OK, body)
        .header("Set-Cookie", kept.get().set(token, maxAge));
  }

  /**
   * Makes the browser forget what it keeps of sessions that are over.
   *
   * @param kind how the token of the request came; empty if it had none
   */
  Answer forgetting(Answer answer, Optional<SessionKind> kind, RefreshCookie.Received kept) {
    Answer forgotten =
        kind.filter(it -> it == SessionKind.COOKIE).isPresent()
            ? answer.header("Set-Cookie", cookies.clear())
            : answer;
    return kept.isPresent() ? forgotten.header("Set-Cookie", kept.clear()) : forgotten;
  }

  /** Returns the account and its roles, in a map that can be added to. */
  static Map<String, Object> describe(AuthenticatedPrincipal principal) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("account", principal.account().value());
    body.put("roles", new TreeSet<>(principal.roles()));
    return body;
  }
}
