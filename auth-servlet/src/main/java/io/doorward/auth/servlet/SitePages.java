package io.doorward.auth.servlet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URLEncoder;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The pages of an application that people visit with a browser: where they log in, and what they
 * see instead of a page that is refused. Scripts and programs get problems in JSON all the same.
 * Immutable and thread-safe.
 *
 * <p>A request is a visit if its {@code Accept} header names {@code text/html}, its {@code
 * Sec-Fetch-Mode} is {@code navigate} or absent, and it has neither {@code Authorization} nor
 * {@code X-Requested-With}.
 */
public final class SitePages {
  private static final String ANSWERED = SitePages.class.getName() + ".answered";

  private final @Nullable String loginPage;
  private final String afterLogin;
  private final String afterLogout;
  private final RefusedPage.Handler refusals;

  private SitePages(Builder builder) {
    loginPage = builder.loginPage;
    afterLogin = builder.afterLogin;
    afterLogout = builder.afterLogout;
    refusals = builder.refusals;
  }

  /**
   * Returns the pages of a site with a login page: visitors who are not logged in are sent there
   * and brought back afterwards.
   *
   * @param loginPage see {@link Builder#loginPage}
   * @return the pages
   * @throws IllegalArgumentException if it is not a plain path
   */
  public static SitePages of(String loginPage) {
    return builder().loginPage(requireNonNull(loginPage, "loginPage")).build();
  }

  /**
   * Returns the pages of a site whose container shows its error pages for 401, 403 and the rest.
   *
   * @return the pages
   */
  public static SitePages errorPages() {
    return builder().build();
  }

  /**
   * Starts with no login page, and with the container's error pages.
   *
   * @return a builder
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Returns where the visitor of a login page wanted to go: the parameter {@code return} of its
   * query string. The page puts it into a hidden field of its form.
   *
   * <p>Security: only a path of the same origin is returned, of at most 1,024 characters, none of
   * them a quote, a back slash, an angle bracket or a control character. It may contain {@code &},
   * so a page escapes it like any other text.
   *
   * @param request a request of the login page
   * @return a safe path with its query; empty if there is none, or it is not safe
   */
  public static Optional<String> returnPath(HttpServletRequest request) {
    return ReturnPath.ofQuery(new ReceivedRequest(requireNonNull(request, "request")));
  }

  /** The path of the login page inside the application; empty if there is none. */
  Optional<String> loginPage() {
    return Optional.ofNullable(loginPage);
  }

  String afterLogin(ReceivedRequest request) {
    return request.applicationPath() + afterLogin;
  }

  String afterLogout(ReceivedRequest request) {
    return request.applicationPath() + afterLogout;
  }

  /**
   * Answers a refused visit; does nothing if it is too late for that. The handler is asked once a
   * request: where it forwards to what is refused, too, the answer is a problem.
   */
  void refuse(Answer answer, ReceivedRequest request, HttpServletResponse response)
      throws IOException, ServletException {
    if (response.isCommitted()) {
      return;
    }
    if (request.container().getAttribute(ANSWERED) != null) {
      answer.send(response);
      return;
    }
    request.container().setAttribute(ANSWERED, true);
    answer.prepare(response);
    Optional<String> loginUrl = loginUrl(request, ReturnPath.of(request), "");
    refusals.answer(
        new RefusedPage(answer.status(), answer.code(), loginUrl), request.container(), response);
  }

  /**
   * Returns path and query of the login page.
   *
   * @param more further parameters, encoded; may be empty
   */
  Optional<String> loginUrl(ReceivedRequest request, Optional<String> returnPath, String more) {
    String back =
        returnPath
            .map(path -> '&' + ReturnPath.FIELD + '=' + URLEncoder.encode(path, UTF_8))
            .orElse("");
    String query = more + back;
    return loginPage()
        .map(
            page ->
                request.applicationPath()
                    + page
                    + (query.isEmpty() ? "" : '?' + query.substring(1)));
  }

  /** Sends a browser to a path of this server. Not {@code sendRedirect}: that uses the Host. */
  static void redirect(HttpServletResponse response, String pathAndQuery) {
    response.setStatus(HttpServletResponse.SC_SEE_OTHER);
    response.setHeader("Location", pathAndQuery);
  }

  /** Builds {@link SitePages}. Not thread-safe. */
  public static final class Builder {
    private @Nullable String loginPage;
    private String afterLogin = "/";
    private String afterLogout = "/";
    private RefusedPage.Handler refusals = RefusedPage.Handler.loginPage();

    private Builder() {}

    /**
     * Names the page with the login form, so that the endpoints take forms. The rules of the filter
     * must open it to everybody.
     *
     * @param path a path inside the application, for instance {@code /login}; default: none
     * @return this builder
     * @throws IllegalArgumentException if it is not a plain path in ASCII
     */
    public Builder loginPage(String path) {
      loginPage = requirePath("loginPage", path);
      return this;
    }

    /**
     * Names where a login by a form leads if its visitor came from nowhere.
     *
     * @param path a path inside the application; default {@code /}
     * @return this builder
     * @throws IllegalArgumentException if it is not a plain path in ASCII
     */
    public Builder afterLogin(String path) {
      afterLogin = requirePath("afterLogin", path);
      return this;
    }

    /**
     * Names where a logout by a form leads if the form does not say.
     *
     * @param path a path inside the application; default {@code /}
     * @return this builder
     * @throws IllegalArgumentException if it is not a plain path in ASCII
     */
    public Builder afterLogout(String path) {
      afterLogout = requirePath("afterLogout", path);
      return this;
    }

    /**
     * Chooses the answer to refused visits.
     *
     * @param handler default {@link RefusedPage.Handler#loginPage()}
     * @return this builder
     */
    public Builder refusals(RefusedPage.Handler handler) {
      refusals = requireNonNull(handler, "handler");
      return this;
    }

    /**
     * Makes the pages.
     *
     * @return the pages
     */
    public SitePages build() {
      return new SitePages(this);
    }

    private static String requirePath(String what, String path) {
      requireNonNull(path, "path");
      if (ReturnPath.parse(path).isEmpty() || path.indexOf('?') >= 0) {
        throw new IllegalArgumentException(what + " must be a plain path like /login: " + path);
      }
      return path;
    }
  }
}
