package io.doorward.auth.servlet;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.AuthService;
import io.doorward.auth.AuthService.PasswordChange;
import io.doorward.auth.AuthService.PasswordChangeResult;
import io.doorward.auth.AuthService.SignUp;
import io.doorward.auth.AuthService.SignUpResult;
import io.doorward.auth.Sessions.LogoutResult;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.password.Password;
import io.doorward.auth.password.PasswordPolicy;
import io.doorward.auth.session.AuthenticatedPrincipal;
import io.doorward.auth.session.SessionKind;
import io.doorward.auth.session.SessionOptions;
import jakarta.servlet.Servlet;
import jakarta.servlet.ServletConfig;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRegistration;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sign-up, login, refresh, logout, password change and sessions over JSON, and login and logout by
 * forms. A servlet that is mounted at any prefix:
 *
 * <table>
 *   <caption>Endpoints below the prefix</caption>
 *   <tr><td>{@code POST /signup}</td><td>{@code email}, {@code password}: 201</td></tr>
 *   <tr><td>{@code POST /login}</td><td>{@code email}, {@code password}, {@code mode} ({@code
 *       cookie} or {@code bearer}), {@code remember}, {@code deviceKind}, {@code deviceCookie},
 *       {@code refreshCookie}: 200</td></tr>
 *   <tr><td>{@code POST /refresh}</td><td>{@code refreshToken}, or its cookie: 200</td></tr>
 *   <tr><td>{@code POST /logout}</td><td>ends the session of the request: 204</td></tr>
 *   <tr><td>{@code POST /logout-all}</td><td>ends all sessions of the account: 200</td></tr>
 *   <tr><td>{@code POST /logout-others}</td><td>ends all but that of the request: 200</td></tr>
 *   <tr><td>{@code GET /sessions}</td><td>the sessions of the account, and why others ended:
 *       200</td></tr>
 *   <tr><td>{@code DELETE /sessions/}id</td><td>ends one of them: 204</td></tr>
 *   <tr><td>{@code GET /me}</td><td>account, login identifier, roles, and times of the session:
 *       200</td></tr>
 *   <tr><td>{@code POST /password}</td><td>{@code current}, {@code next}: 200</td></tr>
 *   <tr><td>{@code GET /jwks}</td><td>the public keys of access tokens: 200</td></tr>
 * </table>
 *
 * <p>Everything else is a problem (RFC 9457) with a stable {@code code}. In cookie mode the token
 * is in {@code Set-Cookie} only, in bearer mode in the body only. The device cookie likewise: a
 * cookie of its own, kept at logout, or the field {@code deviceCookie}. The refresh token of a
 * bearer session is in the body, or, where the login asks for {@code refreshCookie}, in a cookie of
 * its own, which a logout clears.
 *
 * <p>If the options name a {@linkplain SitePages.Builder#loginPage login page}, {@code /login}
 * takes a form ({@code email}, {@code password}, {@code remember}, {@code return}) and {@code
 * /logout} one ({@code return}), with the same checks, in cookie mode. They answer 303: to the path
 * {@code return}, if it is safe, or to the login page with {@code error}, the code of the problem.
 *
 * <p>An address is looked up, and signed up, in the tenant of the request ({@link
 * WebOptions.Builder#tenant}); a request of no tenant gets 404.
 *
 * <p>Security: an unknown address, a wrong password and an account that may not log in get the same
 * answer, byte for byte. Requests from other sites are refused. The endpoints check sessions
 * themselves, so a rule of the filter may permit all requests to them.
 *
 * <p>Failure: a backend that cannot answer gives 503 with {@code Retry-After} and leaves the cookie
 * alone. An unexpected exception is logged and answered with 500 and no detail.
 *
 * <p>Thread-safe: one instance serves all requests. Blocks at most until the deadline of the
 * operation, except for reading the body, which the container bounds.
 */
public final class AuthEndpoints implements Servlet {
  private static final Logger LOG = LoggerFactory.getLogger(AuthEndpoints.class);

  private final AuthService service;
  private final WebOptions options;
  private final LoginCookies cookies;
  private final RefreshCookie refreshCookie;
  private final RefreshEndpoint refresh;
  private final TokenAnswers tokens;
  private final SessionCheck sessions;
  private final SessionEndpoints account;
  private final Cors cors;
  private final CrossSiteCheck crossSite;
  private final RefusalReport report;
  private final Optional<SitePages> pages;
  private final Optional<SiteForms> forms;
  private @Nullable ServletConfig config;

  private AuthEndpoints(AuthService service, WebOptions options) {
    this.service = requireNonNull(service, "service");
    this.options = requireNonNull(options, "options");
    this.cookies = LoginCookies.of(options);
    this.refreshCookie = new RefreshCookie(options.cookieName());
    this.tokens = new TokenAnswers(options, cookies);
    this.refresh = new RefreshEndpoint(service, options, refreshCookie, tokens);
    this.sessions = new SessionCheck(service, options);
    this.account = new SessionEndpoints(service, options, sessions, refresh);
    this.cors = new Cors(options.allowedOrigins(), "GET, HEAD, POST, DELETE");
    this.crossSite = new CrossSiteCheck(options.allowedOrigins());
    this.report = RefusalReport.of(options);
    this.pages = options.pages();
    this.forms = pages.map(it -> new SiteForms(it, options.bodyLimit(), report));
  }

  /**
   * Makes the endpoints.
   *
   * @param service does the work; not closed here
   * @param options the same as the filter's
   * @return the servlet, to be registered
   */
  public static AuthEndpoints of(AuthService service, WebOptions options) {
    return new AuthEndpoints(service, options);
  }

  /**
   * Registers the servlet.
   *
   * @param context an application that is being started
   * @param mapping a prefix mapping, for instance {@code /auth/*}
   * @throws IllegalArgumentException if {@code mapping} is not a prefix mapping
   * @throws IllegalStateException if the application runs already, has such a servlet, or has
   *     another one at that place
   */
  public void register(ServletContext context, String mapping) {
    if (!mapping.startsWith("/") || !mapping.endsWith("/*")) {
      throw new IllegalArgumentException("mapping must be like /auth/*: " + mapping);
    }
    ServletRegistration.Dynamic registration =
        context.addServlet(AuthEndpoints.class.getName(), this);
    if (registration == null) {
      throw new IllegalStateException("the application has AuthEndpoints already");
    }
    registration.setAsyncSupported(true);
    if (!registration.addMapping(mapping).isEmpty()) {
      throw new IllegalStateException("mapping must be free: " + mapping);
    }
  }

  @Override
  public void init(ServletConfig given) {
    config = given;
  }

  @Override
  public @Nullable ServletConfig getServletConfig() {
    return config;
  }

  @Override
  public String getServletInfo() {
    return "Doorward authentication endpoints";
  }

  /** Does nothing: the service belongs to the application. */
  @Override
  public void destroy() {}

  @Override
  public void service(ServletRequest request, ServletResponse response)
      throws ServletException, IOException {
    if (!(request instanceof HttpServletRequest httpRequest)
        || !(response instanceof HttpServletResponse httpResponse)) {
      throw new ServletException("AuthEndpoints serves HTTP only");
    }
    ReceivedRequest received = new ReceivedRequest(httpRequest);
    Answer answer;
    try {
      options.requireReach(received);
      cors.mark(received, httpResponse);
      Optional<Answer> preflight = cors.preflight(received);
      answer = preflight.isPresent() ? preflight.get() : route(received);
    } catch (RefusedRequest e) {
      report.tell(e, received);
      answer = e.answer();
    } catch (RuntimeException | Error e) {
      LOG.error("An authentication request failed", e);
      answer = Answer.problem(Problem.INTERNAL_ERROR);
    }
    body(received).discardRest();
    if (answer.isProblem() && isForm(received)) {
      pages.orElseThrow().refuse(answer, received, httpResponse);
    } else {
      answer.send(httpResponse);
    }
  }

  private Answer route(ReceivedRequest request) throws RefusedRequest {
    return switch (request.pathInfo()) {
      case "/signup" -> post(request, this::signUp);
      case "/login" -> post(request, this::login);
      case "/refresh" -> post(request, refresh::answer);
      case "/logout" -> post(request, this::logout);
      case "/logout-all" -> post(request, account::logoutAll);
      case "/logout-others" -> post(request, account::logoutOthers);
      case "/password" -> post(request, this::changePassword);
      case "/jwks" -> get(request, it -> KeySetEndpoint.answer(service));
      case "/me" -> get(request, account::me);
      case "/sessions" -> get(request, account::sessions);
      default -> {
        SessionId session =
            SessionEndpoints.named(request.pathInfo())
                .orElseThrow(() -> new RefusedRequest(Problem.NOT_FOUND));
        yield change(request, "DELETE", it -> account.end(it, session));
      }
    };
  }

  private static Answer get(ReceivedRequest request, Endpoint endpoint) throws RefusedRequest {
    requireMethod(request, Set.of("GET", "HEAD"), "GET, HEAD");
    return endpoint.answer(request);
  }

  private Answer post(ReceivedRequest request, Endpoint endpoint) throws RefusedRequest {
    return change(request, "POST", endpoint);
  }

  private Answer change(ReceivedRequest request, String method, Endpoint endpoint)
      throws RefusedRequest {
    requireMethod(request, Set.of(method), method);
    // A page of another site cannot make a browser send a bearer token.
    boolean bearer =
        sessions.presented(request).filter(t -> t.kind() == SessionKind.BEARER).isPresent();
    if (!bearer || refreshCookie.read(request).isPresent()) {
      crossSite.require(request);
    }
    return endpoint.answer(request);
  }

  private static void requireMethod(ReceivedRequest request, Set<String> methods, String allow)
      throws RefusedRequest {
    if (!methods.contains(request.method())) {
      throw new RefusedRequest(Answer.problem(Problem.METHOD_NOT_ALLOWED).header("Allow", allow));
    }
  }

  private Answer signUp(ReceivedRequest request) throws RefusedRequest {
    BodyFields body = body(request).json(Set.of("email", "password"), Set.of());
    LoginId loginId = body.email("email").inTenant(options.tenant(request));
    Password password = body.password("password");
    SignUpResult result =
        service.signUp(new SignUp(loginId, password, cookies.client(request)), deadline());
    if (result instanceof SignUpResult.Created created) {
      return Answer.json(
          HttpServletResponse.SC_CREATED, Map.of("account", created.account().value()));
    }
    if (result instanceof SignUpResult.Duplicate) {
      return Answer.problem(Problem.ACCOUNT_EXISTS);
    }
    if (result instanceof SignUpResult.PasswordRefused refused) {
      return passwordRefused(refused.reason());
    }
    if (result instanceof SignUpResult.Throttled throttled) {
      return Answer.problem(Problem.TOO_MANY_ATTEMPTS, throttled.retryAfter());
    }
    return unavailable(((SignUpResult.Unavailable) result).retryAfter());
  }

  private Answer login(ReceivedRequest request) throws RefusedRequest {
    if (isForm(request)) {
      return forms.orElseThrow().login(request, body -> login(request, body));
    }
    return login(
        request,
        body(request)
            .json(
                Set.of("email", "password", "mode", "deviceKind", "deviceCookie"),
                Set.of("remember", "refreshCookie")));
  }

  private Answer login(ReceivedRequest request, BodyFields body) throws RefusedRequest {
    LoginId loginId = body.email("email").inTenant(options.tenant(request));
    Password password = body.password("password");
    SessionKind kind = kind(body);
    if (body.flag("refreshCookie") && kind != SessionKind.BEARER) {
      throw BodyFields.invalid("refreshCookie");
    }
    Optional<RefreshCookie.Received> kept =
        body.flag("refreshCookie") ? Optional.of(refreshCookie.read(request)) : Optional.empty();
    ClientContext seen = cookies.client(request);
    ClientContext client =
        body.optionalText("deviceCookie").map(seen::withDeviceCookie).orElse(seen);
    SessionOptions wanted = body.onDevice(cookies.session(client, kind, body.flag("remember")));
    Optional<PresentedToken> before = sessions.presented(request);
    Deadline deadline = deadline();
    return service
        .login(new LoginAttempt(loginId, password, client, wanted), deadline)
        .match(
            success -> {
              before
                  .filter(old -> old.isReplacedBy(kind) && old.isWellFormed())
                  .ifPresent(old -> endQuietly(it -> service.logout(old.token(), it), deadline));
              kept.stream()
                  .flatMap(it -> it.tokens().stream())
                  .forEach(old -> endQuietly(it -> service.sessions().logout(old, it), deadline));
              return tokens.loggedIn(success, kept);
            },
            next -> Answer.problem(Problem.NEXT_STEP_REQUIRED).member("step", next.step()),
            TokenAnswers::full,
            rejected -> Answer.problem(Problem.LOGIN_REJECTED),
            throttled -> Answer.problem(Problem.TOO_MANY_ATTEMPTS, throttled.retryAfter()),
            unavailable -> unavailable(unavailable.retryAfter()));
  }

  private Answer logout(ReceivedRequest request) throws RefusedRequest {
    if (isForm(request)) {
      return forms.orElseThrow().logout(request, body -> endSession(request));
    }
    body(request).requireNone();
    return endSession(request);
  }

  private Answer endSession(ReceivedRequest request) throws RefusedRequest {
    Deadline deadline = deadline();
    Optional<PresentedToken> presented = sessions.presented(request);
    if (presented.isPresent() && presented.get().isWellFormed()) {
      LogoutResult result = service.logout(presented.get().token(), deadline);
      if (result instanceof LogoutResult.Unavailable unavailable) {
        return unavailable(unavailable.retryAfter());
      }
    }
    return refresh.forgetting(
        Answer.noContent(), presented.map(PresentedToken::kind), request, deadline);
  }

  private Answer changePassword(ReceivedRequest request) throws RefusedRequest {
    AuthenticatedPrincipal principal = sessions.require(request);
    BodyFields body = body(request).json(Set.of("current", "next"), Set.of());
    Password current = body.password("current");
    Password next = body.password("next");
    PasswordChangeResult result =
        service.changePassword(
            new PasswordChange(principal, current, next, cookies.client(request)), deadline());
    if (result instanceof PasswordChangeResult.Changed changed) {
      Optional<SessionKind> kind = Optional.of(principal.session().kind());
      RefreshCookie.Received kept = refreshCookie.read(request);
      return changed
          .renewed()
          .map(
              success ->
                  tokens.loggedIn(
                      success, Optional.of(kept).filter(RefreshCookie.Received::isPresent)))
          // The old session is over and there is no new one: the user logs in again.
          .orElseGet(
              () ->
                  tokens.forgetting(Answer.json(HttpServletResponse.SC_OK, Map.of()), kind, kept));
    }
    if (result instanceof PasswordChangeResult.Rejected) {
      return Answer.problem(Problem.PASSWORD_REJECTED);
    }
    if (result instanceof PasswordChangeResult.PasswordRefused refused) {
      return passwordRefused(refused.reason());
    }
    if (result instanceof PasswordChangeResult.Conflict) {
      return Answer.problem(Problem.CONFLICT);
    }
    if (result instanceof PasswordChangeResult.Throttled throttled) {
      return Answer.problem(Problem.TOO_MANY_ATTEMPTS, throttled.retryAfter());
    }
    return unavailable(((PasswordChangeResult.Unavailable) result).retryAfter());
  }

  private static SessionKind kind(BodyFields body) throws RefusedRequest {
    String mode = body.optionalText("mode").orElse("cookie");
    return switch (mode) {
      case "cookie" -> SessionKind.COOKIE;
      case "bearer" -> SessionKind.BEARER;
      default -> throw BodyFields.invalid("mode");
    };
  }

  /**
   * Ends the session that the new one replaces. A failure here does not fail the login; the old
   * session then ends by its idle time at the latest.
   */
  private void endQuietly(Function<Deadline, LogoutResult> logout, Deadline deadline) {
    Duration left = deadline.cap(options.checkDeadline());
    if (left.isZero()) {
      return;
    }
    try {
      if (logout.apply(Deadline.after(left)) instanceof LogoutResult.Unavailable) {
        LOG.warn("The session before a new login could not be ended: a backend cannot answer");
      }
    } catch (RuntimeException e) {
      LOG.warn("The session before a new login could not be ended", e);
    }
  }

  private static Answer passwordRefused(PasswordPolicy.Refusal reason) {
    return Answer.problem(Problem.PASSWORD_REFUSED)
        .member("reason", reason.name().toLowerCase(Locale.ROOT));
  }

  private static Answer unavailable(Duration retryAfter) {
    return Answer.problem(Problem.UNAVAILABLE, retryAfter);
  }

  private boolean isForm(ReceivedRequest request) {
    return forms.filter(it -> it.isForm(request)).isPresent();
  }

  private Body body(ReceivedRequest request) {
    return new Body(request, options.bodyLimit());
  }

  private Deadline deadline() {
    return Deadline.after(options.loginDeadline());
  }

  private interface Endpoint {
    Answer answer(ReceivedRequest request) throws RefusedRequest;
  }
}
