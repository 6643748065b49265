package io.doorward.examples;

import io.doorward.auth.AuthService;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.password.Password;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;

/** Login without auth-servlet, for an application that answers requests in its own way. */
final class LoginByHand {
  private LoginByHand() {}

  /** Returns the HTTP status to answer with. */
  static int logIn(AuthService auth, String email, String password, InetAddress address) {
    Optional<LoginId> loginId = LoginId.parseEmail(email);
    Optional<Password> secret = Password.parse(password);
    if (loginId.isEmpty() || secret.isEmpty()) {
      return 400; // not an address, or not text that can be a password
    }
    LoginAttempt attempt = new LoginAttempt(loginId.get(), secret.get(), ClientContext.of(address));
    LoginResult result = auth.login(attempt, Deadline.after(Duration.ofSeconds(5)));
    return result.match(
        success -> 200, // success.token() goes into a cookie and nowhere else
        nextStep -> 401, // the password is right, a second factor is missing
        rejected -> 401, // the same answer for a wrong password and an unknown address
        throttled -> 429, // throttled.retryAfter() says when to come back
        unavailable -> 503); // says nothing about the password
  }
}
