package io.doorward.auth.servlet;

import io.doorward.auth.session.AuthenticatedPrincipal;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.security.Principal;

/** A request whose sender is known. The principal lives here, not on the thread. */
final class AuthenticatedRequest extends HttpServletRequestWrapper {
  private final AuthenticatedPrincipal principal;

  AuthenticatedRequest(HttpServletRequest request, AuthenticatedPrincipal principal) {
    super(request);
    this.principal = principal;
  }

  @Override
  public Principal getUserPrincipal() {
    return principal;
  }

  @Override
  public String getRemoteUser() {
    return principal.getName();
  }

  @Override
  public String getAuthType() {
    return principal.session().kind().name();
  }

  /** By the Servlet specification, {@code **} is the role of every logged-in user. */
  @Override
  public boolean isUserInRole(String role) {
    return role != null && (role.equals("**") || principal.hasRole(role));
  }

  @Override
  public boolean authenticate(HttpServletResponse response) {
    return true;
  }

  @Override
  public void login(String username, String password) throws ServletException {
    throw new ServletException("login must go through the login endpoint");
  }

  @Override
  public void logout() throws ServletException {
    throw new ServletException("logout must go through the logout endpoint");
  }
}
