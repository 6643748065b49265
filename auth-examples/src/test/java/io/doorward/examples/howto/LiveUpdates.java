package io.doorward.examples.howto;

import io.doorward.auth.AuthService;
import io.doorward.auth.Sessions.SessionWatch;
import io.doorward.auth.servlet.AuthFilter;
import io.doorward.auth.session.AuthenticatedPrincipal;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;

/** What docs/howto/live-connections.md shows. */
final class LiveUpdates extends HttpServlet {
  private static final long serialVersionUID = 1L;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final transient AuthService auth;

  LiveUpdates(AuthService auth) {
    this.auth = auth;
  }

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    AuthenticatedPrincipal user = AuthFilter.principal(request).orElseThrow();
    response.setContentType("text/event-stream");
    response.flushBuffer();
    AsyncContext connection = request.startAsync();
    connection.setTimeout(0);
    SessionWatch watch =
        auth.sessions().watch(user.session(), PATIENCE, end -> connection.complete());
    connection.addListener(new Disconnect(watch));
    // From here on, whatever sends the events has the connection.
  }

  private record Disconnect(SessionWatch watch) implements AsyncListener {
    @Override
    public void onComplete(AsyncEvent event) {
      watch.close();
    }

    @Override
    public void onError(AsyncEvent event) {
      watch.close();
    }

    @Override
    public void onTimeout(AsyncEvent event) {
      watch.close();
    }

    @Override
    public void onStartAsync(AsyncEvent event) {
      // The same connection goes on.
    }
  }
}
