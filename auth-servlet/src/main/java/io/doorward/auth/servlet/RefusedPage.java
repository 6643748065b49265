package io.doorward.auth.servlet;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;

/**
 * A visit of a page that the filter refused. Immutable and thread-safe.
 *
 * @param status the status of the answer: 401 without a live session, 403 without the role or where
 *     no rule matches, 503 in an outage, and the others that {@link AuthFilter} names
 * @param code what happened, one of the codes of problems, for instance {@code not_authenticated}
 * @param loginUrl the path and query of the login page, with the way back; empty if the site has no
 *     login page
 */
public record RefusedPage(int status, String code, Optional<String> loginUrl) {

  /** Answers refused visits. Thread-safe: called on the thread of the request. */
  @FunctionalInterface
  public interface Handler {
    /**
     * Answers one visit. Whatever it does, the page itself is not shown. It may forward to a page
     * that the rules permit; a forward to one that they refuse ends with a problem in JSON.
     *
     * @param page what was refused
     * @param request the request
     * @param response not committed; it has the headers that belong to the status, {@code
     *     Retry-After} for instance, and {@code Cache-Control: no-store}
     * @throws IOException if the answer cannot be written
     * @throws ServletException if the handler cannot answer
     */
    void answer(RefusedPage page, HttpServletRequest request, HttpServletResponse response)
        throws IOException, ServletException;

    /**
     * Returns a handler that leaves every answer to the container: it shows the error page that is
     * configured for the status, or its own.
     *
     * @return the handler
     */
    static Handler errorPages() {
      return (page, request, response) -> response.sendError(page.status());
    }

    /**
     * Returns a handler that sends visitors who are not logged in (401) to the login page, by 303,
     * and leaves all other answers to the container. Without a login page it does the latter only.
     *
     * @return the handler
     */
    static Handler loginPage() {
      return (page, request, response) -> {
        if (page.status() == HttpServletResponse.SC_UNAUTHORIZED && page.loginUrl().isPresent()) {
          SitePages.redirect(response, page.loginUrl().get());
        } else {
          response.sendError(page.status());
        }
      };
    }
  }
}
