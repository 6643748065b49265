package io.doorward.auth.login;

import io.doorward.auth.base.Deadline;
import io.doorward.auth.engine.login.PasswordCheck;
import io.doorward.auth.engine.login.ThrottlingAuthenticator;

/**
 * Decides whether a login attempt is genuine. It creates no session. In the service it is a {@link
 * ThrottlingAuthenticator} around a {@link PasswordCheck}.
 *
 * <p>Implementations must be thread-safe, must not throw for a broken backend (that is {@link
 * AuthenticationResult.Unavailable}), and must do the same hashing work whether the account exists
 * or not.
 */
@FunctionalInterface
public interface Authenticator {
  /**
   * Decides.
   *
   * @param attempt the login identifier, the password and the client
   * @param deadline for the whole decision
   * @return the decision
   */
  AuthenticationResult authenticate(LoginAttempt attempt, Deadline deadline);
}
