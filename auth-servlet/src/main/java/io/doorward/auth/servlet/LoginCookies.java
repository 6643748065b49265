package io.doorward.auth.servlet;

import io.doorward.auth.base.ClientContext;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.SessionKind;
import io.doorward.auth.session.SessionOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The cookies of a login: the session's and the device's. Thread-safe. */
final class LoginCookies {
  /** The session remembers that its cookie outlives the browser: its successor must do so too. */
  private static final String REMEMBERED = "doorward.remembered";

  private final WebOptions options;
  private final SessionCookie session;
  private final DeviceCookieHeader device;
  private final ClientAddress clients;

  LoginCookies(WebOptions options) {
    this.options = options;
    this.session = new SessionCookie(options.cookieName(), options.sameSite());
    this.device = new DeviceCookieHeader(options.cookieName(), options.sameSite());
    this.clients = new ClientAddress(options.proxyHeader(), options.trustedProxies());
  }

  /** Returns where a request comes from, with the device cookie that it brought. */
  ClientContext client(ReceivedRequest request) throws RefusedRequest {
    return device.read(request, clients.context(request));
  }

  /** Returns the options of a session for that client. */
  SessionOptions session(ClientContext client, SessionKind kind, boolean remembered) {
    return new SessionOptions(
        kind, remembered, client.userAgent(), remembered ? Map.of(REMEMBERED, "true") : Map.of());
  }

  /** Returns the {@code Set-Cookie} values that store a login. */
  List<String> set(LoginResult.Success success) {
    Instant now = options.clock().instant();
    boolean remembered = success.principal().session().attributes().containsKey(REMEMBERED);
    Optional<Duration> maxAge =
        remembered ? Optional.of(Duration.between(now, success.expiresAt())) : Optional.empty();
    List<String> headers = new ArrayList<>();
    headers.add(session.set(success.token(), maxAge));
    device.set(success.deviceCookie(), now).ifPresent(headers::add);
    return headers;
  }

  /** Returns the {@code Set-Cookie} value that clears the session; the device stays known. */
  String clear() {
    return session.clear();
  }
}
