package io.doorward.auth.servlet;

import io.doorward.auth.AuthService;
import io.doorward.auth.Sessions.LogoutResult;
import io.doorward.auth.Sessions.SessionListResult;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.session.AuthenticatedPrincipal;
import io.doorward.auth.session.EndedSession;
import io.doorward.auth.session.Session;
import jakarta.servlet.http.HttpServletResponse;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * What a logged-in user sees of their account, and how they end its sessions. Thread-safe.
 *
 * <p>Security: every method requires a live session and acts on its account only. An id of another
 * account's session gets the same answer as one that never was.
 */
final class SessionEndpoints {
  private static final String SESSION = "/sessions/";

  private final AuthService service;
  private final WebOptions options;
  private final SessionCheck check;
  private final RefreshEndpoint refresh;

  SessionEndpoints(
      AuthService service, WebOptions options, SessionCheck check, RefreshEndpoint refresh) {
    this.service = service;
    this.options = options;
    this.check = check;
    this.refresh = refresh;
  }

  /** Returns the session that a path below the mount names; empty if it names none. */
  static Optional<SessionId> named(String path) {
    return path.startsWith(SESSION)
        ? SessionId.parse(path.substring(SESSION.length()))
        : Optional.empty();
  }

  Answer me(ReceivedRequest request) throws RefusedRequest {
    AuthenticatedPrincipal principal = check.require(request);
    Session session = principal.session();
    Map<String, Object> times = new LinkedHashMap<>();
    times.put("kind", session.kind().text());
    times.put("createdAt", session.createdAt().toString());
    times.put("authTime", session.authTime().toString());
    times.put("absoluteEnd", session.absoluteEnd().toString());
    times.put("idleTimeoutSeconds", session.idleTimeout().toSeconds());
    Map<String, Object> body = TokenAnswers.describe(principal);
    principal.loginId().ifPresent(it -> body.put("loginId", it.value()));
    body.put("permissions", new TreeSet<>(principal.permissions()));
    body.put("session", times);
    return Answer.json(HttpServletResponse.SC_OK, body);
  }

  Answer sessions(ReceivedRequest request) throws RefusedRequest {
    AuthenticatedPrincipal principal = check.require(request);
    SessionId current = principal.session().id();
    return service
        .sessions()
        .list(principal.account(), deadline())
        .match(
            listed -> Answer.json(HttpServletResponse.SC_OK, describe(listed, current)),
            unavailable -> Answer.problem(Problem.UNAVAILABLE, unavailable.retryAfter()));
  }

  private static Map<String, Object> describe(SessionListResult.Listed listed, SessionId current) {
    List<Map<String, Object>> live =
        listed.live().stream().map(session -> describe(session, current)).toList();
    List<Map<String, Object>> ended =
        listed.ended().stream().map(SessionEndpoints::describe).toList();
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("sessions", live);
    body.put("ended", ended);
    return body;
  }

  private static Map<String, Object> describe(Session session, SessionId current) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("id", session.id().value());
    body.put("kind", session.kind().text());
    body.put("current", session.id().equals(current));
    body.put("createdAt", session.createdAt().toString());
    body.put("authTime", session.authTime().toString());
    body.put("lastUsedAt", session.lastUsedAt().toString());
    body.put("absoluteEnd", session.absoluteEnd().toString());
    body.put("amr", new TreeSet<>(session.amr()));
    body.put("deviceKind", session.deviceKind());
    session.device().ifPresent(it -> body.put("device", it));
    session.network().ifPresent(it -> body.put("network", it));
    return body;
  }

  private static Map<String, Object> describe(EndedSession record) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("id", record.id().value());
    body.put("kind", record.kind().text());
    body.put("createdAt", record.createdAt().toString());
    body.put("endedAt", record.endedAt().toString());
    body.put("reason", record.reason().text());
    return body;
  }

  /** Ends one session; that of the request is a logout. */
  Answer end(ReceivedRequest request, SessionId session) throws RefusedRequest {
    AuthenticatedPrincipal principal = check.require(request);
    new Body(request, options.bodyLimit()).requireNone();
    Deadline deadline = deadline();
    if (session.equals(principal.session().id())) {
      return answer(
          service.logout(check.presented(request).orElseThrow().token(), deadline),
          done -> forgetting(Answer.noContent(), request, principal, deadline));
    }
    return answer(
        service.sessions().logout(principal.account(), session, deadline),
        done -> Answer.noContent());
  }

  Answer logoutOthers(ReceivedRequest request) throws RefusedRequest {
    AuthenticatedPrincipal principal = check.require(request);
    new Body(request, options.bodyLimit()).requireNone();
    return answer(
        service.sessions().logoutOthers(principal.session(), deadline()),
        SessionEndpoints::counted);
  }

  Answer logoutAll(ReceivedRequest request) throws RefusedRequest {
    AuthenticatedPrincipal principal = check.require(request);
    new Body(request, options.bodyLimit()).requireNone();
    Deadline deadline = deadline();
    return answer(
        service.sessions().logoutAll(principal.account(), deadline),
        done -> forgetting(counted(done), request, principal, deadline));
  }

  private static Answer counted(LogoutResult.Done done) {
    return Answer.json(HttpServletResponse.SC_OK, Map.of("sessions", done.sessions()));
  }

  private static Answer answer(LogoutResult result, Ending ending) throws RefusedRequest {
    return result instanceof LogoutResult.Done done
        ? ending.answer(done)
        : Answer.problem(Problem.UNAVAILABLE, ((LogoutResult.Unavailable) result).retryAfter());
  }

  private Answer forgetting(
      Answer answer, ReceivedRequest request, AuthenticatedPrincipal principal, Deadline deadline)
      throws RefusedRequest {
    return refresh.forgetting(answer, Optional.of(principal.session().kind()), request, deadline);
  }

  private Deadline deadline() {
    return Deadline.after(options.loginDeadline());
  }

  private interface Ending {
    Answer answer(LogoutResult.Done done) throws RefusedRequest;
  }
}
