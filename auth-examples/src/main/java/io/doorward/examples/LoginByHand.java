package io.doorward.examples;

import io.doorward.auth.AuthService;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.login.LoginResult;
import java.net.InetAddress;

/** Login without auth-servlet, for an application that answers requests in its own way. */
final class LoginByHand {
  private LoginByHand() {}

  /** Returns the HTTP status to answer with. */
  static int logIn(AuthService auth, String email, String password, InetAddress address) {
    LoginResult result = auth.login(email, password, ClientContext.of(address));
    return result.match(
        success -> 200, // success.token() goes into a cookie and nowhere else
        nextStep -> 401, // the password is right, a second factor is missing
        tooManySessions -> 409, // the password is right, but no place is left: see SessionLimits
        rejected -> 401, // the same answer for a wrong password and an unknown address
        throttled -> 429, // throttled.retryAfter() says when to come back
        unavailable -> 503); // says nothing about the password
  }
}
