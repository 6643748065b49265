package io.doorward.auth.servlet;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** An application's servlet: answers every method and says who it was asked by. */
final class Probe extends HttpServlet {
  private static final long serialVersionUID = 1L;

  /** Who each request that got this far was from; {@code null} as text for nobody. */
  final transient List<String> reached = new CopyOnWriteArrayList<>();

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    String who =
        request.getRemoteUser()
            + " "
            + request.getAuthType()
            + " "
            + request.isUserInRole("ADMIN")
            + " "
            + AuthFilter.principal(request).isPresent()
            + " "
            + (request.getUserPrincipal() != null);
    reached.add(who);
    response.getOutputStream().print(who);
  }
}
