package io.doorward.auth.spring.boot;

import io.doorward.auth.servlet.AuthFilter;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.authentication.AnonymousAuthenticationToken;
import org.springframework.security.authentication.AuthenticationCredentialsNotFoundException;
import org.springframework.security.authentication.InsufficientAuthenticationException;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextHolderStrategy;

/**
 * Answers 503 where Spring Security would ask for a login, although the session of the request
 * could not be checked. Stands behind the filter that turns a refusal into 401, 403 or a login
 * page, so that it sees the refusal first. A user of Spring Security's own is refused as ever.
 */
final class OutageFilter implements Filter {
  private final SecurityContextHolderStrategy holder =
      SecurityContextHolder.getContextHolderStrategy();

  @Override
  public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    try {
      chain.doFilter(request, response);
    } catch (IOException | ServletException | RuntimeException e) {
      if (!isRefusal(e) || !isAnonymous() || !answered(request, response)) {
        throw e;
      }
    }
  }

  private static boolean answered(ServletRequest request, ServletResponse response)
      throws IOException, ServletException {
    return response instanceof HttpServletResponse http
        && !http.isCommitted()
        && AuthFilter.answerOutage(request, http);
  }

  private boolean isAnonymous() {
    Authentication user = holder.getContext().getAuthentication();
    return user == null || user instanceof AnonymousAuthenticationToken;
  }

  /**
   * Tells whether a request lacks a login. Spring MVC wraps what a method of a controller throws; a
   * password that an application's own login refuses is its answer.
   */
  private static boolean isRefusal(Throwable thrown) {
    for (@Nullable Throwable at = thrown; at != null; at = at.getCause()) {
      if (at instanceof AccessDeniedException
          || at instanceof AuthenticationCredentialsNotFoundException
          || at instanceof InsufficientAuthenticationException) {
        return true;
      }
    }
    return false;
  }
}
