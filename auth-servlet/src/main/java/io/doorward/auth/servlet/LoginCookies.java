package io.doorward.auth.servlet;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.ClientContext;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionKind;
import io.doorward.auth.session.SessionOptions;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The cookies of a login, the session's and the device's, for an application that logs people in by
 * its own code. The endpoints use this class, too, so both write the same. Thread-safe.
 *
 * <p>Security: the cookies are {@code Secure} (but in {@linkplain WebOptions.Builder#development
 * development mode}), {@code HttpOnly}, {@code Path=/} and have no {@code Domain}. A login that
 * another site caused logs a browser in to the attacker's account, so ask {@link
 * #isFromAnotherSite} first, as the endpoints do.
 */
public final class LoginCookies {
  /** The session remembers that its cookie outlives the browser: its successor must do so too. */
  private static final String REMEMBERED = "doorward.remembered";

  private final WebOptions options;
  private final SessionCookie session;
  private final DeviceCookieHeader device;
  private final ClientAddress clients;
  private final CrossSiteCheck crossSite;

  private LoginCookies(WebOptions options) {
    this.options = requireNonNull(options, "options");
    this.session = new SessionCookie(options.cookieName(), options.sameSite());
    this.device = new DeviceCookieHeader(options.cookieName(), options.sameSite());
    this.clients = new ClientAddress(options.proxyHeader(), options.trustedProxies());
    this.crossSite = new CrossSiteCheck(options.allowedOrigins());
  }

  /**
   * Makes the cookies of an application.
   *
   * @param options the same as the filter's
   * @return the cookies
   */
  public static LoginCookies of(WebOptions options) {
    return new LoginCookies(options);
  }

  /**
   * Tells whether a request must not log anybody in or out, or change anything else, because a page
   * of another site made the browser send it.
   *
   * @param request the request
   * @return true for a request that the endpoints would refuse: its origin is another one, was
   *     loaded without TLS, or is not known; in development mode, it is not of this machine
   */
  public boolean isFromAnotherSite(HttpServletRequest request) {
    ReceivedRequest received = new ReceivedRequest(request);
    try {
      options.requireReach(received);
      crossSite.require(received);
      return false;
    } catch (RefusedRequest e) {
      return true;
    }
  }

  /**
   * Returns where a request comes from, for {@link io.doorward.auth.login.LoginAttempt}: the
   * client's address behind the trusted proxies, its {@code User-Agent} and its device cookie.
   *
   * @param request the request
   * @return what is known; the address only, where a header cannot be read, and the peer's where
   *     that is the header of the proxies
   */
  public ClientContext client(HttpServletRequest request) {
    ReceivedRequest received = new ReceivedRequest(request);
    try {
      return client(received);
    } catch (RefusedRequest e) {
      return clients.addressOnly(received);
    }
  }

  /**
   * Returns the options of a cookie session for that client.
   *
   * @param client labels the session with its device
   * @param remembered true for a session whose cookie outlives the browser
   * @return the options, for {@link io.doorward.auth.login.LoginAttempt}
   */
  public SessionOptions session(ClientContext client, boolean remembered) {
    return session(client, SessionKind.COOKIE, remembered);
  }

  /**
   * Returns the token of a request's session cookie, for instance to end that session.
   *
   * @param request the request
   * @return the token, not verified; empty if there is not exactly one cookie with a token
   */
  public Optional<AccessToken> token(HttpServletRequest request) {
    List<String> values;
    try {
      values = session.values(new ReceivedRequest(request));
    } catch (RefusedRequest e) {
      return Optional.empty();
    }
    return values.size() == 1
        ? Optional.of(new PresentedToken(AccessToken.of(values.get(0)), SessionKind.COOKIE))
            .filter(PresentedToken::isWellFormed)
            .map(PresentedToken::token)
        : Optional.empty();
  }

  /**
   * Sets both cookies, and forbids caches to store the answer. The session's has a {@code Max-Age}
   * if its options were {@linkplain #session remembered}.
   *
   * @param success what the login, or a password change, returned
   * @param response not committed
   * @throws IllegalArgumentException if the session is not a cookie session
   * @throws IllegalStateException if the response is committed
   */
  public void set(LoginResult.Success success, HttpServletResponse response) {
    SessionKind kind = success.principal().session().kind();
    if (kind != SessionKind.COOKIE) {
      throw new IllegalArgumentException("success must be of a cookie session: " + kind);
    }
    write(set(success), response);
  }

  /**
   * Clears the session cookie, to be called after the session was ended, and forbids caches to
   * store the answer. The device stays known, as after a logout through the endpoints.
   *
   * @param response not committed
   * @throws IllegalStateException if the response is committed
   */
  public void clear(HttpServletResponse response) {
    write(List.of(clear()), response);
  }

  private static void write(List<String> cookies, HttpServletResponse response) {
    if (response.isCommitted()) {
      throw new IllegalStateException("cookies must be set before the response is committed");
    }
    response.setHeader("Cache-Control", "no-store");
    cookies.forEach(cookie -> response.addHeader("Set-Cookie", cookie));
  }

  ClientContext client(ReceivedRequest request) throws RefusedRequest {
    return device.read(request, clients.context(request));
  }

  SessionOptions session(ClientContext client, SessionKind kind, boolean remembered) {
    return new SessionOptions(
        kind, remembered, client.userAgent(), remembered ? Map.of(REMEMBERED, "true") : Map.of());
  }

  /** Tells whether the cookies of a session outlive the browser. */
  static boolean isRemembered(Session session) {
    return session.attributes().containsKey(REMEMBERED);
  }

  /** Returns the {@code Set-Cookie} values that store a login. */
  List<String> set(LoginResult.Success success) {
    Instant now = options.clock().instant();
    boolean remembered = isRemembered(success.principal().session());
    Optional<Duration> maxAge =
        remembered ? Optional.of(Duration.between(now, success.expiresAt())) : Optional.empty();
    List<String> headers = new ArrayList<>();
    headers.add(session.set(success.token(), maxAge));
    success.deviceCookie().flatMap(it -> device.set(it, now)).ifPresent(headers::add);
    return headers;
  }

  /** Returns the {@code Set-Cookie} value that clears the session. */
  String clear() {
    return session.clear();
  }
}
