package io.doorward.auth.servlet;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.security.Principal;
import org.jspecify.annotations.Nullable;

/** A request whose sender was checked and is not known, whatever was found out in front of us. */
final class AnonymousRequest extends HttpServletRequestWrapper {
  AnonymousRequest(HttpServletRequest request) {
    super(request);
  }

  @Override
  public @Nullable Principal getUserPrincipal() {
    return null;
  }

  @Override
  public @Nullable String getRemoteUser() {
    return null;
  }

  @Override
  public @Nullable String getAuthType() {
    return null;
  }

  @Override
  public boolean isUserInRole(String role) {
    return false;
  }
}
