package io.doorward.examples;

import io.doorward.auth.AuthService;
import io.doorward.auth.Sessions.LogoutResult;
import io.doorward.auth.Sessions.SessionListResult;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.servlet.AuthFilter;
import io.doorward.auth.session.AuthenticatedPrincipal;
import io.doorward.auth.session.EndedSession;
import io.doorward.auth.session.Session;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * "Your sessions": where the user is logged in, and a button to end each of them, without a script.
 * The filter in front of it refuses the form of another site.
 */
final class SessionsPage extends HttpServlet {
  private static final long serialVersionUID = 1L;
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final transient AuthService auth;

  SessionsPage(AuthService auth) {
    this.auth = auth;
  }

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    AuthenticatedPrincipal user = AuthFilter.principal(request).orElseThrow();
    SessionListResult result = auth.sessions().list(user.account(), Deadline.after(PATIENCE));
    if (result instanceof SessionListResult.Listed listed) {
      SitePage.show(page(listed, user.session().id()), response);
    } else {
      response.sendError(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
    }
  }

  /** Ends the session that the form names, if it is one of the user's. */
  @Override
  protected void doPost(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    AuthenticatedPrincipal user = AuthFilter.principal(request).orElseThrow();
    Optional<SessionId> session = SessionId.parse(request.getParameter("session"));
    if (session.isEmpty()) {
      response.sendError(HttpServletResponse.SC_BAD_REQUEST);
      return;
    }
    LogoutResult result =
        auth.sessions().logout(user.account(), session.get(), Deadline.after(PATIENCE));
    if (result instanceof LogoutResult.Done) {
      response.setStatus(HttpServletResponse.SC_SEE_OTHER);
      response.setHeader("Location", "/sessions");
    } else {
      response.sendError(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
    }
  }

  private static String page(SessionListResult.Listed listed, SessionId current) {
    String live =
        listed.live().stream()
            .map(session -> row(session, session.id().equals(current)))
            .collect(Collectors.joining());
    String ended = listed.ended().stream().map(SessionsPage::row).collect(Collectors.joining());
    return SitePage.heading("Your sessions")
        + "<ul id=\"live\">"
        + live
        + "</ul>"
        + (ended.isEmpty() ? "" : "<h2>Ended</h2><ul id=\"ended\">" + ended + "</ul>");
  }

  private static String row(Session session, boolean isCurrent) {
    String device = SitePage.escaped(session.device().orElse("unknown device"));
    String network = session.network().map(it -> ", " + SitePage.escaped(it)).orElse("");
    String button =
        isCurrent
            ? " (this one)"
            : "<form method=\"post\" action=\"/sessions\"><input type=\"hidden\" name=\"session\""
                + " value=\""
                + session.id().value()
                + "\"><button>End</button></form>";
    return "<li>"
        + device
        + network
        + ", last used "
        + hour(session.lastUsedAt())
        + button
        + "</li>";
  }

  private static String row(EndedSession record) {
    return "<li>ended " + hour(record.endedAt()) + ": " + record.reason().text() + "</li>";
  }

  /** In Coordinated Universal Time, to the hour: the last use is not known more exactly. */
  private static String hour(Instant instant) {
    return instant.toString().substring(0, 13).replace('T', ' ') + ":00 UTC";
  }
}
