package io.doorward.auth.servlet;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.AuthService;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.TenantId;
import io.doorward.auth.event.AccessEvent;
import io.doorward.auth.event.AccessEvent.RequestRefusal;
import io.doorward.auth.event.AccessEvent.TokenRefusal;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.AuthenticatedPrincipal;
import io.doorward.auth.session.SessionKind;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Finds the token of a request and checks its session. The filter and the endpoints share this
 * class, so that they cannot differ. Thread-safe.
 *
 * <p>A token is good only the way its session was made for: a cookie's is not accepted behind
 * {@code Bearer}, nor the other way round. It is never looked for in the query string.
 */
final class SessionCheck {
  private static final String CHECKED = SessionCheck.class.getName() + ".checked";
  private static final String SCHEME = "Bearer";
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final AuthService service;
  private final SessionCookie cookie;
  private final WebOptions options;

  SessionCheck(AuthService service, WebOptions options) {
    this.service = service;
    this.cookie = new SessionCookie(options.cookieName(), options.sameSite());
    this.options = options;
  }

  /**
   * Returns the token of a request.
   *
   * @return the token; empty if there is none
   * @throws RefusedRequest if there is more than one
   */
  Optional<PresentedToken> presented(ReceivedRequest request) throws RefusedRequest {
    List<String> cookies = cookie.values(request);
    List<String> authorizations = request.headers("Authorization");
    if (cookies.size() > 1 || authorizations.size() > 1) {
      throw new RefusedRequest(Problem.AMBIGUOUS_CREDENTIALS, RequestRefusal.AMBIGUOUS_CREDENTIALS);
    }
    Optional<String> bearer = authorizations.stream().findFirst().flatMap(SessionCheck::bearer);
    if (bearer.isPresent() && !cookies.isEmpty()) {
      throw new RefusedRequest(Problem.AMBIGUOUS_CREDENTIALS, RequestRefusal.AMBIGUOUS_CREDENTIALS);
    }
    if (bearer.isPresent()) {
      return bearer.map(text -> new PresentedToken(AccessToken.of(text), SessionKind.BEARER));
    }
    return cookies.stream()
        .findFirst()
        .map(text -> new PresentedToken(AccessToken.of(text), SessionKind.COOKIE));
  }

  /**
   * Checks a request, or returns the result of the same request's check before a dispatch.
   *
   * @return the principal
   * @throws RefusedRequest if there is no live session in the request's tenant, or a backend cannot
   *     answer
   */
  AuthenticatedPrincipal require(ReceivedRequest request) throws RefusedRequest {
    Visitor visitor = visitor(request);
    if (visitor.principal().isPresent()) {
      return visitor.principal().get();
    }
    throw visitor.refusal().orElseThrow();
  }

  /**
   * Finds out what is known about the sender of a request, once a request.
   *
   * @throws RefusedRequest if the request is addressed to no tenant
   */
  Visitor visitor(ReceivedRequest request) throws RefusedRequest {
    TenantId tenant = options.tenant(request);
    // Both are compared: another filter may stand in front with accounts of its own.
    if (request.container().getAttribute(CHECKED) instanceof Checked checked
        && checked.by() == service
        && checked.tenant().equals(tenant)) {
      return checked.visitor();
    }
    Visitor visitor = check(request, tenant);
    request.container().setAttribute(CHECKED, new Checked(service, tenant, visitor));
    return visitor;
  }

  private Visitor check(ReceivedRequest request, TenantId tenant) {
    Optional<PresentedToken> token;
    try {
      token = presented(request);
    } catch (RefusedRequest e) {
      return Visitor.unknown(e);
    }
    return token
        .map(it -> check(it, tenant))
        .orElseGet(() -> Visitor.loggedOut(new RefusedRequest(Problem.NOT_AUTHENTICATED)));
  }

  private Visitor check(PresentedToken presented, TenantId tenant) {
    if (!presented.isWellFormed()) {
      // The service is not called, so it reports no event.
      options.listener().on(new AccessEvent.TokenRejected(Optional.empty(), TokenRefusal.INVALID));
      return Visitor.unknown(new RefusedRequest(rejection(presented)));
    }
    Deadline deadline = Deadline.after(options.checkDeadline());
    return requireNonNull(service.check(presented.token(), tenant, deadline))
        .match(
            active -> ofItsKind(presented, active.principal()),
            rejected -> Visitor.loggedOut(new RefusedRequest(rejection(presented))),
            // Pages need roles, which are unknown now.
            unverified -> unavailable(RETRY_AFTER),
            unavailable -> unavailable(unavailable.retryAfter()));
  }

  private static Visitor ofItsKind(PresentedToken presented, AuthenticatedPrincipal principal) {
    return principal.session().kind() == presented.kind()
        ? Visitor.loggedIn(principal)
        : Visitor.unknown(
            new RefusedRequest(
                rejection(presented), RequestRefusal.MISPLACED_TOKEN, principal.account()));
  }

  private static Visitor unavailable(Duration retryAfter) {
    return Visitor.unknown(new RefusedRequest(Answer.problem(Problem.UNAVAILABLE, retryAfter)));
  }

  /**
   * Reads the header.
   *
   * @return the text behind {@code Bearer}, maybe an empty one; absent for another scheme
   */
  private static Optional<String> bearer(String header) {
    String text = header.strip();
    if (!text.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      return Optional.empty();
    }
    String rest = text.substring(SCHEME.length());
    return rest.isEmpty() || rest.startsWith(" ") ? Optional.of(rest.strip()) : Optional.empty();
  }

  /**
   * Refuses an invalid token. The cookie is kept: when a login or a password change has just
   * replaced it, clearing it for a request that still carried the old one would log the user out.
   */
  private static Answer rejection(PresentedToken presented) {
    return presented.kind() == SessionKind.BEARER
        ? Answer.invalidToken()
        : Answer.problem(Problem.NOT_AUTHENTICATED);
  }

  private record Checked(AuthService by, TenantId tenant, Visitor visitor) {}

  /**
   * The sender of a request.
   *
   * @param principal present if the sender is logged in
   * @param refusal what a page that needs a principal answers; present if there is none
   */
  record Visitor(
      LoginState state,
      Optional<AuthenticatedPrincipal> principal,
      Optional<RefusedRequest> refusal) {
    static Visitor loggedIn(AuthenticatedPrincipal principal) {
      return new Visitor(LoginState.LOGGED_IN, Optional.of(principal), Optional.empty());
    }

    static Visitor loggedOut(RefusedRequest refusal) {
      return new Visitor(LoginState.LOGGED_OUT, Optional.empty(), Optional.of(refusal));
    }

    static Visitor unknown(RefusedRequest refusal) {
      return new Visitor(LoginState.UNKNOWN, Optional.empty(), Optional.of(refusal));
    }
  }
}
