package io.doorward.auth.spring.boot;

import io.doorward.auth.servlet.AuthFilter;
import io.doorward.auth.session.AuthenticatedPrincipal;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import java.io.IOException;
import java.util.Optional;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextHolderStrategy;

/**
 * Puts the principal that {@link AuthFilter} found into the security context, for this request
 * only: no HTTP session keeps it, so a session that has ended is over for Spring Security, too. A
 * user that Spring Security itself knows already stays.
 */
final class PrincipalBridge implements Filter {
  private final SecurityContextHolderStrategy holder =
      SecurityContextHolder.getContextHolderStrategy();

  @Override
  public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    Optional<AuthenticatedPrincipal> user = AuthFilter.principal(request);
    if (user.isPresent() && holder.getContext().getAuthentication() == null) {
      SecurityContext context = holder.createEmptyContext();
      context.setAuthentication(Authorities.authenticated(user.get()));
      holder.setContext(context);
    }
    chain.doFilter(request, response);
  }
}
