package io.doorward.auth.servlet;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.AuthService;
import io.doorward.auth.event.AccessEvent.RequestRefusal;
import io.doorward.auth.session.AuthenticatedPrincipal;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets a request pass only where the rules allow it, and gives the application its principal.
 *
 * <p>Behind the filter {@code getUserPrincipal()}, {@code getRemoteUser()}, {@code isUserInRole()}
 * and {@code getAuthType()} ({@code COOKIE} or {@code BEARER}) answer for the session of the
 * request; {@link #principal} returns all of it. No state is kept in a thread. Where a rule permits
 * all requests, the session is not checked and there is no principal; where a rule makes it
 * optional, {@link #loginState} tells what the check found.
 *
 * <p>Answers, as {@code application/problem+json}: 400 for a header that cannot be read, for a path
 * that can be read in more than one way and for more than one credential, 401 without a live
 * session, 403 without the role or the permission, from another site or where no rule matches, 405
 * for an unusual method, 503 with {@code Retry-After} when a backend cannot answer. A {@linkplain
 * SitePages visit of a page} is answered by the application's pages instead, if it names some.
 *
 * <p>The question of a browser whether a page of another origin may send a request (a preflight) is
 * answered first, for the {@linkplain WebOptions.Builder#allowedOrigins allowed origins}, and all
 * answers are readable for those.
 *
 * <p>Security: a request that no rule allows is refused, and any failure of the check stops the
 * request; an optional session is not a condition, so an outage does not stop those. The filter
 * never clears the session cookie. A resource that may not be included contributes nothing to the
 * page. The container's error page for an error that has happened is shown unless a rule refuses
 * it; the error then has no page.
 *
 * <p>Thread-safe: one instance serves all requests. Blocks for the check, at most until its
 * deadline.
 */
public final class AuthFilter implements Filter {
  private static final Logger LOG = LoggerFactory.getLogger(AuthFilter.class);
  private static final String PRINCIPAL = "io.doorward.auth.principal";
  private static final String LOGIN_STATE = "io.doorward.auth.loginState";

  private static final String OUTAGE = "io.doorward.auth.outage";

  private final AccessRules rules;
  private final SessionCookie cookie;
  private final SessionCheck sessions;
  private final Cors cors;
  private final CrossSiteCheck crossSite;
  private final RefusalReport report;
  private final WebOptions options;
  private final Optional<SitePages> pages;

  private AuthFilter(AuthService service, AccessRules rules, WebOptions options) {
    this.rules = requireNonNull(rules, "rules");
    this.cookie = new SessionCookie(options.cookieName(), options.sameSite());
    this.sessions = new SessionCheck(requireNonNull(service, "service"), options);
    this.cors = new Cors(options.allowedOrigins(), rules.allow());
    this.crossSite = new CrossSiteCheck(options.allowedOrigins());
    this.report = RefusalReport.of(options);
    this.options = options;
    this.pages = options.pages();
    pages.flatMap(SitePages::loginPage).ifPresent(this::requireOpen);
  }

  /** A login page that needs a login would send its visitors to itself for ever. */
  private void requireOpen(String loginPage) {
    AccessRules.Who who = rules.decide("GET", loginPage).who();
    if (who != AccessRules.Who.EVERYBODY && who != AccessRules.Who.LOGGED_IN_OR_NOT) {
      throw new IllegalArgumentException(
          "rules must permit the login page, by permitAll() or optional(): " + loginPage);
    }
  }

  /**
   * Makes a filter.
   *
   * @param service checks tokens; not closed here
   * @param rules decide which requests pass
   * @param options the same as the endpoints'
   * @return the filter, to be registered
   * @throws IllegalArgumentException if the rules do not open the login page to everybody
   */
  public static AuthFilter of(AuthService service, AccessRules rules, WebOptions options) {
    return new AuthFilter(service, rules, options);
  }

  /**
   * Returns the principal of a request behind the filter.
   *
   * @param request the request
   * @return the principal; empty where the rule permits all requests, and where an {@linkplain
   *     AccessRules.Path#optional() optional} session is not there or could not be checked
   */
  public static Optional<AuthenticatedPrincipal> principal(ServletRequest request) {
    return request.getAttribute(PRINCIPAL) instanceof AuthenticatedPrincipal principal
        ? Optional.of(principal)
        : Optional.empty();
  }

  /**
   * Returns what is known about the sender of a request behind the filter. It tells a visitor who
   * is not logged in from one whose session could not be checked, which {@link #principal} does
   * not.
   *
   * @param request the request
   * @return {@link LoginState#UNKNOWN} where no session was checked
   */
  public static LoginState loginState(ServletRequest request) {
    return request.getAttribute(LOGIN_STATE) instanceof LoginState state
        ? state
        : LoginState.UNKNOWN;
  }

  /**
   * Answers a request whose {@linkplain AccessRules.Path#optional() optional} session could not be
   * checked, because a backend did not answer, as a rule that asks for a session would: 503 with
   * {@code Retry-After}. For whatever decides behind the filter that a request needs a user: a 401
   * would ask for a login although the session may be live.
   *
   * @param request the request
   * @param response not committed yet
   * @return false, and nothing was done, where the session was checked, or no rule asked for it
   * @throws IOException if the answer cannot be sent
   * @throws ServletException if a page of the application fails
   */
  public static boolean answerOutage(ServletRequest request, HttpServletResponse response)
      throws IOException, ServletException {
    requireNonNull(request, "request");
    requireNonNull(response, "response");
    if (!(request.getAttribute(OUTAGE) instanceof Outage outage)) {
      return false;
    }
    outage.by().refuse(outage.answer(), outage.request(), response);
    return true;
  }

  /**
   * Registers the filter for every path and every kind of dispatch, in front of the filters that
   * are registered later.
   *
   * @param context an application that is being started
   * @throws IllegalStateException if the application runs already, or has such a filter
   */
  public void register(ServletContext context) {
    FilterRegistration.Dynamic registration = context.addFilter(AuthFilter.class.getName(), this);
    if (registration == null) {
      throw new IllegalStateException("the application has an AuthFilter already");
    }
    registration.setAsyncSupported(true);
    registration.addMappingForUrlPatterns(EnumSet.allOf(DispatcherType.class), false, "/*");
  }

  /** Decides, then passes on or answers. Exceptions of the application pass unchanged. */
  @Override
  public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    if (!(request instanceof HttpServletRequest httpRequest)
        || !(response instanceof HttpServletResponse httpResponse)) {
      throw new ServletException("AuthFilter serves HTTP only");
    }
    ReceivedRequest received = new ReceivedRequest(httpRequest);
    HttpServletRequest admitted;
    try {
      if (received.dispatcherType() == DispatcherType.REQUEST) {
        options.requireReach(received);
      }
      cors.mark(received, httpResponse);
      Optional<Answer> preflight = cors.preflight(received);
      if (preflight.isPresent()) {
        preflight.get().send(httpResponse);
        return;
      }
      admitted = admit(received, httpResponse);
    } catch (RefusedRequest e) {
      report.tell(e, received);
      refuse(e.answer(), received, httpResponse);
      return;
    } catch (RuntimeException | Error e) {
      LOG.error("A request was stopped because its check failed", e);
      refuse(Answer.problem(Problem.INTERNAL_ERROR), received, httpResponse);
      return;
    }
    chain.doFilter(admitted, response);
  }

  private HttpServletRequest admit(ReceivedRequest request, HttpServletResponse response)
      throws RefusedRequest {
    String method = request.method();
    String path =
        CanonicalPath.of(request)
            .orElseThrow(
                () -> new RefusedRequest(Problem.AMBIGUOUS_PATH, RequestRefusal.AMBIGUOUS_PATH));
    boolean isError = request.dispatcherType() == DispatcherType.ERROR;
    if (isError && !rules.names(path)) {
      // The server chose it for an error that has happened, and no client can ask for it.
      return principal(request.container())
          .<HttpServletRequest>map(it -> new AuthenticatedRequest(request.container(), it))
          .orElse(request.container());
    }
    if (!isError && !rules.knows(method)) {
      throw new RefusedRequest(
          Answer.problem(Problem.METHOD_NOT_ALLOWED).header("Allow", rules.allow()));
    }
    AccessRules.Access access =
        isError ? rules.decideErrorPage(method, path) : rules.decide(method, path);
    if (access.who() == AccessRules.Who.NOBODY) {
      throw new RefusedRequest(Problem.FORBIDDEN, RequestRefusal.NO_RULE);
    }
    if (request.dispatcherType() == DispatcherType.REQUEST && cookie.isPresent(request)) {
      crossSite.require(request);
    }
    if (access.who() == AccessRules.Who.EVERYBODY) {
      return request.container();
    }
    SessionCheck.Visitor visitor = sessions.visitor(request);
    if (access.who() != AccessRules.Who.LOGGED_IN_OR_NOT) {
      requireAccess(sessions.require(request), access);
    } else if (visitor.refusal().isPresent()) {
      report.tell(visitor.refusal().get(), request);
    }
    // A proxy may cache the answer to a request with a cookie. An application may overwrite this.
    response.setHeader("Cache-Control", "no-store");
    tellOutage(request, visitor);
    return known(request.container(), visitor);
  }

  private void tellOutage(ReceivedRequest request, SessionCheck.Visitor visitor) {
    Optional<Answer> unavailable =
        visitor
            .refusal()
            .map(RefusedRequest::answer)
            .filter(it -> it.status() == HttpServletResponse.SC_SERVICE_UNAVAILABLE);
    if (unavailable.isPresent()) {
      request.container().setAttribute(OUTAGE, new Outage(this, unavailable.get(), request));
    } else {
      request.container().removeAttribute(OUTAGE);
    }
  }

  /** What a rule that asks for a session would have answered. */
  private record Outage(AuthFilter by, Answer answer, ReceivedRequest request) {}

  /** A filter in front may have accounts of its own: what it said of the sender is replaced. */
  private static HttpServletRequest known(
      HttpServletRequest request, SessionCheck.Visitor visitor) {
    request.setAttribute(LOGIN_STATE, visitor.state());
    if (visitor.principal().isEmpty()) {
      request.removeAttribute(PRINCIPAL);
      return new AnonymousRequest(request);
    }
    request.setAttribute(PRINCIPAL, visitor.principal().get());
    return new AuthenticatedRequest(request, visitor.principal().get());
  }

  private static void requireAccess(AuthenticatedPrincipal principal, AccessRules.Access access)
      throws RefusedRequest {
    Optional<RequestRefusal> refusal =
        switch (access.who()) {
          case IN_ROLE -> missing(access.anyOf(), principal::hasRole, RequestRefusal.MISSING_ROLE);
          case PERMITTED_TO ->
              missing(access.anyOf(), principal::hasPermission, RequestRefusal.MISSING_PERMISSION);
          case EVERYBODY, LOGGED_IN_OR_NOT, LOGGED_IN -> Optional.empty();
          case NOBODY -> Optional.of(RequestRefusal.NO_RULE);
        };
    if (refusal.isPresent()) {
      throw new RefusedRequest(
          Answer.problem(Problem.FORBIDDEN), refusal.get(), principal.account());
    }
  }

  private static Optional<RequestRefusal> missing(
      Set<String> anyOf, Predicate<String> has, RequestRefusal refusal) {
    return anyOf.stream().anyMatch(has) ? Optional.empty() : Optional.of(refusal);
  }

  /**
   * Answers. An included resource may not touch status and headers, and an error page must not
   * change the error into a refusal: they contribute nothing instead.
   */
  private void refuse(Answer answer, ReceivedRequest request, HttpServletResponse response)
      throws IOException, ServletException {
    switch (request.dispatcherType()) {
      case INCLUDE ->
          LOG.warn("Not included, because the rules refuse it: {}", LoggedPath.of(request));
      case ERROR ->
          LOG.warn(
              "The error page was not shown, because the rules refuse it (name it in a rule that"
                  + " permits it): {}",
              LoggedPath.of(request));
      default -> {
        if (pages.isPresent() && PageVisit.is(request)) {
          pages.get().refuse(answer, request, response);
        } else {
          answer.send(response);
        }
      }
    }
  }
}
