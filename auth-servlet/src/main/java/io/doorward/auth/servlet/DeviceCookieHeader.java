package io.doorward.auth.servlet;

import io.doorward.auth.base.ClientContext;
import io.doorward.auth.login.LoginResult.DeviceCookie;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The cookie by which a device that logged in before is known again. Thread-safe.
 *
 * <p>Security: {@code Secure}, {@code HttpOnly}, {@code Path=/} and no {@code Domain}, like the
 * session's. It opens nothing, so it is kept at logout. Where several come at once none counts: the
 * client is a stranger then, which costs it nothing but its place.
 */
final class DeviceCookieHeader {
  /** The suffix of the session cookie's name, so that two applications have two names. */
  static final String SUFFIX = "-device";

  private final OwnCookie cookie;

  DeviceCookieHeader(String sessionCookieName, SameSite sameSite) {
    this.cookie = new OwnCookie(sessionCookieName + SUFFIX, sameSite);
  }

  /** Adds the device cookie of the request to the client's context, if there is one. */
  ClientContext read(ReceivedRequest request, ClientContext client) throws RefusedRequest {
    List<String> values = cookie.values(request);
    return values.size() == 1 ? client.withDeviceCookie(values.get(0)) : client;
  }

  /** Returns the {@code Set-Cookie} value that stores a device cookie; empty if it is over. */
  Optional<String> set(DeviceCookie device, Instant now) {
    long seconds = Duration.between(now, device.expiresAt()).toSeconds();
    return seconds < 1
        ? Optional.empty()
        : Optional.of(cookie.header(device.reveal(), "; Max-Age=" + seconds));
  }
}
