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
import org.springframework.security.authentication.AnonymousAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextHolderStrategy;

/**
 * Puts the principal that {@link AuthFilter} found into the security context, for this request
 * only. Some settings of Spring Security keep whatever is there in an HTTP session: what comes back
 * from it is decided anew, so a session that has ended is over for Spring Security, too. A user of
 * Spring Security's own logins stays.
 */
final class PrincipalBridge implements Filter {
  private final SecurityContextHolderStrategy holder =
      SecurityContextHolder.getContextHolderStrategy();

  @Override
  public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    Optional<AuthenticatedPrincipal> user = AuthFilter.principal(request);
    Authentication known = holder.getContext().getAuthentication();
    boolean free = known == null || known instanceof AnonymousAuthenticationToken;
    if (known instanceof SessionUser || (free && user.isPresent())) {
      SecurityContext context = holder.createEmptyContext();
      user.ifPresent(it -> context.setAuthentication(new SessionUser(it)));
      holder.setContext(context);
    }
    chain.doFilter(request, response);
  }
}
